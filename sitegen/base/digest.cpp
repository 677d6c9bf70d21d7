#include "sitegen/base/digest.h"

#include <xxhash.h>

namespace memprof::sitegen {

Digest digest_of(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace memprof::sitegen
