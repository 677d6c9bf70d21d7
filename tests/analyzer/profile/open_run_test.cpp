#include "analyzer/profile/open_run.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "analyzer/base/error.h"
#include "analyzer/profile/rss_samples.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

using namespace memprof;
using profile::open_run;
using profile::Run;
using test::ScratchFolder;
using test::TraceBuilder;

namespace {

constexpr uint64_t kStart = 1'000'000'000;  // monotonic ns and, here, stamps
constexpr uint64_t kMs = 1'000'000;

/// A process that starts `ms` milliseconds into the run.
TraceBuilder process(uint64_t trace_id, uint32_t pid, uint64_t ms) {
  TraceBuilder builder;
  builder.trace_id(trace_id).process(pid, 1).clock({kStart + ms * kMs, kStart + ms * kMs});
  builder.module("/bin/program");
  return builder;
}

uint64_t stamp(uint64_t ms) {
  return kStart + ms * kMs;
}

uint64_t sum_at_bytes(const profile::Process& process) {
  uint64_t sum = 0;
  for (const heap::Site& site : process.heap.sites) sum += site.counts.at_bytes;
  return sum;
}

std::string error_of(const std::string& path) {
  try {
    open_run(path);
  } catch (const Error& error) {
    CHECK(error.exit() == Error::Exit::kInput);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A directory's traces are one run, numbered by their start") {
  const ScratchFolder folder;
  process(7, 70, 5)
      .argv({"cc1", "b.c"})
      .alloc(0x1000, 10, {"main"})
      .exit(0)
      .write(folder.path("a.mtrace"));
  process(9, 60, 0)
      .argv({"make", "-j2"})
      .alloc(0x1000, 20, {"main"})
      .at(stamp(30))
      .exit(2)
      .write(folder.path("b.mtrace"));
  folder.file("notes.txt", "no trace");
  const Run run = open_run(folder.path());
  REQUIRE(run.processes.size() == 2);
  CHECK(run.processes[0].id == 1);
  CHECK(run.processes[0].identity.pid == 60);
  CHECK(run.processes[0].heap.start_ns == 0);
  CHECK(run.processes[1].heap.start_ns == 5 * kMs);
  CHECK(run.processes[1].parent == 0);
  CHECK(run.command == std::vector<std::string>{"make", "-j2"});
  CHECK(run.duration_ns == 30 * kMs);
  CHECK(run.unreadable.empty());
}

TEST_CASE("A single trace file is a run of one process") {
  const ScratchFolder folder;
  process(7, 70, 0).alloc(0x1000, 10, {"main"}).exit(0).write(folder.path("x"));
  CHECK(open_run(folder.path("x")).processes.size() == 1);
}

TEST_CASE("A forked child is linked to its parent") {
  const ScratchFolder folder;
  TraceBuilder parent = process(1, 10, 0);
  parent.alloc(0x1000, 100, {"main"}).at(stamp(3));
  TraceBuilder child = process(2, 11, 3);
  child.fork_of(parent).trace_id(2).process(11, 10).free(0x1000).exit(0);
  child.write(folder.path("child.mtrace"));
  parent.exit(0).write(folder.path("parent.mtrace"));
  const Run run = open_run(folder.path());
  REQUIRE(run.processes.size() == 2);
  CHECK(run.processes[1].parent == 1);
  CHECK(run.processes[1].heap.totals.inherited_blocks == 1);
  CHECK(run.processes[1].heap.totals.inherited_frees == 1);
}

TEST_CASE("The sites at the tree's peak add up to it, though each process peaked elsewhere") {
  const ScratchFolder folder;
  // 1 peaks alone with 50, then stays at 30; 2 peaks with 40 when 1 holds 30. The tree's peak is 70
  // at 20 ms.
  process(1, 10, 0)
      .alloc(0x1000, 30, {"main", "keep"})
      .at(stamp(5))
      .alloc(0x2000, 20, {"main", "spike"})
      .free(0x2000)
      .at(stamp(40))
      .alloc(0x3000, 1, {"main", "late"})
      .exit(0)
      .write(folder.path("1.mtrace"));
  process(2, 11, 10)
      .alloc(0x1000, 5, {"main"})
      .at(stamp(20))
      .alloc(0x2000, 35, {"main", "big"})
      .at(stamp(22))
      .free(0x2000)
      .at(stamp(30))
      .exit(0)
      .write(folder.path("2.mtrace"));
  process(3, 12, 60).alloc(0x1000, 60, {"main"}).exit(0).write(folder.path("3.mtrace"));
  const Run run = open_run(folder.path());
  CHECK(run.tree.peak_heap_bytes == 70);
  CHECK(run.tree.peak_time_ns == 20 * kMs);
  CHECK(run.tree.alive_at_peak == std::vector<uint32_t>{1, 2});
  CHECK(sum_at_bytes(run.processes[0]) == 30);
  CHECK(sum_at_bytes(run.processes[1]) == 40);
  CHECK(sum_at_bytes(run.processes[2]) == 0);
  CHECK(run.processes[0].heap.totals.peak_bytes == 50);
}

TEST_CASE("Samples from outside count for a process's RSS and the tree's") {
  const ScratchFolder folder;
  process(0xabc, 10, 0)
      .alloc(0x1000, 10, {"main"})
      .at(stamp(50))
      .exit(0)
      .write(folder.path("1.mtrace"));
  std::ofstream(folder.path(profile::kRssFileName))
      << profile::kRssFileHeading << "r " << stamp(20) << " abc 8192\n"
      << "r " << stamp(30) << " abc 4096\nr 99";
  const Run run = open_run(folder.path());
  CHECK(run.processes[0].heap.rss.peak_bytes == 8192);
  CHECK(run.tree.peak_rss_bytes == 8192);
  CHECK(run.tree.peak_rss_time_ns == 20 * kMs);
}

TEST_CASE("A file that is no trace is named, the others are read") {
  const ScratchFolder folder;
  folder.file("bad.mtrace", "this is no trace");
  folder.file("empty.mtrace", "");
  process(7, 70, 0).alloc(0x1000, 10, {"main"}).exit(0).write(folder.path("good.mtrace"));
  const Run run = open_run(folder.path());
  CHECK(run.processes.size() == 1);
  REQUIRE(run.unreadable.size() == 2);
  CHECK(run.unreadable[0].reason.find("bad.mtrace") != std::string::npos);
}

TEST_CASE("A path without a readable trace is an error that names it") {
  const ScratchFolder folder;
  CHECK(error_of(folder.path()).find(folder.path()) != std::string::npos);
  CHECK(error_of(folder.path("missing")).find("missing") != std::string::npos);
  folder.file("bad.mtrace", "this is no trace");
  CHECK(error_of(folder.path()).find(folder.path()) != std::string::npos);
  CHECK(error_of(folder.path("bad.mtrace")).find("bad.mtrace") != std::string::npos);
}
