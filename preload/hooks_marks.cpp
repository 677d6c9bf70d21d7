// The client functions of preload/include/memprof.h.
#include <cstring>

#include "preload/exported.h"
#include "preload/process.h"
#include "preload/samples.h"
#include "preload/sys/clock.h"
#include "preload/threads.h"

namespace {

namespace format = memprof::format;

constexpr size_t kMaxNameBytes = 1000;

void write_mark(format::MarkKind kind, const char* name, uintptr_t frame) {
  if (name == nullptr || !memprof::is_recording()) return;
  memprof::Stream* s = memprof::begin_event(frame);
  if (s == nullptr) return;
  const size_t bytes = strnlen(name, kMaxNameBytes);
  const format::RssFields rss = memprof::read_rss(/*with_peak=*/false);
  const format::MarkRecord record{memprof::sys::read_clock(), rss, static_cast<uint32_t>(kind),
                                  s->thread, static_cast<uint32_t>(bytes)};
  memprof::append(*s, format::Control::kMark, record, name, static_cast<uint32_t>(bytes));
  memprof::end_event(s);
}

uintptr_t here() {
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
}

}  // namespace

MEMPROF_EXPORT void memprof_mark(const char* name) {
  write_mark(format::MarkKind::kMark, name, here());
}

MEMPROF_EXPORT void memprof_phase_begin(const char* name) {
  write_mark(format::MarkKind::kPhaseBegin, name, here());
}

MEMPROF_EXPORT void memprof_phase_end(const char* name) {
  write_mark(format::MarkKind::kPhaseEnd, name, here());
}

MEMPROF_EXPORT int memprof_is_recording() {
  return memprof::is_recording() ? 1 : 0;
}
