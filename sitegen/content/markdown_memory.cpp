#include "sitegen/content/markdown_memory.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace memprof::sitegen {
namespace {

constexpr size_t kAlignment = alignof(std::max_align_t);
constexpr size_t kBlockBytes = size_t{64} << 10;

/// In front of each piece that is handed out, because realloc must know how much to copy.
struct Header {
  size_t bytes;
};
constexpr size_t kHeaderBytes = kAlignment;
static_assert(sizeof(Header) <= kHeaderBytes);

class Arena {
 public:
  void* allocate(size_t bytes) {
    const size_t needed = kHeaderBytes + (bytes + kAlignment - 1) / kAlignment * kAlignment;
    if (needed < bytes) throw std::bad_alloc();
    if (needed > static_cast<size_t>(end_ - next_)) add_block(needed);
    char* piece = next_ + kHeaderBytes;
    new (next_) Header{bytes};
    next_ += needed;
    return piece;
  }

  void* reallocate(void* old, size_t bytes) {
    if (old == nullptr) return allocate(bytes);
    Header* header = reinterpret_cast<Header*>(static_cast<char*>(old) - kHeaderBytes);
    if (bytes <= header->bytes) return old;
    void* piece = allocate(bytes);
    std::memcpy(piece, old, header->bytes);
    return piece;
  }

  void reset() {
    if (blocks_.empty()) return;
    blocks_.resize(1);
    next_ = blocks_.front().get();
    end_ = next_ + kBlockBytes;
  }

  bool in_use = false;

 private:
  /// The first block is never larger than others, so that what stays behind is small.
  void add_block(size_t needed) {
    if (blocks_.empty()) {
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
      next_ = blocks_.front().get();
      end_ = next_ + kBlockBytes;
      if (needed <= kBlockBytes) return;
    }
    const size_t size = std::max(needed, kBlockBytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = blocks_.back().get();
    end_ = next_ + size;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

thread_local Arena arena;

// cmark is C and knows no exceptions; like its own allocator, these end the process when there is
// no memory.
void* callocate(size_t count, size_t size) noexcept {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) std::abort();
  void* piece = arena.allocate(bytes);
  return std::memset(piece, 0, bytes);
}

void* reallocate(void* old, size_t bytes) noexcept {
  return arena.reallocate(old, bytes);
}

void keep(void*) noexcept {}

}  // namespace

MarkdownMemory::MarkdownMemory() {
  assert(!arena.in_use);
  arena.in_use = true;
}

MarkdownMemory::~MarkdownMemory() {
  arena.in_use = false;
  arena.reset();
}

cmark_mem* MarkdownMemory::mem() {
  static cmark_mem functions = {callocate, reallocate, keep};
  return &functions;
}

}  // namespace memprof::sitegen
