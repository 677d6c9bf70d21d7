#pragma once

#include <cmark-gfm.h>

namespace memprof::sitegen {

/// The memory of one conversion of a text, for cmark, which asks for some five hundred small blocks
/// for a page of two KiB. They come from large ones and are not freed before the end of the
/// conversion. Each thread has one; the large blocks of a small text stay for the next one.
class MarkdownMemory {
 public:
  /// For the calling thread. There may be one at a time on each thread, and whatever was made with
  /// mem() must not be used after its end.
  MarkdownMemory();
  ~MarkdownMemory();
  MarkdownMemory(const MarkdownMemory&) = delete;
  MarkdownMemory& operator=(const MarkdownMemory&) = delete;

  static cmark_mem* mem();
};

}  // namespace memprof::sitegen
