#include "analyzer/cli/report_command.h"

#include <unistd.h>

#include "analyzer/profile/open_run.h"
#include "analyzer/report/json_report.h"
#include "analyzer/report/output.h"
#include "analyzer/report/text_report.h"

namespace memprof::cli {

void set_output_options(const std::string& output, Color color, report::Options& options) {
  const bool to_stdout = output.empty();
  options.color = to_stdout ? use_color(color, STDOUT_FILENO) : color == Color::kAlways;
  options.width = to_stdout ? terminal_columns(STDOUT_FILENO) : 0;
}

void report_command(const ReportArguments& arguments) {
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  profile::RunRequest request;
  if (arguments.at) request.moments.push_back(*arguments.at);
  request.own_clocks = !options.process.empty();
  request.process = options.process;
  request.phase_peaks = true;
  request.details = options.details;
  const auto names = frames_for(arguments.symbols);
  const profile::Run run = profile::open_run(arguments.path, request);
  report::write_output(arguments.output, [&](std::ostream& out) {
    if (arguments.format == Format::kJson) {
      report::write_json_report(out, run, *names, options);
    } else {
      report::write_text_report(out, run, *names, options);
    }
  });
  print_remarks(*names, arguments.symbols);
}

}  // namespace memprof::cli
