// Which stream an event goes to.
//
// A thread finds its stream through one pointer in static TLS. It takes the stream from the idle
// pool at its first event and gives it back in a thread-exit destructor; the next thread goes on in
// the same chunk, so that a hundred thousand short threads do not leave a hundred thousand chunks.
// What a thread does after that destructor borrows an idle stream for the one event.
//
// `busy` holds the frame address of the hook that is recording. Finding it set means one of two
// things: a signal handler interrupted the hook, and its event goes to the nested stream (deeper:
// counted as lost); or an earlier handler left by siglongjmp and the flag is stale. It is stale
// when the hook it belongs to can no longer be on the stack: our frame lies further out, and we are
// not on a signal stack.
#pragma once

#include <cstdint>

#include "preload/process.h"
#include "preload/stream.h"

namespace memprof {

/// The pointer's value once the thread's destructor has run.
inline Stream* const kThreadEnded = reinterpret_cast<Stream*>(1);

extern thread_local constinit Stream* t_stream __attribute__((tls_model("initial-exec")));

/// Everything but the ordinary case: first event of a thread, nested, stale, late, forked.
Stream* begin_event_slow(uintptr_t frame);

/// Gives a borrowed stream back.
void end_late_event(Stream* s);

/// The stream for one event, now marked busy, or nullptr when the event cannot be recorded (it has
/// been counted where it should have been). `frame` is an address in the hook's caller's frame.
inline Stream* begin_event(uintptr_t frame) {
  Stream* s = t_stream;
  if (__builtin_expect(s > kThreadEnded && s->busy == 0 && !in_new_child(), 1)) {
    s->busy = frame;
    // A handler that comes in after this sees the flag; the compiler must not move our writes
    // before it.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return s;
  }
  return begin_event_slow(frame);
}

inline void end_event(Stream* s) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  s->busy = 0;
  if (__builtin_expect(s->late, 0)) end_late_event(s);
}

/// Creates the thread-exit key. Once, at start.
void prepare_threads();

/// Whether other threads have recorded something and have not ended.
bool others_record();

/// All streams there are, newest first.
Stream* all_streams();

/// In a forked child: streams of the threads that are gone become idle. `mine` stays. Where that is
/// nullptr the caller may be a thread that was started in the child before its first event, and the
/// thread that forked goes on with a stream of its own that nobody else knows: all stay.
void adopt_streams(Stream* mine);

}  // namespace memprof
