#include "analyzer/cli/judging_options.h"

#include <string>

#include "analyzer/cli/options.h"

namespace memprof::cli {
namespace {

void add_suppression_options(CLI::App& command, SuppressionArguments& suppressions) {
  command
      .add_option("--suppressions", suppressions.files,
                  "Do not report what this file names, in LeakSanitizer's syntax (leak:PATTERN)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command.add_flag_callback(
      "--no-built-in", [&suppressions] { suppressions.built_in = false; },
      "Report also what libc, libstdc++ and the loader keep by design");
}

void add_history_target(CLI::App& command, HistoryTarget& history) {
  command.add_option("--db", history.path, "Add what came out to this file, for memprof history")
      ->type_name("FILE");
  command
      .add_option("--commit", history.commit,
                  "The commit it is of (default: the one checked out here, by git)")
      ->type_name("ID");
}

}  // namespace

void add_leaks(CLI::App& app, LeaksArguments& arguments) {
  using compare::FailOn;
  CLI::App& command =
      *app.add_subcommand("leaks", "Say what was never freed; status 1 when something leaked");
  command.add_option("PATH", arguments.paths, "Trace directories or files")->required();
  add_suppression_options(command, arguments.suppressions);
  add_choice(command, "--fail-on", arguments.fail_on,
             Choices<FailOn>{{"lost", FailOn::kLost},
                             {"unknown", FailOn::kUnknown},
                             {"reachable", FailOn::kReachable}},
             "Which blocks are leaks: only those known to be lost, or those that may be lost as "
             "well, or all that were never freed (default: unknown)");
  add_table_options(command, arguments.options);
  add_symbol_options(command, arguments.symbols);
  add_output_place_options(command, arguments);
  add_choice(command, "--format", arguments.format,
             Choices<LeaksFormat>{{"text", LeaksFormat::kText},
                                  {"json", LeaksFormat::kJson},
                                  {"sarif", LeaksFormat::kSarif}},
             "Format of the report (default: text)");
}

void add_repeat(CLI::App& app, RepeatArguments& arguments) {
  CLI::App& command = *app.add_subcommand(
      "repeat", "Run a command again and again; say whether it grows; status 1 when it does");
  command.footer(
      "When the first run has a process with as many phases of the name as runs are asked for, the "
      "phases are the iterations. What the command prints goes to standard error.");
  command.add_option("COMMAND", arguments.command,
                     "The command and its arguments, after -- if in doubt");
  command.add_option("-n", arguments.runs, "Iterations, the warm-up among them")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{10'000}).description(""))
      ->capture_default_str();
  command.add_option("--warmup", arguments.warmup, "Iterations that are not judged")
      ->type_name("N")
      ->check(kCount)
      ->capture_default_str();
  command
      .add_option("--phase", arguments.phase, "The phase whose ends are iterations in a process")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--keep", arguments.keep, "Keep the traces in this new directory")
      ->type_name("DIR");
  add_history_target(command, arguments.history);
  add_suppression_options(command, arguments.suppressions);
  add_table_options(command, arguments.options);
  add_symbol_options(command, arguments.symbols);
  add_output_options(command, arguments, {{"text", Format::kText}, {"json", Format::kJson}});
}

void add_check(CLI::App& app, CheckArguments& arguments) {
  CLI::App& command = *app.add_subcommand(
      "check", "Hold runs to a budget; status 1 when a limit is broken (docs/ci.md)");
  command.footer("Of several runs the median of each figure counts.");
  command.add_option("PATH", arguments.paths, "Trace directories or files")->required();
  command.add_option("--budget", arguments.budget, "The limits, in TOML")
      ->type_name("FILE")
      ->required();
  command.add_flag("--write-baseline", arguments.write_baseline,
                   "Make the budget's baseline of these runs, and a budget where there is none");
  add_history_target(command, arguments.history);
  add_symbol_options(command, arguments.symbols);
  add_output_place_options(command, arguments);
  add_choice(command, "--format", arguments.format,
             Choices<CheckFormat>{{"text", CheckFormat::kText},
                                  {"json", CheckFormat::kJson},
                                  {"junit", CheckFormat::kJunit},
                                  {"markdown", CheckFormat::kMarkdown}},
             "Format of the report (default: text)");
}

void add_scale(CLI::App& app, ScaleArguments& arguments) {
  CLI::App& command = *app.add_subcommand(
      "scale", "Run a command with inputs of several sizes; say what a unit costs and predict");
  command.footer("What the command prints goes to standard error.");
  command.add_option("COMMAND", arguments.command, "The command, with {} where the value goes");
  command.add_option("--values", arguments.values, "Sizes of the input, as 50,100,200,400")
      ->type_name("N,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required();
  command.add_option("--predict", arguments.predict, "Predict the peaks of this size")
      ->type_name("N")
      ->check(CLI::PositiveNumber.description(""));
  command.add_option("--runs", arguments.runs, "Runs of each value, whose median counts")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1000}).description(""))
      ->capture_default_str();
  command.add_option("--keep", arguments.keep, "Keep the traces in this new directory")
      ->type_name("DIR");
  command.add_option("--top", arguments.options.top, "Rows in a table; 0 for all")
      ->type_name("N")
      ->check(kCount)
      ->capture_default_str();
  add_symbol_options(command, arguments.symbols);
  add_output_options(command, arguments, {{"text", Format::kText}, {"json", Format::kJson}});
}

void add_history(CLI::App& app, HistoryArguments& arguments) {
  CLI::App& command =
      *app.add_subcommand("history", "Show what checks and repeats with --db found over time");
  command.add_option("FILE", arguments.path, "What --db wrote")->required();
  add_output_place_options(command, arguments);
  add_choice(command, "--format", arguments.format,
             Choices<HistoryFormat>{{"text", HistoryFormat::kText},
                                    {"json", HistoryFormat::kJson},
                                    {"html", HistoryFormat::kHtml}},
             "Format of the report (default: text)");
}

}  // namespace memprof::cli
