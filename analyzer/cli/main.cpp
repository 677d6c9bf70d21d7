// memprof: the command. Reads the arguments, calls what they ask for, and turns errors into one
// line on stderr and an exit status.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/cli/diff_command.h"
#include "analyzer/cli/documentation.h"
#include "analyzer/cli/help_formatter.h"
#include "analyzer/cli/judging_options.h"
#include "analyzer/cli/options.h"
#include "analyzer/cli/pack_command.h"
#include "analyzer/cli/report_command.h"
#include "analyzer/cli/run_command.h"
#include "analyzer/cli/tree_command.h"
#include "analyzer/report/text_escape.h"

namespace memprof::cli {
namespace {

/// How moments are written, for the help of commands that take some.
constexpr char kMoments[] =
    "MOMENT is start, peak, end, SECONDSs (as 2.5s), mark:NAME, phase:NAME:begin, phase:NAME:end "
    "or phase:NAME:peak, the last four with #N for the N-th of that name. Moments are on the run's "
    "clock and peak is that of all processes together; with --process they are each process's own.";

profile::Moment moment_of(const std::string& option, const std::string& text) {
  auto moment = profile::parse_moment(text);
  if (!moment) throw CLI::ValidationError(option, text + " is no moment");
  return *std::move(moment);
}

void add_run(CLI::App& app, RunArguments& arguments) {
  CLI::App* run = app.add_subcommand("run", "Run a command; record it and all its children");
  run->add_option("COMMAND", arguments.command,
                  "The command and its arguments, after -- if in doubt");
  run->add_option(
         "-o", arguments.output,
         "Directory for the traces, or profile file (FILE.mprof) into which each process is folded "
         "as it ends (default: memprof.COMMAND.PID)")
      ->type_name("PATH");
  run->add_flag("-q", arguments.quiet, "No summary at the end");
  run->add_option("--top", arguments.top, "Rows in the summary; 0 for all")
      ->type_name("N")
      ->check(kCount)
      ->capture_default_str();
  run->add_flag("--keep-trace", arguments.keep_trace,
                "With a profile file: keep the raw traces as well, in FILE.mprof.traces");
  run->add_flag_callback(
      "--no-follow", [&arguments] { arguments.follow = false; },
      "Record the command alone, not its children");
  run->add_flag("--reachability", arguments.reachability,
                "Find out at each exit what can still be reached, for memprof leaks");
}

void add_diff(CLI::App& app, DiffArguments& arguments) {
  CLI::App& command =
      *app.add_subcommand("diff", "Say what changed between two moments, of one run or of two");
  command.footer(std::string("BEFORE and AFTER are PATH or PATH@MOMENT. ") + kMoments +
                 " Without any moment each process is compared at its own peak.");
  command
      .add_option("BEFORE", arguments.before,
                  "Trace directory or profile file, with or without @MOMENT")
      ->required();
  command.add_option("AFTER", arguments.after, "The same")->required();
  add_table_options(command, arguments.options);
  add_symbol_options(command, arguments.symbols);
  add_output_options(command, arguments,
                     {{"text", Format::kText},
                      {"json", Format::kJson},
                      {"html", Format::kHtml},
                      {"pprof", Format::kPprof}});
}

void add_pack(CLI::App& app, PackArguments& arguments) {
  CLI::App& command = *app.add_subcommand(
      "pack", "Fold the traces of a directory into one profile file, with the names inside");
  command.add_option("DIR", arguments.directory, "Trace directory; it stays as it is")->required();
  command
      .add_option("-o", arguments.output,
                  "The profile file; one that was left unfinished gets what it lacks")
      ->type_name("FILE.mprof")
      ->required();
  command
      .add_option("--fold", arguments.fold_percent,
                  "Stacks of less than this share of their process are summed up; 0 keeps all")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.0, 100.0).description(""))
      ->capture_default_str();
  add_symbol_options(command, arguments.symbols);
}

void add_tree(CLI::App& app, TreeArguments& arguments) {
  CLI::App& command = *app.add_subcommand(
      "tree", "Say who started whom, how much memory each took, and who was alive at the peak");
  command.add_option("PATH", arguments.path, "Trace directory, profile file, or one trace file")
      ->required();
  add_output_options(command, arguments, {{"text", Format::kText}, {"json", Format::kJson}});
}

void add_report(CLI::App& app, ReportArguments& arguments) {
  using report::By;
  using report::Group;
  report::Options& options = arguments.options;
  CLI::App& command = *app.add_subcommand("report", "Say where the memory of a recorded run was");
  command.footer(kMoments);
  command.add_option("PATH", arguments.path, "Trace directory, profile file, or one trace file")
      ->required();
  add_table_options(command, options);
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
  CLI::Option* at =
      command
          .add_option_function<std::string>(
              "--at",
              [&arguments](const std::string& text) { arguments.at = moment_of("--at", text); },
              "What was live at this moment instead of at the peak")
          ->type_name("MOMENT");
  command.add_flag(
      "--details", options.details,
      "Of each row the sizes, lifetimes and threads; what lived when the process ended");
  command
      .add_option_function<std::string>(
          "--phase",
          [&arguments](const std::string& text) {
            arguments.at = moment_of("--phase", "phase:" + text + ":peak");
            arguments.options.phase = arguments.at->name;
          },
          "This phase alone, and what was live at its own peak; NAME#N is the N-th of that name")
      ->type_name("NAME")
      ->excludes(at);
  command
      .add_option("--budget", arguments.budget,
                  "With --format html: how the run keeps these limits (see memprof check)")
      ->type_name("FILE");
  add_symbol_options(command, arguments.symbols);
  add_output_options(command, arguments,
                     {{"text", Format::kText},
                      {"json", Format::kJson},
                      {"html", Format::kHtml},
                      {"pprof", Format::kPprof},
                      {"folded", Format::kFolded},
                      {"dhat", Format::kDhat}});
}

/// For the build, which installs what this writes into the directory that follows; in no help.
constexpr char kDocumentation[] = "--documentation";

/// Whether `argument` is an option of `app` whose value is the argument after it.
bool takes_next(const CLI::App& app, const std::string& argument) {
  const CLI::Option* option = app.get_option_no_throw(argument);
  return option != nullptr && option->get_items_expected_min() > 0;
}

/// Splits what follows "run" and the like into our options and the command: it begins after "--" or
/// with the first argument that is no option, and its own arguments are none of our business.
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
  app.formatter(std::make_shared<HelpFormatter>());  // the commands take it over
  app.set_version_flag("--version", "memprof " MEMPROF_VERSION);
  app.require_subcommand(1);
  RunArguments run_arguments;
  ReportArguments report_arguments;
  DiffArguments diff_arguments;
  TreeArguments tree_arguments;
  PackArguments pack_arguments;
  LeaksArguments leaks_arguments;
  RepeatArguments repeat_arguments;
  CheckArguments check_arguments;
  ScaleArguments scale_arguments;
  HistoryArguments history_arguments;
  add_run(app, run_arguments);
  add_report(app, report_arguments);
  add_diff(app, diff_arguments);
  add_tree(app, tree_arguments);
  add_pack(app, pack_arguments);
  add_leaks(app, leaks_arguments);
  add_repeat(app, repeat_arguments);
  add_check(app, check_arguments);
  add_scale(app, scale_arguments);
  add_history(app, history_arguments);
  if (arguments.size() == 2 && arguments.front() == kDocumentation) {
    write_documentation(app, arguments.back(), MEMPROF_VERSION);
    return 0;
  }
  const std::map<std::string, std::vector<std::string>*> commands = {
      {"run", &run_arguments.command},
      {"repeat", &repeat_arguments.command},
      {"scale", &scale_arguments.command}};
  const auto runs = arguments.empty() ? commands.end() : commands.find(arguments.front());
  if (runs != commands.end())
    *runs->second = take_command(*app.get_subcommand(runs->first), arguments);
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
  if (app.got_subcommand("report")) {
    report_command(report_arguments);
    return 0;
  }
  if (app.got_subcommand("diff")) {
    diff_command(diff_arguments);
    return 0;
  }
  if (app.got_subcommand("tree")) {
    tree_command(tree_arguments);
    return 0;
  }
  if (app.got_subcommand("pack")) {
    pack_command(pack_arguments);
    return 0;
  }
  if (app.got_subcommand("leaks")) return leaks_command(leaks_arguments);
  if (app.got_subcommand("check")) return check_command(check_arguments);
  if (app.got_subcommand("history")) {
    history_command(history_arguments);
    return 0;
  }
  if (runs->second->empty()) return usage_error(runs->first + ": no command given");
  if (app.got_subcommand("scale")) return scale_command(scale_arguments);
  if (app.got_subcommand("repeat")) return repeat_command(repeat_arguments);
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
