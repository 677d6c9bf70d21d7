// Conservative, as LeakSanitizer is: whatever looks like an address is one. Roots are what a
// program can name: registers, the stacks of its threads from the stack pointer outwards,
// thread-local and global variables. All other writable memory is written as well, since the
// recorder does not know where blocks are; the analyzer does, and follows pointers from live blocks
// alone.
//
// Memory is read by process_vm_readv, which fails where a load would raise SIGSEGV.
#include "preload/reachability.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "preload/format/words_format.h"
#include "preload/modules.h"
#include "preload/process.h"
#include "preload/sys/clock.h"
#include "preload/sys/files.h"
#include "preload/sys/memory.h"
#include "preload/sys/syscall.h"
#include "preload/sys/text.h"

namespace memprof {

constinit bool g_reachability = false;

namespace {

/// The last real-time signal, which few programs use. Its handler is put back afterwards.
constexpr int kSignal = 64;

constexpr uint64_t kPatienceNs = 1'000'000'000;
constexpr long kPauseNs = 200'000;

constexpr size_t kMostThreads = 4096;
constexpr size_t kMostRanges = 16384;
constexpr size_t kBufferBytes = 64 * 1024;

/// What the C library keeps of a thread from its thread pointer on, and below it at most.
constexpr uintptr_t kThreadDescriptorBytes = 4096;
constexpr uintptr_t kThreadLocalBytes = 64 * 1024;

/// What functions may use below the stack pointer.
constexpr uintptr_t kRedZoneBytes = 128;

struct Thread {
  uint32_t tid;
  uintptr_t stack_pointer;
  uintptr_t thread_pointer;
  uintptr_t registers[NGREG];
  std::atomic<uint32_t> answered;
};

enum class Where : uint8_t { kAnonymous, kStack, kFile };

/// A writable private mapping.
struct Range {
  uintptr_t begin;
  uintptr_t end;
  Where where;
};

struct Work {
  Thread threads[kMostThreads];
  size_t thread_count;
  Range ranges[kMostRanges];
  size_t range_count;
  std::atomic<uint32_t> done;
  bool complete;
  uint32_t silent;
  long fd;
  size_t out_bytes;
  alignas(8) char in[kBufferBytes];
  char out[kBufferBytes];
};

constinit std::atomic<Work*> g_work{nullptr};

void pause_briefly() {
  const timespec pause{0, kPauseNs};
  sys::call(SYS_nanosleep, sys::as_long(&pause), 0);
}

uintptr_t thread_pointer() {
  return reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
}

/// In the thread that is stopped.
void answer(int, siginfo_t*, void* context) {
  Work* work = g_work.load(std::memory_order_acquire);
  if (work == nullptr) return;
  const uint32_t me = sys::current_tid();
  for (size_t i = 0; i < work->thread_count; ++i) {
    Thread& thread = work->threads[i];
    if (thread.tid != me) continue;
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    for (size_t r = 0; r < NGREG; ++r) thread.registers[r] = static_cast<uintptr_t>(registers[r]);
    thread.stack_pointer = static_cast<uintptr_t>(registers[REG_RSP]) - kRedZoneBytes;
    thread.thread_pointer = thread_pointer();
    thread.answered.store(1, std::memory_order_release);
    while (work->done.load(std::memory_order_acquire) == 0) pause_briefly();
    return;
  }
}

/// The other threads there are.
void list_threads(Work& work) {
  const long fd = sys::open_file("/proc/self/task", O_RDONLY | O_DIRECTORY);
  if (sys::failed(fd)) {
    work.complete = false;
    return;
  }
  const uint32_t me = sys::current_tid();
  struct Entry {  // linux_dirent64
    uint64_t inode;
    int64_t next;
    uint16_t bytes;
    uint8_t type;
    char name[1];
  };
  for (;;) {
    const long got = sys::call(SYS_getdents64, fd, sys::as_long(work.in), sizeof work.in);
    if (got <= 0) break;
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const Entry*>(work.in + at);
      at += entry->bytes;
      const char* rest = nullptr;
      const auto tid = static_cast<uint32_t>(sys::parse_number(entry->name, 10, &rest));
      if (tid == 0 || tid == me) continue;
      if (work.thread_count == kMostThreads) {
        work.complete = false;
        break;
      }
      work.threads[work.thread_count++].tid = tid;
    }
  }
  sys::close_file(fd);
}

/// Has all other threads wait in the handler, as far as they come.
void stop_threads(Work& work) {
  list_threads(work);
  if (work.thread_count == 0) return;
  struct sigaction action {};
  action.sa_sigaction = answer;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigfillset(&action.sa_mask);
  struct sigaction before {};
  if (::sigaction(kSignal, &action, &before) != 0) {
    work.complete = false;
    return;
  }
  g_work.store(&work, std::memory_order_release);
  for (size_t i = 0; i < work.thread_count; ++i) {
    // One that has ended meanwhile has nothing to say.
    if (sys::failed(sys::call(SYS_tgkill, recording_pid(), work.threads[i].tid, kSignal)))
      work.threads[i].answered.store(2, std::memory_order_relaxed);
  }
  const uint64_t deadline_ns = sys::monotonic_ns() + kPatienceNs;
  size_t waiting = work.thread_count;
  while (waiting != 0 && sys::monotonic_ns() < deadline_ns) {
    waiting = 0;
    for (size_t i = 0; i < work.thread_count; ++i) {
      Thread& thread = work.threads[i];
      if (thread.answered.load(std::memory_order_acquire) != 0) continue;
      const bool gone = sys::failed(sys::call(SYS_tgkill, recording_pid(), thread.tid, 0));
      if (gone) {
        thread.answered.store(2, std::memory_order_relaxed);
      } else {
        ++waiting;
      }
    }
    if (waiting != 0) pause_briefly();
  }
  work.silent = static_cast<uint32_t>(waiting);
  // A signal that is still pending somewhere must not end the process: the handler stays then.
  if (waiting == 0) ::sigaction(kSignal, &before, nullptr);
}

/// One line of /proc/self/maps.
void add_range(Work& work, const char* line) {
  const char* at = nullptr;
  const uintptr_t begin = sys::parse_number(line, 16, &at);
  if (*at != '-') return;
  const uintptr_t end = sys::parse_number(at + 1, 16, &at);
  if (at[0] != ' ' || at[1] != 'r' || at[2] != 'w' || at[4] != 'p') return;
  if (work.range_count == kMostRanges) {
    work.complete = false;
    return;
  }
  const char* name = strpbrk(at, "/[");
  const bool stack = name != nullptr && strncmp(name, "[stack]", 7) == 0;
  const Where where = stack                               ? Where::kStack
                      : name != nullptr && name[0] == '/' ? Where::kFile
                                                          : Where::kAnonymous;
  work.ranges[work.range_count++] = {begin, end, where};
}

void list_ranges(Work& work) {
  const long fd = sys::open_file("/proc/self/maps", O_RDONLY);
  if (sys::failed(fd)) {
    work.complete = false;
    return;
  }
  size_t kept = 0;
  for (;;) {
    const long got = sys::call(SYS_read, fd, sys::as_long(work.in + kept),
                               static_cast<long>(sizeof work.in - 1 - kept));
    if (got <= 0) break;
    const size_t bytes = kept + static_cast<size_t>(got);
    work.in[bytes] = '\0';
    char* line = work.in;
    while (char* end = strchr(line, '\n')) {
      *end = '\0';
      add_range(work, line);
      line = end + 1;
    }
    kept = bytes - static_cast<size_t>(line - work.in);
    memmove(work.in, line, kept);
  }
  sys::close_file(fd);
}

const Range* range_of(const Work& work, uintptr_t address) {
  size_t low = 0;
  size_t high = work.range_count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (work.ranges[middle].end <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < work.range_count && work.ranges[low].begin <= address ? &work.ranges[low] : nullptr;
}

/// Blocks are in the program break's memory or in anonymous mappings.
bool may_be_block(const Work& work, uintptr_t value) {
  if (value < sys::kPageBytes) return false;
  const Range* range = range_of(work, value);
  return range != nullptr && range->where == Where::kAnonymous;
}

void flush(Work& work) {
  size_t at = 0;
  while (at < work.out_bytes) {
    const long put = sys::call(SYS_write, work.fd, sys::as_long(work.out + at),
                               static_cast<long>(work.out_bytes - at));
    if (put <= 0) {
      work.complete = false;
      break;
    }
    at += static_cast<size_t>(put);
  }
  work.out_bytes = 0;
}

/// Writes the words of a buffer that may be addresses of blocks. `base`: where they were.
void write_piece(Work& work, uintptr_t base, const char* buffer, size_t bytes,
                 format::WordsKind kind) {
  constexpr size_t kMostBytes =
      sizeof(format::WordsPiece) + kBufferBytes / sizeof(uint64_t) * sizeof(format::Word);
  static_assert(kMostBytes / 2 < kBufferBytes);
  // At most so many at a time that they fit.
  constexpr size_t kMostWords = 4096;
  const size_t words = bytes / sizeof(uint64_t);
  for (size_t from = 0; from < words; from += kMostWords) {
    if (work.out_bytes + sizeof(format::WordsPiece) + kMostWords * sizeof(format::Word) >
        sizeof work.out)
      flush(work);
    const size_t begin = work.out_bytes;
    work.out_bytes += sizeof(format::WordsPiece);
    uint32_t count = 0;
    const size_t to = from + kMostWords < words ? from + kMostWords : words;
    for (size_t i = from; i < to; ++i) {
      uint64_t value;
      memcpy(&value, buffer + i * sizeof value, sizeof value);
      if (!may_be_block(work, value)) continue;
      const format::Word word{static_cast<uint32_t>(i), value};
      memcpy(work.out + work.out_bytes, &word, sizeof word);
      work.out_bytes += sizeof word;
      ++count;
    }
    const format::WordsPiece piece{base, static_cast<uint32_t>(kind), count};
    memcpy(work.out + begin, &piece, sizeof piece);
    if (count == 0) work.out_bytes = begin;
  }
}

/// The words of [begin, end).
void write_range(Work& work, uintptr_t begin, uintptr_t end, format::WordsKind kind) {
  begin = (begin + 7) & ~uintptr_t{7};
  while (begin + sizeof(uint64_t) <= end) {
    const size_t bytes = end - begin < sizeof work.in ? (end - begin) & ~size_t{7} : sizeof work.in;
    const iovec local{work.in, bytes};
    const iovec remote{reinterpret_cast<void*>(begin), bytes};
    const long got = sys::call(SYS_process_vm_readv, recording_pid(), sys::as_long(&local), 1,
                               sys::as_long(&remote), 1, 0);
    if (got <= 0) {
      // A page that cannot be read: behind the end of a file, or gone.
      work.complete = work.complete && got == -14;
      begin = sys::page_of(begin) + sys::kPageBytes;
      continue;
    }
    const size_t read = static_cast<size_t>(got) & ~size_t{7};
    if (read == 0) return;
    write_piece(work, begin, work.in, read, kind);
    begin += read;
  }
}

/// A thread's stack from its stack pointer outwards, and its thread-local variables.
void write_thread(Work& work, uintptr_t stack_pointer, uintptr_t pointer) {
  const Range* stack = range_of(work, stack_pointer);
  const Range* local = range_of(work, pointer);
  if (stack == nullptr) {
    work.complete = false;
  } else {
    const bool holds_descriptor = stack == local && pointer >= stack_pointer;
    const uintptr_t end = holds_descriptor && pointer + kThreadDescriptorBytes < stack->end
                              ? pointer + kThreadDescriptorBytes
                              : stack->end;
    write_range(work, stack_pointer, end, format::WordsKind::kRoot);
    if (holds_descriptor) return;
  }
  if (local == nullptr) return;
  const uintptr_t low = pointer - kThreadLocalBytes;
  const uintptr_t high = pointer + kThreadDescriptorBytes;
  write_range(work, low > local->begin ? low : local->begin, high < local->end ? high : local->end,
              format::WordsKind::kRoot);
}

/// The parts of a mapping that are a loaded object's variables are roots.
void write_mapping(Work& work, const Range& range) {
  if (range.where == Where::kStack) return;
  uintptr_t at = range.begin;
  while (at < range.end) {
    LoadedObject object;
    if (!find_object(at, &object)) {
      // An object may begin further on, where its last page is part of this mapping.
      if (range.where == Where::kAnonymous)
        write_range(work, at, range.end, format::WordsKind::kHeap);
      return;
    }
    const uintptr_t end = object.end < range.end ? object.end : range.end;
    const auto own = reinterpret_cast<uintptr_t>(&g_reachability);
    const bool ours = own >= object.begin && own < object.end;
    const bool libc = strstr(object.name, "/libc.so") != nullptr;
    if (!ours)
      write_range(work, at, end, libc ? format::WordsKind::kLibc : format::WordsKind::kRoot);
    if (end <= at) return;
    at = end;
  }
}

[[gnu::noinline]] void write_all(Work& work) {
  // What the callers have in registers lies in this frame now.
  __builtin_unwind_init();
  stop_threads(work);
  list_ranges(work);
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - 64;
  write_thread(work, here, thread_pointer());
  for (size_t i = 0; i < work.thread_count; ++i) {
    Thread& thread = work.threads[i];
    if (thread.answered.load(std::memory_order_acquire) != 1) continue;
    write_piece(work, reinterpret_cast<uintptr_t>(thread.registers),
                reinterpret_cast<const char*>(thread.registers), sizeof thread.registers,
                format::WordsKind::kRoot);
    write_thread(work, thread.stack_pointer, thread.thread_pointer);
  }
  for (size_t i = 0; i < work.range_count; ++i) write_mapping(work, work.ranges[i]);
  flush(work);
}

}  // namespace

void write_words() {
  if (sys::g_quiet) return;
  char path[4400];
  sys::Text text(path, sizeof path);
  text.add(output_directory()).add("/").add_number(trace_id(), 16, 16).add(format::kWordsSuffix);
  if (text.overflowed()) return;
  const long fd = sys::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (sys::failed(fd)) return;
  auto* work = static_cast<Work*>(sys::map_private(sizeof(Work)));
  if (work != nullptr) {
    work->fd = fd;
    work->complete = true;
    format::WordsHeader header{format::kWordsMagic, trace_id(), 0, 0};
    memcpy(work->out, &header, sizeof header);
    work->out_bytes = sizeof header;
    write_all(*work);
    header.silent_threads = work->silent;
    header.complete = work->complete && work->silent == 0 ? 1 : 0;
    sys::call(SYS_pwrite64, fd, sys::as_long(&header), sizeof header, 0);
    work->done.store(1, std::memory_order_release);
    // Its pages stay: a thread may still be on its way out of the handler.
  }
  sys::close_file(fd);
}

}  // namespace memprof
