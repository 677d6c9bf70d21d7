#pragma once

#include <string>
#include <vector>

#include "analyzer/cli/history_command.h"
#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/report/options.h"

namespace memprof::cli {

enum class CheckFormat { kText, kJson, kJunit, kMarkdown };

struct CheckArguments {
  std::vector<std::string> paths;
  std::string budget;
  bool write_baseline = false;
  HistoryTarget history;
  std::string output;  ///< "": standard output
  CheckFormat format = CheckFormat::kText;
  Color color = Color::kAuto;
  SymbolArguments symbols;
  report::Options options;  ///< colour and width are filled in here
};

/// Holds runs to a budget and writes how that went; the exit status: 1 when a limit is broken. With
/// write_baseline it makes the budget's baseline of them instead, and a budget to begin with where
/// there is none. Throws Error when something cannot be read or written.
int check_command(const CheckArguments& arguments);

}  // namespace memprof::cli
