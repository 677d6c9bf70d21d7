// `memprof run` as the reader of a running process's trace: small, and nothing lost.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "analyzer/trace/drained_file.h"
#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

constexpr unsigned kThreads = 4;
constexpr uint64_t kMostRawBytes = uint64_t{64} << 20;

/// `memprof run` with the program "killed", which allocates in four threads until it is killed.
struct DrainedRun {
  const TemporaryDirectory ledgers;
  const TemporaryDirectory place;
  RunningProgram memprof;

  DrainedRun() : memprof(command()) {}

  Command command() const {
    Command command;
    command.argv = {MEMPROF_COMMAND,        "run",         "-q", "-o", traces(), "--",
                    test_program("killed"), ledgers.path()};
    return command;
  }
  std::string traces() const { return place / "traces"; }
  LedgerReader ledger() const { return {ledgers.path(), "root"}; }

  std::string trace() const {
    for (const auto& entry : std::filesystem::directory_iterator(traces())) {
      if (entry.path().extension() == format::kFileSuffix) return entry.path();
    }
    return "";
  }

  void wait_for(uint64_t allocations) const { wait_for_allocations(ledgers.path(), allocations); }
  void kill_program() const { ::kill(ledger().page().pid, SIGKILL); }
  bool is_drained() const { return std::filesystem::exists(trace::drained_path(trace())); }
};

uint64_t bytes_on_disk(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_blocks) * 512 : 0;
}

uint64_t record_bytes(const trace::TraceFile& file) {
  uint64_t bytes = 0;
  for (const trace::Chunk& chunk : file.chunks()) bytes += chunk.header.used;
  return bytes;
}

TEST_CASE("The trace of a running process stays small, and each of its events is there", "[ring]") {
  DrainedRun run;
  uint64_t most = 0;
  for (uint64_t allocations = 200'000; allocations <= 4'000'000; allocations += 100'000) {
    run.wait_for(allocations);
    most = std::max(most, bytes_on_disk(run.trace()));
  }
  run.kill_program();
  const Result result = run.memprof.finish();
  CHECK(result.status == 128 + SIGKILL);
  const trace::TraceFile file = trace::TraceFile::open(run.trace());
  CHECK(record_bytes(file) > kMostRawBytes);
  CHECK(most < kMostRawBytes);
  CHECK(file.missing_chunks() == 0);
  const Recording recording(run.traces());
  check_killed_counts(recording.process("killed"), run.ledger(), kThreads);
}

TEST_CASE("memprof run killed at any point loses nothing of a program that goes on", "[ring]") {
  const uint32_t seed = std::random_device()();
  std::mt19937 random(seed);
  for (int round = 0; round < 3; ++round) {
    const uint64_t when = 450'000 + random() % 600'000;
    INFO("seed " << seed << ", killed after " << when << " allocations");
    DrainedRun run;
    run.wait_for(when);
    ::kill(run.memprof.pid(), SIGKILL);
    run.wait_for(when + 100'000);
    CHECK(run.is_drained());
    run.kill_program();
    run.memprof.finish();
    CHECK(trace::TraceFile::open(run.trace()).missing_chunks() == 0);
    const Recording recording(run.traces());
    check_killed_counts(recording.process("killed"), run.ledger(), kThreads);
  }
}

TEST_CASE("A trace can be read while its chunks change their place", "[ring]") {
  DrainedRun run;
  run.wait_for(600'000);
  const LedgerReader kept = run.ledger();
  for (int round = 0; round < 4; ++round) {
    const ledger::Account before = kept.sum();
    const trace::TraceFile file = trace::TraceFile::open(run.trace());
    const ledger::Account after = kept.sum();
    // What it says then has to be read, wherever it has gone since.
    run.wait_for(after.allocations + 150'000);
    ::kill(kept.page().pid, SIGSTOP);
    const heap::ProcessHeap heap = heap::replay(file, {});
    ::kill(kept.page().pid, SIGCONT);
    CHECK(file.missing_chunks() == 0);
    CHECK(heap.health.damaged_bytes == 0);
    CHECK(heap.totals.allocations >= before.allocations);
    // Beside the ledger's, the program's start allocates.
    CHECK(heap.totals.allocations <= after.allocations_begun + 1000);
  }
  CHECK(run.is_drained());
  run.kill_program();
  run.memprof.finish();
}

}  // namespace
}  // namespace memprof::test
