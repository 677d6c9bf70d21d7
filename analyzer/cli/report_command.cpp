#include "analyzer/cli/report_command.h"

#include <unistd.h>

#include "analyzer/profile/open_run.h"
#include "analyzer/report/json_report.h"
#include "analyzer/report/output.h"
#include "analyzer/report/text_report.h"

namespace memprof::cli {

void report_command(const ReportArguments& arguments) {
  report::Options options = arguments.options;
  const bool to_stdout = arguments.output.empty();
  options.color =
      to_stdout ? use_color(arguments.color, STDOUT_FILENO) : arguments.color == Color::kAlways;
  options.width = to_stdout ? terminal_columns(STDOUT_FILENO) : 0;
  const profile::Run run = profile::open_run(arguments.path);
  const auto names = profile::frames_from_files();
  report::write_output(arguments.output, [&](std::ostream& out) {
    if (arguments.format == Format::kJson) {
      report::write_json_report(out, run, *names, options);
    } else {
      report::write_text_report(out, run, *names, options);
    }
  });
}

}  // namespace memprof::cli
