#pragma once

#include <optional>
#include <string>

#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/profile/moment.h"
#include "analyzer/report/options.h"

namespace memprof::cli {

enum class Format { kText, kJson, kPprof, kFolded, kDhat, kHtml };

struct ReportArguments {
  std::string path;
  std::optional<profile::Moment> at;
  std::string output;  ///< "": standard output
  std::string budget;  ///< file with limits for a page to show; "": none
  Format format = Format::kText;
  Color color = Color::kAuto;
  SymbolArguments symbols;
  report::Options options;  ///< colour and width are filled in here
};

/// Fills in colour and width for what is written to `output` ("": standard output).
void set_output_options(const std::string& output, Color color, report::Options& options);

/// Refuses to write what is not text to a terminal, and a page that this memprof was built without.
/// Throws Error (exit 2).
void check_destination(Format format, const std::string& output);

/// Writes the report. Throws Error when the trace cannot be read or the report cannot be written.
void report_command(const ReportArguments& arguments);

}  // namespace memprof::cli
