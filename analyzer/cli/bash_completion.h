#pragma once

#include <CLI/CLI.hpp>
#include <ostream>

namespace memprof::cli {

/// A script for bash: commands, options, the words that an option takes, files; after `run`, what
/// the command takes.
void write_bash_completion(std::ostream& out, const CLI::App& app);

}  // namespace memprof::cli
