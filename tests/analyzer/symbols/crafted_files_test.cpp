// Files made to do harm: cut, damaged, or pointing at things that block. One that hangs runs into
// the time limit of the whole test.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <string>

#include "analyzer/symbols/symbolizer.h"
#include "tests/analyzer/symbols/look_up.h"
#include "tests/analyzer/symbols/peer.h"
#include "tests/analyzer/symbols/scratch.h"

namespace fs = std::filesystem;

namespace memprof::symbols {
namespace {

const std::string kFixtures = FIXTURES;

std::vector<uint64_t> some_text_of(const std::string& file, uint64_t step) {
  const auto [low, high] = section_range(file, ".text");
  std::vector<uint64_t> addresses = {0, 1, UINT64_MAX, UINT64_MAX - 1};
  for (uint64_t address = low; address < high; address += step) addresses.push_back(address);
  return addresses;
}

/// Resolves and checks what must hold of any answer.
void check_harmless(const std::string& file, const std::vector<uint64_t>& addresses) {
  Symbolizer symbolizer({.debug_root = "/nonexistent"});
  const auto stacks = look_up(symbolizer, {file, ""}, addresses);
  REQUIRE(stacks.size() == addresses.size());
  for (const auto& frames : stacks) {
    REQUIRE_FALSE(frames.empty());
    REQUIRE_FALSE(frames.back().inlined);
  }
}

}  // namespace

TEST_CASE("a file cut at any length gives what it can", "[damage]") {
  Scratch directory;
  const std::string whole = read_bytes(kFixtures + "/gcc_dwarf5");
  const std::vector<uint64_t> addresses = some_text_of(kFixtures + "/gcc_dwarf5", 16);
  for (size_t length = 0; length < whole.size(); length += length < 256 ? 1 : 97) {
    write_bytes(directory / "cut", whole.substr(0, length));
    INFO("length " << length);
    check_harmless(directory / "cut", addresses);
  }
}

TEST_CASE("damaged bytes anywhere neither crash nor hang", "[damage]") {
  Scratch directory;
  for (const char* name : {"gcc_dwarf5", "gcc_dwarf4", "clang_dwarf5", "gcc_compressed",
                           "gcc_split5", "exported_only.so"}) {
    const std::string file = kFixtures + "/" + name;
    if (!fs::exists(file)) continue;
    const std::string whole = read_bytes(file);
    const std::vector<uint64_t> addresses = some_text_of(file, 32);
    // Debug sections follow all that is loaded; section headers are the last 2 KiB.
    const size_t debug_from = whole.size() / 2;
    for (uint32_t seed = 1; seed <= 150; ++seed) {
      std::mt19937 random(seed);
      std::string damaged = whole;
      const size_t from = seed % 3 == 0 ? 0 : seed % 3 == 1 ? debug_from : whole.size() - 2048;
      for (size_t n = 1 + random() % 8; n-- > 0;) {
        damaged[from + random() % (whole.size() - from)] = static_cast<char>(random());
      }
      write_bytes(directory / "damaged", damaged);
      INFO(name << ", seed " << seed);
      check_harmless(directory / "damaged", addresses);
    }
  }
}

TEST_CASE("a split unit that names a pipe is not opened", "[damage]") {
  // The program's .dwo files lie beside it; in a copy elsewhere only DW_AT_comp_dir leads to them.
  Scratch directory;
  std::string program = read_bytes(kFixtures + "/gcc_split5");
  const std::string from = "split5_shapes.dwo";
  const size_t at = program.find(from);
  REQUIRE(at != std::string::npos);
  program.replace(at, from.size(), "pipe5_shapes.dwo" + std::string(1, '\0'));
  write_bytes(directory / "program", program);
  REQUIRE(mkfifo((directory / "pipe5_shapes.dwo").c_str(), 0600) == 0);
  check_harmless(directory / "program", some_text_of(kFixtures + "/gcc_split5", 1));
}

TEST_CASE("a debug section that claims to inflate beyond reason is left alone", "[damage]") {
  Scratch directory;
  const std::string file = kFixtures + "/gcc_compressed";
  std::string program = read_bytes(file);
  const auto [address, end] = section_range(file, ".debug_info");
  REQUIRE(end > address);
  // A compressed section starts with its header: type 1, reserved 0, size, alignment.
  const std::string header("\1\0\0\0\0\0\0\0", 8);
  size_t patched = 0;
  for (size_t at = program.find(header); at != std::string::npos;
       at = program.find(header, at + 1)) {
    if (program.substr(at + 16, 8) != std::string("\1\0\0\0\0\0\0\0", 8)) continue;
    program.replace(at + 8, 8, std::string("\0\0\0\0\1\0\0\0", 8));
    ++patched;
  }
  REQUIRE(patched >= 4);
  write_bytes(directory / "bomb", program);
  check_harmless(directory / "bomb", some_text_of(file, 8));
  CHECK(Symbolizer().problem({directory / "bomb", ""}) == "debug info inflates beyond reason");
}

}  // namespace memprof::symbols
