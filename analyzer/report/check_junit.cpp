#include <fmt/format.h>

#include "analyzer/report/check_report.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/shared_frames.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

using State = compare::LimitResult::State;

constexpr size_t kMovedShown = 10;

}  // namespace

void write_junit_check(std::ostream& out, const CheckInput& input, const Options&) {
  size_t skipped = 0;
  for (const compare::LimitResult& result : input.results)
    skipped += result.state == State::kSkipped ? 1 : 0;
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
                                         input.results.size(), input.broken(), skipped);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " << counts
      << ">\n<testsuite name=\"memprof check\" " << counts << ">\n";
  for (const compare::LimitResult& result : input.results) {
    const compare::BudgetFigure figure = result.limit.figure;
    out << fmt::format("<testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\">",
                       markup(input.budget.path), markup(result.limit.name),
                       markup(input.budget.path), result.limit.line);
    if (result.state == State::kSkipped)
      out << "<skipped message=\"nothing of the kind was recorded\"/>";
    if (result.broken()) {
      out << fmt::format("\n<failure type=\"{}\" message=\"{}\">", state_name(result.state),
                         markup(broken_text(result)));
      for (size_t i = 0; i < input.moved.size() && i < kMovedShown; ++i) {
        const compare::Moved& moved = input.moved[i];
        out << markup(fmt::format("{} {}", size_change_text(moved.before, moved.after, false),
                                  frame_text(moved.function, 0)))
            << "\n";
      }
      out << "</failure>\n";
    }
    if (!result.values.empty()) {
      out << fmt::format("<system-out>{} of {}</system-out>",
                         markup(value_text(figure, result.value, false)),
                         markup(value_text(figure, result.bound, false)));
    }
    out << "</testcase>\n";
  }
  out << "</testsuite>\n</testsuites>\n";
}

}  // namespace memprof::report
