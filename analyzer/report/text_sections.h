#pragma once

#include <vector>

#include "analyzer/report/text_context.h"

namespace memprof::report {

/// One process in a line: how heap and RSS changed, and their peaks.
void write_process_line(const TextContext& context, const profile::Process& process);

/// The whole run in a line: processes, peaks of the tree and when, how long.
void write_tree_line(const TextContext& context);

/// One row per executable: how many images, largest and summed peak heap, largest peak RSS.
void write_executables(const TextContext& context);

/// What the processes with these indexes did altogether, and how one alone ended.
void write_totals(const TextContext& context, const std::vector<size_t>& processes);

}  // namespace memprof::report
