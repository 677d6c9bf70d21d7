#include "analyzer/heap/details_recorder.h"

#include <algorithm>

namespace memprof::heap {

SiteDetails& DetailsRecorder::of(uint32_t site) {
  if (site >= sites_.size()) {
    sites_.resize(site + 1);
    holdings_.resize(site + 1);
  }
  return sites_[site];
}

uint64_t DetailsRecorder::nanoseconds(uint64_t begin_stamp, uint64_t end_stamp) const {
  const uint64_t begin_ns = clock_.monotonic_ns(begin_stamp);
  return std::max(begin_ns, clock_.monotonic_ns(end_stamp)) - begin_ns;
}

void DetailsRecorder::birth(const LiveBlock& block, uint64_t stamp, uint32_t thread) {
  SiteDetails& details = of(block.site);
  details.add_size(block.size);
  details.add_thread(thread, block.size);
  live_[block.address] = {stamp, block.site};
  Holding& holding = holdings_[block.site];
  holding.bytes += block.size;
  ++holding.blocks;
  if (holding.bytes > details.highest_bytes) {
    details.highest_bytes = holding.bytes;
    details.highest_blocks = holding.blocks;
  }
}

void DetailsRecorder::end(const LiveBlock& block, uint64_t stamp, uint64_t births) {
  const auto born = live_.find(block.address);
  if (born == live_.end()) return;
  SiteDetails& details = of(block.site);
  details.lifetime_ns.add(nanoseconds(born->second.stamp, stamp));
  details.lifetime_allocations.add(births - block.birth);
  holdings_[block.site].bytes -= block.size;
  --holdings_[block.site].blocks;
  live_.erase(born);
}

std::vector<SiteDetails> DetailsRecorder::take(uint64_t stamp, size_t sites) {
  for (const auto& [address, birth] : live_) {
    SiteDetails& details = of(birth.site);
    const uint64_t lived_ns = nanoseconds(birth.stamp, stamp);
    details.oldest_live_ns = std::max(details.oldest_live_ns, lived_ns);
    details.live_ns += static_cast<double>(lived_ns);
  }
  sites_.resize(sites);
  return std::move(sites_);
}

}  // namespace memprof::heap
