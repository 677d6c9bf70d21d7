#pragma once

#include <string>
#include <vector>

#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/compare/leaks.h"
#include "analyzer/report/options.h"

namespace memprof::cli {

enum class LeaksFormat { kText, kJson, kSarif };

/// Which leaks are not to be reported.
struct SuppressionArguments {
  std::vector<std::string> files;
  bool built_in = true;
};

/// Throws Error when a file cannot be read.
compare::Suppressions suppressions_of(const SuppressionArguments& arguments);

struct LeaksArguments {
  std::vector<std::string> paths;
  SuppressionArguments suppressions;
  compare::FailOn fail_on = compare::FailOn::kUnknown;
  std::string output;  ///< "": standard output
  LeaksFormat format = LeaksFormat::kText;
  Color color = Color::kAuto;
  SymbolArguments symbols;
  report::Options options;  ///< colour and width are filled in here
};

/// Writes what was never freed; the exit status: 1 when that is of a kind that fails. Throws Error
/// as report_command.
int leaks_command(const LeaksArguments& arguments);

}  // namespace memprof::cli
