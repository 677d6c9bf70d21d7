#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Processes that have the same pid have a trace and children of their own", "[h42]") {
  const std::string mode = GENERATE("namespaces", "reused");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h42_same_pid", {mode, test_program("h42_child")});
    if (run(native(scenario.command)).status == 77) {
      WARN("not allowed to make pid namespaces: skipped");
      return;
    }
    check_same(scenario);
    const profile::Run run = profile::open_run(scenario.traces.path());
    // Each allocates a block, the child one as large as its parent's.
    const auto largest = [](const profile::Process& process) {
      uint64_t bytes = 0;
      for (const heap::Site& site : process.heap.sites) {
        bytes = std::max(bytes, site.counts.bytes_allocated);
      }
      return bytes;
    };
    std::set<uint64_t> sizes;
    for (const profile::Process& process : run.processes) {
      if (!process.identity.exe.ends_with("/h42_child")) continue;
      REQUIRE(process.parent != 0);
      const profile::Process& parent = run.by_id(process.parent);
      CHECK(parent.identity.pid == 2);
      CHECK(largest(process) == largest(parent));
      sizes.insert(largest(process));
    }
    CHECK(sizes == std::set<uint64_t>{2003, 4001});
    CHECK(run.not_covered.empty());
  }
}

TEST_CASE("Runs of the same program leave a file each", "[h42]") {
  const TemporaryDirectory traces;
  std::set<uint64_t> ids;
  for (int i = 0; i < 20; ++i) {
    Command command;
    command.argv = {test_program("h42_child")};
    CHECK(run(preloaded(command, library(), traces.path())).status == 0);
  }
  const Recording recording(traces.path());
  for (const Process& process : recording.processes()) {
    ids.insert(process.identity.trace_id);
    CHECK(process.own_counts().bytes_allocated == 1009);
  }
  CHECK(ids.size() == 20);
}

TEST_CASE("A link in the place of a trace file is not followed", "[h42]") {
  const TemporaryDirectory place;
  const std::string victim = place / "victim";
  const std::string content(3'000'000, 'v');
  std::ofstream(victim) << content;
  Scenario scenario("child", {});
  scenario.command.argv = {test_program("h42_symlink"), scenario.traces.path(), victim,
                           scenario.ledgers.path()};
  const Result result = run(scenario.command);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  std::ifstream file(victim);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == content);
  // The trace is where it was moved to, and whole.
  for (const auto& entry : std::filesystem::directory_iterator(scenario.traces.path())) {
    const std::string path = entry.path();
    if (!path.ends_with(".moved")) continue;
    const std::string name = path.substr(0, path.size() - 6);
    std::filesystem::remove(name);
    std::filesystem::rename(path, name);
  }
  check_own_counts(scenario.recording().process("h42_symlink"), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
