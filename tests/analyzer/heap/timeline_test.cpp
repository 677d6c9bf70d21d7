// RSS, marks, phases, launches and the end of a process.
#include <catch2/catch.hpp>

#include "analyzer/heap/replay.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;
constexpr uint64_t kRunStart = 900'000'000;
constexpr uint64_t kOffset = kStart - kRunStart;

TraceBuilder builder() {
  return TraceBuilder().clock({kStart, kStart});
}

heap::ProcessHeap replay(const TraceBuilder& trace) {
  return heap::replay(trace.open(), {kRunStart, {}});
}

format::RssFields rss(uint64_t bytes, uint64_t own = 0, uint64_t peak = 0) {
  return {bytes, peak, own};
}

}  // namespace

TEST_CASE("a mark knows the heap and the RSS of its moment") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 100, {"f"}).at(kStart + 500).mark("loaded", rss(9000, 1000)).free(0x1000);
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.marks.size() == 1);
  CHECK(heap.marks[0].name == "loaded");
  CHECK(heap.marks[0].time_ns == kOffset + 500);
  CHECK(heap.marks[0].heap_bytes == 100);
  CHECK(heap.marks[0].rss_bytes == 8000);
}

TEST_CASE("events after a mark are not before it in time") {
  TraceBuilder trace = builder();
  // No Time record: the mark's own reading is all that says how late it is.
  trace.mark("early");
  const uint64_t later = kStart + 5'000'000;
  format::MarkRecord mark{{later, later}, {}, 1, 1, 0};
  test::RecordEncoder record{format::ChunkHeader{}};
  record.control(format::Control::kMark, mark);
  trace.raw(record.bytes()).alloc(0x1000, 100, {"f"});
  CHECK(replay(trace).totals.peak_time_ns == kOffset + 5'000'000);
}

TEST_CASE("a phase has its own peak of the whole process, whichever thread allocates") {
  TraceBuilder trace = builder();
  trace.stamped();
  trace.alloc(0x1000, 5000, {"f"}).free(0x1000).alloc(0x1000, 100, {"f"});
  trace.at(kStart + 100).phase_begin("render", rss(3000));
  trace.thread(2).at(kStart + 200).alloc(0x2000, 700, {"f"});
  trace.at(kStart + 300).free(0x2000).alloc(0x3000, 20, {"f"});
  trace.thread(1).at(kStart + 400).phase_end("render", rss(3500));
  trace.at(kStart + 500).alloc(0x4000, 9000, {"f"});
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.phases.size() == 1);
  const heap::Phase& phase = heap.phases[0];
  CHECK(phase.name == "render");
  CHECK(phase.begin_ns == kOffset + 100);
  CHECK(phase.end_ns == kOffset + 400);
  CHECK(phase.heap_begin_bytes == 100);
  CHECK(phase.heap_peak_bytes == 800);
  CHECK(phase.heap_end_bytes == 120);
  CHECK(phase.allocations == 2);
  CHECK(phase.rss_begin_bytes == 3000);
  CHECK(phase.rss_end_bytes == 3500);
}

TEST_CASE("a phase's peak is the first moment of its highest heap") {
  TraceBuilder trace = builder();
  trace.stamped().alloc(0x1000, 50, {"f"});
  trace.at(kStart + 100).phase_begin("p");
  trace.at(kStart + 200).alloc(0x2000, 100, {"f"}).at(kStart + 300).free(0x2000);
  trace.at(kStart + 350).phase_begin("q");
  trace.at(kStart + 400).alloc(0x3000, 100, {"f"}).at(kStart + 500).free(0x3000);
  trace.at(kStart + 600).phase_end("q").phase_end("p");
  trace.phase_begin("flat").at(kStart + 700).phase_end("flat");
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.phases.size() == 3);
  CHECK(heap.phases[0].heap_peak_bytes == 150);
  CHECK(heap.phases[0].heap_peak_ns == kOffset + 200);
  CHECK(heap.phases[1].heap_peak_ns == kOffset + 400);
  CHECK(heap.phases[2].heap_peak_ns == kOffset + 600);
}

TEST_CASE("nested phases each have the highest point of their own interval") {
  TraceBuilder trace = builder();
  trace.phase_begin("outer").alloc(0x1000, 10, {"f"});
  trace.phase_begin("inner").alloc(0x2000, 500, {"f"}).free(0x2000).phase_end("inner");
  trace.phase_begin("inner").alloc(0x2000, 30, {"f"}).phase_end("inner");
  trace.free(0x1000).free(0x2000).phase_end("outer");
  trace.phase_begin("after").phase_end("after");
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.phases.size() == 4);
  CHECK(heap.phases[0].heap_peak_bytes == 510);
  CHECK(heap.phases[1].heap_peak_bytes == 510);
  CHECK(heap.phases[1].occurrence == 1);
  CHECK(heap.phases[2].heap_peak_bytes == 40);
  CHECK(heap.phases[2].occurrence == 2);
  CHECK(heap.phases[3].heap_peak_bytes == 0);
}

TEST_CASE("an end closes the innermost phase of that name on its thread, else in the process") {
  TraceBuilder trace = builder();
  trace.stamped();
  trace.at(kStart + 1).phase_begin("p");
  trace.at(kStart + 2).phase_begin("p");
  trace.thread(2).at(kStart + 3).phase_begin("p");
  SECTION("on its thread") {
    trace.thread(1).at(kStart + 10).phase_end("p");
    const heap::ProcessHeap heap = replay(trace.at(kStart + 20).mark("later"));
    CHECK(heap.phases[1].end_ns == kOffset + 10);
    CHECK(heap.phases[0].end_ns != kOffset + 10);
    CHECK(heap.phases[2].end_ns != kOffset + 10);
  }
  SECTION("by a thread that has none open") {
    trace.thread(3).at(kStart + 10).phase_end("p");
    CHECK(replay(trace).phases[2].end_ns == kOffset + 10);
  }
  SECTION("of no phase that is open") {
    trace.at(kStart + 10)
        .phase_end("q")
        .phase_end("p")
        .phase_end("p")
        .phase_end("p")
        .phase_end("p");
    CHECK(replay(trace).health.unmatched_phase_ends == 2);
  }
}

TEST_CASE("phases that are open end with the process") {
  TraceBuilder trace = builder();
  trace.phase_begin("p", rss(1000)).alloc(0x1000, 10, {"f"});
  trace.at(kStart + 700).sample(rss(5000)).exit(0);
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.phases.size() == 1);
  CHECK(heap.phases[0].end_ns == kOffset + 700);
  CHECK(heap.phases[0].heap_end_bytes == 10);
  CHECK(heap.phases[0].rss_end_bytes == 5000);
  CHECK(heap.health.unmatched_phase_ends == 0);
}

TEST_CASE("RSS goes without the recorder's own memory, and its peak counts what no sample saw") {
  TraceBuilder trace = builder();
  trace.sample(rss(10'000, 1000), format::SampleReason::kStart);
  trace.at(kStart + 10).sample(rss(30'000, 2000));
  trace.at(kStart + 20).sample(rss(20'000, 2000, 50'000), format::SampleReason::kExit);
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.rss.baseline_bytes == 9000);
  CHECK(heap.rss.peak_bytes == 48'000);
  CHECK(heap.rss.end_bytes == 18'000);
  CHECK(heap.rss.own_bytes == 2000);
  REQUIRE(heap.rss.samples.size() == 3);
  CHECK(heap.rss.samples[1].time_ns == kOffset + 10);
  CHECK(heap.rss.samples[1].bytes == 28'000);
}

TEST_CASE("a phase's RSS peak is the largest sample from edge to edge") {
  TraceBuilder trace = builder();
  trace.sample(rss(90'000)).at(kStart + 10).phase_begin("p", rss(100));
  for (uint64_t i = 0; i < 20; ++i) trace.at(kStart + 20 + i).sample(rss(200 + i * 37 % 20));
  trace.at(kStart + 50).phase_end("p", rss(150)).at(kStart + 60).sample(rss(80'000));
  CHECK(replay(trace).phases.at(0).rss_peak_bytes == 219);
}

TEST_CASE("an RSS that is not known is the last one that was") {
  TraceBuilder trace = builder();
  trace.sample(rss(5000)).mark("m").phase_begin("p").phase_end("p");
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.marks.at(0).rss_bytes == 5000);
  CHECK(heap.phases.at(0).rss_end_bytes == 5000);
  CHECK(heap.rss.samples.size() == 1);
}

TEST_CASE("a process ends by exit, by exec, or openly") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 1, {"f"}).at(kStart + 400);
  SECTION("exit") {
    const heap::ProcessHeap heap = replay(trace.exit(7).at(kStart + 900).free(0x1000));
    CHECK(heap.end == heap::End::kExit);
    CHECK(heap.status_known);
    CHECK(heap.status == 7);
    CHECK(heap.start_ns == kOffset);
    CHECK(heap.end_ns == kOffset + 400);
    CHECK(heap.totals.frees == 1);
  }
  SECTION("exit whose status another record knows") {
    trace.exit(7).at(kStart + 450).exit(0, format::ExitHow::kUnloaded);
    const heap::ProcessHeap heap = replay(trace);
    CHECK(heap.status == 7);
    CHECK(heap.end_ns == kOffset + 450);
  }
  SECTION("exec") {
    const heap::ProcessHeap heap = replay(trace.exec("/bin/sh"));
    CHECK(heap.end == heap::End::kExec);
    CHECK(heap.end_ns == kOffset + 400);
    CHECK_FALSE(heap.status_known);
  }
  SECTION("an exec that failed is none") {
    trace.exec("/bin/none").exec_failed(2).at(kStart + 500).exit(1);
    const heap::ProcessHeap heap = replay(trace);
    CHECK(heap.end == heap::End::kExit);
    CHECK(heap.launches.empty());
  }
  SECTION("killed") {
    const heap::ProcessHeap heap = replay(trace.kill());
    CHECK(heap.end == heap::End::kOpen);
    CHECK(heap.end_ns == kOffset + 400);
  }
}

TEST_CASE("launches are listed, those that failed left out") {
  TraceBuilder trace = builder();
  trace.exec("/usr/bin/a", format::ExecHow::kSpawn, 201);
  trace.exec("/usr/bin/b", format::ExecHow::kVforkExec, 202, format::kExecUnfollowed);
  trace.exec("/usr/bin/c", format::ExecHow::kVforkExec, 203).exec_failed(2);
  const heap::ProcessHeap heap = replay(trace.exit(0));
  REQUIRE(heap.launches.size() == 2);
  CHECK(heap.launches[0].path == "/usr/bin/a");
  CHECK(heap.launches[0].pid == 201);
  CHECK_FALSE(heap.launches[0].own);
  CHECK(heap.launches[0].unfollowed == heap::Unfollowed::kNo);
  CHECK(heap.launches[1].unfollowed == heap::Unfollowed::kUnreachable);
  CHECK(heap.end == heap::End::kExit);
}

TEST_CASE("a failed exec is that of its own thread") {
  TraceBuilder trace = builder();
  trace.stamped();
  trace.exec("/usr/bin/a", format::ExecHow::kSpawn, 201);
  trace.thread(2).at(kStart + 10).exec("/usr/bin/b", format::ExecHow::kSpawn, 202);
  trace.thread(1).at(kStart + 20).exec_failed(2);
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.launches.size() == 1);
  CHECK(heap.launches[0].path == "/usr/bin/b");
}
