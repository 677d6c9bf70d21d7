#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/cli/report_command.h"

namespace memprof::cli {

struct ScaleArguments {
  std::vector<std::string> values;  ///< as written; each a number
  std::optional<double> predict;
  uint64_t runs = 3;  ///< of each value
  std::string keep;   ///< directory for the traces; "": they are not kept
  std::vector<std::string> command;
  std::string output;  ///< "": standard output
  Format format = Format::kText;
  Color color = Color::kAuto;
  SymbolArguments symbols;
  report::Options options;  ///< colour and width are filled in here
};

/// Runs the command with each value in the place of {}, several times, in turn, and writes how its
/// peaks follow the value. Throws Error as repeat_command, and (exit 2) when there are no two
/// different values or there is no {}.
int scale_command(const ScaleArguments& arguments);

}  // namespace memprof::cli
