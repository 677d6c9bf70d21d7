#include <fmt/format.h>

#include "analyzer/report/check_report.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/shared_frames.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

constexpr size_t kMovedShown = 10;

/// So that nothing of it is taken for markup, in a table cell either.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_{}[]()<>#+-!|~&").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

void write_markdown_check(std::ostream& out, const CheckInput& input, const Options& options) {
  out << fmt::format("### Memory {}: {}\n\n",
                     input.broken() == 0 ? "within the budget" : "over the budget",
                     plain(input.command));
  out << "| | limit | value | at most | headroom | baseline |\n|---|---|---:|---:|---:|---:|\n";
  for (const compare::LimitResult& result : input.results) {
    const auto text = [&](double value) {
      return value_text(result.limit.figure, value, options.plain_bytes);
    };
    const bool known = !result.values.empty();
    out << fmt::format("| {} | {} | {} | {} | {} | {} |\n",
                       result.broken() ? "**" + std::string(state_name(result.state)) + "**"
                                       : state_name(result.state),
                       plain(result.limit.name), known ? text(result.value) : "",
                       text(result.bound),
                       known && result.bound != 0
                           ? fmt::format("{:+.1f} %", 100 * result.headroom() / result.bound)
                           : "",
                       result.baseline ? text(*result.baseline) : "");
  }
  if (input.runs.size() > 1) out << fmt::format("\nMedians of {} runs.\n", input.runs.size());
  if (input.moved.empty()) return;
  out << "\nWhat moved most since the baseline, at the processes' peaks:\n\n"
      << "| change | before | after | where |\n|---:|---:|---:|---|\n";
  for (size_t i = 0; i < input.moved.size() && i < kMovedShown; ++i) {
    const compare::Moved& moved = input.moved[i];
    out << fmt::format(
        "| {} | {} | {} | {} |\n", size_change_text(moved.before, moved.after, options.plain_bytes),
        size_text(moved.before, options.plain_bytes), size_text(moved.after, options.plain_bytes),
        plain(frame_text(moved.function, 0)));
  }
}

}  // namespace memprof::report
