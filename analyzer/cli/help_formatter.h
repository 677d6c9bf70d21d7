#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace memprof::cli {

/// Help within 80 columns, with examples.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

}  // namespace memprof::cli
