#include "analyzer/cli/report_command.h"

#include <unistd.h>

#include "analyzer/base/error.h"
#include "analyzer/cli/progress.h"
#include "analyzer/profile/file/kept_moments.h"
#include "analyzer/profile/file/profile_reader.h"
#include "analyzer/profile/open_run.h"
#include "analyzer/report/dhat_report.h"
#include "analyzer/report/folded_report.h"
#include "analyzer/report/html_report.h"
#include "analyzer/report/json_report.h"
#include "analyzer/report/output.h"
#include "analyzer/report/pprof_report.h"
#include "analyzer/report/text_report.h"

namespace memprof::cli {
namespace {

using Writer = void (*)(std::ostream&, const profile::Run&, profile::FrameSource&,
                        const report::Options&);

Writer writer_of(Format format) {
  switch (format) {
    case Format::kText:
      return report::write_text_report;
    case Format::kJson:
      return report::write_json_report;
    case Format::kPprof:
      return report::write_pprof_report;
    case Format::kFolded:
      return report::write_folded_report;
    case Format::kDhat:
      return report::write_dhat_report;
    case Format::kHtml:
      break;
  }
  return nullptr;
}

report::PageExtras extras_of(const ReportArguments& arguments) {
  if (!arguments.budget.empty() && arguments.format != Format::kHtml) {
    throw Error("--budget goes with --format html; memprof check holds runs to a budget",
                Error::Exit::kUsage);
  }
  report::PageExtras extras;
  extras.suppressions.add_built_in();  // as memprof leaks does
  if (!arguments.budget.empty()) {
    extras.budget = compare::read_budget(arguments.budget);
    extras.baseline = compare::baseline_of(*extras.budget);
  }
  return extras;
}

}  // namespace

void set_output_options(const std::string& output, Color color, report::Options& options) {
  const bool to_stdout = output.empty();
  options.color = to_stdout ? use_color(color, STDOUT_FILENO) : color == Color::kAlways;
  options.width = to_stdout ? terminal_columns(STDOUT_FILENO) : 0;
}

void check_destination(Format format, const std::string& output) {
  if (format == Format::kPprof && output.empty() && ::isatty(STDOUT_FILENO) != 0)
    throw Error("a pprof profile is not for a terminal: give a file with -o, or pipe it on",
                Error::Exit::kUsage);
  if (format == Format::kHtml) report::check_page();
}

void report_command(const ReportArguments& arguments) {
  check_destination(arguments.format, arguments.output);
  const report::PageExtras extras = extras_of(arguments);
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  profile::RunRequest request;
  if (arguments.at) request.moments.push_back(*arguments.at);
  request.own_clocks = !options.process.empty();
  request.process = options.process;
  request.phase_peaks = arguments.format == Format::kText || arguments.format == Format::kJson;
  request.details = options.details || arguments.format == Format::kDhat ||
                    (arguments.format == Format::kHtml && !profile::is_database(arguments.path));
  if (arguments.format == Format::kHtml) {
    request.key_moments = profile::kKeyframesMax;
    request.reachability = true;
  }
  request.only_moments = arguments.format == Format::kText && options.process.empty() &&
                         options.by == report::By::kPeak;
  const auto names = frames_for(arguments.symbols);
  Progress progress;
  const profile::Run run = open_with_progress(arguments.path, request, progress);
  profile::FrameSource& frames = profile::frames_of(run, *names);
  const auto shown = with_progress(frames, progress);
  // What is written to the terminal itself must not be erased.
  const bool to_terminal = arguments.output.empty() && ::isatty(STDOUT_FILENO) != 0;
  report::write_output(arguments.output, [&](std::ostream& out) {
    profile::FrameSource& source = to_terminal ? frames : *shown;
    if (arguments.format == Format::kHtml) {
      report::write_html_report(out, run, source, options, extras);
    } else {
      writer_of(arguments.format)(out, run, source, options);
    }
  });
  print_remarks(*names, arguments.symbols);
}

}  // namespace memprof::cli
