#include "analyzer/cli/background_packer.h"

#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <optional>

#include "analyzer/cli/pack_command.h"
#include "analyzer/profile/open_run.h"
#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::ScratchFolder;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;

void write_trace(const ScratchFolder& folder, uint32_t number) {
  TraceBuilder trace;
  trace.clock({kStart, kStart}).trace_id(number).process(number, 0);
  trace.alloc(0x1000, 100 * number, {"main", "f"}).exit(0);
  trace.write(folder.path(std::to_string(number) + ".mtrace"));
}

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

/// The process that folds: the child of our only child.
std::optional<pid_t> worker() {
  for (const pid_t child : children_of(::getpid())) {
    const std::vector<pid_t> workers = children_of(child);
    if (workers.size() == 1) return workers.front();
  }
  return std::nullopt;
}

bool wait_until(const std::function<bool()>& holds) {
  const timespec pause{0, 5'000'000};
  for (int tries = 0; tries < 6000; ++tries) {
    if (holds()) return true;
    ::nanosleep(&pause, nullptr);
  }
  return false;
}

bool worker_has_policy(int policy) {
  const auto pid = worker();
  return pid && ::sched_getscheduler(*pid) == policy;
}

std::vector<uint64_t> allocated(const std::string& file) {
  std::vector<uint64_t> bytes;
  for (const profile::Process& process : profile::open_run(file).processes)
    bytes.push_back(process.heap.totals.bytes_allocated);
  return bytes;
}

TEST_CASE("Folding steps back while there is little of it", "[pack_background]") {
  const ScratchFolder folder;
  const ScratchFolder place;
  cli::BackgroundPacker packer(folder.path(), place.path("x.mprof"), true);
  REQUIRE(wait_until([] { return worker_has_policy(SCHED_IDLE); }));
  write_trace(folder, 1);
  write_trace(folder, 2);
  CHECK(wait_until([&] { return profile::trace_paths(folder.path()).empty(); }));
  packer.stop();
  CHECK(cli::pack_rest(folder.path(), place.path("x.mprof"), false));
  CHECK(allocated(place.path("x.mprof")) == std::vector<uint64_t>{100, 200});
}

TEST_CASE("Folding takes its turn when traces pile up, each process once", "[pack_background]") {
  const ScratchFolder folder;
  const ScratchFolder place;
  cli::BackgroundPacker packer(folder.path(), place.path("x.mprof"), true, 2);
  REQUIRE(wait_until([] { return worker_has_policy(SCHED_IDLE); }));
  // One that runs on takes the disk all the time.
  write_trace(folder, 1);
  std::fstream running(folder.path("1.mtrace"), std::ios::in | std::ios::out | std::ios::binary);
  CHECK(wait_until([] { return worker_has_policy(SCHED_OTHER); }));
  write_trace(folder, 2);
  CHECK(wait_until([&] { return profile::trace_paths(folder.path()).size() == 1; }));
  running.close();
  CHECK(wait_until([&] { return profile::trace_paths(folder.path()).empty(); }));
  CHECK(wait_until([] { return worker_has_policy(SCHED_IDLE); }));
  packer.stop();
  CHECK_FALSE(worker());
  write_trace(folder, 3);
  CHECK(cli::pack_rest(folder.path(), place.path("x.mprof"), false));
  CHECK(allocated(place.path("x.mprof")) == std::vector<uint64_t>{100, 200, 300});
}

}  // namespace
