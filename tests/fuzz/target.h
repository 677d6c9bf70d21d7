// What a fuzz target is: by libFuzzer's names, so that it can be linked with libFuzzer or with
// driver.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// Runs one input. Whatever should never be (a crash, a sanitizer's report, a broken promise) ends
/// the process.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/// Damages the input in place; its new size, at most `max_size`. The same input and seed give the
/// same damage.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed);

namespace memprof::fuzz {

/// A directory for the files of one input, removed when the process ends by itself.
const std::string& scratch_directory();

/// Says what should have been and aborts, so that the input is kept.
[[noreturn]] void broken_promise(const char* what);

inline void require(bool held, const char* what) {
  if (!held) broken_promise(what);
}

}  // namespace memprof::fuzz
