#pragma once

#include <CLI/CLI.hpp>

#include "analyzer/cli/check_command.h"
#include "analyzer/cli/history_command.h"
#include "analyzer/cli/leaks_command.h"
#include "analyzer/cli/repeat_command.h"
#include "analyzer/cli/scale_command.h"

namespace memprof::cli {

/// The options of the commands whose exit status is a verdict.
void add_leaks(CLI::App& app, LeaksArguments& arguments);
void add_repeat(CLI::App& app, RepeatArguments& arguments);
void add_scale(CLI::App& app, ScaleArguments& arguments);
void add_history(CLI::App& app, HistoryArguments& arguments);
void add_check(CLI::App& app, CheckArguments& arguments);

}  // namespace memprof::cli
