// The ledger: what a program did to its heap, by its own account, in a shared page that outlives
// it.
//
// Each thread writes one account. A call is counted as begun before it is made and as done after it
// has returned, so at whatever instant the program is killed the truth lies between the two.
// Programs and tests share this header; it uses nothing that allocates.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ledger {

inline constexpr unsigned kAccounts = 64;

/// What one thread did. Written by that thread alone, read by the test at any time.
struct Account {
  uint64_t allocations_begun;
  uint64_t allocations;
  uint64_t bytes_allocated;
  uint64_t frees_begun;
  uint64_t frees;
  uint64_t bytes_freed;
};

struct Page {
  int32_t pid;
  uint32_t finished;    ///< set by programs that are waited for through the ledger
  uint64_t peak_bytes;  ///< kept by single-threaded programs only
  Account accounts[kAccounts];
};

}  // namespace ledger
