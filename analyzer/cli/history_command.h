#pragma once

#include <string>
#include <vector>

#include "analyzer/cli/terminal.h"
#include "analyzer/compare/history.h"
#include "analyzer/report/options.h"

namespace memprof::cli {

/// Where a verdict is added to what there was before.
struct HistoryTarget {
  std::string path;    ///< "": nowhere
  std::string commit;  ///< "": what git says of the current directory
};

/// Adds an entry, of now and of the commit, when there is a path. Throws Error when it cannot.
void append_history(const HistoryTarget& target, compare::HistoryEntry entry);

enum class HistoryFormat { kText, kJson, kHtml };

struct HistoryArguments {
  std::string path;
  std::string output;  ///< "": standard output
  HistoryFormat format = HistoryFormat::kText;
  Color color = Color::kAuto;
  report::Options options;  ///< colour and width are filled in here
};

/// Writes the history. Throws Error when it cannot be read.
void history_command(const HistoryArguments& arguments);

}  // namespace memprof::cli
