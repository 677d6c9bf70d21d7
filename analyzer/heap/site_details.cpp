#include "analyzer/heap/site_details.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace memprof::heap {

void Spread::add(uint64_t value) {
  min = count == 0 ? value : std::min(min, value);
  max = std::max(max, value);
  sum += static_cast<double>(value);
  ++count;
}

Spread& Spread::operator+=(const Spread& other) {
  if (other.count == 0) return *this;
  min = count == 0 ? other.min : std::min(min, other.min);
  max = std::max(max, other.max);
  sum += other.sum;
  count += other.count;
  return *this;
}

namespace {

SizeClass& class_of(std::vector<SizeClass>& sizes, uint32_t digits) {
  const auto at =
      std::lower_bound(sizes.begin(), sizes.end(), digits,
                       [](const SizeClass& one, uint32_t value) { return one.digits < value; });
  if (at != sizes.end() && at->digits == digits) return *at;
  return *sizes.insert(at, {digits, 0});
}

ThreadShare& share_of(std::vector<ThreadShare>& threads, uint32_t process, uint32_t thread) {
  const auto at = std::lower_bound(threads.begin(), threads.end(), std::tuple(process, thread),
                                   [](const ThreadShare& one, const auto& value) {
                                     return std::tuple(one.process, one.thread) < value;
                                   });
  if (at != threads.end() && at->process == process && at->thread == thread) return *at;
  return *threads.insert(at, {process, thread, 0, 0});
}

}  // namespace

void SiteDetails::add_size(uint64_t size) {
  size_bytes.add(size);
  ++class_of(sizes, static_cast<uint32_t>(std::bit_width(size))).allocations;
}

void SiteDetails::add_thread(uint32_t thread, uint64_t size) {
  ThreadShare& share = share_of(threads, 0, thread);
  ++share.allocations;
  share.bytes += size;
}

SiteDetails& SiteDetails::operator+=(const SiteDetails& other) {
  lifetime_ns += other.lifetime_ns;
  lifetime_allocations += other.lifetime_allocations;
  size_bytes += other.size_bytes;
  for (const SizeClass& one : other.sizes)
    class_of(sizes, one.digits).allocations += one.allocations;
  for (const ThreadShare& one : other.threads) {
    ThreadShare& share = share_of(threads, one.process, one.thread);
    share.allocations += one.allocations;
    share.bytes += one.bytes;
  }
  oldest_live_ns = std::max(oldest_live_ns, other.oldest_live_ns);
  live_ns += other.live_ns;
  highest_bytes += other.highest_bytes;
  highest_blocks += other.highest_blocks;
  return *this;
}

}  // namespace memprof::heap
