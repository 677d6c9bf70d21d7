#include "analyzer/cli/diff_command.h"

#include <filesystem>
#include <utility>

#include "analyzer/cli/open_run.h"
#include "analyzer/cli/progress.h"
#include "analyzer/profile/selection.h"
#include "analyzer/report/diff_report.h"
#include "analyzer/report/html_report.h"
#include "analyzer/report/output.h"
#include "analyzer/report/pprof_report.h"

namespace memprof::cli {
namespace {

compare::Side side_of(OpenRun& open, size_t moment, const std::string& process) {
  return {open.run, open.names, open.run.moments[moment],
          profile::select_processes(open.run, process)};
}

bool same_place(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || std::filesystem::equivalent(a, b, error);
}

void write(const DiffArguments& arguments, const report::DiffInput& input) {
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  report::write_output(arguments.output, [&](std::ostream& out) {
    if (arguments.format == Format::kJson) {
      report::write_json_diff(out, input, options);
    } else if (arguments.format == Format::kHtml) {
      report::write_html_diff(out, input, options);
    } else if (arguments.format == Format::kPprof) {
      report::write_pprof_diff(out, input, options);
    } else {
      report::write_text_diff(out, input, options);
    }
  });
}

}  // namespace

void diff_command(const DiffArguments& arguments) {
  check_destination(arguments.format, arguments.output);
  auto [before_path, before_moment] = profile::split_moment(arguments.before);
  auto [after_path, after_moment] = profile::split_moment(arguments.after);
  const profile::Moment peak = *profile::parse_moment("peak");
  profile::RunRequest request;
  request.only_moments = true;
  request.process = arguments.options.process;
  request.own_clocks = !request.process.empty() || (!before_moment && !after_moment);
  const auto names = frames_for(arguments.symbols);
  Progress progress;
  request.moments = {before_moment.value_or(peak), after_moment.value_or(peak)};
  if (same_place(before_path, after_path)) {
    OpenRun both(before_path, request, *names, progress);
    write(arguments, {side_of(both, 0, request.process), side_of(both, 1, request.process),
                      arguments.before, arguments.after});
    return print_remarks(*names, arguments.symbols);
  }
  const profile::Moment second = request.moments.back();
  request.moments.pop_back();
  OpenRun before(before_path, request, *names, progress);
  request.moments = {second};
  OpenRun after(after_path, request, *names, progress);
  write(arguments, {side_of(before, 0, request.process), side_of(after, 0, request.process),
                    arguments.before, arguments.after});
  print_remarks(*names, arguments.symbols);
}

}  // namespace memprof::cli
