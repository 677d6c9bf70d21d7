// Keeping the ledger: for programs. Each function is inlined, so that the allocation's caller is
// the program's own function.
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/e2e/programs/ledger.h"

namespace ledger {

/// Makes `directory`/`name`.ledger and maps it. Exits with 99 when that fails.
inline Page* open_page(const char* directory, const char* name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.ledger", directory, name);
  const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(Page)) != 0) exit(99);
  void* memory = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) exit(99);
  Page* page = static_cast<Page*>(memory);
  page->pid = getpid();
  return page;
}

/// Adds to a member in memory at once: the program may be killed after any instruction.
inline __attribute__((always_inline)) void bump(uint64_t* member, uint64_t by) {
  __atomic_store_n(member, *member + by, __ATOMIC_RELEASE);
}

/// For programs with one thread.
inline __attribute__((always_inline)) void note_peak(Page* page) {
  uint64_t live = 0;
  for (const Account& account : page->accounts)
    live += account.bytes_allocated - account.bytes_freed;
  if (live > page->peak_bytes) page->peak_bytes = live;
}

inline __attribute__((always_inline)) void* take(Account& account, size_t size) {
  bump(&account.allocations_begun, 1);
  void* block = malloc(size);
  bump(&account.bytes_allocated, size);
  bump(&account.allocations, 1);
  return block;
}

inline __attribute__((always_inline)) void give(Account& account, void* block, size_t size) {
  bump(&account.frees_begun, 1);
  free(block);
  bump(&account.bytes_freed, size);
  bump(&account.frees, 1);
}

/// A realloc that succeeds counts as the old block's end and a new block.
inline __attribute__((always_inline)) void* change(Account& account, void* block, size_t old_size,
                                                   size_t size) {
  bump(&account.allocations_begun, 1);
  bump(&account.frees_begun, 1);
  void* fresh = realloc(block, size);
  bump(&account.bytes_allocated, size);
  bump(&account.bytes_freed, old_size);
  bump(&account.allocations, 1);
  bump(&account.frees, 1);
  return fresh;
}

/// One thread's blocks, and random work on them that is the same in every run.
class Worker {
 public:
  static constexpr unsigned kBlocks = 61;

  Worker(Account& account, uint64_t seed) : account_(account), state_(seed * 2 + 1) {}

  /// One allocation, realloc or free.
  __attribute__((noinline)) void step() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    const unsigned slot = static_cast<unsigned>(state_ >> 33) % kBlocks;
    const size_t size = static_cast<size_t>(state_ >> 40) % 2003;
    if (blocks_[slot] == nullptr) {
      blocks_[slot] = take(account_, size);
      sizes_[slot] = size;
    } else if ((state_ >> 60) % 3 == 0) {
      blocks_[slot] = change(account_, blocks_[slot], sizes_[slot], size + 1);
      sizes_[slot] = size + 1;
    } else {
      give(account_, blocks_[slot], sizes_[slot]);
      blocks_[slot] = nullptr;
    }
  }

  void steps(unsigned count, Page* page_with_peak = nullptr) {
    for (unsigned i = 0; i < count; ++i) {
      step();
      if (page_with_peak != nullptr) note_peak(page_with_peak);
    }
  }

  /// Frees them all, for a forked child: the account is its parent's and stays as it is. Returns
  /// how many.
  unsigned free_inherited() {
    unsigned count = 0;
    for (void*& block : blocks_) {
      count += block != nullptr;
      free(block);
      block = nullptr;
    }
    return count;
  }

 private:
  Account& account_;
  uint64_t state_;
  void* blocks_[kBlocks] = {};
  size_t sizes_[kBlocks] = {};
};

}  // namespace ledger
