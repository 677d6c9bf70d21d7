#include "preload/unwind/stack_memory.h"

#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace memprof::unwind {
namespace {

constexpr uintptr_t kPage = sys::kPageBytes;

/// Pages of which some can be read, filled with their own addresses.
class Pages {
 public:
  explicit Pages(const std::vector<bool>& readable) : bytes_(readable.size() * kPage) {
    void* memory =
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    base_ = reinterpret_cast<uintptr_t>(memory);
    for (uintptr_t at = base_; at < base_ + bytes_; at += 8) *reinterpret_cast<uint64_t*>(at) = at;
    for (size_t i = 0; i < readable.size(); ++i) {
      if (!readable[i]) mprotect(reinterpret_cast<void*>(base_ + i * kPage), kPage, PROT_NONE);
    }
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() { munmap(reinterpret_cast<void*>(base_), bytes_); }

  uintptr_t page(size_t index) const { return base_ + index * kPage; }
  size_t count() const { return bytes_ / kPage; }

 private:
  uintptr_t base_;
  size_t bytes_;
};

StackMemory fresh() {
  StackMemory memory;
  memory.reset(0, 0);
  return memory;
}

TEST_CASE("A stack is readable up to the hole behind it, and not one byte further",
          "[stack_memory]") {
  const Pages pages({false, true, true, true, false});
  StackMemory memory = fresh();
  memory.enter(pages.page(1) + 256);
  uint64_t value = 0;
  for (uintptr_t at = pages.page(1) + 256; at + 8 <= pages.page(4); at += 8) {
    REQUIRE(memory.read(at, &value));
    REQUIRE(value == at);
  }
  for (uintptr_t at = pages.page(4) - 7; at < pages.page(4) + 16; ++at) {
    INFO(at - pages.page(4));
    CHECK_FALSE(memory.read(at, &value));
  }
}

TEST_CASE("Reading that straddles pages works when both can be read", "[stack_memory]") {
  const Pages pages({true, true, false});
  StackMemory memory = fresh();
  memory.enter(pages.page(0));
  uint64_t value = 0;
  CHECK(memory.read(pages.page(1) - 4, &value));
  CHECK_FALSE(memory.read(pages.page(2) - 4, &value));
}

TEST_CASE("A hole between the stack and an address is not taken for stack", "[stack_memory]") {
  const Pages pages({true, false, true, true});
  StackMemory memory = fresh();
  memory.enter(pages.page(0));
  uint64_t value = 0;
  // The place itself can be read: the interrupted stack of a signal stack may lie there.
  CHECK(memory.read(pages.page(3), &value));
  CHECK_FALSE(memory.read(pages.page(1), &value));
}

TEST_CASE("Addresses that belong to nobody are refused", "[stack_memory]") {
  const Pages pages({true});
  StackMemory memory = fresh();
  memory.enter(pages.page(0));
  uint64_t value = 0;
  for (const uintptr_t wild :
       {uintptr_t{0}, uintptr_t{8}, uintptr_t{4096}, UINTPTR_MAX, UINTPTR_MAX - 7, UINTPTR_MAX - 8,
        uintptr_t{1} << 47, (uintptr_t{1} << 47) - 8, uintptr_t{0x8000000000000000}}) {
    INFO(wild);
    CHECK_FALSE(memory.read(wild, &value));
  }
}

TEST_CASE("On random pages what can be read is exactly what the kernel lets us read",
          "[stack_memory]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (unsigned round = 0; round < 50; ++round) {
    std::vector<bool> readable;
    for (unsigned i = 0; i < 40; ++i) readable.push_back(random() % 4 != 0);
    readable[20] = true;
    const Pages pages(readable);
    StackMemory memory = fresh();
    for (unsigned i = 0; i < 200; ++i) {
      if (i % 20 == 0) {
        // A stack pointer is always in memory that can be read.
        size_t page = random() % readable.size();
        while (!readable[page]) page = (page + 1) % readable.size();
        memory.enter(pages.page(page) + random() % kPage);
      }
      const uintptr_t address = pages.page(0) + random() % (pages.count() * kPage - 8);
      const size_t first = (address - pages.page(0)) / kPage;
      const size_t last = (address + 7 - pages.page(0)) / kPage;
      uint64_t value = 0;
      REQUIRE(memory.read(address, &value) == (readable[first] && readable[last]));
    }
  }
}

}  // namespace
}  // namespace memprof::unwind
