#pragma once

#include <CLI/CLI.hpp>
#include <ostream>
#include <string>

namespace memprof::cli {

/// The man page (section 1) of a command, or of memprof itself, in man(7)'s macros.
void write_man_page(std::ostream& out, const CLI::App& command, const std::string& version);

}  // namespace memprof::cli
