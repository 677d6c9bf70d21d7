#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <vector>

#include "analyzer/profile/run.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// Who started whom: each process with its peaks, its life on the run's clock and its command line,
/// below the one it came from; who was alive at the tree's peak is marked. All processes, whatever
/// options.top is.
void write_text_tree(std::ostream& out, const profile::Run& run, const Options& options);

/// "memprof-tree/1", see docs/json.md.
void write_json_tree(std::ostream& out, const profile::Run& run);

/// A process and how deep it lies, in the order of the tree: children by their start below their
/// parent.
struct TreeLine {
  size_t process;  ///< index into Run::processes
  uint64_t depth;
};
std::vector<TreeLine> tree_lines(const profile::Run& run);

}  // namespace memprof::report
