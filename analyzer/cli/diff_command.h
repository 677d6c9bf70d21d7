#pragma once

#include <string>

#include "analyzer/cli/report_command.h"

namespace memprof::cli {

struct DiffArguments {
  std::string before;  ///< PATH or PATH@MOMENT
  std::string after;
  std::string output;  ///< "": standard output
  Format format = Format::kText;
  Color color = Color::kAuto;
  SymbolArguments symbols;
  report::Options options;  ///< colour and width are filled in here
};

/// Writes what changed. Where neither side names a moment, each process is compared at its own
/// peak: which processes of a build run at the same time is chance. Throws Error as report_command.
void diff_command(const DiffArguments& arguments);

}  // namespace memprof::cli
