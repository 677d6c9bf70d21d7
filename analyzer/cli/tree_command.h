#pragma once

#include <string>

#include "analyzer/cli/report_command.h"

namespace memprof::cli {

struct TreeArguments {
  std::string path;
  std::string output;  ///< "": standard output
  Format format = Format::kText;
  Color color = Color::kAuto;
  report::Options options;  ///< colour and width are filled in here
};

/// Writes the tree of processes. Throws Error as report_command.
void tree_command(const TreeArguments& arguments);

}  // namespace memprof::cli
