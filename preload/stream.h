// A stream: one writer's sequence of records, and everything that writer needs to remember.
//
// Who writes what. A stream belongs to one thread at a time, and while an event is being recorded
// (`busy` is set) to that event alone. All members are written by the owner only; others read
// `chunk`, `id`, `sequence` and `position` in a forked child, where the owner is gone. Streams live
// in pages of our own, are never freed, and pass to another thread through the idle pool
// (threads.h).
//
// Order of a record: its bytes, then the chunk's `used` (release; from here on it is in the trace
// whatever happens to the process), then our private copies. A signal handler that leaves by
// siglongjmp in between makes the private copies stale; `recover_stream` then goes on in a new
// chunk, where nothing before matters.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "preload/format/trace_format.h"
#include "preload/last_walk.h"
#include "preload/unwind/cfi.h"
#include "preload/unwind/stack_memory.h"

namespace memprof {

inline constexpr uint32_t kNoStreamId = UINT32_MAX;
inline constexpr size_t kStreamTextBytes = 4608;

struct Stream {
  // --- read and written at each event
  uintptr_t busy;     ///< the recording hook's frame address, 0 between events
  uint8_t* chunk;     ///< mapped chunk, or nullptr
  uint32_t position;  ///< where the next record goes
  uint32_t limit;     ///< records must end here: what lies beyond has no memory behind it yet
  uint64_t last_address;
  uint64_t last_stamp;
  uint32_t stamped;  ///< records carry stamps
  uint32_t time_countdown;
  uint32_t depth;       ///< frames of last_stack that the reader knows: all, or none in a new chunk
  uint32_t generation;  ///< of the process (fork.h) that the chunk belongs to
  uint32_t* last_stack;  ///< location ids of the last recorded walk, outermost first
  uint32_t* walked;      ///< location ids of the walk in progress, innermost first
  unwind::StackMemory memory;
  LastWalk last_walk;

  // --- slower things
  uint32_t id;            ///< in this file; kNoStreamId before the first chunk
  uint32_t sequence;      ///< of the next chunk
  uint32_t populated;     ///< bytes of the chunk that have memory and disk blocks behind them
  uint32_t window_bytes;  ///< of the mapping that holds the chunk
  uint32_t thread;        ///< serial
  uint32_t tid;
  uint32_t exit_rounds;    ///< how often the thread-exit destructor has run
  bool late;               ///< borrowed for one event by a thread that is past its end
  bool forked_in_event;    ///< a handler forked while this stream was recording: that event is the
                           ///< parent's
  format::CutRecord cut;   ///< in a forked child: where the parent's stream was
  uint64_t sampled_stamp;  ///< when RSS was last looked at
  Stream* nested;          ///< for events in signal handlers that interrupt this stream's hook
  Stream* next;            ///< all streams, newest first; never changes
  Stream* next_idle;
  unwind::CfiScratch cfi;
  char text[kStreamTextBytes];  ///< for building a record's strings: the program's stack may be
                                ///< small
};

/// The header of the stream's chunk.
inline format::ChunkHeader* chunk_header(Stream& s) {
  return reinterpret_cast<format::ChunkHeader*>(s.chunk);
}

/// Makes everything before `position` part of the trace.
inline void publish(Stream& s, uint32_t position) {
  std::atomic_ref<uint32_t>(chunk_header(s)->used).store(position, std::memory_order_release);
  s.position = position;
}

/// Makes sure that `bytes` can be written at s.position, going on to a new chunk where needed.
/// After a change of chunk the reader starts anew: s.depth, s.last_address and s.last_stamp say so.
/// False when nothing can be recorded any more, and in a forked child whose parent this event began
/// in.
bool make_room_slow(Stream& s, uint32_t bytes);

inline bool make_room(Stream& s, uint32_t bytes) {
  if (__builtin_expect(s.chunk != nullptr && s.position + bytes <= s.limit, 1)) return true;
  return make_room_slow(s, bytes);
}

/// Appends a control record: a struct of trace_format.h and, after it, `text`. Even length by
/// padding.
bool append_control(Stream& s, format::Control kind, const void* record, uint32_t record_bytes,
                    const char* text = nullptr, uint32_t text_bytes = 0);

template <typename Record>
bool append(Stream& s, format::Control kind, const Record& record, const char* text = nullptr,
            uint32_t text_bytes = 0) {
  return append_control(s, kind, &record, sizeof record, text, text_bytes);
}

}  // namespace memprof
