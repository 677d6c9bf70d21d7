#include "analyzer/heap/reachability.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "preload/format/words_format.h"
#include "tests/analyzer/profile/scratch_folder.h"

using namespace memprof;
using heap::LiveBlock;
using heap::reached_from;
using heap::read_words;
using heap::Words;

namespace {

template <typename Value>
void put(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// One root, one word of the C library's and two of the heap.
std::string example() {
  std::string bytes;
  put(bytes, format::WordsHeader{format::kWordsMagic, 7, 1, 0});
  put(bytes, format::WordsPiece{0x100, static_cast<uint32_t>(format::WordsKind::kRoot), 1});
  put(bytes, format::Word{2, 0x1000});
  put(bytes, format::WordsPiece{0x200, static_cast<uint32_t>(format::WordsKind::kLibc), 1});
  put(bytes, format::Word{0, 0x2000});
  put(bytes, format::WordsPiece{0x1000, static_cast<uint32_t>(format::WordsKind::kHeap), 2});
  put(bytes, format::Word{3, 0x3000});
  put(bytes, format::Word{1, 0x4000});
  return bytes;
}

/// By walking over everything until nothing changes.
std::vector<bool> reached_slowly(const std::vector<LiveBlock>& blocks, const Words& words) {
  std::vector<bool> reached(blocks.size());
  const auto within = [&](uint64_t address, size_t block) {
    const uint64_t size = std::max<uint64_t>(blocks[block].size, 1);
    return address >= blocks[block].address && address < blocks[block].address + size;
  };
  for (size_t b = 0; b < blocks.size(); ++b) {
    for (const uint64_t root : words.roots) reached[b] = reached[b] || within(root, b);
    for (const uint64_t root : words.libc) reached[b] = reached[b] || root == blocks[b].address;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [place, value] : words.heap) {
      for (size_t from = 0; from < blocks.size(); ++from) {
        if (!reached[from] || !within(place, from) || blocks[from].size == 0) continue;
        for (size_t to = 0; to < blocks.size(); ++to) {
          if (reached[to] || !within(value, to)) continue;
          reached[to] = true;
          changed = true;
        }
      }
    }
  }
  return reached;
}

}  // namespace

TEST_CASE("The words of a file come back by kind, those of the heap by place") {
  const test::ScratchFolder folder;
  const auto words = read_words(folder.file("x.words", example()), 7);
  REQUIRE(words);
  CHECK(words->complete);
  CHECK(words->roots == std::vector<uint64_t>{0x1000});
  CHECK(words->libc == std::vector<uint64_t>{0x2000});
  CHECK(words->heap ==
        std::vector<std::pair<uint64_t, uint64_t>>{{0x1008, 0x4000}, {0x1018, 0x3000}});
  CHECK_FALSE(read_words(folder.path("x.words"), 8));
  CHECK_FALSE(read_words(folder.path("none"), 7));
  CHECK_FALSE(read_words(folder.path(), 7));
}

TEST_CASE("A file that is cut off anywhere within a piece is not complete, and harms nobody") {
  const test::ScratchFolder folder;
  const std::string whole = example();
  const size_t head = sizeof(format::WordsHeader);
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto words = read_words(folder.file("x.words", whole.substr(0, size)), 7);
    INFO(size);
    CHECK(words.has_value() == (size >= head));
    const bool between = size == head || size == head + 28 || size == head + 56;
    if (words) CHECK(words->complete == between);
  }
}

TEST_CASE("Random bytes in a file harm nobody") {
  const test::ScratchFolder folder;
  std::mt19937_64 random(2);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = example();
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (const auto words = read_words(folder.file("x.words", bytes), 7))
      CHECK(words->roots.size() + words->libc.size() + words->heap.size() <=
            bytes.size() / sizeof(format::Word));
  }
}

TEST_CASE("What is reached is what walking over everything reaches") {
  std::mt19937_64 random(1);
  size_t reached_count = 0;
  size_t lost_count = 0;
  for (int round = 0; round < 300; ++round) {
    INFO("round " << round);
    std::vector<LiveBlock> blocks;
    uint64_t address = 0x1000;
    for (uint64_t i = 2 + random() % 20; i > 0; --i) {
      const uint64_t size = random() % 5 == 0 ? 0 : 8 * (random() % 6) + random() % 8;
      blocks.push_back({address, size, i, 0});
      address += (std::max<uint64_t>(size, 1) + 15) / 16 * 16 + 16 * (random() % 2);
    }
    std::shuffle(blocks.begin(), blocks.end(), random);
    const auto somewhere = [&] { return 0xff0 + random() % (address - 0xfe0); };
    Words words;
    for (uint64_t i = random() % 3; i > 0; --i) words.roots.push_back(somewhere());
    for (uint64_t i = random() % 2; i > 0; --i) words.libc.push_back(somewhere() & ~uint64_t{15});
    for (uint64_t i = random() % 30; i > 0; --i)
      words.heap.emplace_back(somewhere() & ~uint64_t{7}, somewhere());
    std::sort(words.heap.begin(), words.heap.end());
    const std::vector<bool> reached = reached_from(blocks, words);
    REQUIRE(reached == reached_slowly(blocks, words));
    for (const bool one : reached) ++(one ? reached_count : lost_count);
  }
  CHECK(reached_count > 100);
  CHECK(lost_count > 300);
}
