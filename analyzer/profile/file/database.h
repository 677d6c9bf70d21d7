#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace memprof::profile {

/// A SQLite file. What SQLite says becomes an Error "<what>: <path>: <why>". One thread at a time.
class Database {
 public:
  enum class Mode {
    kRead,    ///< read-only, defensive, without extensions or a trusted schema
    kCreate,  ///< must not exist; locked for others until closed
    kWrite,   ///< must exist; locked for others until closed
  };
  Database(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const char* sql);
  int64_t last_row_id() const;
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_; }

  /// Throws what the last call left as an error.
  [[noreturn]] void fail(int code) const;

 private:
  void roll_back_if_needed();

  std::string path_;
  Mode mode_;
  sqlite3* handle_ = nullptr;
};

/// All changes from here to commit() are in the file afterwards, or none is, whatever happens.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// A prepared statement. Bind parameters from the first on, then step(); reset() begins anew.
/// Integers of 64 bits are stored by their bits, so those beyond 2^63 are negative in the file.
class Statement {
 public:
  Statement(Database& database, const std::string& sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(uint64_t value);
  Statement& bind(std::string_view text);  ///< raw bytes as text
  Statement& bind_blob(std::string_view bytes);
  Statement& bind_null();

  /// Whether there is a row.
  bool step();
  /// For statements without rows: steps and resets.
  void execute();
  void reset();

  uint64_t number(int column) const;
  bool is_null(int column) const;
  /// Bytes of a text or blob; "" for what is none.
  std::string text(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
};

}  // namespace memprof::profile
