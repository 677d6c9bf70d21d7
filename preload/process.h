// The process that is being recorded: whether, where to, and what happens when it forks.
//
// States. Everything begins as kUnstarted. The first interposed call or our constructor, whichever
// comes first, starts recording (start.cpp); the result is kRecording or kOff, for good. When
// recording has to end early the state stays and stop_recording says why; events are then counted
// as lost.
//
// Fork. One page is marked MADV_WIPEONFORK. It holds the generation of the process; in a child,
// however it was made (fork, _Fork, clone, a system call), it reads 0. Every event begins by
// looking at it, and looks again before it writes. vfork and posix_spawn children share our memory
// and are not a new generation: what they allocate, they allocate in their parent.
#pragma once

#include <atomic>
#include <cstdint>

#include "preload/environment.h"
#include "preload/format/trace_format.h"
#include "preload/stream.h"

namespace memprof {

enum class State : uint32_t { kUnstarted, kOff, kRecording };

/// Written at start and in a forked child before it has a second thread.
extern std::atomic<State> g_state;

/// 1 once a second stream exists: from then on every record carries a stamp. Written by whoever
/// makes the second stream, before it records.
extern std::atomic<uint32_t> g_stamped;

/// The wiped page; points to a constant 0 before start.
extern const std::atomic<uint32_t>* g_generation;

inline bool is_recording() {
  return g_state.load(std::memory_order_acquire) == State::kRecording;
}

/// Whether one stream alone exists, so that nobody else can be inside a hook.
inline bool single_stream() {
  return g_stamped.load(std::memory_order_acquire) == 0;
}

/// Starts recording, or finds out why not. Called once, when the first interposed function or our
/// constructor runs, while all other threads wait.
void start_recording();

/// In a forked child: leaves the parent's file alone and begins our own.
void begin_child();

/// What the environment said at start: whether no recorder came before us in this run, and who is
/// to walk the stacks.
bool is_root();
Unwinder wanted_unwinder();

/// The process id that records, which in a vfork child is not getpid()'s.
uint32_t recording_pid();

/// Whether the caller runs in another process than the one being recorded, sharing its memory
/// (vfork).
bool in_vfork_child();

/// Whether this is a forked child that has not recorded anything yet.
inline bool in_new_child() {
  return g_generation->load(std::memory_order_relaxed) == 0;  // Our own page: no other writer.
}

/// Where the traces are; absolute.
const char* output_directory();

/// Names for the trace; "" when unknown. Valid for ever.
const char* executable_path();
const char* start_directory();

/// Where a child's recorder should be told to find us.
uint64_t trace_id();

/// The recorder's own resident memory, as far as it is ours to count.
void add_own_bytes(int64_t bytes);
uint64_t own_bytes();

/// Counts events that could not be recorded.
void count_lost(uint64_t events);

/// Ends recording for good: later events are counted as lost. The first reason stays.
void stop_recording(format::StopReason reason);

}  // namespace memprof
