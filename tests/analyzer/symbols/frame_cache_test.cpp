// Frames kept from one run to the next: never other ones than a look into the files gives.
#include "analyzer/symbols/frame_cache.h"

#include <sys/stat.h>
#include <utime.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/frame_table.h"
#include "analyzer/symbols/symbolizer.h"
#include "tests/analyzer/symbols/look_up.h"
#include "tests/analyzer/symbols/peer.h"
#include "tests/analyzer/symbols/scratch.h"

namespace fs = std::filesystem;

namespace memprof::symbols {
namespace {

const std::string kFixtures = FIXTURES;
const std::string kFull = kFixtures + "/gcc_dwarf5";
constexpr size_t kChecksumAt = 24;
constexpr size_t kVersionAt = 16;
constexpr size_t kBodyAt = 32;

std::vector<uint64_t> some_of(const std::string& file, uint64_t step = 7) {
  const auto [low, high] = section_range(file, ".text");
  std::vector<uint64_t> addresses;
  for (uint64_t address = low; address < high; address += step) addresses.push_back(address);
  return addresses;
}

std::vector<std::vector<Frame>> without_cache(const std::string& file,
                                              const std::vector<uint64_t>& addresses) {
  Symbolizer symbolizer;
  return look_up(symbolizer, {file, build_id_of(file)}, addresses);
}

std::vector<std::vector<Frame>> with_cache(const Scratch& folder, const std::string& file,
                                           const std::vector<uint64_t>& addresses,
                                           const std::string& debug_root = "/usr/lib/debug") {
  Symbolizer symbolizer({.debug_root = debug_root, .cache_folder = folder.path()});
  return look_up(symbolizer, {file, build_id_of(file)}, addresses);
}

/// The one file in the folder.
std::string only_file(const Scratch& folder) {
  std::string found;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    REQUIRE(found.empty());
    found = entry.path();
  }
  REQUIRE_FALSE(found.empty());
  return found;
}

FrameTable table_of(size_t frames) {
  FrameTable table;
  table.version = "1.2.3/";
  table.problem = "no debug info";
  for (size_t i = 0; i < frames; ++i) {
    table.frames[0x1000 + 16 * i] = {{"inner", "/a.cpp", 10, true},
                                     {"outer" + std::to_string(i % 5), "/b.cpp", 20, false}};
  }
  return table;
}

void set_checksum(std::string& bytes) {
  const uint64_t checksum = crc32_z(
      0, reinterpret_cast<const unsigned char*>(bytes.data()) + kBodyAt, bytes.size() - kBodyAt);
  std::memcpy(bytes.data() + kChecksumAt, &checksum, sizeof checksum);
}

}  // namespace

TEST_CASE("a packed table is the same when unpacked") {
  for (const size_t frames : {0, 1, 300}) {
    const FrameTable table = table_of(frames);
    const auto again = unpack(pack(table));
    REQUIRE(again);
    CHECK(*again == table);
  }
  FrameTable extreme;
  extreme.version = std::string("\0\xff", 2);
  extreme.frames[0] = {{"", "", 0, false}};
  extreme.frames[UINT64_MAX] = {{std::string(100'000, 'x'), "\xc3\x28", UINT32_MAX, false}};
  REQUIRE(unpack(pack(extreme)));
  CHECK(*unpack(pack(extreme)) == extreme);
}

TEST_CASE("a table with any byte changed or cut off is none") {
  const std::string bytes = pack(table_of(20));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
    CHECK_FALSE(unpack(damaged));
    CHECK_FALSE(unpack(bytes.substr(0, i)));
  }
  CHECK_FALSE(unpack(bytes + "x"));
}

TEST_CASE("a table made up with a right checksum does no harm") {
  std::mt19937 random(1);
  const std::string bytes = pack(table_of(20));
  size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string crafted = bytes;
    for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes) {
      crafted[kBodyAt + random() % (crafted.size() - kBodyAt)] = static_cast<char>(random());
    }
    if (random() % 4 == 0) crafted.resize(kBodyAt + random() % (crafted.size() - kBodyAt));
    set_checksum(crafted);
    const auto table = unpack(crafted);
    accepted += table ? 1 : 0;
    if (!table) continue;
    for (const auto& [offset, frames] : table->frames) REQUIRE_FALSE(frames.empty());
  }
  CHECK(accepted > 0);  // so that the checks behind the checksum were reached
}

TEST_CASE("frames from the cache are those from the files, and do come from the cache") {
  const Scratch folder;
  const std::vector<uint64_t> half = some_of(kFull, 14);
  const std::vector<uint64_t> all = some_of(kFull, 7);
  CHECK(with_cache(folder, kFull, half) == without_cache(kFull, half));
  CHECK(with_cache(folder, kFull, half) == without_cache(kFull, half));
  CHECK(with_cache(folder, kFull, all) == without_cache(kFull, all));
  CHECK(with_cache(folder, kFull, all) == without_cache(kFull, all));

  // A wrong name put into the cache comes out again: nothing else was asked.
  std::optional<FrameTable> table = unpack(read_bytes(only_file(folder)));
  REQUIRE(table);
  CHECK(table->frames.size() == all.size());
  for (auto& [offset, frames] : table->frames) frames = {{"from the cache", "", 0, false}};
  write_bytes(only_file(folder), pack(*table));
  for (const auto& frames : with_cache(folder, kFull, all)) {
    REQUIRE(frames.size() == 1);
    REQUIRE(frames[0].function == "from the cache");
  }
}

TEST_CASE("what is wrong with a module is the same from the cache") {
  const Scratch folder;
  const std::string file = kFixtures + "/symbols_only";
  const ModuleKey module{file, build_id_of(file)};
  for (int round = 0; round < 2; ++round) {
    Symbolizer symbolizer({.debug_root = "/nonexistent", .cache_folder = folder.path()});
    look_up(symbolizer, module, {0x1234});
    CHECK(symbolizer.problem(module) == "no debug info");
  }
  Symbolizer other({.debug_root = "/nonexistent", .cache_folder = folder.path()});
  ModuleKey changed = module;
  changed.build_id.back() = static_cast<char>(changed.build_id.back() ^ 1);
  look_up(other, changed, {0x1234});
  CHECK(other.problem(changed) == "build-id differs from the recorded one");
}

TEST_CASE("a damaged or foreign file in the cache is ignored and written anew") {
  const Scratch folder;
  const std::vector<uint64_t> addresses = some_of(kFull, 64);
  const auto expected = without_cache(kFull, addresses);
  with_cache(folder, kFull, addresses);
  const std::string path = only_file(folder);
  const std::string good = read_bytes(path);
  std::string foreign = good;
  foreign[kVersionAt] = static_cast<char>(foreign[kVersionAt] + 1);
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  for (const std::string& bytes : {foreign, flipped, good.substr(0, good.size() / 2), std::string(),
                                   std::string("#!/bin/sh\n")}) {
    write_bytes(path, bytes);
    CHECK(with_cache(folder, kFull, addresses) == expected);
    CHECK(read_bytes(only_file(folder)) == good);
  }
  // Neither does what is no file.
  fs::remove(path);
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK(with_cache(folder, kFull, addresses) == expected);
  CHECK(read_bytes(only_file(folder)) == good);
}

TEST_CASE("the cache does not outlive the files that its frames are from") {
  const Scratch folder;
  const Scratch place;
  const std::vector<uint64_t> addresses = some_of(kFull);
  const auto full = without_cache(kFull, addresses);
  const std::string program = place / "program";
  fs::copy_file(kFixtures + "/stripped", program);
  CHECK(with_cache(folder, program, addresses, place.path()) != full);

  const std::string debug = build_id_path(place.path(), build_id_of(kFull));
  fs::create_directories(fs::path(debug).parent_path());
  fs::copy_file(kFixtures + "/only.debug", debug);
  CHECK(with_cache(folder, program, addresses, place.path()) == full);
  CHECK(with_cache(folder, program, addresses, place.path()) == full);

  fs::remove(debug);
  CHECK(with_cache(folder, program, addresses, place.path()) != full);
  fs::copy_file(kFixtures + "/gcc_dwarf4", program, fs::copy_options::overwrite_existing);
  Symbolizer symbolizer({.debug_root = "/nonexistent", .cache_folder = folder.path()});
  const ModuleKey module{program, build_id_of(kFull)};
  look_up(symbolizer, module, addresses);
  CHECK(symbolizer.problem(module) == "build-id differs from the recorded one");
}

TEST_CASE("debug info in many files is not cached, as they could change unseen") {
  const Scratch folder;
  const std::string file = kFixtures + "/gcc_split5";
  const std::vector<uint64_t> addresses = some_of(file);
  CHECK(with_cache(folder, file, addresses) == without_cache(file, addresses));
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("the folder stays below its bound; what was used last stays longest") {
  const Scratch folder;
  const uint64_t one = pack(table_of(1000)).size();
  FrameCache cache(folder.path(), one * 4);
  const auto id = [](int i) { return std::string(20, static_cast<char>('a' + i)); };
  const auto age = [&](int i, time_t seconds) {
    const struct utimbuf times = {seconds, seconds};
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (entry.path().filename().string().starts_with(std::to_string(61 + i))) {
        REQUIRE(utime(entry.path().c_str(), &times) == 0);
      }
    }
  };
  for (int i = 0; i < 4; ++i) {
    cache.store(id(i), table_of(1000));
    age(i, 1000 + i);
  }
  CHECK(cache.load(id(0)));  // used now
  for (int i = 4; i < 7; ++i) {
    cache.store(id(i), table_of(1000));
    age(i, 2000 + i);
    uint64_t sum = 0;
    for (const auto& entry : fs::directory_iterator(folder.path())) sum += entry.file_size();
    CHECK(sum <= one * 4);
  }
  CHECK(cache.load(id(0)));
  CHECK_FALSE(cache.load(id(1)));
  CHECK(cache.load(id(6)));
  CHECK(cache.problem() == "");
  cache.store(id(7), table_of(5000));  // larger than all that is allowed
  CHECK_FALSE(cache.load(id(7)));
  CHECK(cache.load(id(6)));
}

TEST_CASE("a folder that cannot be written costs the cache alone") {
  const Scratch place;
  write_bytes(place / "file", "mine");
  const std::vector<uint64_t> addresses = some_of(kFull, 64);
  for (const std::string& folder : {place / "file", place / "file/below"}) {
    Symbolizer symbolizer({.cache_folder = folder});
    CHECK(look_up(symbolizer, {kFull, build_id_of(kFull)}, addresses) ==
          without_cache(kFull, addresses));
    CHECK(symbolizer.cache_problem().starts_with("cannot write " + folder));
  }
  CHECK(read_bytes(place / "file") == "mine");
}

TEST_CASE("a folder of another user is not used") {
  if (geteuid() != 0) {
    WARN("not root; not tried");
    return;
  }
  const Scratch place;
  const std::string folder = place / "theirs";
  fs::create_directory(folder);
  FrameCache cache(folder);
  cache.store("12345678", table_of(3));
  REQUIRE(cache.load("12345678"));
  REQUIRE(chown(folder.c_str(), 12345, 12345) == 0);
  CHECK_FALSE(cache.load("12345678"));
  cache.store("87654321", table_of(3));
  CHECK(cache.problem() != "");
}

TEST_CASE("files left by a process that died go, those being written stay") {
  const Scratch folder;
  write_bytes(folder / ".writing.abcdef", "old");
  write_bytes(folder / ".writing.ghijkl", "new");
  write_bytes(folder / "other", "not ours");
  const struct utimbuf old = {1000, 1000};
  REQUIRE(utime((folder / ".writing.abcdef").c_str(), &old) == 0);
  FrameCache(folder.path()).store("12345678", table_of(3));
  CHECK_FALSE(fs::exists(folder / ".writing.abcdef"));
  CHECK(fs::exists(folder / ".writing.ghijkl"));
  CHECK(fs::exists(folder / "other"));
}

TEST_CASE("several that write the same file at once leave a whole one at any moment") {
  const Scratch folder;
  std::vector<std::thread> writers;
  for (size_t i = 0; i < 3; ++i) {
    writers.emplace_back([&folder, i] {
      FrameCache cache(folder.path());
      for (int round = 0; round < 60; ++round) cache.store("12345678", table_of(100 + 100 * i));
    });
  }
  FrameCache reader(folder.path());
  size_t damaged = 0;
  for (int round = 0; round < 300; ++round) {
    const auto table = reader.load("12345678");
    if (table && *table != table_of(table->frames.size())) ++damaged;
    if (!table && fs::exists(folder / "3132333435363738.frames") && !reader.load("12345678")) {
      ++damaged;
    }
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(damaged == 0);
  CHECK(reader.load("12345678"));
  CHECK(only_file(folder) == folder / "3132333435363738.frames");
}

TEST_CASE("build-ids that are none do not become names of files") {
  const Scratch folder;
  FrameCache cache(folder.path());
  for (const std::string& id : {std::string(), std::string("ab"), std::string(65, 'x')}) {
    CHECK_FALSE(cache.keeps(id));
    cache.store(id, table_of(1));
  }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("several modules at a time have the frames that each has alone") {
  std::vector<std::string> files;
  for (const char* name : {"gcc_dwarf5", "gcc_dwarf4", "gcc_o0", "gcc_compressed", "symbols_only",
                           "packed", "c_plain", "gcc_split4", "missing", "only.debug"}) {
    files.push_back(kFixtures + "/" + name);
  }
  std::vector<ModuleKey> modules;
  for (const std::string& file : files) modules.push_back({file, ""});
  std::vector<Lookup> lookups;
  const std::vector<uint64_t> addresses = some_of(kFull, 3);
  for (const ModuleKey& module : modules) lookups.push_back({&module, addresses});
  Symbolizer together;
  together.resolve(lookups);
  for (size_t i = 0; i < modules.size(); ++i) {
    INFO(files[i]);
    Symbolizer alone;
    CHECK(lookups[i].frames == look_up(alone, modules[i], addresses));
    CHECK(together.problem(modules[i]) == alone.problem(modules[i]));
  }
}

}  // namespace memprof::symbols
