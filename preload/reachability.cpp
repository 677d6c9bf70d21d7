// Conservative, as LeakSanitizer is: whatever looks like an address is one. Roots are what a
// program can name: registers, the stacks of its threads from the stack pointer outwards,
// thread-local and global variables. All other writable memory is written as well, since the
// recorder does not know where blocks are; the analyzer does, and follows pointers from live blocks
// alone.
//
// Memory is read by process_vm_readv, which fails where a load would raise SIGSEGV.
#include "preload/reachability.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <cstdint>
#include <cstring>

#include "preload/format/words_format.h"
#include "preload/modules.h"
#include "preload/process.h"
#include "preload/stopped_threads.h"
#include "preload/sys/files.h"
#include "preload/sys/memory.h"
#include "preload/sys/syscall.h"
#include "preload/sys/text.h"
#include "preload/trace_file.h"

namespace memprof {

constinit bool g_reachability = false;

namespace {

constexpr size_t kMostRanges = 16384;
constexpr size_t kBufferBytes = 64 * 1024;

/// What the C library keeps of a thread from its thread pointer on, and below it at most.
constexpr uintptr_t kThreadDescriptorBytes = 4096;
constexpr uintptr_t kThreadLocalBytes = 64 * 1024;

/// What functions may use below the stack pointer.
constexpr uintptr_t kRedZoneBytes = 128;

enum class Where : uint8_t { kAnonymous, kStack, kFile };

/// A writable private mapping.
struct Range {
  uintptr_t begin;
  uintptr_t end;
  Where where;
};

struct Work {
  StoppedThreads threads;
  Range ranges[kMostRanges];
  size_t range_count;
  bool complete;
  long fd;
  uint64_t room_bytes;  ///< that may be written before the disk is looked at again
  size_t out_bytes;
  alignas(8) char in[kBufferBytes];
  char out[kBufferBytes];
};

uintptr_t thread_pointer() {
  return reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
}

/// By the name at a line's end, which may be null.
Where where_of(const char* name) {
  if (name == nullptr) return Where::kAnonymous;
  if (strncmp(name, "[stack]", 7) == 0) return Where::kStack;
  // Huge pages of malloc's (glibc.malloc.hugetlb) have the name of a file that never was.
  return name[0] == '/' && strncmp(name, "/anon_hugepage", 14) != 0 ? Where::kFile
                                                                    : Where::kAnonymous;
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
  work.ranges[work.range_count++] = {begin, end, where_of(strpbrk(at, "/["))};
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

/// Going beyond what the program may write would kill it, and the disk is not ours to fill.
bool has_room(Work& work) {
  constexpr uint64_t kLookAgainBytes = uint64_t{32} << 20;
  if (work.out_bytes > work.room_bytes) {
    const long offset = sys::call(SYS_lseek, work.fd, 0, SEEK_CUR);
    const uint64_t room = room_for_file(static_cast<uint64_t>(offset));
    work.room_bytes = room < kLookAgainBytes ? room : kLookAgainBytes;
  }
  if (work.out_bytes > work.room_bytes) return false;
  work.room_bytes -= work.out_bytes;
  return true;
}

void flush(Work& work) {
  size_t at = has_room(work) ? 0 : work.out_bytes;
  if (at != 0) work.complete = false;
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

const Range* main_stack(const Work& work) {
  for (size_t i = 0; i < work.range_count; ++i) {
    if (work.ranges[i].where == Where::kStack) return &work.ranges[i];
  }
  return nullptr;
}

/// A thread's stack from its stack pointer outwards, and its thread-local variables. Its own stack
/// counts as a whole while it runs on another one (a handler's, a coroutine's).
void write_thread(Work& work, uint32_t tid, uintptr_t stack_pointer, uintptr_t pointer) {
  const Range* stack = range_of(work, stack_pointer);
  const Range* local = range_of(work, pointer);
  const bool is_main = tid == recording_pid();
  const Range* own = is_main ? main_stack(work) : local;
  if (stack == nullptr || own == nullptr || local == nullptr) {
    work.complete = false;
    return;
  }
  const uintptr_t local_end =
      pointer + kThreadDescriptorBytes < local->end ? pointer + kThreadDescriptorBytes : local->end;
  // A pthread's stack has its descriptor at its end; what follows may be another mapping's.
  const uintptr_t own_end = is_main ? own->end : local_end;
  write_range(work, stack == own ? stack_pointer : own->begin, own_end, format::WordsKind::kRoot);
  if (stack != own) write_range(work, stack_pointer, stack->end, format::WordsKind::kRoot);
  if (!is_main) return;
  const uintptr_t low = pointer - kThreadLocalBytes;
  write_range(work, low > local->begin ? low : local->begin, local_end, format::WordsKind::kRoot);
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
  stop_threads(work.threads);
  list_ranges(work);
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - 64;
  write_thread(work, sys::current_tid(), here, thread_pointer());
  for (size_t i = 0; i < work.threads.count; ++i) {
    const StoppedThread& thread = work.threads.all[i];
    if (!thread.stopped()) continue;
    write_piece(work, reinterpret_cast<uintptr_t>(thread.registers),
                reinterpret_cast<const char*>(thread.registers), sizeof thread.registers,
                format::WordsKind::kRoot);
    write_thread(work, thread.tid, thread.stack_pointer - kRedZoneBytes, thread.thread_pointer);
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
  const long fd = sys::open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (sys::failed(fd)) return;
  auto* work = static_cast<Work*>(sys::map_private(sizeof(Work)));
  if (work != nullptr) {
    work->fd = fd;
    work->complete = true;
    format::WordsHeader header{format::kWordsMagic, trace_id(), 0, 0};
    memcpy(work->out, &header, sizeof header);
    work->out_bytes = sizeof header;
    write_all(*work);
    header.silent_threads = work->threads.silent;
    header.complete = work->complete && work->threads.complete && work->threads.silent == 0 ? 1 : 0;
    if (sys::call(SYS_lseek, fd, 0, SEEK_CUR) > 0)
      sys::call(SYS_pwrite64, fd, sys::as_long(&header), sizeof header, 0);
    release_threads(work->threads);
    // Its pages stay: a thread may still be on its way out of the handler.
  }
  sys::close_file(fd);
}

}  // namespace memprof
