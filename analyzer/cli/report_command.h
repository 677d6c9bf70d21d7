#pragma once

#include <string>

#include "analyzer/cli/terminal.h"
#include "analyzer/report/options.h"

namespace memprof::cli {

enum class Format { kText, kJson };

struct ReportArguments {
  std::string path;
  std::string output;  ///< "": standard output
  Format format = Format::kText;
  Color color = Color::kAuto;
  report::Options options;  ///< colour and width are filled in here
};

/// Writes the report. Throws Error when the trace cannot be read or the report cannot be written.
void report_command(const ReportArguments& arguments);

}  // namespace memprof::cli
