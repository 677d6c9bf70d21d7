#include "analyzer/profile/file/database.h"

#include <sqlite3.h>

#include "analyzer/base/error.h"

namespace memprof::profile {
namespace {

int flags_of(Database::Mode mode) {
  switch (mode) {
    case Database::Mode::kRead:
      return SQLITE_OPEN_READONLY;
    case Database::Mode::kCreate:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE;
    case Database::Mode::kWrite:
      break;
  }
  return SQLITE_OPEN_READWRITE;
}

std::string reason_of(sqlite3* handle, int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process is writing it";
    case SQLITE_NOTADB:
      return "no profile file";
    case SQLITE_CORRUPT:
      return "the file is damaged";
    case SQLITE_FULL:
      return "no space left on the disk";
    default:
      return handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  }
}

/// A name that SQLite takes for nothing but a path, or the one for a file in memory.
std::string plain_path(const std::string& path) {
  return path.starts_with("/") || path == ":memory:" ? path : "./" + path;
}

}  // namespace

Database::Database(const std::string& path, Mode mode) : path_(path), mode_(mode) {
  const std::string name = plain_path(path);
  const int code =
      sqlite3_open_v2(name.c_str(), &handle_, flags_of(mode) | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (code != SQLITE_OK) fail(code);
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    run("PRAGMA cell_size_check = ON");
    if (mode == Mode::kRead) {
      roll_back_if_needed();
      return;
    }
    // Everything is read back by this process alone; who comes second is told at once.
    run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE;"
        "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; BEGIN EXCLUSIVE; COMMIT");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

void Database::roll_back_if_needed() {
  const auto look = [this] {
    return sqlite3_exec(handle_, "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
  };
  const int code = look();
  if (code == SQLITE_OK) return;
  if (code != SQLITE_READONLY_ROLLBACK) fail(code);
  // A writer was killed in a transaction. Undoing that takes one who may write.
  sqlite3* writing = nullptr;
  const int opened = sqlite3_open_v2(plain_path(path_).c_str(), &writing,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened == SQLITE_OK)
    sqlite3_exec(writing, "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
  sqlite3_close(writing);
  const int again = look();
  if (again == SQLITE_READONLY_ROLLBACK) {
    throw Error("cannot read profile: " + path_ +
                ": its writer was killed; a process that may write it has to read it once");
  }
  if (again != SQLITE_OK) fail(again);
}

Database::~Database() {
  // No journal is left beside a file that is whole. What fails here fails harmlessly.
  if (mode_ != Mode::kRead) {
    sqlite3_exec(handle_, "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = DELETE", nullptr,
                 nullptr, nullptr);
  }
  sqlite3_close(handle_);
}

void Database::run(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

int64_t Database::last_row_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

void Database::fail(int code) const {
  const std::string what = mode_ == Mode::kRead ? "cannot read profile" : "cannot write profile";
  throw Error(what + ": " + path_ + ": " + reason_of(handle_, code));
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // What fails to roll back now is rolled back by who opens the file next.
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

Statement::Statement(Database& database, const std::string& sql) : database_(database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                                      &statement_, nullptr);
  if (code != SQLITE_OK) database.fail(code);
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(uint64_t value) {
  const int code = sqlite3_bind_int64(statement_, next_++, static_cast<sqlite3_int64>(value));
  if (code != SQLITE_OK) database_.fail(code);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, next_++, text.data(), text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_.fail(code);
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  const int code = bytes.empty() ? sqlite3_bind_zeroblob(statement_, next_++, 0)
                                 : sqlite3_bind_blob64(statement_, next_++, bytes.data(),
                                                       bytes.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) database_.fail(code);
  return *this;
}

Statement& Statement::bind_null() {
  const int code = sqlite3_bind_null(statement_, next_++);
  if (code != SQLITE_OK) database_.fail(code);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_.fail(code);
}

void Statement::execute() {
  step();
  reset();
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  next_ = 1;
}

uint64_t Statement::number(int column) const {
  return static_cast<uint64_t>(sqlite3_column_int64(statement_, column));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int count = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(bytes), static_cast<size_t>(count));
}

}  // namespace memprof::profile
