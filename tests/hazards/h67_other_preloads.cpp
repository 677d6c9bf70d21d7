#include <filesystem>

#include <catch2/catch.hpp>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Other preloaded libraries work before and after ours", "[h67]") {
  const char* const name =
      GENERATE("libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2.0",
               "libeatmydata.so", "libfakeroot/libfakeroot-sysv.so", "faketime/libfaketime.so.1");
  const bool before = GENERATE(true, false);
  DYNAMIC_SECTION(name << (before ? " before" : " after")) {
    const std::string other = std::string("/usr/lib/x86_64-linux-gnu/") + name;
    if (!std::filesystem::exists(other)) {
      WARN("not installed: skipped");
      return;
    }
    Scenario scenario("child", {"LEDGERS", "root"});
    preload_also(scenario.command, other, before);
    check_same(scenario);
    const bool allocator = std::string(name).find("malloc") != std::string::npos;
    if (!allocator || !before) {
      check_own_counts(scenario.process(), scenario.ledger());
    } else {
      // In front of us an allocator takes all calls.
      const profile::Run run = profile::open_run(scenario.traces.path());
      REQUIRE(run.partly_covered.size() == 1);
      CHECK(run.partly_covered[0].reason == std::string("malloc is that of ") + name);
    }
  }
}

TEST_CASE("A program with an address sanitizer behaves as with any other preloaded library",
          "[h67]") {
  if (!std::filesystem::exists(test_program("h67_sanitized"))) {
    WARN("no sanitizer here: skipped");
    return;
  }
  Scenario scenario("h67_sanitized", {"LEDGERS"});
  scenario.command.with("ASAN_OPTIONS", "detect_leaks=0");
  const std::string mode = GENERATE("plain", "told");
  Command with_other = native(scenario.command);
  with_other.with("LD_PRELOAD", test_program("libh02_wrapper.so"));
  if (mode == "told") {
    // The sanitizer first, by its own library's path, is the order that works.
    for (Command* command : {&scenario.command, &with_other}) {
      for (auto& [name, value] : command->environment) {
        if (name == "LD_PRELOAD") value = std::string(MEMPROF_LIBASAN) + ":" + value;
      }
    }
  }
  const Result expected = run(with_other);
  const Result actual = run(scenario.command);
  CHECK(actual.status == expected.status);
  CHECK(actual.signalled == expected.signalled);
  CHECK((actual.err == "") == (expected.err == ""));
  if (mode == "told") CHECK(actual.status == 0);
}

}  // namespace
}  // namespace memprof::test
