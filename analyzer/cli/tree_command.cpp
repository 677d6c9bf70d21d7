#include "analyzer/cli/tree_command.h"

#include "analyzer/profile/open_run.h"
#include "analyzer/report/output.h"
#include "analyzer/report/tree_report.h"

namespace memprof::cli {

void tree_command(const TreeArguments& arguments) {
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  const profile::Run run = profile::open_run(arguments.path);
  report::write_output(arguments.output, [&](std::ostream& out) {
    if (arguments.format == Format::kJson) {
      report::write_json_tree(out, run);
    } else {
      report::write_text_tree(out, run, options);
    }
  });
}

}  // namespace memprof::cli
