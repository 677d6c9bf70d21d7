#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace memprof::heap {

/// The least, the largest and the sum of some values.
struct Spread {
  uint64_t count = 0;
  uint64_t min = 0;
  uint64_t max = 0;
  double sum = 0;  ///< of values up to 2^64: a mean needs no more than a double's 53 bits

  void add(uint64_t value);
  Spread& operator+=(const Spread& other);
  uint64_t mean() const {
    return count == 0 ? 0 : static_cast<uint64_t>(sum / static_cast<double>(count));
  }
};

/// How many blocks had a size of that many binary digits: 0 for size 0, n for 2^(n-1) to 2^n - 1.
struct SizeClass {
  uint32_t digits;
  uint64_t allocations;

  uint64_t smallest() const { return digits == 0 ? 0 : uint64_t{1} << (digits - 1); }
  uint64_t largest() const { return digits == 0 ? 0 : smallest() + (smallest() - 1); }
};

/// What one thread allocated at a site.
struct ThreadShare {
  uint32_t process;  ///< left at 0 by replay; who puts sites of several processes together fills it
  uint32_t thread;   ///< index into ProcessHeap::threads
  uint64_t allocations;
  uint64_t bytes;
};

/// More of a site than Counts says; costs memory and time for each, so it has to be asked for.
struct SiteDetails {
  /// Of the blocks that have ended. Times are as fine as the trace's stamps: while a process has
  /// one thread they are few. Lifetimes in allocations, the process's own births meanwhile, are
  /// exact.
  Spread lifetime_ns;
  Spread lifetime_allocations;
  Spread size_bytes;
  std::vector<SizeClass> sizes;      ///< by digits
  std::vector<ThreadShare> threads;  ///< by process, then thread
  uint64_t oldest_live_ns = 0;  ///< how long the oldest block that is live at the end has lived
  double live_ns = 0;           ///< how long all of them have lived, summed
  /// The highest live bytes of the site alone, whenever that was, and its blocks then. Of several
  /// sites put together the sum of each one's, which no moment need have seen.
  uint64_t highest_bytes = 0;
  uint64_t highest_blocks = 0;

  void add_size(uint64_t size);
  void add_thread(uint32_t thread, uint64_t size);
  SiteDetails& operator+=(const SiteDetails& other);
};

/// A thread of a process.
struct Thread {
  uint32_t serial = 0;  ///< of the trace; never used twice in a process
  std::string name;     ///< "" where none is known. Raw bytes
};

}  // namespace memprof::heap
