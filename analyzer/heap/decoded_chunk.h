#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/heap/context_tree.h"
#include "analyzer/heap/event.h"
#include "analyzer/heap/survey.h"
#include "analyzer/heap/timeline.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::heap {

/// The events of one chunk. A chunk begins with its thread's whole stack, so it is decoded on its
/// own, whatever comes before it, and several are at a time; what is numbered here is numbered anew
/// in each, and the ChunkPipeline translates.
///
/// A tree per chunk also saves time on one processor: its nodes stay in the cache, and the large
/// tree of the process is asked once for each of them instead of once for each frame of each birth.
///
/// Filled again and again: a chunk needs half a megabyte here, which would be new from the kernel
/// each time.
struct DecodedChunk {
  /// Stamps never fall. kBirth: number is an index into sites; kThread: a serial; kItem: an index
  /// into items.
  EventBuffer events;
  std::vector<TimelineItem> items;
  ContextTree tree;
  std::vector<uint32_t> sites;  ///< of the process, by those of `tree`; once it is translated
  std::vector<std::pair<uint32_t, std::string>> threads;  ///< names by serial
  std::vector<size_t> cuts;      ///< for each place asked for, the first event that lies behind it
  uint64_t last_stamp = 0;       ///< the last time the chunk told
  std::vector<std::byte> bytes;  ///< the chunk's own, for the decoder alone

  void clear();
};

/// `cuts`: places in the chunk where forked children began, as format::ChunkHeader::used counts, in
/// order. What `into` held is gone. Thread-safe. Throws Error when the file cannot be read.
void decode_chunk(const trace::Chunk& chunk, const trace::ChunkReader& reader,
                  const LocationTable& locations, std::span<const uint32_t> cuts,
                  DecodedChunk& into);

}  // namespace memprof::heap
