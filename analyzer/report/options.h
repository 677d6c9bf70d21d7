#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace memprof::report {

/// What rows are ordered by.
enum class By { kPeak, kLive, kAllocated, kAllocations, kTemporary };

/// What text rows stand for.
enum class Group { kLine, kFunction, kFile, kModule, kStack };

struct Options {
  By by = By::kPeak;
  Group group = Group::kLine;
  uint64_t top = 20;     ///< rows per table; 0: all
  std::string process;   ///< glob on exe, its basename or the command line; "": no choice
  std::string phase;     ///< show the phases of this name alone; "": all
  uint64_t depth = 512;  ///< frames per stack; deeper ones keep both ends
  bool details = false;  ///< lifetimes, sizes, threads; when the run has them
  bool plain_bytes = false;
  bool color = false;
  uint64_t width = 0;  ///< columns of the terminal; 0: not a terminal, nothing is shortened

  uint64_t row_limit() const { return top == 0 ? std::numeric_limits<uint64_t>::max() : top; }
};

}  // namespace memprof::report
