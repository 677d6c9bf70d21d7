// One page, charts drawn here as SVG: a polyline, a dashed line for the limit and a dot an entry,
// whose title has the words. It has to open in ten years, from a mail, without a network; a chart
// library would be a hundred times as much text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/report/history_report.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

using compare::HistoryEntry;
using compare::HistoryValue;

constexpr double kWidth = 640;
constexpr double kHeight = 140;
constexpr double kMargin = 8;

constexpr char kStyle[] =
    "body{font:15px/1.4 sans-serif;margin:2em auto;max-width:44em;padding:0 1em;color:#222;"
    "background:#fff}h1{font-size:1.3em}h2{font-size:1.1em;margin-top:2em;overflow-wrap:anywhere}"
    "h3{font-size:1em;margin:1.2em 0 .2em}svg{width:100%;height:auto;background:#f6f7f9}"
    "p{margin:.2em 0;color:#555}table{border-collapse:collapse;margin-top:1em}"
    "td,th{padding:.1em .8em .1em 0;text-align:left}.bad{color:#b00020;font-weight:bold}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#16181c}svg{background:#20242a}"
    "p{color:#aaa}.bad{color:#ff7b89}}";

bool is_bad(const HistoryEntry& entry) {
  return entry.verdict == "broken" || entry.verdict == "growth";
}

class Chart {
 public:
  Chart(const HistoryGroup& group, const HistorySeries& series, const Options& options)
      : group_(group), series_(series), options_(options) {
    for (const auto& [entry, value] : series.values) {
      if (!std::isfinite(value.value)) continue;
      most_ = std::max(most_, value.value);
      least_ = std::min(least_, value.value);
      if (value.limit && std::isfinite(*value.limit)) most_ = std::max(most_, *value.limit);
    }
  }

  void write(std::ostream& out) const {
    out << fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", kWidth,
                       kHeight, markup(series_.name));
    write_line(
        out, [](const HistoryValue& value) { return value.limit; },
        "stroke=\"#b00020\" stroke-dasharray=\"6 4\"");
    write_line(
        out, [](const HistoryValue& value) { return std::optional(value.value); },
        "stroke=\"#2c6fbb\" stroke-width=\"2\"");
    for (const auto& [index, value] : series_.values) {
      if (!std::isfinite(value.value)) continue;
      const HistoryEntry& entry = group_.entries[index];
      out << fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"><title>{}: {} {}, "
          "{}</title></circle>",
          x(index), y(value.value), is_bad(entry) ? "#b00020" : "#2c6fbb",
          markup(value_text(value.unit, value.value, options_.plain_bytes)),
          time_text(entry.time_unix_ns), markup(entry.commit), markup(entry.verdict));
    }
    out << "</svg>\n";
  }

 private:
  double x(size_t index) const {
    const auto last = static_cast<double>(group_.entries.size() - 1);
    const double share = last == 0 ? 0.5 : static_cast<double>(index) / last;
    return kMargin + share * (kWidth - 2 * kMargin);
  }

  /// From 0, so that a change looks as large as it is.
  double y(double value) const {
    const double range = most_ - least_;
    const double share = range == 0 ? 0 : (value - least_) / range;
    return kHeight - kMargin - share * (kHeight - 2 * kMargin);
  }

  template <typename ValueOf>
  void write_line(std::ostream& out, ValueOf value_of, const char* style) const {
    std::string points;
    size_t count = 0;
    for (const auto& [index, value] : series_.values) {
      const std::optional<double> shown = value_of(value);
      if (!shown || !std::isfinite(*shown)) continue;
      points += fmt::format("{}{:.1f},{:.1f}", count++ == 0 ? "" : " ", x(index), y(*shown));
    }
    if (count > 1) out << "<polyline fill=\"none\" " << style << " points=\"" << points << "\"/>";
  }

  const HistoryGroup& group_;
  const HistorySeries& series_;
  const Options& options_;
  double least_ = 0;
  double most_ = 0;
};

void write_series(std::ostream& out, const HistoryGroup& group, const HistorySeries& series,
                  const Options& options) {
  const HistoryValue& last = series.values.back().second;
  out << fmt::format(
      "<h3>{}</h3>\n<p>last {}{}</p>\n", markup(series.name),
      markup(value_text(series.unit, last.value, options.plain_bytes)),
      last.limit ? ", limit " + markup(value_text(series.unit, *last.limit, options.plain_bytes))
                 : "");
  Chart(group, series, options).write(out);
}

void write_table(std::ostream& out, const HistoryGroup& group, const Options& options) {
  out << "<table><tr><th>when (UTC)</th><th>commit</th><th>verdict</th></tr>\n";
  uint64_t shown = 0;
  for (auto entry = group.entries.rbegin(); entry != group.entries.rend(); ++entry) {
    if (shown++ == options.row_limit()) break;
    out << fmt::format("<tr><td>{}</td><td>{}</td><td{}>{}</td></tr>\n",
                       time_text(entry->time_unix_ns), markup(entry->commit),
                       is_bad(*entry) ? " class=\"bad\"" : "", markup(entry->verdict));
  }
  out << "</table>\n";
}

}  // namespace

void write_html_history(std::ostream& out, const std::vector<HistoryEntry>& entries,
                        const Options& options) {
  out << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width\">"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'\"><title>Memory over time</title><style>"
      << kStyle << "</style></head><body>\n<h1>Memory over time</h1>\n";
  if (entries.empty()) out << "<p>nothing yet</p>\n";
  for (const HistoryGroup& group : group_history(entries)) {
    out << fmt::format("<h2>{}: {}</h2>\n<p>{}</p>\n", markup(group.kind), markup(group.command),
                       counted(group.entries.size(), "entry", "entries"));
    for (const HistorySeries& series : group.series) write_series(out, group, series, options);
    write_table(out, group, options);
  }
  out << "</body></html>\n";
}

}  // namespace memprof::report
