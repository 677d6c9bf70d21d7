#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A file size limit ends the recording and not the program", "[h57]") {
  Scenario scenario("child", {"LEDGERS", "root", "400000"});
  scenario.command.limits.emplace_back(RLIMIT_FSIZE, rlim_t{700'000});
  check_same(scenario);
  CHECK(scenario.ledger().page().finished == 1);
  check_truncated(scenario.process(), scenario.ledger());
}

TEST_CASE("A file size limit too low for any trace is one line", "[h57]") {
  Scenario scenario("child", {"LEDGERS", "root"});
  scenario.command.limits.emplace_back(RLIMIT_FSIZE, rlim_t{20'000});
  const Result result = run(scenario.command);
  CHECK_FALSE(result.signalled);
  CHECK(result.status == 0);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK(scenario.ledger().page().finished == 1);
}

TEST_CASE("After a failed exec the trace does not grow beyond a limit lowered since", "[h57]") {
  Scenario scenario("h57_lowered", {"LEDGERS"});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
