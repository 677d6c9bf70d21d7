// memprof: the command. Reads the arguments, calls what they ask for, and turns errors into one
// line on stderr and an exit status.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/cli/report_command.h"
#include "analyzer/cli/run_command.h"
#include "analyzer/report/text_escape.h"

namespace memprof::cli {
namespace {

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
const CLI::Validator kCount(
    [](const std::string& text) -> std::string {
      const bool digits =
          !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
      return digits && text.size() < 19 ? "" : text + " is no number of rows";
    },
    "");

void add_run(CLI::App& app, RunArguments& arguments) {
  CLI::App* run = app.add_subcommand("run", "Run a command; record it and all its children");
  run->add_option("COMMAND", arguments.command,
                  "The command and its arguments, after -- if in doubt");
  run->add_option("-o", arguments.output, "Directory for the traces (default: memprof.COMMAND.PID)")
      ->type_name("PATH");
  run->add_flag("-q", arguments.quiet, "No summary at the end");
  run->add_option("--top", arguments.top, "Rows in the summary; 0 for all")
      ->type_name("N")
      ->check(kCount)
      ->capture_default_str();
  run->add_flag_callback(
      "--no-follow", [&arguments] { arguments.follow = false; },
      "Record the command alone, not its children");
}

void add_report(CLI::App& app, ReportArguments& arguments) {
  using report::By;
  using report::Group;
  report::Options& options = arguments.options;
  CLI::App& command = *app.add_subcommand("report", "Say where the memory of a recorded run was");
  command.add_option("PATH", arguments.path, "Trace directory, or one trace file")->required();
  command.add_option("--top", options.top, "Rows in a table; 0 for all")
      ->type_name("N")
      ->check(kCount)
      ->capture_default_str();
  add_choice(command, "--by", options.by,
             Choices<By>{{"peak", By::kPeak},
                         {"live", By::kLive},
                         {"allocated", By::kAllocated},
                         {"allocations", By::kAllocations},
                         {"temporary", By::kTemporary}},
             "What rows are ordered by (default: peak)");
  add_choice(command, "--group", options.group,
             Choices<Group>{{"line", Group::kLine},
                            {"function", Group::kFunction},
                            {"file", Group::kFile},
                            {"module", Group::kModule},
                            {"stack", Group::kStack}},
             "What a row of the text report stands for (default: line)");
  command
      .add_option("--process", options.process,
                  "Only processes whose name, path or command line matches this glob")
      ->type_name("GLOB");
  command.add_option("--depth", options.depth, "Frames of a stack; deeper ones keep both ends")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}).description(""))
      ->capture_default_str();
  command.add_flag("--bytes", options.plain_bytes, "Sizes as plain numbers of bytes");
  add_choice(
      command, "--color", arguments.color,
      Choices<Color>{{"auto", Color::kAuto}, {"always", Color::kAlways}, {"never", Color::kNever}},
      "Whether to use colour (default: auto)");
  add_choice(command, "--format", arguments.format,
             Choices<Format>{{"text", Format::kText}, {"json", Format::kJson}},
             "Format of the report (default: text)");
  command.add_option("-o", arguments.output, "Write to this file, complete or not at all")
      ->type_name("FILE");
}

/// Whether `argument` is an option of `app` whose value is the argument after it.
bool takes_next(const CLI::App& app, const std::string& argument) {
  const CLI::Option* option = app.get_option_no_throw(argument);
  return option != nullptr && option->get_items_expected_min() > 0;
}

/// Splits what follows "run" into our options and the command: it begins after "--" or with the
/// first argument that is no option, and its own arguments are none of our business.
std::vector<std::string> take_command(const CLI::App& run, std::vector<std::string>& arguments) {
  auto at = arguments.begin() + 1;
  while (at != arguments.end() && at->size() > 1 && at->front() == '-' && *at != "--") {
    if (takes_next(run, *at) && at + 1 != arguments.end()) ++at;
    ++at;
  }
  const auto begin = at != arguments.end() && *at == "--" ? at + 1 : at;
  std::vector<std::string> command(begin, arguments.end());
  arguments.erase(at, arguments.end());
  return command;
}

bool is_command(const CLI::App& app, const std::string& name) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(commands.begin(), commands.end(),
                     [&](const CLI::App* command) { return command->get_name() == name; });
}

int usage_error(const std::string& message) {
  spdlog::error("{} (see memprof --help)", report::printable(message));
  return static_cast<int>(Error::Exit::kUsage);
}

int memprof_main(std::vector<std::string> arguments) {
  CLI::App app("memprof: a heap profiler for whole builds", "memprof");
  app.set_version_flag("--version", "memprof " MEMPROF_VERSION);
  app.require_subcommand(1);
  RunArguments run_arguments;
  ReportArguments report_arguments;
  add_run(app, run_arguments);
  add_report(app, report_arguments);
  const CLI::App* run = app.get_subcommand("run");
  if (!arguments.empty() && arguments.front() == "run") {
    run_arguments.command = take_command(*run, arguments);
  }
  if (!arguments.empty() && !arguments.front().starts_with("-") &&
      !is_command(app, arguments.front())) {
    return usage_error("no such command: " + arguments.front());
  }
  try {
    std::reverse(arguments.begin(), arguments.end());  // what CLI11 expects of a vector
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return usage_error(error.what());
  }
  if (!run->parsed()) {
    report_command(report_arguments);
    return 0;
  }
  if (run_arguments.command.empty()) return usage_error("run: no command given");
  return run_command(run_arguments);
}

}  // namespace
}  // namespace memprof::cli

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_st("memprof"));
  spdlog::set_pattern("memprof: %l: %v");
  try {
    return memprof::cli::memprof_main({argv + 1, argv + argc});
  } catch (const memprof::Error& error) {
    spdlog::error("{}", memprof::report::printable(error.what()));
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    spdlog::error("{}", memprof::report::printable(error.what()));
    return static_cast<int>(memprof::Error::Exit::kInput);
  }
}
