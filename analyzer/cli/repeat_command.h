#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/cli/history_command.h"
#include "analyzer/cli/leaks_command.h"
#include "analyzer/cli/report_command.h"

namespace memprof::cli {

struct RepeatArguments {
  uint64_t runs = 10;
  uint64_t warmup = 1;
  std::string phase = "build";
  std::string keep;  ///< directory for the traces; "": they are not kept
  SuppressionArguments suppressions;
  HistoryTarget history;
  std::vector<std::string> command;
  std::string output;  ///< "": standard output
  Format format = Format::kText;
  Color color = Color::kAuto;
  SymbolArguments symbols;
  report::Options options;  ///< colour and width are filled in here
};

/// Runs the command again and again and writes whether it grows. When the first run has a process
/// with as many phases of that name as runs are asked for, these are the iterations and there is no
/// second run. The exit status: 1 when something grows. Throws Error as report_command, and when
/// the command fails.
int repeat_command(const RepeatArguments& arguments);

}  // namespace memprof::cli
