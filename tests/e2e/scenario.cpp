#include "tests/e2e/scenario.h"

#include <time.h>

#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

namespace memprof::test {

std::string test_program(const std::string& name) {
  return MEMPROF_TEST_PROGRAMS "/" + name;
}

std::string library() {
  return MEMPROF_LIBRARY;
}

Scenario::Scenario(const std::string& program, std::vector<std::string> arguments)
    : exe_name_(program) {
  command.argv.push_back(test_program(program));
  for (const std::string& argument : arguments) {
    command.argv.push_back(argument == "LEDGERS" ? ledgers.path() : argument);
  }
  command = preloaded(command, library(), traces.path());
}

Result Scenario::run() {
  result_ = test::run(command);
  INFO(exe_name_ << " printed: " << result_->out << result_->err);
  REQUIRE_FALSE(result_->timed_out);
  REQUIRE_NOTHROW(process());
  return *result_;
}

const Recording& Scenario::recording() {
  if (!recording_) recording_.emplace(traces.path());
  return *recording_;
}

const Process& Scenario::process() {
  return recording().process(static_cast<uint32_t>(result_->pid), exe_name_);
}

LedgerReader Scenario::ledger(const std::string& name) const {
  return LedgerReader(ledgers.path(), name);
}

const Process& Scenario::process_of(const LedgerReader& kept, const std::string& exe_name) {
  return recording().process(static_cast<uint32_t>(kept.page().pid), exe_name);
}

namespace {

void check_counts(const heap::Counts& counts, const ledger::Account& truth) {
  CHECK(counts.allocations == truth.allocations);
  CHECK(counts.frees == truth.frees);
  CHECK(counts.bytes_allocated == truth.bytes_allocated);
  CHECK(counts.live_bytes == truth.bytes_allocated - truth.bytes_freed);
  CHECK(counts.live_blocks == truth.allocations - truth.frees);
}

void check_health(const Process& process, Cuts cuts) {
  CHECK(process.sums_agree());
  CHECK(process.heap.health.lost_events == 0);
  if (cuts == Cuts::kNone) CHECK(process.heap.health.cut_stacks == 0);
  CHECK(process.heap.health.damaged_bytes == 0);
  CHECK(process.heap.health.reused_live == 0);
  CHECK_FALSE(process.heap.health.truncated);
}

}  // namespace

void check_own_counts(const Process& process, const LedgerReader& kept, Cuts cuts) {
  INFO("process " << process.identity.pid << " " << process.exe_name());
  REQUIRE(kept.sum().allocations > 0);
  check_counts(process.own_counts(), kept.sum());
  check_health(process, cuts);
}

void check_totals(const Process& process, const LedgerReader& kept) {
  INFO("process " << process.identity.pid << " " << process.exe_name());
  REQUIRE(kept.sum().allocations > 0);
  check_counts(process.heap.totals, kept.sum());
  CHECK(process.heap.totals.peak_bytes == kept.page().peak_bytes);
  check_health(process, Cuts::kNone);
}

void check_truncated(const Process& process, const LedgerReader& kept) {
  const heap::ProcessHeap& heap = process.heap;
  CHECK(heap.health.truncated);
  CHECK_FALSE(heap.health.stop_reason.empty());
  CHECK(heap.totals.allocations > 0);
  const uint64_t made = kept.sum().allocations + kept.sum().frees;
  const uint64_t recorded = heap.totals.allocations + heap.totals.frees + heap.totals.foreign_frees;
  REQUIRE(made >= recorded);
  CHECK(made - recorded >= heap.health.lost_events);
  CHECK(made - recorded <= 2 * heap.health.lost_events);
}

void wait_for_allocations(const std::string& ledgers, uint64_t count) {
  const timespec pause{0, 20'000};
  for (unsigned tries = 0; tries < 1'000'000; ++tries) {
    try {
      const LedgerReader kept(ledgers, "root");
      while (kept.sum().allocations < count) {
        if (++tries > 1'000'000) break;
        nanosleep(&pause, nullptr);
      }
      return;
    } catch (const std::runtime_error&) {
      nanosleep(&pause, nullptr);  // It has not made its ledger yet.
    }
  }
}

void check_killed_counts(const Process& process, const LedgerReader& kept, unsigned threads) {
  const std::map<std::string, heap::Counts> counts = process.counts_by_function();
  for (unsigned thread = 0; thread < threads; ++thread) {
    const ledger::Account& account = kept.page().accounts[thread];
    const std::string name =
        "void* (anonymous namespace)::allocate<" + std::to_string(thread) + "u>(unsigned int)";
    INFO(name);
    const auto found = counts.find(name);
    const heap::Counts counted = found == counts.end() ? heap::Counts{} : found->second;
    CHECK(counted.allocations >= account.allocations);
    CHECK(counted.allocations <= account.allocations_begun);
    CHECK(counted.frees >= account.frees);
    CHECK(counted.frees <= account.frees_begun);
    CHECK(account.allocations_begun - account.allocations <= 1);
  }
  CHECK(process.sums_agree());
  CHECK(process.heap.health.lost_events == 0);
  CHECK(process.heap.health.damaged_bytes == 0);
  CHECK(process.heap.health.reused_live == 0);
  CHECK(process.heap.totals.foreign_frees == 0);
}

}  // namespace memprof::test
