// Where names may come from, and which files must give none.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/symbolizer.h"
#include "tests/analyzer/symbols/look_up.h"
#include "tests/analyzer/symbols/peer.h"
#include "tests/analyzer/symbols/scratch.h"

namespace fs = std::filesystem;

namespace memprof::symbols {
namespace {

const std::string kFixtures = FIXTURES;
const std::string kFull = kFixtures + "/gcc_dwarf5";

using Stacks = std::vector<std::vector<Frame>>;

std::vector<uint64_t> text_of(const std::string& file) {
  const auto [low, high] = section_range(file, ".text");
  std::vector<uint64_t> addresses;
  for (uint64_t address = low; address < high; ++address) addresses.push_back(address);
  REQUIRE_FALSE(addresses.empty());
  return addresses;
}

std::string nothing(size_t addresses) {
  std::string result;
  while (addresses-- > 0) result += "||0\n";
  return result;
}

bool names(const Stacks& stacks, const std::string& function) {
  return std::any_of(stacks.begin(), stacks.end(), [&](const std::vector<Frame>& frames) {
    return frames.back().function == function;
  });
}

bool any_line(const Stacks& stacks) {
  return std::any_of(stacks.begin(), stacks.end(),
                     [](const std::vector<Frame>& frames) { return frames.back().line > 0; });
}

std::string full_text() {
  Symbolizer symbolizer;
  return text(look_up(symbolizer, {kFull, build_id_of(kFull)}, text_of(kFull)));
}

/// `module` gives what the unstripped program gives.
void check_full(Symbolizer& symbolizer, const ModuleKey& module) {
  CHECK(text(look_up(symbolizer, module, text_of(kFull))) == full_text());
  CHECK(symbolizer.problem(module) == "");
}

/// `module` gives nothing at all, because of `problem`.
void check_nothing(const ModuleKey& module, const std::string& problem) {
  Symbolizer symbolizer;
  const std::vector<uint64_t> addresses = text_of(kFull);
  CHECK(text(look_up(symbolizer, module, addresses)) == nothing(addresses.size()));
  CHECK(symbolizer.problem(module) == problem);
}

}  // namespace

TEST_CASE("frames come in the order of the addresses asked for, again for each repetition") {
  std::vector<uint64_t> addresses = text_of(kFull);
  Symbolizer symbolizer;
  const ModuleKey module{kFull, build_id_of(kFull)};
  Stacks forward = look_up(symbolizer, module, addresses);
  std::reverse(addresses.begin(), addresses.end());
  addresses.push_back(addresses.front());
  Stacks backward = look_up(symbolizer, module, addresses);
  REQUIRE(text({backward.back()}) == text({backward.front()}));
  backward.pop_back();
  std::reverse(backward.begin(), backward.end());
  CHECK(text(forward) == text(backward));
  CHECK(look_up(symbolizer, module, {}).empty());
}

TEST_CASE("names are complete: scope, parameters, unnamed namespaces, inlined callers") {
  Symbolizer symbolizer;
  const ModuleKey module{kFull, build_id_of(kFull)};
  const Stacks stacks = look_up(symbolizer, module, text_of(kFull));
  CHECK(names(stacks, "shapes::(anonymous namespace)::hidden(int, char const*)"));
  CHECK(names(stacks, "shapes::(anonymous namespace)::Local::member(long)"));
  CHECK(names(stacks, "shapes::Box<int>::twice() const"));
  CHECK(names(stacks, "shapes::operator+(shapes::Box<int> const&, shapes::Box<long> const&)"));
  CHECK(names(stacks, "main"));
  CHECK(std::any_of(stacks.begin(), stacks.end(), [](const std::vector<Frame>& frames) {
    return frames.size() == 3 && frames[0].function == "shapes::innermost(int)" &&
           frames[1].function == "shapes::middle(int)" && frames[1].inlined && !frames[2].inlined;
  }));
  CHECK(std::any_of(stacks.begin(), stacks.end(), [](const std::vector<Frame>& frames) {
    return frames.back().file.ends_with("/fixtures/made/other.inc") && frames.back().line >= 1000;
  }));
}

TEST_CASE("functions within C functions have names of their own") {
  Symbolizer symbolizer;
  const std::string file = kFixtures + "/c_plain_o0";
  const Stacks stacks = look_up(symbolizer, {file, ""}, text_of(file));
  for (const char* name : {"plain_outer", "plain_nested", "plain_static", "main"}) {
    CHECK(names(stacks, name));
  }
}

TEST_CASE("a stripped program finds its debug file by build-id") {
  Scratch root;
  const std::string path = build_id_path(root.path(), build_id_of(kFull));
  fs::create_directories(fs::path(path).parent_path());
  fs::copy_file(kFixtures + "/only.debug", path);
  Symbolizer symbolizer({.debug_root = root.path()});
  check_full(symbolizer, {kFixtures + "/stripped", build_id_of(kFull)});
  check_full(symbolizer, {kFixtures + "/stripped", ""});

  SECTION("also when the program itself is gone") {
    check_full(symbolizer, {root / "gone", build_id_of(kFull)});
    check_full(symbolizer, {root / "gone (deleted)", build_id_of(kFull)});
  }
  SECTION("but not one of another build-id put in its place") {
    fs::copy_file(kFixtures + "/gcc_dwarf4", path, fs::copy_options::overwrite_existing);
    Symbolizer other({.debug_root = root.path()});
    const ModuleKey module{kFixtures + "/stripped", ""};
    CHECK_FALSE(any_line(look_up(other, module, text_of(kFull))));
    CHECK(other.problem(module) == "no debug info, no symbols");
  }
}

TEST_CASE("a stripped program finds its debug file by link where the checksum is right") {
  const std::string program = kFixtures + "/gcc_no_build_id";
  const std::vector<uint64_t> addresses = text_of(program);
  Symbolizer plain;
  const std::string expected = text(look_up(plain, {program, ""}, addresses));
  REQUIRE(expected == full_text());

  Scratch directory;
  fs::create_directories(directory / "bin/.debug");
  fs::create_directories(directory / "root" + directory.path() + "/bin");
  fs::copy_file(kFixtures + "/linked", directory / "bin/program");
  const ModuleKey module{directory / "bin/program", ""};
  for (const std::string& place :
       {directory / "bin/linked.debug", directory / "bin/.debug/linked.debug",
        directory / "root" + directory.path() + "/bin/linked.debug"}) {
    INFO(place);
    fs::copy_file(kFixtures + "/linked.debug", place);
    Symbolizer symbolizer({.debug_root = directory / "root"});
    CHECK(text(look_up(symbolizer, module, addresses)) == expected);

    std::string damaged = read_bytes(place);
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    write_bytes(place, damaged);
    Symbolizer wary({.debug_root = directory / "root"});
    CHECK_FALSE(any_line(look_up(wary, module, addresses)));
    fs::remove(place);
  }
}

TEST_CASE("without debug info the symbol table names functions, exported ones at least") {
  Symbolizer symbolizer({.debug_root = "/nonexistent"});
  const std::string symbols_only = kFixtures + "/symbols_only";
  Stacks stacks = look_up(symbolizer, {symbols_only, ""}, text_of(symbols_only));
  CHECK(names(stacks, "shapes::(anonymous namespace)::hidden(int, char const*)"));
  CHECK(names(stacks, "main"));
  CHECK_FALSE(any_line(stacks));
  CHECK(symbolizer.problem({symbols_only, ""}) == "no debug info");

  const std::string exported = kFixtures + "/exported_only.so";
  stacks = look_up(symbolizer, {exported, ""}, text_of(exported));
  CHECK(names(stacks, "shapes::branches(int)"));
  CHECK_FALSE(names(stacks, "shapes::(anonymous namespace)::hidden(int, char const*)"));
  CHECK(symbolizer.problem({exported, ""}) == "no debug info, only exported symbols");
}

TEST_CASE("functions packed in .gnu_debugdata are named as by the table that was packed") {
  Symbolizer symbolizer({.debug_root = "/nonexistent"});
  const ModuleKey packed{kFixtures + "/packed", build_id_of(kFull)};
  const ModuleKey table{kFixtures + "/symbols_only", build_id_of(kFull)};
  CHECK(text(look_up(symbolizer, packed, text_of(kFull))) ==
        text(look_up(symbolizer, table, text_of(kFull))));
  CHECK(symbolizer.problem(packed) == "no debug info");

  Scratch directory;  // cut or damaged packing gives no names and no harm
  const std::string whole = read_bytes(kFixtures + "/packed");
  const size_t at = whole.find(
      "\xfd"
      "7zXZ");
  REQUIRE(at != std::string::npos);
  for (size_t i = 0; i < 64; ++i) {
    std::string damaged = whole;
    damaged[at + i * 7] = static_cast<char>(damaged[at + i * 7] ^ 0x55);
    write_bytes(directory / "damaged", damaged);
    Symbolizer wary({.debug_root = "/nonexistent"});
    CHECK(look_up(wary, {directory / "damaged", ""}, {0x1234}).size() == 1);
  }
}

TEST_CASE("the C library is named by its exported symbols when its debug package is missing") {
  const std::string libc = "/lib/x86_64-linux-gnu/libc.so.6";
  if (!fs::exists(libc)) {
    WARN(libc << " is not here; not tried");
    return;
  }
  Symbolizer symbolizer({.debug_root = "/nonexistent"});
  CHECK(names(look_up(symbolizer, {libc, ""}, text_of(libc)), "malloc"));
}

TEST_CASE("a file of another build-id gives no names") {
  std::string other = build_id_of(kFull);
  other.back() = static_cast<char>(other.back() ^ 1);
  check_nothing({kFull, other}, "build-id differs from the recorded one");
  check_nothing({kFixtures + "/gcc_no_build_id", other}, "build-id differs from the recorded one");
}

TEST_CASE("what is no file gives no names and never blocks") {
  Scratch directory;
  REQUIRE(mkfifo((directory / "fifo").c_str(), 0600) == 0);
  write_bytes(directory / "empty", "");
  write_bytes(directory / "text", "#!/bin/sh\nexit 0\n");
  fs::create_symlink(directory / "loop", directory / "loop");
  check_nothing({directory / "fifo", ""}, "not a regular file");
  check_nothing({directory.path(), ""}, "not a regular file");
  check_nothing({"/dev/zero", ""}, "not a regular file");
  check_nothing({"/dev/tty", ""}, Symbolizer().problem({"/dev/tty", ""}));
  check_nothing({directory / "empty", ""}, "not an ELF file");
  check_nothing({directory / "text", ""}, "not an ELF file");
  check_nothing({directory / "missing", ""}, "file not found");
  check_nothing({directory / "text" + "/under", ""}, "file not found");
  check_nothing({directory / "loop", ""}, Symbolizer().problem({directory / "loop", ""}));
  check_nothing({std::string("/bin/true\0.so", 13), ""}, "file not found");
  for (const char* name : {"", "[vdso]", "linux-vdso.so.1", "relative/path.so", "[heap]"}) {
    check_nothing({name, ""}, "not a file");
  }
}

TEST_CASE("a huge sparse file is dealt with at once") {
  Scratch directory;
  for (const uintmax_t size : {uintmax_t{1} << 30, uintmax_t{1} << 40}) {
    write_bytes(directory / "sparse", read_bytes(kFull).substr(0, 64));
    fs::resize_file(directory / "sparse", size);
    Symbolizer symbolizer;
    CHECK(text(look_up(symbolizer, {directory / "sparse", ""}, {0x1234})) == nothing(1));
    CHECK(symbolizer.problem({directory / "sparse", ""}) != "");
  }
}

TEST_CASE("a deleted file is named only by what provably is the same") {
  Scratch directory;
  check_nothing({directory / "gone (deleted)", "12345678901234567890"}, "file deleted");
  fs::copy_file(kFull, directory / "program");
  check_nothing({directory / "program (deleted)", ""}, "file deleted");
  check_nothing({directory / "program (deleted)", "12345678901234567890"}, "file deleted");
  Symbolizer symbolizer;
  check_full(symbolizer, {directory / "program (deleted)", build_id_of(kFull)});
  fs::rename(directory / "program", directory / "odd (deleted)");
  check_full(symbolizer, {directory / "odd (deleted)", ""});
}

TEST_CASE("more modules than descriptors can be read at a time") {
  Scratch directory;
  struct rlimit before = {};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  struct rlimit few = before;
  few.rlim_cur = 32;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  Symbolizer symbolizer;
  std::string last;
  for (int i = 0; i < 64; ++i) {
    const std::string path = directory / std::to_string(i);
    fs::create_symlink(i % 2 == 0 ? kFull : kFixtures + "/symbols_only", path);
    last = symbolizer.problem({path, ""});
    if (i % 2 == 0) CHECK(last == "");
  }
  CHECK(last == "no debug info");
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("no debug info server is asked, even where the environment names one") {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(server, 8) == 0);
  REQUIRE(getsockname(server, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  setenv("DEBUGINFOD_URLS", url.c_str(), 1);
  setenv("DEBUGINFOD_TIMEOUT", "2", 1);
  Symbolizer symbolizer({.debug_root = "/nonexistent"});
  for (const char* name : {"/stripped", "/symbols_only", "/gcc_dwarf5", "/missing"}) {
    look_up(symbolizer, {kFixtures + name, build_id_of(kFull)}, {0x1234});
  }
  pollfd waiting = {server, POLLIN, 0};
  CHECK(poll(&waiting, 1, 0) == 0);
  unsetenv("DEBUGINFOD_URLS");
  unsetenv("DEBUGINFOD_TIMEOUT");
  close(server);
}

}  // namespace memprof::symbols
