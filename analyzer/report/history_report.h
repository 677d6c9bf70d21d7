#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "analyzer/compare/history.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// A figure over the entries of one command.
struct HistorySeries {
  std::string name;
  compare::HistoryValue::Unit unit;
  std::vector<std::pair<size_t, compare::HistoryValue>> values;  ///< by index into the entries
};

/// All entries of one kind and command, in the order of time.
struct HistoryGroup {
  std::string kind;
  std::string command;
  std::vector<compare::HistoryEntry> entries;
  std::vector<HistorySeries> series;  ///< in the order of first appearance
};

/// In the order of first appearance.
std::vector<HistoryGroup> group_history(const std::vector<compare::HistoryEntry>& entries);

/// For people, at a terminal: of each command its figures' first, last, least, most and course.
void write_text_history(std::ostream& out, const std::vector<compare::HistoryEntry>& entries,
                        const Options& options);

/// For programs: "memprof-history/1", see docs/json.md.
void write_json_history(std::ostream& out, const std::vector<compare::HistoryEntry>& entries);

/// For a browser: one page with a chart a figure. It has no script and loads nothing.
void write_html_history(std::ostream& out, const std::vector<compare::HistoryEntry>& entries,
                        const Options& options);

/// "2026-11-25 18:04", in UTC.
std::string time_text(uint64_t time_unix_ns);

/// "1.50 MiB", "1,234", "12.5 %".
std::string value_text(compare::HistoryValue::Unit unit, double value, bool plain_bytes);

}  // namespace memprof::report
