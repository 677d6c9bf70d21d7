#include <catch2/catch.hpp>
#include <sstream>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

void check_small_stack(const char* mode, const std::string& bytes) {
  DYNAMIC_SECTION(mode << " on " << bytes << " bytes") {
    Scenario scenario("h25_small_stacks", {mode, "LEDGERS", bytes});
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger());
  }
}

TEST_CASE("Coroutines on 2, 4 and 8 KiB of stack allocate as they do alone", "[h25]") {
  // 2 KiB end at the end of a page, the hole behind them.
  const char* const bytes = GENERATE("2048", "4096", "8192");
  check_small_stack("coroutine", bytes);
  check_small_stack("thread_coroutine", bytes);
}

TEST_CASE("Handlers on small signal stacks allocate as they do alone", "[h25]") {
  // What the kernel writes there varies with the processor and may be most of it: 2 KiB besides,
  // and SIGSTKSZ as it always was.
  const char* const bytes = GENERATE("+2048", "8192");
  check_small_stack("handler", bytes);
  check_small_stack("thread_handler", bytes);
}

TEST_CASE("The process's very first allocation may be made on a small stack", "[h25]") {
  check_small_stack("first_of_all", "8192");
}

TEST_CASE("Threads with the smallest stacks there are can be recorded", "[h25]") {
  Scenario scenario("threads", {"small_stacks", "LEDGERS", "20"});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("Recording takes less than two KiB of stack", "[h25]") {
  constexpr long kMaxStackBytes = 2048;
  Scenario scenario("stack_use", {});
  std::istringstream before(run(native(scenario.command)).out);
  std::istringstream after(scenario.run().out);
  unsigned lines = 0;
  std::string function;
  std::string same_function;
  long first_before = 0;
  long later_before = 0;  // A few hundred bytes.
  long first = 0;
  long later = 0;
  while (before >> function >> first_before >> later_before) {
    REQUIRE(after >> same_function >> first >> later);
    REQUIRE(function == same_function);
    INFO(function);
    CHECK(first - first_before < kMaxStackBytes);
    CHECK(later < kMaxStackBytes);  // With what the C library's own function takes.
    ++lines;
  }
  CHECK(lines == 4);
}

}  // namespace
}  // namespace memprof::test
