#include "preload/stream.h"

#include "preload/process.h"
#include "preload/trace_file.h"

namespace memprof {

bool make_room_slow(Stream& s, uint32_t bytes) {
  if (s.forked_in_event) {
    s.forked_in_event = false;
    count_lost(1);
    return false;
  }
  // A chunk of another generation is our parent's, still mapped because an event was interrupted in
  // it.
  if (s.chunk != nullptr && s.generation == g_generation->load(std::memory_order_relaxed)) {
    while (s.position + bytes > s.limit && populate_more(s)) {
    }
    if (s.position + bytes <= s.limit) return true;
  }
  if (take_chunk(s)) return make_room(s, bytes);
  // Not even what would still fit: a trace ends at one point.
  s.limit = 0;
  return false;
}

bool append_control(Stream& s, format::Control kind, const void* record, uint32_t record_bytes,
                    const char* text, uint32_t text_bytes) {
  const uint32_t total = (4 + record_bytes + text_bytes + 1) & ~1u;
  if (total > format::kMaxControlBytes || !make_room(s, total)) return false;
  uint8_t* out = s.chunk + s.position;
  const uint32_t word = format::control_word(kind, total);
  memcpy(out, &word, sizeof word);
  memcpy(out + 4, record, record_bytes);
  if (text_bytes > 0) memcpy(out + 4 + record_bytes, text, text_bytes);
  if (4 + record_bytes + text_bytes < total) out[total - 1] = 0;
  publish(s, s.position + total);
  return true;
}

}  // namespace memprof
