// What the symbolizer says, against what llvm-symbolizer and addr2line say of the same files.
#include <cxxabi.h>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "analyzer/symbols/demangle.h"
#include "analyzer/symbols/symbolizer.h"
#include "tests/analyzer/symbols/look_up.h"
#include "tests/analyzer/symbols/peer.h"

namespace memprof::symbols {
namespace {

bool is_rust(const std::string& linkage) {
  return linkage.starts_with("_R") || linkage.find("17h") != std::string::npos;
}

/// A linkage name as the symbolizer should show it. Rust's are left to demangle(), which has its
/// own test. Peers name the outermost function by its symbol, which may be that of a part (".cold",
/// ".isra.0").
std::string plain(const std::string& linkage) {
  if (is_rust(linkage)) return demangle(linkage.c_str());
  if (linkage.starts_with("_GLOBAL_")) return linkage;  // ends with a file's name
  std::string whole = linkage.substr(0, linkage.find('.'));
  if (!linkage.starts_with("_Z")) return whole;
  int status = 0;
  char* text = abi::__cxa_demangle(whole.c_str(), nullptr, nullptr, &status);
  std::string result = status == 0 ? text : whole;
  std::free(text);
  return result;
}

std::vector<uint64_t> text_addresses(const std::string& file, size_t count_max) {
  const auto [low, high] = section_range(file, ".text");
  REQUIRE(low < high);
  std::vector<uint64_t> addresses;
  if (high - low <= count_max) {
    for (uint64_t address = low; address < high; ++address) addresses.push_back(address);
  } else {
    std::mt19937_64 random(1);
    while (addresses.size() < count_max) addresses.push_back(low + random() % (high - low));
  }
  return addresses;
}

std::string describe(const std::string& function, const std::string& file, uint32_t line) {
  return "  " + function + " at " + file + ":" + std::to_string(line) + "\n";
}

std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

/// Whether the peer's name means the same. addr2line has no more than the bare DW_AT_name of a
/// function that only its own file can see, where the symbol table knows its scope and parameters.
bool same_name(const std::string& ours, const std::string& linkage) {
  return ours == plain(linkage) || (ours.find("::" + linkage + "(") != std::string::npos) ||
         ours.starts_with(linkage + "(");
}

/// A file without a line is a peer's guess by the symbol table; we make none.
/// "" when both say the same of an address, else what each says.
std::string difference(const std::vector<Frame>& ours, const std::vector<PeerFrame>& peers) {
  bool same = ours.size() == peers.size();
  for (size_t i = 0; same && i < ours.size(); ++i) {
    same = same_name(ours[i].function, peers[i].function) && ours[i].line == peers[i].line &&
           (ours[i].file == normal(peers[i].file) || ours[i].file.empty()) &&
           ours[i].inlined == (i + 1 < ours.size());
  }
  if (same) return "";
  std::string text = " ours\n";
  for (const Frame& frame : ours) text += describe(frame.function, frame.file, frame.line);
  text += " peer\n";
  for (const PeerFrame& frame : peers) {
    text += describe(plain(frame.function), normal(frame.file), frame.line);
  }
  return text;
}

using Peer = PeerStacks (*)(const std::string&, const std::vector<uint64_t>&);

/// How many of up to `count_max` addresses of `file`'s text the peer tells otherwise; reports the
/// first few.
size_t differences(Peer peer, const std::string& file, size_t count_max) {
  const std::vector<uint64_t> addresses = text_addresses(file, count_max);
  Symbolizer symbolizer;
  const auto ours = look_up(symbolizer, {file, build_id_of(file)}, addresses);
  const PeerStacks peers = peer(file, addresses);
  REQUIRE(ours.size() == addresses.size());
  REQUIRE(peers.size() == addresses.size());
  size_t count = 0;
  size_t symbol_only = 0;
  for (size_t i = 0; i < addresses.size(); ++i) {
    // addr2line names padding after the function before it.
    if (peer == ask_addr2line && ours[i].back().function.empty()) continue;
    // Where only a symbol table speaks, folded functions and aliases have several right names.
    if (ours[i].size() == 1 && ours[i][0].line == 0 && peers[i][0].line == 0) {
      ++symbol_only;
      continue;
    }
    const std::string text = difference(ours[i], peers[i]);
    if (text.empty()) continue;
    if (count++ < 3) UNSCOPED_INFO(file << " 0x" << std::hex << addresses[i] << "\n" << text);
  }
  if (symbol_only == addresses.size()) UNSCOPED_INFO(file << ": no debug info");
  return symbol_only == addresses.size() ? SIZE_MAX : count;
}

/// The fixtures with debug info whose names start with one of `prefixes`.
std::vector<std::string> programs(const std::vector<std::string>& prefixes) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(FIXTURES)) {
    const std::string name = entry.path().filename().string();
    for (const std::string& prefix : prefixes) {
      if (entry.is_regular_file() && name.starts_with(prefix)) files.push_back(entry.path());
    }
  }
  return files;
}

bool missing(const char* tool) {
  if (have_tool(tool)) return false;
  WARN(tool << " is not installed; nothing compared");
  return true;
}

}  // namespace

TEST_CASE("every address of the C and C++ fixtures has the frames llvm-symbolizer gives it",
          "[peer_llvm]") {
  if (missing("llvm-symbolizer-14")) return;
  const std::vector<std::string> files = programs({"gcc_", "clang_", "c_"});
  REQUIRE(files.size() >= 14);
  for (const std::string& file : files) CHECK(differences(ask_llvm, file, 4096) == 0);
}

TEST_CASE("every address of the C and C++ fixtures has the frames addr2line gives it", "[peer]") {
  if (missing("addr2line")) return;
  // It reads neither the older form of compressed sections nor the .dwo files of DWARF 4, and
  // overlooks functions inlined by clang under DWARF 5.
  for (const std::string& file : programs({"gcc_dwarf", "gcc_o0", "gcc_compressed", "gcc_no",
                                           "gcc_based", "gcc_sections", "clang_dwarf4", "c_"})) {
    if (file.ends_with("_gnu")) continue;
    CHECK(differences(ask_addr2line, file, 4096) == 0);
  }
}

TEST_CASE("addresses of Rust programs have the frames llvm-symbolizer gives them", "[peer]") {
  if (missing("llvm-symbolizer-14")) return;
  // Functions folded into one address have several right names; few are, and one is ours.
  for (const std::string& file : programs({"rust_"})) {
    CHECK(differences(ask_llvm, file, 4096) <= 40);
  }
}

TEST_CASE("addresses of a large program have the frames llvm-symbolizer gives them", "[peer]") {
  if (missing("llvm-symbolizer-14")) return;
  const std::string self = std::filesystem::canonical("/proc/self/exe");
  // The compiler, too, folds identical functions; the peer may name one by the other.
  CHECK(differences(ask_llvm, self, 4000) <= 8);
}

TEST_CASE("many addresses of a large program do not cost a walk of the debug info each", "[peer]") {
  if (missing("llvm-symbolizer-14")) return;
  using Clock = std::chrono::steady_clock;
  const std::string self = std::filesystem::canonical("/proc/self/exe");
  const std::vector<uint64_t> addresses = text_addresses(self, 10'000);
  const auto start = Clock::now();
  Symbolizer symbolizer;
  look_up(symbolizer, {self, build_id_of(self)}, addresses);
  const auto ours = Clock::now();
  ask_llvm(self, addresses);
  // A fifth of the peer's time, twice that under a sanitizer; with such walks it is hundreds of
  // times.
  CHECK((ours - start).count() < 10 * (Clock::now() - ours).count());
}

}  // namespace memprof::symbols
