#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "analyzer/report/history_report.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

using compare::HistoryEntry;
using compare::HistoryValue;

/// Entries listed below the figures, and points in a course.
constexpr size_t kEntriesShown = 5;
constexpr size_t kCourse = 30;

/// Letters of a commit's id that tell it.
constexpr size_t kCommit = 12;

std::string painted(const char* code, const std::string& text, const Options& options) {
  return options.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

/// The last values as blocks of eight heights.
std::string course_of(const std::vector<double>& values) {
  constexpr std::array kBlocks{"\u2581", "\u2582", "\u2583", "\u2584",
                               "\u2585", "\u2586", "\u2587", "\u2588"};
  const size_t from = values.size() > kCourse ? values.size() - kCourse : 0;
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(from);
  const auto [least, most] = std::minmax_element(begin, values.end());
  std::string course;
  for (auto value = begin; value != values.end(); ++value) {
    const double share = *most > *least ? (*value - *least) / (*most - *least) : 0;
    course += kBlocks[static_cast<size_t>(std::lround(share * (kBlocks.size() - 1)))];
  }
  return course;
}

void write_series(std::ostream& out, const HistorySeries& series, const Options& options) {
  std::vector<double> values;
  for (const auto& [entry, value] : series.values) values.push_back(value.value);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const auto text = [&](double value) {
    return value_text(series.unit, value, options.plain_bytes);
  };
  const std::string change =
      values.front() == 0
          ? "-"
          : fmt::format("{:+.1f} %", 100 * (values.back() - values.front()) / values.front());
  out << fmt::format("{:>11} {:>11} {:>9} {:>11} {:>11}  {}  {}\n", text(values.front()),
                     text(values.back()), change, text(*least), text(*most), printable(series.name),
                     course_of(values));
}

}  // namespace

std::string value_text(HistoryValue::Unit unit, double value, bool plain_bytes) {
  if (!std::isfinite(value)) return "-";
  if (unit == HistoryValue::Unit::kPercent) return fmt::format("{:.1f} %", value);
  const auto whole = static_cast<uint64_t>(std::llround(std::min(std::abs(value), 0x1p62)));
  const std::string text =
      unit == HistoryValue::Unit::kBytes ? size_text(whole, plain_bytes) : count_text(whole);
  return value < 0 && whole != 0 ? "-" + text : text;
}

std::string time_text(uint64_t time_unix_ns) {
  const auto seconds = static_cast<time_t>(time_unix_ns / 1'000'000'000);
  struct tm parts {};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  ::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts);
  return text.data();
}

std::vector<HistoryGroup> group_history(const std::vector<HistoryEntry>& entries) {
  std::vector<HistoryGroup> groups;
  std::map<std::pair<std::string, std::string>, size_t> known;
  for (const HistoryEntry& entry : entries) {
    const auto [group, is_new] = known.emplace(std::pair(entry.kind, entry.command), groups.size());
    if (is_new) groups.push_back({entry.kind, entry.command, {}, {}});
    groups[group->second].entries.push_back(entry);
  }
  for (HistoryGroup& group : groups) {
    std::map<std::string, size_t> of_name;
    for (size_t i = 0; i < group.entries.size(); ++i) {
      for (const HistoryValue& value : group.entries[i].values) {
        const auto [series, is_new] = of_name.emplace(value.name, group.series.size());
        if (is_new) group.series.push_back({value.name, value.unit, {}});
        group.series[series->second].values.emplace_back(i, value);
      }
    }
  }
  return groups;
}

void write_text_history(std::ostream& out, const std::vector<HistoryEntry>& entries,
                        const Options& options) {
  if (entries.empty()) out << "nothing yet\n";
  bool first = true;
  for (const HistoryGroup& group : group_history(entries)) {
    out << (first ? "" : "\n");
    first = false;
    out << painted("1", fmt::format("{}: {}", printable(group.kind), printable(group.command)),
                   options)
        << "\n  " << counted(group.entries.size(), "entry", "entries") << ", "
        << time_text(group.entries.front().time_unix_ns) << " to "
        << time_text(group.entries.back().time_unix_ns) << "\n\n";
    out << painted("2",
                   fmt::format("{:>11} {:>11} {:>9} {:>11} {:>11}  figure", "first", "last",
                               "change", "least", "most"),
                   options)
        << "\n";
    for (const HistorySeries& series : group.series) write_series(out, series, options);
    out << "\n";
    const size_t from =
        group.entries.size() > kEntriesShown ? group.entries.size() - kEntriesShown : 0;
    for (size_t i = from; i < group.entries.size(); ++i) {
      const HistoryEntry& entry = group.entries[i];
      out << fmt::format("  {}  {:<12}  {}\n", time_text(entry.time_unix_ns),
                         entry.commit.empty() ? "-" : printable(entry.commit.substr(0, kCommit)),
                         printable(entry.verdict));
    }
  }
}

void write_json_history(std::ostream& out, const std::vector<HistoryEntry>& entries) {
  out << "{\"schema\":\"memprof-history/1\",\n\"entries\":[";
  bool first = true;
  for (const HistoryEntry& entry : entries) {
    Json json = {{"time_unix_ns", entry.time_unix_ns},
                 {"kind", entry.kind},
                 {"command", entry.command},
                 {"commit", entry.commit.empty() ? Json() : Json(entry.commit)},
                 {"verdict", entry.verdict},
                 {"values", Json::array()}};
    for (const HistoryValue& value : entry.values) {
      json["values"].push_back({{"name", value.name},
                                {"unit", compare::unit_name(value.unit)},
                                {"value", value.value},
                                {"limit", value.limit ? Json(*value.limit) : Json()}});
    }
    out << (first ? "\n  " : ",\n  ") << dump(json);
    first = false;
  }
  out << "]}\n";
}

}  // namespace memprof::report
