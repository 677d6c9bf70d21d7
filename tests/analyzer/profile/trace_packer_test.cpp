// What is left when folding ends in the middle.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "analyzer/base/error.h"
#include "analyzer/profile/file/profile_writer.h"
#include "analyzer/profile/file/trace_packer.h"
#include "analyzer/profile/open_run.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::ScratchFolder;
using test::TraceBuilder;
namespace fs = std::filesystem;

constexpr uint32_t kProcesses = 5;
constexpr uint64_t kStart = 1'000'000'000;

void write_traces(const ScratchFolder& folder) {
  for (uint32_t i = 1; i <= kProcesses; ++i) {
    TraceBuilder trace;
    trace.clock({kStart + i * 1'000'000, kStart + i * 1'000'000}).trace_id(i).process(i, 0);
    trace.module("/bin/program" + std::to_string(i)).alloc(0x1000, 100 * i, {"main", "f"}).exit(0);
    trace.write(folder.path(std::to_string(i) + ".mtrace"));
  }
}

/// Ends folding at the n-th process: in the midst of its transaction.
class FailingNames : public profile::FrameSource {
 public:
  FailingNames(int good, bool kills) : left_(good), kills_(kills) {}
  void resolve(std::vector<symbols::Lookup>& lookups) override {
    if (left_-- == 0) {
      if (kills_) ::kill(::getpid(), SIGKILL);
      throw Error("failed as asked");
    }
    for (symbols::Lookup& lookup : lookups) lookup.frames.assign(lookup.offsets.size(), {{}});
  }
  std::string problem(const symbols::ModuleKey&) const override { return ""; }

 private:
  int left_;
  bool kills_;
};

profile::PackJob job_for(const ScratchFolder& folder) {
  profile::PackJob job;
  job.directory = folder.path();
  job.file = folder.path("run.mprof");
  job.policy.has_ended = [](const std::string&) { return true; };
  job.policy.remove = true;
  return job;
}

size_t traces_in(const ScratchFolder& folder) {
  return profile::trace_paths(folder.path()).size();
}

std::vector<uint64_t> allocated(const profile::Run& run) {
  std::vector<uint64_t> bytes;
  for (const profile::Process& process : run.processes)
    bytes.push_back(process.heap.totals.bytes_allocated);
  return bytes;
}

const std::vector<uint64_t> kTruth{100, 200, 300, 400, 500};

}  // namespace

TEST_CASE("folding that ends in any process has whole processes, or their traces, and goes on") {
  const bool kills = GENERATE(false, true);
  const int good = GENERATE(0, 1, 3);
  const ScratchFolder folder;
  write_traces(folder);
  CHECK(allocated(profile::open_run(folder.path())) == kTruth);
  const pid_t child = ::fork();
  if (child == 0) {
    FailingNames names(good, kills);
    try {
      profile::pack_traces(job_for(folder), names);
    } catch (const Error&) {
      ::_exit(3);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK((kills ? WIFSIGNALED(status) : WEXITSTATUS(status) == 3));
  CHECK(traces_in(folder) == kProcesses - static_cast<size_t>(good));
  // What is in the file reads as it is, also where the writer was killed in a transaction.
  if (good > 0) {
    const profile::Run some = profile::open_run(folder.path("run.mprof"));
    CHECK(some.processes.size() == static_cast<size_t>(good));
    CHECK(some.processes.front().heap.sites.size() == 1);
  }
  FailingNames names(-1, false);
  CHECK(profile::pack_traces(job_for(folder), names) == 0);
  CHECK(traces_in(folder) == 0);
  CHECK(allocated(profile::open_run(folder.path("run.mprof"))) == kTruth);
}

TEST_CASE("folding goes on with a file whose writer ended before anything was in it") {
  const ScratchFolder folder;
  write_traces(folder);
  std::ofstream(folder.path("run.mprof")).close();
  FailingNames names(-1, false);
  CHECK(profile::pack_traces(job_for(folder), names) == 0);
  CHECK(allocated(profile::open_run(folder.path("run.mprof"))) == kTruth);
}

TEST_CASE("two writers of a profile: the second is told, and so is a reader") {
  const ScratchFolder folder;
  const auto writer = profile::ProfileWriter::create(folder.path("x.mprof"), kStart, 0);
  CHECK_THROWS_WITH(profile::ProfileWriter::resume(folder.path("x.mprof")),
                    Catch::Contains("x.mprof") && Catch::Contains("another process is writing it"));
  CHECK_THROWS_WITH(profile::open_run(folder.path("x.mprof")),
                    Catch::Contains("x.mprof") && Catch::Contains("another process is writing it"));
}

TEST_CASE("a finished profile takes no more, and traces of another run are refused") {
  const ScratchFolder folder;
  write_traces(folder);
  FailingNames names(-1, false);
  profile::PackJob job = job_for(folder);
  job.policy.remove = false;
  REQUIRE(profile::pack_traces(job, names) == 0);
  CHECK_THROWS_WITH(profile::pack_traces(job, names), Catch::Contains("it is finished"));
  const ScratchFolder other;
  {
    auto writer = profile::ProfileWriter::create(other.path("run.mprof"), kStart, 0);
    profile::TracePacker(folder.path(), writer, names).fold(job.policy);
  }
  TraceBuilder().trace_id(77).run_id(99).alloc(0x1000, 1, {"main"}).write(other.path("y.mtrace"));
  CHECK_THROWS_WITH(profile::pack_traces(job_for(other), names), Catch::Contains("another run"));
}

namespace {

/// A grandparent, a parent and a child that frees what the first two left it.
void write_family(const ScratchFolder& folder) {
  TraceBuilder oldest;
  oldest.clock({kStart, kStart}).trace_id(1).process(1, 0).alloc(0x1000, 100, {"main"});
  TraceBuilder parent;
  parent.trace_id(2).fork_of(oldest);
  parent.process(2, 1).alloc(0x2000, 50, {"main", "f"});
  TraceBuilder child;
  child.trace_id(3).fork_of(parent);
  child.process(3, 2).free(0x1000).free(0x2000);
  oldest.write(folder.path("1.mtrace"));
  parent.write(folder.path("2.mtrace"));
  child.write(folder.path("3.mtrace"));
}

void check_inheritance(const ScratchFolder& folder) {
  CHECK(traces_in(folder) == 0);
  const profile::Run run = profile::open_run(folder.path("run.mprof"));
  REQUIRE(run.processes.size() == 3);
  CHECK(run.processes[2].heap.totals.inherited_bytes == 150);
  CHECK(run.processes[2].heap.totals.inherited_frees == 2);
  CHECK(run.processes[2].heap.totals.foreign_frees == 0);
}

}  // namespace

TEST_CASE("a parent stays until the child that was forked from it has ended") {
  const ScratchFolder folder;
  write_family(folder);
  FailingNames names(-1, false);
  profile::PackJob job = job_for(folder);
  job.policy.has_ended = [&](const std::string& path) { return path != folder.path("3.mtrace"); };
  CHECK(profile::pack_traces(job, names) == 3);
  CHECK(traces_in(folder) == 3);
  CHECK(profile::pack_traces(job_for(folder), names) == 0);
  check_inheritance(folder);
}

TEST_CASE("folding that ended between a parent and its child goes on with both") {
  const int good = GENERATE(1, 2);
  const ScratchFolder folder;
  write_family(folder);
  FailingNames failing(good, false);
  CHECK_THROWS_AS(profile::pack_traces(job_for(folder), failing), Error);
  FailingNames names(-1, false);
  CHECK(profile::pack_traces(job_for(folder), names) == 0);
  check_inheritance(folder);
}
