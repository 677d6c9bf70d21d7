// Options that several commands take.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/cli/report_command.h"
#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/report/options.h"

namespace memprof::cli {

template <typename Value>
using Choices = std::vector<std::pair<std::string, Value>>;

/// An option whose value is one of a few words.
template <typename Value>
void add_choice(CLI::App& command, const std::string& name, Value& value,
                const Choices<Value>& choices, const std::string& description) {
  std::string words;
  for (const auto& [word, meaning] : choices) words += (words.empty() ? "" : "|") + word;
  const auto choose = [name, words, choices, &value](const std::string& text) {
    for (const auto& [word, meaning] : choices) {
      if (word != text) continue;
      value = meaning;
      return;
    }
    throw CLI::ValidationError(name, text + " is none of " + words);
  };
  command.add_option_function<std::string>(name, choose, description)->type_name(words);
}

/// CLI11 would read "-1" as a very large number, and "x" it would explain with the largest double.
inline const CLI::Validator kCount(
    [](const std::string& text) -> std::string {
      const bool digits =
          !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
      return digits && text.size() < 19 ? "" : text + " is no number of rows";
    },
    "");

/// Which rows of which processes.
inline void add_table_options(CLI::App& command, report::Options& options) {
  command.add_option("--top", options.top, "Rows in a table; 0 for all")
      ->type_name("N")
      ->check(kCount)
      ->capture_default_str();
  command
      .add_option("--process", options.process,
                  "Only processes whose name, path or command line matches this glob")
      ->type_name("GLOB");
  command.add_option("--depth", options.depth, "Frames of a stack; deeper ones keep both ends")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}).description(""))
      ->capture_default_str();
}

/// Where to and how. `Arguments` has color, output and options.
template <typename Arguments>
void add_output_place_options(CLI::App& command, Arguments& arguments) {
  command.add_flag("--bytes", arguments.options.plain_bytes, "Sizes as plain numbers of bytes");
  add_choice(
      command, "--color", arguments.color,
      Choices<Color>{{"auto", Color::kAuto}, {"always", Color::kAlways}, {"never", Color::kNever}},
      "Whether to use colour (default: auto)");
  command.add_option("-o", arguments.output, "Write to this file, complete or not at all")
      ->type_name("FILE");
}

/// In which form and where to. `Arguments` has format besides.
template <typename Arguments>
void add_output_options(CLI::App& command, Arguments& arguments, const Choices<Format>& formats) {
  add_output_place_options(command, arguments);
  add_choice(command, "--format", arguments.format, formats,
             "Format of the report (default: text)");
}

/// Where names come from.
inline void add_symbol_options(CLI::App& command, SymbolArguments& symbols) {
  command.add_flag("--debuginfod", symbols.debuginfod,
                   "Ask the servers in DEBUGINFOD_URLS for debug info that is not here");
  command.add_flag("-v,--verbose", symbols.verbose, "Say more on standard error");
}

}  // namespace memprof::cli
