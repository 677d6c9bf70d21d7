#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

constexpr char kProgram[] = "h51_musl";

/// musl-gcc is not on every machine.
bool is_built() {
  if (access(test_program(kProgram).c_str(), X_OK) == 0) return true;
  WARN("no musl-gcc here: programs of musl are not tested");
  return false;
}

struct Account {
  unsigned long made = 0;
  unsigned long freed = 0;
  unsigned long bytes = 0;
};

/// What the program says of itself, in its last line.
Account account_of(const std::string& out) {
  Account account;
  const size_t end = out.find_last_not_of('\n');
  const size_t begin = out.rfind('\n', end);
  const std::string line = out.substr(begin == std::string::npos ? 0 : begin + 1);
  REQUIRE(std::sscanf(line.c_str(), "%lu %lu %lu", &account.made, &account.freed, &account.bytes) ==
          3);
  REQUIRE(account.made > 1000);
  return account;
}

void check_account(const Process& process, const Account& account) {
  const heap::Totals& totals = process.heap.totals;
  CHECK(totals.allocations == account.made);
  CHECK(totals.frees == account.freed);
  CHECK(totals.bytes_allocated == account.bytes);
  CHECK(totals.live_bytes == 77);
  CHECK(process.heap.health.lost_events == 0);
  CHECK(process.heap.health.damaged_bytes == 0);
  CHECK(process.sums_agree());
}

TEST_CASE("A program of musl runs as it does alone and is recorded to the byte", "[h51]") {
  if (!is_built()) return;
  Scenario scenario(kProgram, {"work"});
  check_same(scenario);
  const Process& process = scenario.process();
  check_account(process, account_of(run(native(scenario.command)).out));
  CHECK(process.heap.end == heap::End::kExit);
  // musl does not tell where unwind tables are: each stack is its innermost frame, and says so.
  CHECK(process.heap.health.cut_stacks == process.heap.totals.allocations);
}

TEST_CASE("The report says what is not known of a program of musl", "[h51]") {
  if (!is_built()) return;
  Scenario scenario(kProgram, {"exec", test_program("child"), "LEDGERS", "next"});
  scenario.run();
  CHECK(scenario.process().identity.argv.empty());
  const profile::Run run = profile::open_run(scenario.traces.path());
  REQUIRE(run.partly_covered.size() == 1);
  CHECK(run.partly_covered[0].exe == test_program(kProgram));
  CHECK(run.partly_covered[0].reason.find("musl") != std::string::npos);
  CHECK(run.partly_covered[0].processes == 1);
}

TEST_CASE("A program of musl may fork; its child has a trace of its own", "[h51]") {
  if (!is_built()) return;
  Scenario scenario(kProgram, {"fork"});
  check_same(scenario);
  check_account(scenario.process(), account_of(run(native(scenario.command)).out));
  REQUIRE(scenario.recording().processes().size() == 2);
  for (const Process& process : scenario.recording().processes()) {
    if (process.identity.trace_id == scenario.process().identity.trace_id) continue;
    CHECK(process.identity.parent_id == scenario.process().identity.trace_id);
    CHECK(process.heap.totals.allocations == 50 * (61 + 30));
    CHECK(process.heap.totals.live_blocks == 0);
    CHECK(process.heap.totals.inherited_blocks == 1);
  }
}

TEST_CASE("What a program of musl starts is recorded, whatever environment it hands on", "[h51]") {
  if (!is_built()) return;
  Scenario scenario(kProgram, {"exec", test_program("child"), "LEDGERS", "next"});
  CHECK(scenario.run().status == 0);
  const LedgerReader next = scenario.ledger("next");
  const Process& after = scenario.process_of(next, "child");
  check_totals(after, next);
  CHECK(scenario.process().heap.end == heap::End::kExec);
}

TEST_CASE("A program of musl starts from one of glibc and is recorded", "[h51]") {
  if (!is_built()) return;
  Scenario scenario("endings", {"exec", "LEDGERS", test_program(kProgram)});
  const Result result = scenario.run();
  CHECK(result.err.empty());
  CHECK(result.status == 3);
  check_account(scenario.recording().process(kProgram), account_of(result.out));
}

}  // namespace
}  // namespace memprof::test
