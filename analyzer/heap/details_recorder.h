#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analyzer/heap/live_map.h"
#include "analyzer/heap/site_details.h"
#include "analyzer/heap/stamp_clock.h"

namespace memprof::heap {

/// Collects SiteDetails while a LiveHeap is replayed. Memory follows live blocks and sites.
class DetailsRecorder {
 public:
  explicit DetailsRecorder(const StampClock& clock) : clock_(clock) {}

  /// `block` is born, by this thread.
  void birth(const LiveBlock& block, uint64_t stamp, uint32_t thread);

  /// `block` ends; `births` the process's so far.
  void end(const LiveBlock& block, uint64_t stamp, uint64_t births);

  /// What there is of each of the first `sites` sites. What still lives has lived until `stamp`.
  std::vector<SiteDetails> take(uint64_t stamp, size_t sites);

 private:
  struct Birth {
    uint64_t stamp;
    uint32_t site;
  };

  /// What a site holds now.
  struct Holding {
    uint64_t bytes = 0;
    uint64_t blocks = 0;
  };

  SiteDetails& of(uint32_t site);
  uint64_t nanoseconds(uint64_t begin_stamp, uint64_t end_stamp) const;

  const StampClock& clock_;
  std::vector<SiteDetails> sites_;
  std::vector<Holding> holdings_;             ///< as sites_
  std::unordered_map<uint64_t, Birth> live_;  ///< by address
};

}  // namespace memprof::heap
