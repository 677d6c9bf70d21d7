#include "analyzer/cli/documentation.h"

#include "analyzer/cli/bash_completion.h"
#include "analyzer/cli/man_page.h"
#include "analyzer/cli/option_words.h"
#include "analyzer/report/output.h"

namespace memprof::cli {

void write_documentation(const CLI::App& app, const std::string& directory,
                         const std::string& version) {
  const auto write_page = [&](const CLI::App& command, const std::string& name) {
    report::write_output(directory + "/" + name + ".1",
                         [&](std::ostream& out) { write_man_page(out, command, version); });
  };
  write_page(app, app.get_name());
  for (const CLI::App* command : commands_of(app))
    write_page(*command, app.get_name() + "-" + command->get_name());
  report::write_output(directory + "/" + app.get_name(),
                       [&](std::ostream& out) { write_bash_completion(out, app); });
}

}  // namespace memprof::cli
