#pragma once

#include "preload/format/trace_format.h"

namespace memprof::trace {

enum class Verdict { kUnused, kDamaged, kGood };

/// Whether a chunk with this header holds committed records. Not whether as many bytes are there.
inline Verdict judge(const format::ChunkHeader& header) {
  // The magic is stored last: a chunk without it was claimed, and nothing was committed to it.
  if (header.magic == 0) return Verdict::kUnused;
  const bool valid = header.magic == format::kChunkMagic &&
                     header.used >= sizeof(format::ChunkHeader) &&
                     header.used <= format::kChunkBytes && header.used % 2 == 0 &&
                     header.state <= static_cast<uint32_t>(format::ChunkState::kReleased);
  return valid ? Verdict::kGood : Verdict::kDamaged;
}

}  // namespace memprof::trace
