#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace memprof::bench {

/// How the call stack of a malloc differs from that of the one before.
enum class Pattern {
  kSameStack,  ///< not at all: the same calls were made again
  kNewLeaf,    ///< in the innermost frame's call of malloc
  kAllNew,     ///< in every frame of the chain: where it lies, and where it returns to
};

inline constexpr uint32_t kMaxDepth = 10'000;

/// "same_stack", "new_leaf", "all_new"; nothing for other words.
std::optional<Pattern> pattern_of(std::string_view name);

/// Makes `pairs` times a chain of `depth` calls (1 to kMaxDepth), whose innermost function calls
/// malloc and then free. Nothing else allocates. Any number of threads may be in here.
void churn(Pattern pattern, uint32_t depth, uint64_t pairs);

}  // namespace memprof::bench
