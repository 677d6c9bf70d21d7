// The other threads of this process, waiting in a signal handler while their memory is looked at.
#pragma once

#include <ucontext.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memprof {

/// Who wrote what: the thread itself all but `tid`, before `answered`.
struct StoppedThread {
  uint32_t tid;
  uintptr_t stack_pointer;
  uintptr_t thread_pointer;
  uintptr_t registers[NGREG];
  std::atomic<uint32_t> answered;  ///< an Answer; stored with release order

  enum Answer : uint32_t { kNone, kStopped, kGone };
  bool stopped() const { return answered.load(std::memory_order_acquire) == kStopped; }
};

inline constexpr size_t kMostThreads = 4096;

/// In zeroed pages that are never unmapped: threads leave the handler after all else is done.
struct StoppedThreads {
  StoppedThread all[kMostThreads];
  size_t count;
  uint32_t silent;  ///< that did not answer within a second
  bool complete;    ///< all could be listed and asked
  std::atomic<uint32_t> released;
};

/// Has all threads but the calling one wait, by a signal that is ours meanwhile; the program's
/// handler is put back unless a thread may still get the signal. Takes a second at most. Calls that
/// a thread waited in go on, or fail with EINTR.
void stop_threads(StoppedThreads& threads);

/// Lets them go on.
void release_threads(StoppedThreads& threads);

}  // namespace memprof
