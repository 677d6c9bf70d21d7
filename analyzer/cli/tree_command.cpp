#include "analyzer/cli/tree_command.h"

#include "analyzer/cli/progress.h"
#include "analyzer/report/output.h"
#include "analyzer/report/tree_report.h"

namespace memprof::cli {

void tree_command(const TreeArguments& arguments) {
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  profile::RunRequest request;
  request.only_moments = true;
  Progress progress;
  const profile::Run run = open_with_progress(arguments.path, request, progress);
  report::write_output(arguments.output, [&](std::ostream& out) {
    if (arguments.format == Format::kJson) {
      report::write_json_tree(out, run);
    } else {
      report::write_text_tree(out, run, options);
    }
  });
}

}  // namespace memprof::cli
