// Moments found in runs, and what lived at them.
#include "analyzer/profile/moments.h"

#include <catch2/catch.hpp>

#include "analyzer/base/error.h"
#include "analyzer/profile/open_run.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

using namespace memprof;
using profile::Run;
using profile::RunMoment;
using profile::RunRequest;
using test::ScratchFolder;
using test::TraceBuilder;

namespace {

constexpr uint64_t kStart = 1'000'000'000;  // monotonic ns and, here, stamps
constexpr uint64_t kMs = 1'000'000;

uint64_t stamp(uint64_t ms) {
  return kStart + ms * kMs;
}

/// A process that starts `ms` milliseconds into the run.
TraceBuilder process(uint32_t pid, uint64_t ms) {
  TraceBuilder builder;
  builder.trace_id(pid).process(pid, 1).clock({stamp(ms), stamp(ms)}).module("/bin/program");
  return builder;
}

/// make lives from 0 to 60 ms, cc1 from 10 to 40. Each holds 1 byte of its own ten thousands a
/// block.
ScratchFolder& build() {
  static ScratchFolder folder;
  static const bool once = [] {
    process(10, 0)
        .argv({"make"})
        .alloc(0x1000, 10'000, {"main"})
        .at(stamp(20))
        .mark("m", {5000, 0, 0})
        .alloc(0x2000, 20'000, {"main", "f"})
        .at(stamp(30))
        .free(0x1000)
        .at(stamp(60))
        .exit(0)
        .write(folder.path("1.mtrace"));
    process(11, 10)
        .argv({"cc1"})
        .alloc(0x1000, 1, {"main"})
        .at(stamp(15))
        .mark("m")
        .phase_begin("parse", {300, 0, 0})
        .at(stamp(22))
        .alloc(0x2000, 2, {"main", "g"})
        .at(stamp(24))
        .free(0x2000)
        .at(stamp(26))
        .phase_end("parse")
        .at(stamp(35))
        .phase_begin("parse")
        .alloc(0x3000, 4, {"main"})
        .phase_end("parse")
        .at(stamp(40))
        .exit(0)
        .write(folder.path("2.mtrace"));
    return true;
  }();
  (void)once;
  return folder;
}

Run open_at(const std::string& moment, bool own_clocks = false, const std::string& glob = "") {
  RunRequest request;
  request.moments = {*profile::parse_moment(moment)};
  request.own_clocks = own_clocks;
  request.process = glob;
  return profile::open_run(build().path(), request);
}

uint64_t heap_at(const std::string& moment, bool own_clocks = false, const std::string& glob = "") {
  return open_at(moment, own_clocks, glob).moments.at(0).heap_bytes();
}

std::string error_at(const std::string& moment, bool own_clocks = false) {
  try {
    open_at(moment, own_clocks);
  } catch (const Error& error) {
    CHECK(error.exit() == Error::Exit::kUsage);
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  UNSCOPED_INFO("in: " << text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("On the run's clock a moment holds what all processes alive held at once") {
  CHECK(heap_at("start") == 0);
  CHECK(heap_at("0s") == 10'000);
  CHECK(heap_at("0.005s") == 10'000);
  CHECK(heap_at("0.012s") == 10'001);
  CHECK(heap_at("0.025s") == 30'001);
  CHECK(heap_at("0.050s") == 20'000);
  CHECK(heap_at("peak") == 30'003);
  CHECK(heap_at("end") == 20'000);
}

TEST_CASE("A mark or phase of one process is a moment of all, the first in time without a number") {
  CHECK(heap_at("mark:m") == 10'001);    // cc1's, at 15 ms
  CHECK(heap_at("mark:m#2") == 10'001);  // make's, at 20 ms, before its next block
  CHECK(heap_at("phase:parse:begin") == 10'001);
  CHECK(heap_at("phase:parse:peak") == 30'003);
  CHECK(heap_at("phase:parse:end") == 30'001);
  CHECK(heap_at("phase:parse:peak#2") == 20'005);
  const RunMoment moment = open_at("phase:parse:peak").moments.at(0);
  CHECK(moment.time_ns == 22 * kMs);
  CHECK(moment.processes.size() == 2);
}

TEST_CASE("With a choice of processes a moment is each one's own, on its own clock") {
  CHECK(heap_at("peak", true, "cc1") == 5);
  CHECK(heap_at("peak", true) == 30'005);
  CHECK(heap_at("0.013s", true, "cc1") == 3);  // 23 ms into the run
  CHECK(heap_at("0.031s", true) == 20'000);    // only make lived so long
  CHECK(heap_at("mark:m", true, "make") == 10'000);
  CHECK(heap_at("end", true) == 20'005);
  CHECK(open_at("phase:parse:end", true).moments.at(0).processes.size() == 1);
}

TEST_CASE("A moment that is not there is an error that says what is") {
  CHECK(contains(error_at("mark:n"), "no such moment: mark:n: there are the marks m"));
  CHECK(contains(error_at("mark:m#3"), "it occurs 2 times"));
  CHECK(contains(error_at("phase:render:peak"), "there are the phases parse"));
  CHECK(contains(error_at("1s"), "the run lasted 0.060 s"));
  CHECK(contains(error_at("0.061s", true), "no process lasted longer than 0.060 s"));
}

TEST_CASE("Several moments are taken at once, and the tree's peak with them") {
  RunRequest request;
  for (const char* text : {"0.012s", "mark:m", "peak", "0.025s"})
    request.moments.push_back(*profile::parse_moment(text));
  const Run run = profile::open_run(build().path(), request);
  REQUIRE(run.moments.size() == 4);
  CHECK(run.moments[0].heap_bytes() == 10'001);
  CHECK(run.moments[2].heap_bytes() == run.tree.peak_heap_bytes);
  CHECK(run.moments[3].heap_bytes() == 30'001);
  uint64_t at_peak = 0;
  for (const auto& process : run.processes) {
    for (const auto& site : process.heap.sites) at_peak += site.counts.at_bytes;
  }
  CHECK(at_peak == run.tree.peak_heap_bytes);
}

TEST_CASE("RSS at a moment is the latest known, or the first") {
  heap::ProcessHeap heap;
  CHECK(profile::rss_at(heap, 5) == 0);
  heap.rss.samples = {{10, 100}, {20, 200}};
  CHECK(profile::rss_at(heap, 5) == 100);
  CHECK(profile::rss_at(heap, 10) == 100);
  CHECK(profile::rss_at(heap, 19) == 100);
  CHECK(profile::rss_at(heap, 25) == 200);
}

TEST_CASE("Of the phases of one name the highest keeps what lived at its own peak") {
  RunRequest request;
  request.phase_peaks = true;
  const Run run = profile::open_run(build().path(), request);
  REQUIRE(run.phase_peaks.size() == 1);
  const profile::PhasePeak& peak = run.phase_peaks[0];
  CHECK(run.processes[peak.process].identity.pid == 11);
  CHECK(peak.phase == 1);
  uint64_t bytes = 0;
  for (const heap::Held& held : peak.held) bytes += held.bytes;
  CHECK(bytes == 5);
  CHECK(run.processes[peak.process].heap.phases[1].heap_peak_bytes == 5);
  CHECK(run.processes[peak.process].heap.phases[0].heap_peak_ns == 22 * kMs);
}
