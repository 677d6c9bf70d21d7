#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A library with a C library of its own works, and its blocks are not ours", "[h65]") {
  Scenario scenario("h65_namespaces", {"LEDGERS", test_program("libh65_other.so")});
  check_same(scenario);
  const Process& process = scenario.process();
  check_own_counts(process, scenario.ledger());
  CHECK(process.heap.totals.foreign_frees == 0);
  for (const heap::Site& site : process.heap.sites) {
    CHECK(process.module_name(process.frames(site).front()) != "libh65_other.so");
  }
}

TEST_CASE("A library that audits the loader works beside ours", "[h65]") {
  Scenario scenario("child", {"LEDGERS", "root"});
  scenario.command.with("LD_AUDIT", test_program("libh65_audit.so"));
  if (GENERATE(false, true)) scenario.command.with("LD_BIND_NOW", "1");
  REQUIRE(run(native(scenario.command)).out == "audited\n");
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
