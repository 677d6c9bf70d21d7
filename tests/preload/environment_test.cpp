#include "preload/environment.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "preload/process.h"

// What environment.cpp asks of the process that it is part of.
namespace memprof {

uint64_t trace_id() {
  return 0xabc;
}

uint32_t recording_pid() {
  return 77;
}

}  // namespace memprof

namespace memprof::test {
namespace {

using Strings = std::vector<std::string>;

// Both have to exist.
const std::string kLibrary = "/proc/self/exe";
const std::string kOut = "/tmp";

/// A null-terminated array of pointers into `strings`, which must live as long.
std::vector<const char*> pointers_to(const Strings& strings) {
  std::vector<const char*> pointers;
  for (const std::string& text : strings) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

Settings read(const Strings& environment) {
  return read_settings(pointers_to(environment).data());
}

/// What children are told by a root that was itself started with `environment`.
void start_with(const Strings& environment, bool follow = true,
                const std::string& library = kLibrary, const std::string& out = kOut) {
  set_child_environment(pointers_to(environment).data(), out.c_str(), library.c_str(), 0x12,
                        follow);
}

Strings build(ChildEnvironment& child) {
  // Of the exact size, so that a sanitizer sees a write beyond.
  void* memory = malloc(child.bytes());
  Strings result;
  for (char** variable = child.build(memory); *variable != nullptr; ++variable) {
    result.emplace_back(*variable);
  }
  free(memory);
  return result;
}

/// The environment that a program gets which is started with `given`.
Strings child_of(const Strings& given) {
  const std::vector<const char*> pointers = pointers_to(given);
  ChildEnvironment child(pointers.data(), 5);
  return child.bytes() == 0 ? given : build(child);
}

std::string value_of(const Strings& environment, const std::string& name) {
  std::string value = "(none)";
  unsigned count = 0;
  for (const std::string& variable : environment) {
    if (variable.rfind(name + "=", 0) != 0) continue;
    value = variable.substr(name.size() + 1);
    ++count;
  }
  CHECK(count <= 1);
  return value;
}

TEST_CASE("Without variables the defaults hold", "[environment]") {
  const Settings settings = read({});
  CHECK(settings.is_root);
  CHECK(settings.follow);
  CHECK(settings.rss);
  CHECK(settings.unwinder == Unwinder::kOwn);
  CHECK(settings.max_bytes == 0);
  CHECK(settings.min_free == UINT64_MAX);
  CHECK(std::string(settings.out) == "");
  CHECK(settings.bad_value == nullptr);
  CHECK(read_settings(nullptr).is_root);
}

TEST_CASE("Each variable is read", "[environment]") {
  const Settings settings = read(
      {"A=1", "MEMPROF_OUT=/x y", "MEMPROF_FOLLOW=0", "MEMPROF_RSS=0", "MEMPROF_ONLY=a*,b",
       "MEMPROF_SKIP=c", "MEMPROF_UNWIND=libunwind", "MEMPROF_MAX_BYTES=3G", "MEMPROF_MIN_FREE=0",
       "MEMPROF_RUN=00000000000000ff", "MEMPROF_PARENT=000000000000abcd:123"});
  CHECK(std::string(settings.out) == "/x y");
  CHECK_FALSE(settings.follow);
  CHECK_FALSE(settings.rss);
  CHECK(std::string(settings.only) == "a*,b");
  CHECK(std::string(settings.skip) == "c");
  CHECK(settings.unwinder == Unwinder::kLibunwind);
  CHECK(settings.max_bytes == uint64_t{3} << 30);
  CHECK(settings.min_free == 0);
  CHECK_FALSE(settings.is_root);
  CHECK(settings.run_id == 0xff);
  CHECK(settings.parent_id == 0xabcd);
  CHECK(settings.parent_pid == 123);
  CHECK(settings.bad_value == nullptr);
}

TEST_CASE("Sizes take units, and what is no size is named and ignored", "[environment]") {
  CHECK(read({"MEMPROF_MAX_BYTES=17"}).max_bytes == 17);
  CHECK(read({"MEMPROF_MAX_BYTES=2K"}).max_bytes == 2048);
  CHECK(read({"MEMPROF_MAX_BYTES=5M"}).max_bytes == 5 << 20);
  CHECK(read({"MEMPROF_MAX_BYTES=1T"}).max_bytes == uint64_t{1} << 40);
  for (const char* bad : {"x", "1Q", "1KB", "-1", " 1", "1 ", "K", "99999999999T", "1.5G"}) {
    INFO(bad);
    const Settings settings = read({std::string("MEMPROF_MAX_BYTES=") + bad});
    CHECK(settings.max_bytes == 0);
    REQUIRE(settings.bad_value != nullptr);
    CHECK(std::string(settings.bad_value).rfind("MEMPROF_MAX_BYTES", 0) == 0);
  }
  CHECK(read({"MEMPROF_MAX_BYTES="}).bad_value == nullptr);
}

TEST_CASE("An empty environment gets the library and what the root was told", "[environment]") {
  start_with({"HOME=/root", "MEMPROF_RSS=0", "MEMPROF_OUT=relative"});
  const Strings child = child_of({});
  CHECK(value_of(child, "LD_PRELOAD") == kLibrary);
  CHECK(value_of(child, "MEMPROF_OUT") == kOut);
  CHECK(value_of(child, "MEMPROF_RSS") == "0");
  CHECK(value_of(child, "MEMPROF_RUN") == "0000000000000012");
  CHECK(value_of(child, "MEMPROF_PARENT") == "0000000000000abc:5");
  CHECK(value_of(child, "HOME") == "(none)");
  const Settings settings = read(child);
  CHECK(settings.run_id == 0x12);
  CHECK(settings.parent_id == 0xabc);
  CHECK(settings.parent_pid == 5);
}

TEST_CASE("The caller's own variables stay as they are, in their order", "[environment]") {
  start_with({});
  const Strings given = {"B=2", "", "A", "=x", "A=1", "A=2", "LD_PRELOADX=1", "MEMPROFX=1"};
  Strings child = child_of(given);
  REQUIRE(child.size() > given.size());
  CHECK(Strings(child.begin(), child.begin() + static_cast<ptrdiff_t>(given.size())) == given);
}

TEST_CASE("Other preloaded libraries stay, in their order", "[environment]") {
  start_with({});
  CHECK(value_of(child_of({"LD_PRELOAD=liba.so:/b/libb.so"}), "LD_PRELOAD") ==
        kLibrary + ":liba.so:/b/libb.so");
  CHECK(value_of(child_of({"LD_PRELOAD=liba.so /b/libb.so"}), "LD_PRELOAD") ==
        kLibrary + ":liba.so:/b/libb.so");
  CHECK(value_of(child_of({"LD_PRELOAD=liba.so:/x/libmemprof.so:libb.so"}), "LD_PRELOAD") ==
        "liba.so:/x/libmemprof.so:libb.so");
  CHECK(value_of(child_of({"LD_PRELOAD=./libmemprof.so"}), "LD_PRELOAD") == kLibrary);
  CHECK(value_of(child_of({"LD_PRELOAD=/x/notlibmemprof.so"}), "LD_PRELOAD") ==
        kLibrary + ":/x/notlibmemprof.so");
  CHECK(value_of(child_of({"LD_PRELOAD="}), "LD_PRELOAD") == kLibrary);
}

TEST_CASE(
    "Without following, children are started without the library and with nothing else changed",
    "[environment]") {
  start_with({"MEMPROF_FOLLOW=0"}, /*follow=*/false);
  CHECK(value_of(child_of({"LD_PRELOAD=/x/libmemprof.so", "A=1"}), "LD_PRELOAD") == "(none)");
  CHECK(value_of(child_of({"LD_PRELOAD=liba.so:/x/libmemprof.so"}), "LD_PRELOAD") == "liba.so");
  CHECK(value_of(child_of({"A=1"}), "LD_PRELOAD") == "(none)");
  CHECK(value_of(child_of({"A=1"}), "A") == "1");
}

TEST_CASE("Where the library cannot be reached, the loader is not told to look for it",
          "[environment]") {
  start_with({}, /*follow=*/true, "/nonexistent/libmemprof.so");
  const Strings given = {"LD_PRELOAD=/nonexistent/libmemprof.so:liba.so"};
  const std::vector<const char*> pointers = pointers_to(given);
  ChildEnvironment child(pointers.data(), 5);
  CHECK(child.without_us() == format::kExecUnfollowed);
  CHECK(value_of(child_of(given), "LD_PRELOAD") == "liba.so");
  CHECK(value_of(child_of({}), "LD_PRELOAD") == "(none)");
}

TEST_CASE("Where no trace can be written, the loader is not told to look for the library",
          "[environment]") {
  start_with({}, /*follow=*/true, kLibrary, "/nonexistent/out");
  const Strings given = {"LD_PRELOAD=/x/libmemprof.so:liba.so"};
  const std::vector<const char*> pointers = pointers_to(given);
  ChildEnvironment child(pointers.data(), 5);
  CHECK(child.without_us() == format::kExecUnfollowed);
  CHECK(value_of(child_of(given), "LD_PRELOAD") == "liba.so");
}

TEST_CASE("A caller that has set up a run of its own is left alone", "[environment]") {
  start_with({});
  const Strings given = {"MEMPROF_OUT=/another/place", "LD_PRELOAD=/x/libmemprof.so"};
  CHECK(child_of(given) == given);
}

TEST_CASE("A parent's name in the environment is replaced, not added to", "[environment]") {
  start_with({});
  const Strings once = child_of({"A=1"});
  const Strings twice = child_of(once);
  CHECK(twice.size() == once.size());
  CHECK(value_of(twice, "MEMPROF_PARENT") == "0000000000000abc:5");
}

TEST_CASE("Large environments are built whole", "[environment]") {
  start_with({});
  Strings given;
  for (int i = 0; i < 5000; ++i)
    given.push_back("V" + std::to_string(i) + "=" + std::string(50, 'x'));
  std::string list = "LD_PRELOAD=";
  for (int i = 0; i < 500; ++i) list += "lib" + std::to_string(i) + ".so:./libmemprof.so ";
  given.push_back(list);
  const Strings child = child_of(given);
  for (size_t i = 0; i < 5000; ++i) CHECK(child[i] == given[i]);
  const std::string built = value_of(child, "LD_PRELOAD");
  CHECK(built.rfind("lib499.so:" + kLibrary) != std::string::npos);
}

}  // namespace
}  // namespace memprof::test
