// The unwind tables of the modules that this test program itself consists of, and who says what
// about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "preload/unwind/cfi.h"

namespace memprof::test {

struct LoadedModule {
  std::string path;
  uintptr_t bias;
  unwind::UnwindTables tables;

  /// Where the functions begin that the tables describe, as addresses in memory, sorted.
  std::vector<uintptr_t> function_starts() const;
};

/// All modules with an .eh_frame_hdr but the kernel's.
std::vector<LoadedModule> loaded_modules();

/// What libdw says of one address of a file, as describe() would put it; "" when it says nothing.
class LibdwTables {
 public:
  explicit LibdwTables(const std::string& path);
  LibdwTables(const LibdwTables&) = delete;
  LibdwTables& operator=(const LibdwTables&) = delete;
  ~LibdwTables();

  std::string rules_at(uint64_t offset) const;

 private:
  struct Impl;
  Impl* impl_;
};

/// The rules as text: the CFA, the registers that a callee has to keep, and whether it is a signal
/// frame.
std::string describe(const unwind::FrameRules& rules);

}  // namespace memprof::test
