#include "analyzer/cli/history_command.h"

#include <stdio.h>

#include <array>
#include <chrono>
#include <utility>

#include "analyzer/cli/report_command.h"
#include "analyzer/report/history_report.h"
#include "analyzer/report/output.h"

namespace memprof::cli {
namespace {

/// The commit that is checked out here; "" where there is no git or no repository.
std::string commit_here() {
  std::FILE* git = ::popen("git rev-parse --verify --quiet HEAD 2>/dev/null", "re");
  if (git == nullptr) return "";
  std::array<char, 128> line{};
  const size_t size = std::fread(line.data(), 1, line.size(), git);
  if (::pclose(git) != 0) return "";
  const std::string text(line.data(), size);
  return text.substr(0, text.find_first_not_of("0123456789abcdef"));
}

}  // namespace

void append_history(const HistoryTarget& target, compare::HistoryEntry entry) {
  if (target.path.empty()) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  entry.time_unix_ns =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  entry.commit = target.commit.empty() ? commit_here() : target.commit;
  compare::History(target.path, compare::History::Open::kAppend).append(entry);
}

void history_command(const HistoryArguments& arguments) {
  const std::vector<compare::HistoryEntry> entries =
      compare::History(arguments.path, compare::History::Open::kRead).entries();
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  report::write_output(arguments.output, [&](std::ostream& out) {
    switch (arguments.format) {
      case HistoryFormat::kText:
        return report::write_text_history(out, entries, options);
      case HistoryFormat::kJson:
        return report::write_json_history(out, entries);
      case HistoryFormat::kHtml:
        return report::write_html_history(out, entries, options);
    }
  });
}

}  // namespace memprof::cli
