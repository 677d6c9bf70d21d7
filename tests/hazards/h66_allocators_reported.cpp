#include <catch2/catch.hpp>
#include <filesystem>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

/// Runs it both ways and returns why it is only partly covered; "" when it is wholly.
std::string reason(Scenario& scenario) {
  check_same(scenario);
  const profile::Run run = profile::open_run(scenario.traces.path());
  CHECK(run.not_covered.empty());
  REQUIRE(run.partly_covered.size() <= 1);
  if (run.partly_covered.empty()) return "";
  CHECK(run.partly_covered[0].exe == scenario.command.argv[0]);
  return run.partly_covered[0].reason;
}

std::string reason(const std::string& program) {
  Scenario scenario(program, {});
  return reason(scenario);
}

TEST_CASE("A program with the C library's malloc is wholly covered", "[h66]") {
  CHECK(reason("h66_plain") == "");
  CHECK(reason("h66_fixed") == "");
}

TEST_CASE("A program's own operator new that calls malloc misses nothing", "[h66]") {
  Scenario scenario("h66_own_new", {});
  CHECK(reason(scenario) == "");
  CHECK(scenario.process().heap.totals.allocations == 2);
  CHECK(scenario.process().heap.totals.bytes_allocated == 1009 + 1013);
}

TEST_CASE("An allocator in the executable is reported", "[h66]") {
  CHECK(reason("h66_own_malloc") == "malloc is that of the executable itself");
}

TEST_CASE("An operator new that does not come to malloc is reported", "[h66]") {
  Scenario scenario("h66_linked", {});
  CHECK(reason(scenario) == "operator new is that of libh66_allocator.so");
  CHECK(scenario.process().heap.totals.bytes_allocated == 1009);
}

TEST_CASE("An allocator preloaded before us is reported", "[h66]") {
  Scenario scenario("h66_plain", {});
  preload_also(scenario.command, test_program("libh66_allocator.so"), /*before=*/true);
  CHECK(reason(scenario) == "malloc is that of libh66_allocator.so");
}

TEST_CASE("An allocator preloaded after us is the one that is recorded", "[h66]") {
  Scenario scenario("h66_plain", {});
  preload_also(scenario.command, test_program("libh66_allocator.so"), /*before=*/false);
  CHECK(reason(scenario) == "operator new is that of libh66_allocator.so");
  CHECK(scenario.process().own_counts().bytes_allocated == 1009);
}

TEST_CASE("A library with an allocator of its own works beside ours", "[h66]") {
  Scenario scenario("h66_deep", {"LEDGERS", test_program("libh66_deep_library.so")});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("Of a program linked to another allocator all that comes to malloc is recorded",
          "[h66]") {
  const char* const allocator =
      GENERATE("jemalloc.so.2", "tcmalloc_minimal.so.4", "mimalloc.so.2.0");
  DYNAMIC_SECTION(allocator) {
    const std::string program = std::string("h66_with_") + allocator;
    if (!std::filesystem::exists(test_program(program))) {
      WARN("not installed: skipped");
      return;
    }
    Scenario scenario(program, {"LEDGERS"});
    const std::string name = std::string(allocator).substr(0, std::string(allocator).find('.'));
    CHECK(reason(scenario).starts_with("operator new is that of lib" + name + ".so."));
    check_own_counts(scenario.process(), scenario.ledger());
  }
}

TEST_CASE("An allocator under a prefix in the executable is reported", "[h66]") {
  Scenario scenario("h66_prefixed", {"LEDGERS"});
  CHECK(reason(scenario) == "_rjem_malloc is that of the executable itself");
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
