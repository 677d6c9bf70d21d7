// What help, man pages and the shell's completion say of a command, read off its definition.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace memprof::cli {

/// An option or an argument of a command.
struct OptionWords {
  std::vector<std::string> names;  ///< "-v", "--verbose", or the name of an argument
  std::string value;               ///< "N", "text|json"; "" for a flag
  std::string description;         ///< with the default and what it cannot go with
};

/// What starts with a dash, in the order of its definition.
std::vector<OptionWords> options_of(const CLI::App& command);

/// What does not.
std::vector<OptionWords> arguments_of(const CLI::App& command);

/// The commands within.
std::vector<const CLI::App*> commands_of(const CLI::App& app);

/// "memprof report [OPTION]... PATH".
std::string synopsis_of(const CLI::App& command);

/// "memprof report".
std::string full_name(const CLI::App& command);

}  // namespace memprof::cli
