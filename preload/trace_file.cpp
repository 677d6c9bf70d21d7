#include "preload/trace_file.h"

#include <errno.h>
#include <sys/resource.h>

#include <atomic>

#include "preload/process.h"
#include "preload/sys/clock.h"
#include "preload/sys/files.h"
#include "preload/sys/memory.h"
#include "preload/sys/text.h"

namespace memprof {
namespace {

using format::kChunkBytes;
using format::kHeaderBytes;

constexpr size_t kWindowBytes = kChunkBytes + sys::kPageBytes;

// A short process should not pay for a whole chunk: a stream's first one gets its memory in steps.
// Where there is more than one, in smaller steps yet: there may be thousands.
constexpr uint32_t kFirstPopulateBytes = 16 * 1024;
constexpr uint32_t kLaterPopulateBytes = 4 * 1024;

constexpr uint64_t kDefaultMaxBytes = uint64_t{256} << 30;
constexpr uint64_t kMinFreeBytes = uint64_t{1} << 30;
constexpr uint64_t kMinFreeShare = 20;  // 5 %

// Looking at the file system takes a system call, so it is done once in so many chunks (32 MiB);
// more often where that much is not free any more.
constexpr uint32_t kMaxChunksPerSpaceCheck = 256;

/// Page number of a mapped page at a chunk's start, and that chunk's index, in one word that can be
/// exchanged atomically. Indexes only grow, so no value comes back.
struct Tail {
  uint64_t bits;
  static constexpr unsigned kIndexBits = 28;
  static Tail make(uintptr_t address, uint64_t index) {
    return {(address / sys::kPageBytes) << kIndexBits | index};
  }
  uintptr_t address() const { return (bits >> kIndexBits) * sys::kPageBytes; }
  uint32_t index() const { return static_cast<uint32_t>(bits & ((1u << kIndexBits) - 1)); }
};

constinit format::FileHeader* g_header = nullptr;
constinit std::atomic<uint64_t> g_tail{0};
constinit std::atomic<uint32_t> g_chunk_limit{
    0};                                 // chunks with this index or above may not be taken
constinit uint32_t g_trimmed_from = 0;  // the limit before the file was trimmed; 0: it was not
constinit uint64_t g_max_bytes = 0;     // 0: the default
constinit uint64_t g_min_free_bytes = 0;
constinit std::atomic<uint32_t> g_space_check{0};  // the chunk before which free space is looked at
constinit char g_path[4352] = {};

// --- creation

/// How large the program may make a file at present. Going beyond kills it (SIGXFSZ).
uint64_t file_size_limit() {
  rlimit limit{};
  const bool known = sys::call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, sys::as_long(&limit)) == 0;
  return known ? limit.rlim_cur : RLIM_INFINITY;
}

uint64_t file_cap() {
  const uint64_t cap = g_max_bytes != 0 ? g_max_bytes : kDefaultMaxBytes;
  const uint64_t limit = file_size_limit();
  return limit < cap ? limit : cap;
}

/// Sets the size to the cap, or to less where the file system does not allow so large a file.
long set_size(long fd, uint64_t* cap) {
  constexpr uint64_t kSmallestCap = kHeaderBytes + kChunkBytes;
  for (;;) {
    const uint64_t chunks = *cap < kSmallestCap ? 0 : (*cap - kHeaderBytes) / kChunkBytes;
    if (chunks == 0) return -EFBIG;
    const uint64_t bytes = kHeaderBytes + chunks * kChunkBytes;
    const long result = sys::call(SYS_ftruncate, fd, static_cast<long>(bytes));
    if (!sys::failed(result)) {
      *cap = bytes;
      return 0;
    }
    if (result != -EFBIG && result != -EINVAL) return result;
    *cap /= 8;
  }
}

void build_path(const FileIdentity& identity) {
  const char* name = identity.exe;
  for (const char* at = identity.exe; *at != '\0'; ++at) {
    if (*at == '/') name = at + 1;
  }
  char clean[33];
  size_t count = 0;
  for (; count < sizeof clean - 1 && name[count] != '\0'; ++count) {
    const char c = name[count];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '+' || (c == '.' && count > 0);
    clean[count] = plain ? c : '_';
  }
  clean[count] = '\0';
  sys::Text path(g_path, sizeof g_path);
  path.add(identity.directory).add("/").add(clean).add(".").add_number(identity.pid);
  path.add(".").add_number(identity.trace_id, 16, 16).add(format::kFileSuffix);
  if (path.overflowed()) g_path[0] = '\0';
}

/// Appends to the header's string area.
class StringArea {
 public:
  StringArea(format::FileHeader* header, size_t bytes)
      : base_(reinterpret_cast<char*>(header)), end_(format::kStringsOffset + bytes) {}

  /// Adds `text` with a NUL behind it, cut to the room there is.
  void add(const char* text, size_t bytes, format::HeaderString* string) {
    const size_t room = end_ - at_;
    if (room < 2) return;
    if (string->offset == 0) string->offset = static_cast<uint32_t>(at_);
    if (bytes > room - 1) bytes = room - 1;
    memcpy(base_ + at_, text, bytes);
    base_[at_ + bytes] = '\0';
    at_ += bytes + 1;
    string->bytes = static_cast<uint32_t>(at_) - string->offset;
  }

 private:
  char* base_;
  size_t at_ = format::kStringsOffset;
  size_t end_;
};

/// Bytes of the string area that this image's strings take.
size_t string_bytes(const FileIdentity& identity) {
  size_t bytes;
  if (const format::FileHeader* parent = identity.inherited_strings) {
    // argv is written last; without arguments it is empty and the others are short.
    bytes = parent->argv.bytes != 0
                ? parent->argv.offset + parent->argv.bytes - format::kStringsOffset
                : parent->exe.bytes + parent->cwd.bytes + parent->malloc_from.bytes +
                      parent->new_from.bytes + 4;
  } else {
    bytes = strlen(identity.exe) + strlen(identity.cwd) + strlen(identity.malloc_from) +
            strlen(identity.new_from) + 4;
    for (const char* const* arg = identity.argv; arg != nullptr && *arg != nullptr; ++arg) {
      bytes += strlen(*arg) + 1;
    }
  }
  return bytes < format::kStringsBytes ? bytes : format::kStringsBytes;
}

void copy_strings(const FileIdentity& identity, format::FileHeader* header) {
  if (const format::FileHeader* parent = identity.inherited_strings) {
    header->exe = parent->exe;
    header->argv = parent->argv;
    header->argv_count = parent->argv_count;
    header->cwd = parent->cwd;
    header->malloc_from = parent->malloc_from;
    header->new_from = parent->new_from;
    memcpy(reinterpret_cast<char*>(header) + format::kStringsOffset,
           reinterpret_cast<const char*>(parent) + format::kStringsOffset, string_bytes(identity));
    return;
  }
  StringArea area(header, string_bytes(identity));
  area.add(identity.exe, strlen(identity.exe), &header->exe);
  area.add(identity.cwd, strlen(identity.cwd), &header->cwd);
  area.add(identity.malloc_from, strlen(identity.malloc_from), &header->malloc_from);
  area.add(identity.new_from, strlen(identity.new_from), &header->new_from);
  // The NUL is not part of these; arguments alone are told apart by it.
  for (format::HeaderString* string :
       {&header->exe, &header->cwd, &header->malloc_from, &header->new_from}) {
    if (string->bytes > 0) --string->bytes;
  }
  for (const char* const* arg = identity.argv; arg != nullptr && *arg != nullptr; ++arg) {
    area.add(*arg, strlen(*arg), &header->argv);
    ++header->argv_count;
  }
}

void fill_header(const FileIdentity& identity, format::FileHeader* header) {
  header->byte_order = format::kByteOrder;
  header->version = format::kVersion;
  header->header_bytes = kHeaderBytes;
  header->chunk_bytes = kChunkBytes;
  header->machine = 62;  // EM_X86_64
  header->pointer_bytes = sizeof(void*);
  header->trace_id = identity.trace_id;
  header->parent_id = identity.parent_id;
  header->parent_link = static_cast<uint32_t>(identity.parent_link);
  header->env_parent_pid = identity.env_parent_pid;
  header->run_id = identity.run_id;
  header->pid = identity.pid;
  header->ppid = identity.ppid;
  header->stamp_source = static_cast<uint32_t>(sys::g_stamp_is_tsc ? format::StampSource::kTsc
                                                                   : format::StampSource::kCounter);
  header->start = sys::read_clock();
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  header->start_unix_ns =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  copy_strings(identity, header);
  header->calibration = sys::read_clock();
}

/// How much of the disk is free and need not stay so; UINT64_MAX when unknown or of no interest.
uint64_t usable_bytes() {
  uint64_t free_bytes;
  uint64_t total_bytes;
  if (g_min_free_bytes == 0 || !sys::free_space(g_path, &free_bytes, &total_bytes)) {
    return UINT64_MAX;
  }
  uint64_t least = g_min_free_bytes;
  if (least == UINT64_MAX) {
    least =
        total_bytes / kMinFreeShare < kMinFreeBytes ? total_bytes / kMinFreeShare : kMinFreeBytes;
  }
  return free_bytes < least ? 0 : free_bytes - least;
}

/// How many chunks may be taken before the free space is looked at again: half of what is left,
/// because other processes of the run write to the same disk. 0 when the rest has to stay free.
uint32_t chunks_to_space_check() {
  const uint64_t usable = usable_bytes();
  if (usable < kChunkBytes) return 0;
  const uint64_t chunks = usable / kChunkBytes / 2 + 1;
  return chunks < kMaxChunksPerSpaceCheck ? static_cast<uint32_t>(chunks) : kMaxChunksPerSpaceCheck;
}

bool reserve(uintptr_t address, size_t bytes, uint64_t file_offset) {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14
  const long populated =
      sys::call(SYS_madvise, static_cast<long>(address), static_cast<long>(bytes), kPopulateWrite);
  if (!sys::failed(populated)) return true;
  if (populated != -EINVAL) return false;
  // Older kernels: by path, as long as the program has left us one.
  const long fd = sys::open_file(g_path, O_RDWR | O_NOFOLLOW);
  if (sys::failed(fd)) return false;
  const long result =
      sys::call(SYS_fallocate, fd, 0, static_cast<long>(file_offset), static_cast<long>(bytes));
  sys::close_file(fd);
  return !sys::failed(result);
}

uint64_t chunk_offset(uint32_t index) {
  return kHeaderBytes + uint64_t{index} * kChunkBytes;
}

}  // namespace

format::FileHeader* trace_header() {
  return g_header;
}

uint64_t room_for_file(uint64_t used_bytes) {
  const uint64_t cap = file_cap();
  const uint64_t left = used_bytes < cap ? cap - used_bytes : 0;
  const uint64_t usable = usable_bytes() / 2;
  return left < usable ? left : usable;
}

int create_trace_file(const FileIdentity& identity, const char** failed_call) {
  build_path(identity);
  *failed_call = "create";
  if (g_path[0] == '\0') return ENAMETOOLONG;
  g_max_bytes = identity.max_bytes;
  g_min_free_bytes = identity.min_free_bytes;
  const long fd = sys::open_file(g_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (sys::failed(fd)) return static_cast<int>(-fd);
  uint64_t cap = file_cap();
  long result = set_size(fd, &cap);
  if (sys::failed(result)) *failed_call = "set the size of";
  long base = 0;
  if (!sys::failed(result)) {
    base = sys::call(SYS_mmap, 0, kHeaderBytes + sys::kPageBytes, PROT_READ | PROT_WRITE,
                     MAP_SHARED, fd, 0);
    result = base;
    *failed_call = "map";
  }
  sys::close_file(fd);
  if (!sys::failed(result)) {
    // Both stay with the mappings that are duplicated from this one. Without the second, a first
    // touch reads ahead: up to megabytes of holes that have to be zeroed (2.9 ms instead of 10 us
    // here).
    sys::call(SYS_madvise, base, kHeaderBytes + sys::kPageBytes, MADV_DONTDUMP);
    sys::call(SYS_madvise, base, kHeaderBytes + sys::kPageBytes, MADV_RANDOM);
    // The release ring between the two is touched only once a reader is there, who then provides
    // for it.
    const size_t strings = sys::round_to_pages(string_bytes(identity));
    const uintptr_t address = static_cast<uintptr_t>(base);
    const uint32_t chunks = chunks_to_space_check();
    g_space_check.store(chunks, std::memory_order_relaxed);  // Nobody else records yet.
    const bool ok = chunks != 0 && reserve(address, sys::kPageBytes, 0) &&
                    (strings == 0 ||
                     reserve(address + format::kStringsOffset, strings, format::kStringsOffset));
    result = ok ? 0 : -ENOSPC;
    *failed_call = "reserve space for";
    if (result != 0) sys::call(SYS_munmap, base, kHeaderBytes + sys::kPageBytes);
  }
  if (sys::failed(result)) {
    sys::call(SYS_unlinkat, AT_FDCWD, sys::as_long(g_path), 0);
    return static_cast<int>(-result);
  }
  g_header = reinterpret_cast<format::FileHeader*>(base);
  fill_header(identity, g_header);
  g_chunk_limit.store(static_cast<uint32_t>((cap - kHeaderBytes) / kChunkBytes),
                      std::memory_order_relaxed);
  g_tail.store(Tail::make(static_cast<uintptr_t>(base) + kHeaderBytes, 0).bits,
               std::memory_order_release);
  std::atomic_ref<uint64_t>(g_header->magic).store(format::kFileMagic, std::memory_order_release);
  add_own_bytes(
      static_cast<int64_t>(sys::kPageBytes + sys::round_to_pages(string_bytes(identity))));
  return 0;
}

namespace {

/// A chunk that a reader has consumed and given back; kNoChunk when there is none.
constexpr uint32_t kNoChunk = UINT32_MAX;

uint32_t take_released_index() {
  std::atomic_ref<uint32_t> attached(g_header->reader_attached);
  if (attached.load(std::memory_order_acquire) == 0) return kNoChunk;
  std::atomic_ref<uint32_t> head(g_header->release_head);
  std::atomic_ref<uint32_t> tail(g_header->release_tail);
  const auto* ring = reinterpret_cast<const uint32_t*>(reinterpret_cast<const char*>(g_header) +
                                                       format::kReleaseRingOffset);
  uint32_t at = head.load(std::memory_order_relaxed);
  while (at != tail.load(std::memory_order_acquire)) {
    const uint32_t index = ring[at % format::kReleaseSlots];
    if (head.compare_exchange_weak(at, at + 1, std::memory_order_acq_rel)) return index;
  }
  return kNoChunk;
}

/// Maps a chunk anywhere in the file by way of the header's mapping, which begins at offset 0: all
/// up to the chunk is mapped for a moment and the front unmapped again. Rings are small.
uintptr_t map_released(uint32_t index) {
  const uint64_t offset = chunk_offset(index);
  const long all = sys::call(SYS_mremap, sys::as_long(g_header), 0,
                             static_cast<long>(offset + kChunkBytes), MREMAP_MAYMOVE);
  if (sys::failed(all)) return 0;
  sys::call(SYS_munmap, all, static_cast<long>(offset));
  return static_cast<uintptr_t>(all) + offset;
}

/// Unmaps a chunk that has been taken and cannot be used. Not the page behind it: that is the
/// tail's, and what the program maps in its place would be taken for it.
void drop_unused(uintptr_t address) {
  sys::unmap(reinterpret_cast<void*>(address), kChunkBytes);
}

/// Takes the next chunk at the end of the file. Lock-free: who loses the race for the tail maps
/// again. Because nothing is held, a signal handler may come in anywhere, and leave by siglongjmp.
uintptr_t map_next(uint32_t* index) {
  uint64_t seen = g_tail.load(std::memory_order_acquire);
  for (;;) {
    const Tail tail{seen};
    if (tail.index() >= g_chunk_limit.load(std::memory_order_acquire)) {
      stop_recording(format::StopReason::kMaxBytes);
      return 0;
    }
    const long window =
        sys::call(SYS_mremap, static_cast<long>(tail.address()), 0, kWindowBytes, MREMAP_MAYMOVE);
    if (sys::failed(window)) {
      // The page may have gone because the tail has moved on.
      const uint64_t now = g_tail.load(std::memory_order_acquire);
      if (now == seen) {
        stop_recording(format::StopReason::kNoMemory);
        return 0;
      }
      seen = now;
      continue;
    }
    const uintptr_t address = static_cast<uintptr_t>(window);
    const Tail next = Tail::make(address + kChunkBytes, tail.index() + 1);
    if (g_tail.compare_exchange_strong(seen, next.bits, std::memory_order_seq_cst)) {
      if (tail.index() < g_chunk_limit.load(std::memory_order_seq_cst)) {
        *index = tail.index();
        return address;
      }
      // The file has been trimmed since: there is nothing behind this chunk.
      stop_recording(format::StopReason::kMaxBytes);
      drop_unused(address);
      return 0;
    }
    sys::call(SYS_munmap, window, kWindowBytes);
  }
}

void note_claimed(uint32_t index) {
  std::atomic_ref<uint32_t> claimed(g_header->chunks_claimed);
  uint32_t seen = claimed.load(std::memory_order_relaxed);  // A maximum: order does not matter.
  while (seen <= index &&
         !claimed.compare_exchange_weak(seen, index + 1, std::memory_order_relaxed)) {
  }
}

void hand_back_chunk(Stream& s) {
  if (s.chunk == nullptr) return;
  if (s.generation == g_generation->load(std::memory_order_relaxed)) {
    std::atomic_ref<uint32_t>(chunk_header(s)->state)
        .store(static_cast<uint32_t>(format::ChunkState::kFull), std::memory_order_release);
  }
  // Forgotten before it is unmapped: a handler that jumps out in between leaks it, where the other
  // way round the next chunk, mapped at the same place, would be taken for it and unmapped.
  uint8_t* chunk = s.chunk;
  s.chunk = nullptr;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  // With the page behind it, by which the next chunk was reached, unless it is still the way to the
  // next.
  const uintptr_t begin = reinterpret_cast<uintptr_t>(chunk);
  const bool holds_tail =
      Tail{g_tail.load(std::memory_order_acquire)}.address() - begin < s.window_bytes;
  sys::unmap(chunk, holds_tail ? kChunkBytes : s.window_bytes);
  add_own_bytes(-static_cast<int64_t>(s.populated));
}

bool has_space_for(uint32_t index) {
  if (index < g_space_check.load(std::memory_order_relaxed))
    return true;  // A little late does no harm.
  const uint32_t chunks = chunks_to_space_check();
  g_space_check.store(index + chunks, std::memory_order_relaxed);
  return chunks != 0;
}

}  // namespace

bool take_chunk(Stream& s) {
  if (g_header->stop_reason != 0) return false;
  uint32_t index = take_released_index();
  uintptr_t address;
  uint32_t window_bytes = kChunkBytes;
  if (index != kNoChunk) {
    address = map_released(index);
    if (address == 0) stop_recording(format::StopReason::kNoMemory);
  } else {
    address = map_next(&index);
    window_bytes = kWindowBytes;
    if (address != 0 && !has_space_for(index)) {
      stop_recording(format::StopReason::kDiskLow);
      drop_unused(address);
      return false;
    }
  }
  if (address == 0) return false;
  const bool first = s.chunk == nullptr && s.sequence == 0;
  const uint32_t first_bytes = single_stream() ? kFirstPopulateBytes : kLaterPopulateBytes;
  const uint32_t bytes = first ? first_bytes : kChunkBytes;
  if (!reserve(address, bytes, chunk_offset(index))) {
    stop_recording(format::StopReason::kDiskFull);
    drop_unused(address);
    return false;
  }
  hand_back_chunk(s);
  add_own_bytes(bytes);
  note_claimed(index);
  if (s.id == kNoStreamId) {
    s.id = std::atomic_ref<uint32_t>(g_header->streams).fetch_add(1, std::memory_order_relaxed);
  }
  s.window_bytes = window_bytes;
  s.populated = bytes;
  s.limit = bytes;
  s.last_address = 0;
  // A stamped stream goes on from its last event and not from now: the event that needs the chunk
  // may be a resize, whose old block ended before this, and must not be taken to have ended later.
  if (s.stamped == 0) {
    s.last_stamp = sys::plain_stamp();
  } else if (s.sequence == 0) {
    s.last_stamp = sys::ordered_stamp();
  }
  s.depth = 0;
  s.generation = g_generation->load(std::memory_order_relaxed);  // Our own page: no other writer.
  auto* header = reinterpret_cast<format::ChunkHeader*>(address);
  // A chunk that a reader gave back still has its old header.
  std::atomic_ref<uint32_t>(header->magic).store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  std::atomic_ref<uint32_t>(header->used).store(sizeof *header, std::memory_order_relaxed);
  header->index = index;
  header->stream = s.id;
  header->stream_seq = s.sequence++;
  header->start_stamp = s.last_stamp;
  header->thread = s.thread;
  header->tid = s.tid;
  header->flags = s.stamped != 0 ? format::kChunkStamped : 0;
  std::atomic_ref<uint32_t>(header->state)
      .store(static_cast<uint32_t>(format::ChunkState::kOpen), std::memory_order_relaxed);
  // Last, so that a reader never sees a header without its contents.
  std::atomic_ref<uint32_t>(header->magic).store(format::kChunkMagic, std::memory_order_release);
  s.position = sizeof *header;
  s.chunk = reinterpret_cast<uint8_t*>(address);
  return true;
}

bool populate_more(Stream& s) {
  if (s.populated >= kChunkBytes) return false;
  const uint32_t bytes = s.populated;  // doubles
  if (!reserve(reinterpret_cast<uintptr_t>(s.chunk) + s.populated, bytes,
               chunk_offset(chunk_header(s)->index) + s.populated)) {
    stop_recording(format::StopReason::kDiskFull);
    return false;
  }
  add_own_bytes(bytes);
  s.populated += bytes;
  s.limit = s.populated;
  return true;
}

ParentFile parent_file() {
  return {g_header, Tail{g_tail.load(std::memory_order_relaxed)}.address()};
}

void leave_parent_file(const ParentFile& parent, Stream* streams) {
  // The page by which the next chunk would be reached may stand alone or behind a stream's chunk.
  bool tail_in_window = false;
  for (Stream* s = streams; s != nullptr; s = s->next) {
    if (s->chunk == nullptr) continue;
    const uintptr_t begin = reinterpret_cast<uintptr_t>(s->chunk);
    if (parent.tail_page - begin < s->window_bytes) tail_in_window = true;
    s->limit = 0;
    if (s->busy != 0) continue;  // The interrupted event may still touch it.
    sys::unmap(s->chunk, s->window_bytes);
    s->chunk = nullptr;
  }
  if (!tail_in_window) sys::unmap(reinterpret_cast<void*>(parent.tail_page), sys::kPageBytes);
  sys::unmap(parent.header, kHeaderBytes);
  if (g_header == parent.header) g_header = nullptr;  // We have none of our own.
}

namespace {

/// Sets the file's size and says whether that worked.
bool resize_file(uint64_t bytes) {
  const long fd = sys::open_file(g_path, O_RDWR | O_NOFOLLOW);
  if (sys::failed(fd)) return false;
  const bool done = !sys::failed(sys::call(SYS_ftruncate, fd, static_cast<long>(bytes)));
  sys::close_file(fd);
  return done;
}

}  // namespace

bool trim_trace_file() {
  // A few chunks stay in reach: destructors that run after us still free things.
  constexpr uint32_t kSpareChunks = 8;
  const uint32_t limit = g_chunk_limit.load(std::memory_order_relaxed);
  const uint32_t keep = Tail{g_tail.load(std::memory_order_seq_cst)}.index() + kSpareChunks;
  if (keep >= limit) return false;
  // First the limit, then a second look: of a thread that takes a chunk beyond it meanwhile, either
  // we see the chunk here, or it sees the limit after taking it (map_next).
  g_chunk_limit.store(keep, std::memory_order_seq_cst);
  const bool nobody_beyond = Tail{g_tail.load(std::memory_order_seq_cst)}.index() <= keep;
  if (nobody_beyond && resize_file(chunk_offset(keep))) {
    g_trimmed_from = limit;
    return true;
  }
  g_chunk_limit.store(limit, std::memory_order_seq_cst);
  return false;
}

void untrim_trace_file() {
  if (g_trimmed_from == 0) return;
  // The program may have lowered its limit since it started.
  const uint64_t allowed = file_size_limit();
  uint32_t limit = g_trimmed_from;
  if (allowed < chunk_offset(limit)) {
    limit =
        allowed < kHeaderBytes ? 0 : static_cast<uint32_t>((allowed - kHeaderBytes) / kChunkBytes);
  }
  if (limit <= g_chunk_limit.load(std::memory_order_relaxed)) return;
  if (!resize_file(chunk_offset(limit))) return;
  g_chunk_limit.store(limit, std::memory_order_seq_cst);
  g_trimmed_from = 0;
}

}  // namespace memprof
