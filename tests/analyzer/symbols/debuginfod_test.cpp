// Debug info from a server: when asked for, and not otherwise.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/symbols/build_id.h"
#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/symbolizer.h"
#include "tests/analyzer/symbols/file_server.h"
#include "tests/analyzer/symbols/look_up.h"
#include "tests/analyzer/symbols/peer.h"
#include "tests/analyzer/symbols/scratch.h"

namespace memprof::symbols {
namespace {

const std::string kFixtures = FIXTURES;
const std::string kFull = kFixtures + "/gcc_dwarf5";

using Files = std::map<std::string, std::string>;

std::string place_of(const std::string& build_id) {
  return "/buildid/" + hex(build_id) + "/debuginfo";
}

/// The client's environment; as it was before at the end.
class Client {
 public:
  explicit Client(const std::string& urls) {
    setenv("DEBUGINFOD_URLS", urls.c_str(), 1);
    setenv("DEBUGINFOD_CACHE_PATH", downloads_.path().c_str(), 1);
    setenv("DEBUGINFOD_TIMEOUT", "5", 1);
    unsetenv("http_proxy");
  }
  ~Client() {
    for (const char* name : {"DEBUGINFOD_URLS", "DEBUGINFOD_CACHE_PATH", "DEBUGINFOD_TIMEOUT"}) {
      unsetenv(name);
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

 private:
  const Scratch downloads_;
};

SymbolOptions asking() {
  return {.debug_root = "/nonexistent", .debuginfod = true};
}

std::vector<uint64_t> addresses() {
  const auto [low, high] = section_range(kFull, ".text");
  std::vector<uint64_t> result;
  for (uint64_t address = low; address < high; address += 5) result.push_back(address);
  return result;
}

std::vector<std::vector<Frame>> expected() {
  Symbolizer symbolizer;
  return look_up(symbolizer, {kFull, build_id_of(kFull)}, addresses());
}

}  // namespace

TEST_CASE("a stripped program, or one that is gone, is named by the server's debug file") {
  FileServer server(Files{{place_of(build_id_of(kFull)), read_bytes(kFixtures + "/only.debug")}});
  const Client client(server.url());
  Symbolizer symbolizer(asking());
  const ModuleKey stripped{kFixtures + "/stripped", build_id_of(kFull)};
  CHECK(look_up(symbolizer, stripped, addresses()) == expected());
  CHECK(symbolizer.problem(stripped) == "");
  CHECK(server.requests() == 1);
  const ModuleKey gone{"/nonexistent/program", build_id_of(kFull)};
  CHECK(look_up(symbolizer, gone, addresses()) == expected());
  CHECK(server.requests() == 1);  // the client keeps what it has downloaded
}

TEST_CASE("what is there with its debug info is not asked for") {
  FileServer server(Files{});
  const Client client(server.url());
  Symbolizer symbolizer(asking());
  look_up(symbolizer, {kFull, build_id_of(kFull)}, addresses());
  look_up(symbolizer, {"/nonexistent/without-build-id", ""}, {0x1234});
  CHECK(server.requests() == 0);
}

TEST_CASE("without the option no server is asked") {
  FileServer server(Files{{place_of(build_id_of(kFull)), read_bytes(kFixtures + "/only.debug")}});
  const Client client(server.url());
  Symbolizer symbolizer({.debug_root = "/nonexistent"});
  for (const char* name : {"/stripped", "/symbols_only", "/gcc_dwarf5", "/missing", "/dwz_a"}) {
    look_up(symbolizer, {kFixtures + name, build_id_of(kFull)}, {0x1234});
  }
  CHECK(server.requests() == 0);
}

TEST_CASE("a server that has nothing, or something else, is named with the module") {
  FileServer server(Files{
      {place_of(build_id_of(kFixtures + "/gcc_dwarf4")), read_bytes(kFixtures + "/only.debug")}});
  const Client client(server.url());
  Symbolizer symbolizer(asking());
  const ModuleKey stripped{kFixtures + "/stripped", build_id_of(kFull)};
  CHECK(look_up(symbolizer, stripped, {0x1234}).at(0).size() == 1);
  CHECK(symbolizer.problem(stripped) == "no debug info, no symbols; debuginfod: no server has it");
  const ModuleKey other{"/nonexistent/program", build_id_of(kFixtures + "/gcc_dwarf4")};
  CHECK(look_up(symbolizer, other, {0x1234}).at(0).at(0).function == "");
  CHECK(symbolizer.problem(other) ==
        "file not found; debuginfod: what the server gave is another file");
}

TEST_CASE("a server that does not answer costs its names alone") {
  const Client client("http://127.0.0.1:1");
  Symbolizer symbolizer(asking());
  const ModuleKey stripped{kFixtures + "/stripped", build_id_of(kFull)};
  CHECK(look_up(symbolizer, stripped, {0x1234}).at(0).size() == 1);
  CHECK(symbolizer.problem(stripped).starts_with("no debug info, no symbols; debuginfod: "));
}

TEST_CASE("to ask for servers where none is named is an error") {
  unsetenv("DEBUGINFOD_URLS");
  CHECK_THROWS_AS(Symbolizer(asking()), Error);
  setenv("DEBUGINFOD_URLS", "", 1);
  CHECK_THROWS_WITH(Symbolizer(asking()), "debuginfod: DEBUGINFOD_URLS names no server");
  unsetenv("DEBUGINFOD_URLS");
}

TEST_CASE(
    "names that two debug files share are found in the file beside them, a root or a server") {
  const std::string shared = kFixtures + "/dwz_shared";
  for (const auto& [name, original] :
       {std::pair("/dwz_a", "/gcc_dwarf4"), std::pair("/dwz_b", "/gcc_o0_dwarf4")}) {
    const std::string file = kFixtures + name;
    const std::string before = kFixtures + original;
    const auto [low, high] = section_range(before, ".text");
    std::vector<uint64_t> offsets;
    for (uint64_t address = low; address < high; address += 3) offsets.push_back(address);
    Symbolizer whole;
    const std::string wanted = text(look_up(whole, {before, build_id_of(before)}, offsets));
    Symbolizer beside;
    CHECK(text(look_up(beside, {file, build_id_of(file)}, offsets)) == wanted);
    CHECK(beside.problem({file, build_id_of(file)}) == "");

    const Scratch place;
    const ModuleKey moved{place / "program", build_id_of(file)};
    write_bytes(moved.path, read_bytes(file));
    Symbolizer without({.debug_root = "/nonexistent"});
    CHECK(text(look_up(without, moved, offsets)) != wanted);
    CHECK(without.problem(moved) ==
          "the file its debug info shares names with is missing or another");

    const std::string stored = build_id_path(place.path(), build_id_of(shared));
    std::filesystem::create_directories(std::filesystem::path(stored).parent_path());
    write_bytes(stored, read_bytes(shared));
    Symbolizer rooted({.debug_root = place.path()});
    CHECK(text(look_up(rooted, moved, offsets)) == wanted);

    FileServer server(Files{{place_of(build_id_of(shared)), read_bytes(shared)}});
    const Client client(server.url());
    Symbolizer asked(asking());
    CHECK(text(look_up(asked, moved, offsets)) == wanted);
  }
}

}  // namespace memprof::symbols
