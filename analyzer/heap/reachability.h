#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/heap/live_map.h"

namespace memprof::heap {

/// What a process left of its memory at exit (preload/format/words_format.h).
struct Words {
  /// All memory could be read and all threads were stopped: what is not reached is lost.
  bool complete = false;
  std::vector<uint64_t> roots;
  std::vector<uint64_t> libc;  ///< roots that count only where they are a block's very address
  /// (where it was, value), by place.
  std::vector<std::pair<uint64_t, uint64_t>> heap;
};

/// The words in a file that are of this trace; nullopt when there is no such file or it is of
/// another trace. A file that is cut off or makes no sense is not complete. Throws nothing.
std::optional<Words> read_words(const std::string& path, uint64_t trace_id);

/// For each of `blocks`, whether it can be reached: a root points to it or into it, or a block does
/// that can be reached. A block of no bytes has one. Takes O((n + words) log n).
std::vector<bool> reached_from(const std::vector<LiveBlock>& blocks, const Words& words);

}  // namespace memprof::heap
