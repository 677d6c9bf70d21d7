#include "preload/stopped_threads.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>

#include "preload/process.h"
#include "preload/sys/clock.h"
#include "preload/sys/files.h"
#include "preload/sys/syscall.h"
#include "preload/sys/text.h"

namespace memprof {
namespace {

/// The last real-time signal, which few programs use.
constexpr int kSignal = 64;

constexpr uint64_t kPatienceNs = 1'000'000'000;
constexpr long kPauseNs = 200'000;

/// What is being stopped, for the handler. Written by the thread that stops the others.
constinit std::atomic<StoppedThreads*> g_stopping{nullptr};

void pause_briefly() {
  const timespec pause{0, kPauseNs};
  sys::call(SYS_nanosleep, sys::as_long(&pause), 0);
}

/// In the thread that is stopped.
void answer(int, siginfo_t*, void* context) {
  StoppedThreads* threads = g_stopping.load(std::memory_order_acquire);
  if (threads == nullptr) return;
  const uint32_t me = sys::current_tid();
  for (size_t i = 0; i < threads->count; ++i) {
    StoppedThread& thread = threads->all[i];
    if (thread.tid != me) continue;
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    for (size_t r = 0; r < NGREG; ++r) thread.registers[r] = static_cast<uintptr_t>(registers[r]);
    thread.stack_pointer = static_cast<uintptr_t>(registers[REG_RSP]);
    thread.thread_pointer = reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
    thread.answered.store(StoppedThread::kStopped, std::memory_order_release);
    while (threads->released.load(std::memory_order_acquire) == 0) pause_briefly();
    return;
  }
}

/// False when not all could be listed.
bool list_threads(StoppedThreads& threads) {
  const long fd = sys::open_file("/proc/self/task", O_RDONLY | O_DIRECTORY);
  if (sys::failed(fd)) return false;
  const uint32_t me = sys::current_tid();
  struct Entry {  // linux_dirent64
    uint64_t inode;
    int64_t next;
    uint16_t bytes;
    uint8_t type;
    char name[1];
  };
  alignas(8) char buffer[2048];
  bool complete = true;
  long got = 0;
  while ((got = sys::call(SYS_getdents64, fd, sys::as_long(buffer), sizeof buffer)) > 0) {
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const Entry*>(buffer + at);
      at += entry->bytes;
      const char* rest = nullptr;
      const auto tid = static_cast<uint32_t>(sys::parse_number(entry->name, 10, &rest));
      if (tid == 0 || tid == me) continue;
      if (threads.count < kMostThreads) {
        threads.all[threads.count++].tid = tid;
      } else {
        complete = false;
      }
    }
  }
  sys::close_file(fd);
  return complete && got == 0;
}

/// A signal of number 0 says whether there still is such a thread.
bool send(const StoppedThread& thread, int signal) {
  return !sys::failed(sys::call(SYS_tgkill, recording_pid(), thread.tid, signal));
}

size_t count_waiting(StoppedThreads& threads) {
  size_t waiting = 0;
  for (size_t i = 0; i < threads.count; ++i) {
    StoppedThread& thread = threads.all[i];
    if (thread.answered.load(std::memory_order_acquire) != StoppedThread::kNone) continue;
    if (send(thread, 0)) {
      ++waiting;
    } else {
      // It has ended and will not write: nobody else does.
      thread.answered.store(StoppedThread::kGone, std::memory_order_relaxed);
    }
  }
  return waiting;
}

}  // namespace

void stop_threads(StoppedThreads& threads) {
  threads.complete = list_threads(threads);
  if (threads.count == 0) return;
  struct sigaction action {};
  action.sa_sigaction = answer;
  // Where a thread has a stack for handlers, its own may be too small for one.
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  ::sigfillset(&action.sa_mask);
  struct sigaction before {};
  if (::sigaction(kSignal, &action, &before) != 0) {
    threads.complete = false;
    return;
  }
  g_stopping.store(&threads, std::memory_order_release);
  for (size_t i = 0; i < threads.count; ++i) send(threads.all[i], kSignal);
  const uint64_t deadline_ns = sys::monotonic_ns() + kPatienceNs;
  size_t waiting = count_waiting(threads);
  while (waiting != 0 && sys::monotonic_ns() < deadline_ns) {
    pause_briefly();
    waiting = count_waiting(threads);
  }
  threads.silent = static_cast<uint32_t>(waiting);
  // A signal that is still pending somewhere must not end the process: the handler stays then.
  if (waiting == 0) ::sigaction(kSignal, &before, nullptr);
}

void release_threads(StoppedThreads& threads) {
  threads.released.store(1, std::memory_order_release);
}

}  // namespace memprof
