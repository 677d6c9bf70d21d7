#include "analyzer/compare/history.h"

#include <sqlite3.h>

#include <filesystem>
#include <map>

#include "analyzer/base/error.h"

namespace memprof::compare {
namespace {

constexpr int kApplicationId = 0x6d706869;  // "mphi"
constexpr int kVersion = 1;

/// How long to wait for another process that appends.
constexpr int kBusyMs = 30'000;

constexpr char kSchema[] =
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, time_unix_ns INTEGER NOT NULL, kind TEXT NOT NULL,"
    " command TEXT NOT NULL, commit_id TEXT NOT NULL, verdict TEXT NOT NULL);"
    "CREATE TABLE value (entry INTEGER NOT NULL REFERENCES entry(id), place INTEGER NOT NULL,"
    " name TEXT NOT NULL, unit TEXT NOT NULL, value REAL NOT NULL, upper REAL,"
    " PRIMARY KEY (entry, place)) WITHOUT ROWID;"
    "PRAGMA application_id = 1836083305; PRAGMA user_version = 1;";
static_assert(kApplicationId == 1836083305 && kVersion == 1);

/// A prepared statement; bindings and columns count as SQLite's do, from 1 and from 0.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql) {
    ::sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr);
  }
  ~Statement() { ::sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  bool ready() const { return statement_ != nullptr; }
  void bind(int at, int64_t value) { ::sqlite3_bind_int64(statement_, at, value); }
  void bind(int at, double value) { ::sqlite3_bind_double(statement_, at, value); }
  void bind(int at, const std::string& value) {
    ::sqlite3_bind_text(statement_, at, value.data(), static_cast<int>(value.size()),
                        SQLITE_TRANSIENT);
  }
  /// SQLITE_ROW, SQLITE_DONE or an error.
  int step() { return ready() ? ::sqlite3_step(statement_) : SQLITE_ERROR; }
  void again() {
    ::sqlite3_reset(statement_);
    ::sqlite3_clear_bindings(statement_);
  }
  int64_t integer(int at) const { return ::sqlite3_column_int64(statement_, at); }
  double real(int at) const { return ::sqlite3_column_double(statement_, at); }
  bool null(int at) const { return ::sqlite3_column_type(statement_, at) == SQLITE_NULL; }
  std::string text(int at) const {
    const auto* bytes = static_cast<const char*>(::sqlite3_column_blob(statement_, at));
    const int size = ::sqlite3_column_bytes(statement_, at);
    return bytes == nullptr ? "" : std::string(bytes, static_cast<size_t>(size));
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

HistoryValue::Unit unit_of(const std::string& name) {
  for (const auto unit : {HistoryValue::Unit::kCount, HistoryValue::Unit::kPercent}) {
    if (name == unit_name(unit)) return unit;
  }
  return HistoryValue::Unit::kBytes;
}

}  // namespace

const char* unit_name(HistoryValue::Unit unit) {
  switch (unit) {
    case HistoryValue::Unit::kCount:
      return "count";
    case HistoryValue::Unit::kPercent:
      return "percent";
    case HistoryValue::Unit::kBytes:
      break;
  }
  return "bytes";
}

History::History(const std::string& path, Open how) : path_(path) {
  const int flags =
      how == Open::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  try {
    // A name is a path, whatever SQLite makes of ":memory:" and the empty one.
    const std::string absolute = std::filesystem::absolute(path).string();
    if (::sqlite3_open_v2(absolute.c_str(), &db_, flags, nullptr) != SQLITE_OK) fail("open");
    ::sqlite3_busy_timeout(db_, kBusyMs);
    make_or_check(how);
  } catch (...) {
    ::sqlite3_close(db_);
    throw;
  }
}

History::~History() {
  ::sqlite3_close(db_);
}

void History::fail(const std::string& what) const {
  throw Error("cannot " + what + " history: " + path_ + ": " + ::sqlite3_errmsg(db_));
}

void History::run(const char* sql) {
  if (::sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("write");
}

int64_t History::number(const char* sql) const {
  Statement statement(db_, sql);
  if (statement.step() != SQLITE_ROW) fail("read");
  return statement.integer(0);
}

void History::make_or_check(Open how) {
  // Two processes may find the file empty at the same time; the lock lets one of them make it.
  if (how == Open::kAppend) run("BEGIN IMMEDIATE");
  const bool empty = number("SELECT count(*) FROM sqlite_master") == 0;
  if (empty && how == Open::kAppend && number("PRAGMA application_id") == 0) {
    run(kSchema);
  } else if (number("PRAGMA application_id") != kApplicationId) {
    throw Error("cannot read history: " + path_ + ": is no history of memprof");
  } else if (number("PRAGMA user_version") != kVersion) {
    throw Error("cannot read history: " + path_ + ": is of another version of memprof");
  }
  if (how == Open::kAppend) run("COMMIT");
}

void History::append(const HistoryEntry& entry) {
  run("BEGIN IMMEDIATE");
  try {
    Statement add(db_,
                  "INSERT INTO entry (time_unix_ns, kind, command, commit_id, verdict)"
                  " VALUES (?, ?, ?, ?, ?)");
    if (!add.ready()) fail("write");
    add.bind(1, static_cast<int64_t>(entry.time_unix_ns));
    add.bind(2, entry.kind);
    add.bind(3, entry.command);
    add.bind(4, entry.commit);
    add.bind(5, entry.verdict);
    if (add.step() != SQLITE_DONE) fail("write");
    const int64_t id = ::sqlite3_last_insert_rowid(db_);
    Statement add_value(db_, "INSERT INTO value VALUES (?, ?, ?, ?, ?, ?)");
    if (!add_value.ready()) fail("write");
    for (size_t i = 0; i < entry.values.size(); ++i) {
      const HistoryValue& value = entry.values[i];
      add_value.again();
      add_value.bind(1, id);
      add_value.bind(2, static_cast<int64_t>(i));
      add_value.bind(3, value.name);
      add_value.bind(4, std::string(unit_name(value.unit)));
      add_value.bind(5, value.value);
      if (value.limit) add_value.bind(6, *value.limit);
      if (add_value.step() != SQLITE_DONE) fail("write");
    }
    run("COMMIT");
  } catch (...) {
    ::sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

std::vector<HistoryEntry> History::entries() const {
  std::vector<HistoryEntry> entries;
  std::map<int64_t, size_t> index;
  Statement read(db_,
                 "SELECT id, time_unix_ns, kind, command, commit_id, verdict FROM entry"
                 " ORDER BY time_unix_ns, id");
  if (!read.ready()) fail("read");
  int state = 0;
  while ((state = read.step()) == SQLITE_ROW) {
    index[read.integer(0)] = entries.size();
    entries.push_back({static_cast<uint64_t>(read.integer(1)),
                       read.text(2),
                       read.text(3),
                       read.text(4),
                       read.text(5),
                       {}});
  }
  if (state != SQLITE_DONE) fail("read");
  Statement values(db_, "SELECT entry, name, unit, value, upper FROM value ORDER BY entry, place");
  if (!values.ready()) fail("read");
  while ((state = values.step()) == SQLITE_ROW) {
    const auto entry = index.find(values.integer(0));
    if (entry == index.end()) continue;
    HistoryValue value{values.text(1), unit_of(values.text(2)), values.real(3), std::nullopt};
    if (!values.null(4)) value.limit = values.real(4);
    entries[entry->second].values.push_back(std::move(value));
  }
  if (state != SQLITE_DONE) fail("read");
  return entries;
}

}  // namespace memprof::compare
