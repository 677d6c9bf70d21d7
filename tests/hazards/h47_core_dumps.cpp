#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

/// The size of the core file that a run of `command` leaves in its directory; 0 when it leaves
/// none.
uint64_t core_bytes(const Command& command) {
  const Result result = run(command);
  CHECK(result.out == "0 trace mappings in a core dump\n");
  CHECK(result.signalled);
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(command.directory)) {
    if (entry.path().filename().string().starts_with("core")) bytes = entry.file_size();
    std::filesystem::remove(entry);
  }
  return bytes;
}

TEST_CASE("A core dump holds nothing of the trace, and is about as large as alone", "[h47]") {
  Scenario scenario("h47_mappings", {"LEDGERS"});
  const TemporaryDirectory place;
  scenario.command.directory = place.path();
  scenario.command.limits.emplace_back(RLIMIT_CORE, RLIM_INFINITY);
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
  for (const auto& entry : std::filesystem::directory_iterator(place.path())) {
    std::filesystem::remove(entry);
  }
  const uint64_t alone = core_bytes(native(scenario.command));
  if (alone == 0) {
    WARN("core files are not written into the working directory here: sizes not compared");
    return;
  }
  const uint64_t recorded = core_bytes(scenario.command);
  CHECK(recorded < alone + 2'000'000);
}

}  // namespace
}  // namespace memprof::test
