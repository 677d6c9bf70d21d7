#include <catch2/catch.hpp>
#include <set>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Processes with the same pid in several namespaces have a trace each", "[h42]") {
  Scenario scenario("h42_same_pid", {test_program("h42_child")});
  if (run(native(scenario.command)).status == 77) {
    WARN("not allowed to make pid namespaces: skipped");
    return;
  }
  check_same(scenario);
  std::set<uint64_t> ids;
  const Process& root = scenario.process();
  for (const Process& process : scenario.recording().processes()) {
    if (process.exe_name() != "h42_child") continue;
    CHECK(process.identity.pid == 2);
    CHECK(process.own_counts().bytes_allocated == 1009);
    ids.insert(process.identity.trace_id);
    CHECK(process.identity.run_id == root.identity.run_id);
  }
  CHECK(ids.size() == 2);
}

TEST_CASE("Runs of the same program leave a file each", "[h42]") {
  const TemporaryDirectory traces;
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i) {
    Command command;
    command.argv = {test_program("h42_child")};
    CHECK(run(preloaded(command, library(), traces.path())).status == 0);
  }
  const Recording recording(traces.path());
  for (const Process& process : recording.processes()) {
    names.insert(std::to_string(process.identity.trace_id));
    CHECK(process.own_counts().bytes_allocated == 1009);
  }
  CHECK(names.size() == 20);
}

}  // namespace
}  // namespace memprof::test
