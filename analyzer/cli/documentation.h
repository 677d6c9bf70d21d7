#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace memprof::cli {

/// Writes what is installed beside the command into an existing directory: a man page for memprof
/// and for each command (memprof.1, memprof-report.1, ...) and the completion for bash (memprof).
/// Throws Error when a file cannot be written.
void write_documentation(const CLI::App& app, const std::string& directory,
                         const std::string& version);

}  // namespace memprof::cli
