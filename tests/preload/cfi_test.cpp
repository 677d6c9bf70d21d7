// The reader of unwind tables against libdw, on the modules that this program consists of: the C
// and C++ libraries, the loader with its hand-written frames, libdw itself.
#include "preload/unwind/cfi.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/preload/unwind_tables.h"

namespace memprof::test {
namespace {

using unwind::CfiScratch;
using unwind::find_rules;
using unwind::UnwindTables;

std::string rules_at(const UnwindTables& tables, uintptr_t address) {
  static CfiScratch scratch;
  return find_rules(tables, address, &scratch) ? describe(scratch.rules) : "";
}

TEST_CASE("Of every function's begin, end and inside the reader says what libdw says", "[cfi]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  uint64_t compared = 0;
  uint64_t known = 0;
  for (const LoadedModule& module : loaded_modules()) {
    INFO(module.path);
    const LibdwTables libdw(module.path);
    const std::vector<uintptr_t> starts = module.function_starts();
    REQUIRE_FALSE(starts.empty());
    // The large libraries are sampled.
    const size_t step = 1 + starts.size() / 2500;
    for (size_t i = random() % step; i + 1 < starts.size(); i += step) {
      const uintptr_t bytes = starts[i + 1] - starts[i];
      for (const uintptr_t distance : {uintptr_t{0}, uintptr_t{1}, uintptr_t{4}, bytes / 2,
                                       bytes - 1, uintptr_t{random()} % (bytes + 1)}) {
        const uintptr_t address = starts[i] + distance;
        const std::string expected = libdw.rules_at(address - module.bias);
        const std::string found = rules_at(module.tables, address);
        ++compared;
        known += !found.empty();
        if (found != expected) {
          INFO("offset " << std::hex << address - module.bias);
          REQUIRE(found == expected);
        }
      }
    }
  }
  CHECK(compared > 10'000);
  CHECK(known > compared / 2);
}

TEST_CASE("Addresses outside a module have no rules", "[cfi]") {
  for (const LoadedModule& module : loaded_modules()) {
    const std::vector<uintptr_t> starts = module.function_starts();
    CHECK(rules_at(module.tables, starts.front() - 1) == "");
    CHECK(rules_at(module.tables, 0) == "");
    CHECK(rules_at(module.tables, UINTPTR_MAX) == "");
    CHECK(rules_at(module.tables, reinterpret_cast<uintptr_t>(module.tables.segment_begin)) == "");
  }
}

/// A copy of a module's tables that may be damaged. All in it is relative, so they describe
/// addresses that are as far from the module's as the copy is from the original. In a block of its
/// exact size, so that a sanitizer sees whoever reads beyond.
class Copy {
 public:
  explicit Copy(const LoadedModule& module) {
    const UnwindTables& tables = module.tables;
    const auto bytes = static_cast<size_t>(tables.segment_end - tables.segment_begin);
    bytes_.assign(tables.segment_begin, tables.segment_begin + bytes);
    header_at_ = static_cast<size_t>(tables.eh_frame_hdr - tables.segment_begin);
    distance_ = reinterpret_cast<uintptr_t>(bytes_.data()) -
                reinterpret_cast<uintptr_t>(tables.segment_begin);
  }

  std::string rules_at(uintptr_t address, size_t length) const {
    const UnwindTables tables{bytes_.data() + header_at_, bytes_.data(), bytes_.data() + length};
    return test::rules_at(tables, address + distance_);
  }
  std::string rules_at(uintptr_t address) const { return rules_at(address, bytes_.size()); }

  std::vector<uint8_t>& bytes() { return bytes_; }
  size_t header_at() const { return header_at_; }

 private:
  std::vector<uint8_t> bytes_;
  size_t header_at_;
  uintptr_t distance_;
};

/// A small library. Not this program itself, between whose constants a sanitizer puts bytes that
/// may not be read.
LoadedModule small_module() {
  std::vector<LoadedModule> modules = loaded_modules();
  const auto bytes = [](const LoadedModule& module) {
    return module.tables.segment_end - module.tables.segment_begin;
  };
  return *std::min_element(
      modules.begin() + 1, modules.end(),
      [&](const LoadedModule& a, const LoadedModule& b) { return bytes(a) < bytes(b); });
}

TEST_CASE("Damaged tables yield rules or none, in bounded time, and nothing is read outside",
          "[cfi]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const LoadedModule module = small_module();
  const std::vector<uintptr_t> starts = module.function_starts();
  Copy copy(module);
  REQUIRE(copy.rules_at(starts[0]) == rules_at(module.tables, starts[0]));
  REQUIRE_FALSE(copy.rules_at(starts[0]).empty());
  const std::vector<uint8_t> good = copy.bytes();
  for (unsigned round = 0; round < 400; ++round) {
    for (unsigned flips = 0; flips < 200; ++flips) {
      const size_t at = copy.header_at() + random() % (good.size() - copy.header_at());
      copy.bytes()[at] = static_cast<uint8_t>(random());
    }
    for (unsigned i = 0; i < 50; ++i) {
      copy.rules_at(starts[random() % starts.size()] + random() % 100);
    }
    std::copy(good.begin(), good.end(), copy.bytes().begin());
  }
}

TEST_CASE("Tables that end too early yield rules or none", "[cfi]") {
  const LoadedModule module = small_module();
  const std::vector<uintptr_t> starts = module.function_starts();
  const Copy whole(module);
  Copy copy(module);
  const size_t begin = copy.header_at();
  const size_t step = 1 + (copy.bytes().size() - begin) / 3000;
  for (size_t length = begin; length < copy.bytes().size(); length += step) {
    for (size_t i = 0; i < starts.size(); i += 1 + starts.size() / 7) {
      const std::string found = copy.rules_at(starts[i], length);
      const bool is_right = found.empty() || found == whole.rules_at(starts[i]);
      if (!is_right) {
        INFO("length " << length);
        REQUIRE(found == "");
      }
    }
  }
}

}  // namespace
}  // namespace memprof::test
