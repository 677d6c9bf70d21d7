#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace memprof::compare {

/// A figure of an entry.
struct HistoryValue {
  enum class Unit { kBytes, kCount, kPercent };
  std::string name;
  Unit unit = Unit::kBytes;
  double value = 0;
  std::optional<double> limit;  ///< what it was held to
};

/// "bytes", "count" or "percent".
const char* unit_name(HistoryValue::Unit unit);

/// One check or repeat.
struct HistoryEntry {
  uint64_t time_unix_ns = 0;
  std::string kind;     ///< "check" or "repeat"
  std::string command;  ///< what was measured; raw bytes
  std::string commit;   ///< "" where none is known; raw bytes
  std::string verdict;
  std::vector<HistoryValue> values;  ///< in their own order
};

/// What checks and repeats found over time, in one SQLite file: tables `entry` and `value`, the
/// application id "mphi". Several processes may append at the same time.
class History {
 public:
  enum class Open { kRead, kAppend };

  /// Makes the file where there is none and it is to be appended to. Throws Error (exit 3) that
  /// names the path when it cannot be opened or is no history.
  History(const std::string& path, Open how);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// All of the entry or, when that throws Error (exit 3), nothing of it.
  void append(const HistoryEntry& entry);

  /// All entries in the order of time, equal ones as they were appended. Throws Error (exit 3) when
  /// the file is damaged.
  std::vector<HistoryEntry> entries() const;

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void run(const char* sql);
  int64_t number(const char* sql) const;
  void make_or_check(Open how);

  std::string path_;
  sqlite3* db_ = nullptr;
};

}  // namespace memprof::compare
