// The trace file: what the recorder writes and the analyzer reads. The grammar, a worked example in
// bytes and the reasons are in preload/format/README.md; this header is the one place where the
// numbers live. It needs nothing but the compiler's own headers, because the recorder includes it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memprof::format {

inline constexpr uint64_t kFileMagic = 0x1a464f52504d454dULL;  // "MEMPROF\x1a", little-endian
inline constexpr uint32_t kByteOrder = 0x01020304;
inline constexpr uint32_t kVersion = 2;
inline constexpr uint32_t kChunkMagic = 0x4b43504d;  // "MPCK"

/// The header takes the first kHeaderBytes of a file; chunk i begins at kHeaderBytes + i *
/// kChunkBytes.
inline constexpr uint32_t kHeaderBytes = 64 * 1024;
inline constexpr uint32_t kChunkBytes = 128 * 1024;
inline constexpr uint32_t kReleaseSlots = 1024;
inline constexpr uint32_t kStringsOffset = 8192;
inline constexpr uint32_t kStringsBytes = kHeaderBytes - kStringsOffset;

/// Stacks are recorded uncut up to this many frames.
inline constexpr uint32_t kMaxFrames = 16384;

/// Trace files end in this; the name before it is for people, readers go by the header.
inline constexpr char kFileSuffix[] = ".mtrace";

/// What FileHeader::stamp_source says the stamps are.
enum class StampSource : uint32_t { kTsc = 1, kCounter = 2 };

/// Why this image began: who FileHeader::parent_id names.
enum class ParentLink : uint32_t {
  kNone = 0,  ///< the first process of the run
  kFork = 1,  ///< parent_id is the image forked from, exactly
  kEnviron =
      2  ///< MEMPROF_PARENT named it; valid when env_parent_pid is our pid (exec) or ppid (spawn)
};

/// Why recording ended early. Events after it are counted in lost_events.
enum class StopReason : uint32_t {
  kNone = 0,
  kMaxBytes = 1,
  kDiskLow = 2,
  kDiskFull = 3,
  kNoMemory = 4,
  kSandbox = 5,
  kSkipped =
      6,  ///< by MEMPROF_ONLY or MEMPROF_SKIP: the file says no more than that the image was there
};

/// A string in the header's string area: offset from the file's start, length in bytes.
struct HeaderString {
  uint32_t offset;
  uint32_t bytes;
};

/// A pair of readings of the stamp source and of CLOCK_MONOTONIC, taken together.
struct ClockPair {
  uint64_t stamp;
  uint64_t monotonic_ns;
};

/// Fixed part of the header. The first group is written once, before magic is stored last; the
/// groups after it change while the program runs and are accessed atomically (the recorder's
/// threads write, readers read, except where a field says otherwise).
struct FileHeader {
  uint64_t magic;
  uint32_t byte_order;
  uint32_t version;
  uint32_t header_bytes;
  uint32_t chunk_bytes;
  uint32_t machine;  ///< ELF e_machine of the process
  uint32_t pointer_bytes;
  uint64_t trace_id;   ///< unique; never 0
  uint64_t parent_id;  ///< trace_id of the image named by parent_link, or 0
  uint32_t parent_link;
  uint32_t env_parent_pid;
  uint64_t run_id;
  uint32_t pid;
  uint32_t ppid;
  uint32_t stamp_source;
  uint32_t argv_count;  ///< arguments the process really had
  uint64_t start_unix_ns;
  ClockPair start;
  ClockPair calibration;  ///< a second pair a little later, for the stamp's rate; 0 when not taken
  HeaderString exe;       ///< as /proc/self/exe names it
  HeaderString argv;      ///< each argument followed by a NUL; cut when it does not fit
  HeaderString cwd;
  uint64_t inherited_stamp;  ///< fork: the child's first event's stamp, else 0
  HeaderString malloc_from;  ///< the object whose malloc the program gets instead of the recorder's
  HeaderString new_from;     ///< the object whose operator new and malloc go together, past ours
  uint64_t reserved0[6];

  // Written by the recorder while it runs.
  alignas(64) uint64_t lost_events;  ///< events that could not be recorded
  uint32_t stop_reason;              ///< StopReason
  uint32_t chunks_claimed;           ///< chunks at index >= this were never used
  uint32_t streams;                  ///< streams handed out so far
  uint32_t lost_children;            ///< forked children that could not begin a file of their own

  // The reader's release ring (see README.md): the reader stores indexes of chunks it is done with
  // and advances release_tail; writers take from release_head. Unused while reader_attached is 0.
  alignas(64) uint32_t reader_attached;
  uint32_t release_tail;              ///< written by the reader only
  alignas(64) uint32_t release_head;  ///< advanced by the recorder's threads
};
static_assert(sizeof(FileHeader) <= 4096);
inline constexpr uint32_t kReleaseRingOffset = 4096;  ///< uint32_t[kReleaseSlots]
static_assert(kReleaseRingOffset + kReleaseSlots * 4 <= kStringsOffset);

enum class ChunkState : uint32_t {
  kUnused = 0,
  kOpen = 1,      ///< one stream appends to it
  kFull = 2,      ///< its stream has gone on to another chunk; nothing will be added
  kReleased = 3,  ///< a reader has consumed it; its bytes may be overwritten
};

inline constexpr uint32_t kChunkStamped =
    1;  ///< ChunkHeader::flags: events carry stamps from the start

/// A chunk decodes on its own: at its start the stack is empty, the last address is 0 and the last
/// stamp is start_stamp.
struct ChunkHeader {
  uint32_t magic;       ///< stored last when a chunk is taken
  uint32_t index;       ///< its own place in the file
  uint32_t stream;      ///< whose events these are
  uint32_t stream_seq;  ///< 0, 1, 2 ... within the stream
  uint64_t start_stamp;
  uint32_t thread;  ///< serial of the thread that appends first
  uint32_t tid;
  uint32_t flags;
  uint32_t reserved[5];
  uint32_t used;   ///< committed bytes, header included; release store after every record
  uint32_t state;  ///< ChunkState
};
static_assert(sizeof(ChunkHeader) == 64);

// --- Records -----------------------------------------------------------------------------------
//
// A record begins with a 32-bit word whose two lowest bits are its tag. Records are aligned to two
// bytes only; read and write them with memcpy. An event's address is a difference to the last
// address of the chunk in granules of 16 bytes; where that does not do, a Base record sets the last
// address first.

inline constexpr uint32_t kGranuleBytes = 16;

enum class Tag : uint32_t { kControl = 0, kDeath = 1, kBirth = 2, kResize = 3 };

/// Which function made a block. In a birth's word only the first three have a code of their own;
/// kOther is followed by a 16-bit Kind.
enum class Kind : uint32_t {
  kMalloc = 0,
  kCalloc = 1,
  kAligned = 2,  ///< aligned_alloc, memalign, posix_memalign
  kOther = 3,    ///< never a block's kind; the code of those below
  kValloc = 4,
  kPvalloc = 5,
  kRealloc = 6,
};

// Death, 4 bytes: tag | (granule delta << 2), then [stamp32].
inline constexpr int32_t kDeathDeltaMax = (1 << 29) - 1;
inline constexpr int32_t kDeathDeltaMin = -(1 << 29);
constexpr uint32_t death_word(int32_t delta) {
  return static_cast<uint32_t>(Tag::kDeath) | (static_cast<uint32_t>(delta) << 2);
}
constexpr int32_t death_delta(uint32_t word) {
  return static_cast<int32_t>(word) >> 2;
}

// Birth, 8 bytes: tag | kind << 2 | (granule delta << 4); then a size word: size | pops << 20 |
// pushes << 25 | repeats << 30; then [stamp32] [size64] [pops16] [pushes16] [kind16] frames. "pops"
// innermost frames of the stream's last stack are gone, then "pushes" frames are new. The "repeats"
// innermost of the new ones are the innermost ones that the last stack had, in the same order, and
// are not written; the others are, outermost first.
inline constexpr int32_t kBirthDeltaMax = (1 << 27) - 1;
inline constexpr int32_t kBirthDeltaMin = -(1 << 27);
constexpr uint32_t birth_word(uint32_t kind_code, int32_t delta) {
  return static_cast<uint32_t>(Tag::kBirth) | (kind_code << 2) |
         (static_cast<uint32_t>(delta) << 4);
}
constexpr uint32_t birth_kind_code(uint32_t word) {
  return (word >> 2) & 3;
}
constexpr int32_t birth_delta(uint32_t word) {
  return static_cast<int32_t>(word) >> 4;
}

inline constexpr uint32_t kSizeEscape = 0xfffff;  ///< 64-bit size follows
inline constexpr uint32_t kCountEscape = 31;      ///< 16-bit count follows
inline constexpr uint32_t kMaxRepeats = 3;
constexpr uint32_t size_word(uint32_t size, uint32_t pops, uint32_t pushes, uint32_t repeats) {
  return size | (pops << 20) | (pushes << 25) | (repeats << 30);
}
constexpr uint32_t word_size(uint32_t word) {
  return word & kSizeEscape;
}
constexpr uint32_t word_pops(uint32_t word) {
  return (word >> 20) & kCountEscape;
}
constexpr uint32_t word_pushes(uint32_t word) {
  return (word >> 25) & kCountEscape;
}
constexpr uint32_t word_repeats(uint32_t word) {
  return word >> 30;
}

// Resize (realloc of a block to n > 0), 12 bytes: tag | (delta of the old address << 2), size word,
// delta of the new address to the old one in granules (kNewAddressEscape: 64-bit address follows);
// then [stamp32: end of the call] [ticks32: end minus begin, saturated] [size64] [pops16]
// [pushes16] [address64] frames. The last address becomes the new one.
inline constexpr int32_t kNewAddressEscape = INT32_MIN;
constexpr uint32_t resize_word(int32_t delta) {
  return static_cast<uint32_t>(Tag::kResize) | (static_cast<uint32_t>(delta) << 2);
}
constexpr int32_t resize_delta(uint32_t word) {
  return static_cast<int32_t>(word) >> 2;
}

// A frame is the location's id: one 16-bit unit below kWideFrame, else kWideFrame | id >> 16, then
// id & 0xffff.
inline constexpr uint32_t kWideFrame = 0xf000;
inline constexpr uint32_t kMaxLocation = 0x0fffffff;

/// Location 0, outermost in a stack, says that frames are missing beyond it.
inline constexpr uint32_t kCutLocation = 0;

// Control, tag 0: kind << 2 | total bytes << 8 (this word included; even). A word of 0 is never a
// record.
enum class Control : uint32_t {
  kBase = 1,
  kTime = 2,
  kStamps = 3,
  kLocation = 4,
  kModule = 5,
  kModuleEnd = 6,
  kThread = 7,
  kSample = 8,
  kMark = 9,
  kCut = 10,
  kExec = 11,
  kExecFailed = 12,
  kExit = 13,
};
inline constexpr uint32_t kMaxControlBytes = 16 * 1024;
constexpr uint32_t control_word(Control kind, uint32_t bytes) {
  return (static_cast<uint32_t>(kind) << 2) | (bytes << 8);
}
constexpr Control control_kind(uint32_t word) {
  return static_cast<Control>((word >> 2) & 63);
}
constexpr uint32_t control_bytes(uint32_t word) {
  return word >> 8;
}

// Payloads of control records, as they stand after the word. Strings follow the struct, padded with
// one NUL to an even length where needed (the struct's own length field is exact).
#pragma pack(push, 1)

/// Sets the last address.
struct BaseRecord {
  uint64_t address;
};

/// Sets the last stamp; until the next one every event without a stamp of its own has this one.
struct TimeRecord {
  uint64_t stamp;
};

/// From here on events carry a stamp32: the difference to the last stamp of the stream.
struct StampsRecord {
  uint32_t on;
  uint64_t stamp;  ///< sets the last stamp
};

inline constexpr uint32_t kLocationInterrupted =
    1;  ///< a signal frame's pc or a fiber's end: look it up as it is, not at -1
inline constexpr uint32_t kNoModule = 0;

/// A return address. Ids are handed out once per address and process, or a few times (they need not
/// be unique); one is never used for two addresses.
struct LocationRecord {
  uint32_t id;
  uint32_t module;  ///< ModuleRecord::id or kNoModule
  uint64_t address;
  uint32_t flags;
};

struct ModuleRecord {
  uint32_t id;
  uint32_t epoch;
  uint64_t bias;   ///< address minus the file's virtual address
  uint64_t start;  ///< first mapped address
  uint64_t end;    ///< one past the last
  uint16_t build_id_bytes;
  uint16_t path_bytes;
  // build-id, then path
};

struct ModuleEndRecord {
  uint32_t id;
  uint64_t stamp;
};

/// The stream's events are this thread's from here on. Serials are never reused; tids are.
struct ThreadRecord {
  uint64_t stamp;
  uint32_t serial;
  uint32_t tid;
  char name[16];
};

enum class SampleReason : uint32_t { kStart = 1, kPeriodic = 2, kExit = 3, kExec = 4, kChild = 5 };

/// 0 in a byte count means "not known".
struct RssFields {
  uint64_t rss_bytes;
  uint64_t peak_rss_bytes;  ///< VmHWM
  uint64_t own_bytes;       ///< the recorder's own resident memory, part of rss_bytes
};

struct SampleRecord {
  ClockPair clock;
  RssFields rss;
  uint32_t reason;
};

enum class MarkKind : uint32_t { kMark = 1, kPhaseBegin = 2, kPhaseEnd = 3 };

struct MarkRecord {
  ClockPair clock;
  RssFields rss;
  uint32_t kind;
  uint32_t thread;
  uint32_t name_bytes;
  // name
};

/// In a forked child's file, once per stream its parent had: what was committed at the fork.
struct CutRecord {
  uint32_t stream;
  uint32_t stream_seq;
  uint32_t used;
};

enum class ExecHow : uint32_t {
  kExec = 1,       ///< this process's image is about to be replaced
  kVforkExec = 2,  ///< a vfork child's (pid) is
  kSpawn = 3,      ///< posix_spawn made pid
};
/// From there the library cannot be reached, or the output directory not be written.
inline constexpr uint32_t kExecUnfollowed = 1;
inline constexpr uint32_t kExecSandboxed = 2;  ///< from a sandbox, without the recorder
inline constexpr uint32_t kExecTooLarge = 4;   ///< no room for our variables: without the recorder

struct ExecRecord {
  ClockPair clock;
  uint32_t how;
  uint32_t pid;
  uint32_t flags;
  uint32_t path_bytes;
  // path
};

/// The exec announced last by this thread returned.
struct ExecFailedRecord {
  uint64_t stamp;
  uint32_t error;
};

enum class ExitHow : uint32_t { kExit = 1, kImmediate = 2, kUnloaded = 3 };

/// The process ends; events may still follow (destructors that run later, other threads).
struct ExitRecord {
  ClockPair clock;
  uint32_t how;
  int32_t status;
  uint32_t status_known;
};
#pragma pack(pop)

}  // namespace memprof::format
