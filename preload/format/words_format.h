// What a process leaves beside its trace when it is asked what is still reachable at exit: the
// words of its memory that may be addresses of blocks. A file of its own, <trace id, 16 hex
// digits>.words in the trace's directory, written once, at exit.
//
//     file  = WordsHeader piece*
//     piece = WordsPiece word*        count of them
//     word  = uint32 offset, in words from the piece's base; uint64 value
//
// All integers are little-endian, nothing is padded.
#pragma once

#include <cstdint>

namespace memprof::format {

inline constexpr uint64_t kWordsMagic = 0x0153445257504dULL;  // "MPWRDS\1"
inline constexpr char kWordsSuffix[] = ".words";

/// What a piece's words were in.
enum class WordsKind : uint32_t {
  kRoot = 1,  ///< registers, stacks, thread-local and global variables
  /// The C library's own variables. Among them are its allocator's lists, whose pointers are to 16
  /// bytes before free blocks, which may be the end of a block that is live.
  kLibc = 2,
  kHeap = 3,  ///< all other writable memory: blocks, and what is no block
};

#pragma pack(push, 1)
struct WordsHeader {
  uint64_t magic;
  uint64_t trace_id;
  /// Stored last: 1 when all memory could be read and all threads were stopped, 0 while it is being
  /// written.
  uint32_t complete;
  uint32_t silent_threads;  ///< that did not answer
};

struct WordsPiece {
  uint64_t base;
  uint32_t kind;
  uint32_t count;
};

struct Word {
  uint32_t offset;
  uint64_t value;
};
#pragma pack(pop)

}  // namespace memprof::format
