#include "analyzer/cli/leaks_command.h"

#include <memory>

#include "analyzer/base/error.h"
#include "analyzer/cli/open_run.h"
#include "analyzer/cli/report_command.h"
#include "analyzer/profile/selection.h"
#include "analyzer/report/leaks_report.h"
#include "analyzer/report/output.h"

namespace memprof::cli {
namespace {

/// A run and what is known of its leaks.
struct Examined {
  Examined(const std::string& path, const LeaksArguments& arguments,
           const compare::Suppressions& suppressions, profile::FrameSource& source)
      : open(path, request(), source),
        processes(profile::select_processes(open.run, arguments.options.process)),
        leaks(compare::find_leaks(open.run, open.names, processes, suppressions)) {}

  static profile::RunRequest request() {
    profile::RunRequest request;
    request.reachability = true;
    return request;
  }

  OpenRun open;
  const std::vector<size_t> processes;
  const compare::Leaks leaks;
};

}  // namespace

compare::Suppressions suppressions_of(const SuppressionArguments& arguments) {
  compare::Suppressions suppressions;
  for (const std::string& file : arguments.files) suppressions.add_file(file);
  if (arguments.built_in) suppressions.add_built_in();
  return suppressions;
}

int leaks_command(const LeaksArguments& arguments) {
  const compare::Suppressions suppressions = suppressions_of(arguments.suppressions);
  const auto names = frames_for(arguments.symbols);
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  std::vector<std::unique_ptr<Examined>> runs;
  report::LeaksInput input{{}, suppressions, arguments.fail_on};
  for (const std::string& path : arguments.paths) {
    runs.push_back(std::make_unique<Examined>(path, arguments, suppressions, *names));
    Examined& one = *runs.back();
    input.runs.push_back({one.open.run, one.open.names, one.processes, one.leaks, path});
  }
  report::write_output(arguments.output, [&](std::ostream& out) {
    switch (arguments.format) {
      case LeaksFormat::kText:
        return report::write_text_leaks(out, input, options);
      case LeaksFormat::kJson:
        return report::write_json_leaks(out, input, options);
      case LeaksFormat::kSarif:
        return report::write_sarif_leaks(out, input, options);
    }
  });
  print_remarks(*names, arguments.symbols);
  return input.failed() ? static_cast<int>(Error::Exit::kCheckFailed) : 0;
}

}  // namespace memprof::cli
