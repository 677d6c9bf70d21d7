#include "tests/walkers/compared_run.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/recording.h"

namespace memprof::test {
namespace {

/// What opening the other unwinders has allocated shows that they were opened.
bool has_opened_others(const Process& process) {
  for (const heap::Site& site : process.heap.sites) {
    for (const heap::Location& location : process.frames(site)) {
      if (location.address != 0 && process.module_name(location) == "libmemprof.so") return true;
    }
  }
  return false;
}

}  // namespace

uint64_t walk_stacks(const Command& command, const std::string& mode, const std::string& library) {
  const TemporaryDirectory traces;
  Command recorded = preloaded(command, library, traces.path());
  if (!mode.empty()) recorded.with("MEMPROF_UNWIND", mode);
  const Result result = run(recorded);
  INFO(result.out.substr(0, 1000) << result.err.substr(0, 5000));
  CHECK(result.err.find("memprof:") == std::string::npos);
  REQUIRE_FALSE(result.timed_out);
  REQUIRE_FALSE(result.signalled);
  REQUIRE(result.status == 0);
  uint64_t stacks = 0;
  const Recording recording(traces.path());
  for (const Process& process : recording.processes()) {
    INFO(process.exe_name());
    CHECK(process.heap.health.lost_events == 0);
    // A forked child has them from its parent.
    if (mode == "compare" && process.identity.parent_link != format::ParentLink::kFork) {
      CHECK(has_opened_others(process));
    }
    stacks += process.heap.totals.allocations;
  }
  return stacks;
}

void compare_stacks(const Command& command, uint64_t least) {
  if (access(command.argv[0].c_str(), X_OK) != 0) {
    WARN(command.argv[0] << " is not installed: skipped");
    return;
  }
  CHECK(walk_stacks(command, "compare") >= least);
}

}  // namespace memprof::test
