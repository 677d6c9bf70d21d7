// The chain goes through a ring of functions, so that its return addresses are as many as those of
// real programs and a recorder's tables are used as there. There are two rings of the same shape:
// the second one's first function has the larger frame, which moves all frames below it. All calls
// must stay calls: nothing is inlined, cloned, merged or made a jump.
#include "tests/bench/churn.h"

#include <cstdlib>

namespace memprof::bench {
namespace {

constexpr uint32_t kRing = 8;
constexpr uint32_t kShiftBytes = 48;

/// What a compiler cannot see through, after which a call is not the last thing done.
inline void barrier() {
  asm volatile("" ::: "memory");
}

template <uint32_t kChain>
[[gnu::noipa]] void leaf(size_t size, bool second_site) {
  char frame[16 + kShiftBytes * kChain];
  asm volatile("" : : "r"(frame) : "memory");
  void* block;
  // Different text keeps the two calls apart.
  if (second_site) {
    block = std::malloc(size);
    asm volatile("# second site" : "+r"(block));
  } else {
    block = std::malloc(size);
    asm volatile("# first site" : "+r"(block));
  }
  if (block == nullptr) std::abort();
  std::free(block);
  barrier();
}

/// `more` links and the leaf follow.
template <uint32_t kChain, uint32_t kLink>
[[gnu::noipa]] void link(uint32_t more, size_t size, bool second_site) {
  char frame[16 + 16 * (kLink % 3) + (kLink == 0 ? kShiftBytes * kChain : 0)];
  asm volatile("" : : "r"(frame) : "memory");
  if (more == 0) {
    leaf<kChain>(size, second_site);
  } else {
    link<kChain, (kLink + 1) % kRing>(more - 1, size, second_site);
  }
  barrier();
}

template <uint32_t kChain>
[[gnu::always_inline]] inline void descend(uint32_t depth, size_t size, bool second_site) {
  if (depth == 1) {
    leaf<kChain>(size, second_site);
  } else {
    link<kChain, 0>(depth - 2, size, second_site);
  }
}

}  // namespace

std::optional<Pattern> pattern_of(std::string_view name) {
  if (name == "same_stack") return Pattern::kSameStack;
  if (name == "new_leaf") return Pattern::kNewLeaf;
  if (name == "all_new") return Pattern::kAllNew;
  return std::nullopt;
}

[[gnu::noipa]] void churn(Pattern pattern, uint32_t depth, uint64_t pairs) {
  for (uint64_t i = 0; i < pairs; ++i) {
    const bool odd = (i & 1) != 0;
    const size_t size = 24 + 16 * (i & 7);
    if (pattern == Pattern::kAllNew && odd) {
      descend<1>(depth, size, false);
    } else {
      descend<0>(depth, size, pattern == Pattern::kNewLeaf && odd);
    }
  }
}

}  // namespace memprof::bench
