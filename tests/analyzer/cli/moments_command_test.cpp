// report --at, report --phase, diff and tree as commands.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

using memprof::test::run_memprof;
using memprof::test::ScratchFolder;
using memprof::test::TraceBuilder;
using nlohmann::json;

namespace {

/// f keeps 100 bytes and 1 KiB during the phase; main 50 until the mark; g `late` at the end.
void write_trace(const std::string& path, uint64_t late = 7) {
  TraceBuilder()
      .module("/no/such/program", "build-id")  // so that its offsets compare
      .alloc(0x1000, 100, {"main", "f"})
      .alloc(0x2000, 50, {"main"})
      .mark("middle")
      .free(0x2000)
      .phase_begin("work")
      .alloc(0x3000, 1024, {"main", "f"})
      .free(0x3000)
      .phase_end("work")
      .alloc(0x4000, late, {"main", "g"})
      .exit(0)
      .write(path);
}

json json_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const auto result = run_memprof(arguments);
  INFO(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

/// What the rows and the rest of a process hold at the moment, which is what its total says.
uint64_t held(const json& report) {
  const json& process = report["processes"][0];
  uint64_t bytes = process["other"]["at_bytes"];
  for (const json& site : process["sites"]) bytes += site["at_bytes"].get<uint64_t>();
  uint64_t grouped = report["at"]["other"]["at_bytes"];
  for (const json& site : report["at"]["sites"]) grouped += site["at_bytes"].get<uint64_t>();
  CHECK(grouped == bytes);
  CHECK(report["at"]["heap_bytes"] == bytes);
  CHECK(process["at"]["heap_bytes"] == bytes);
  return bytes;
}

}  // namespace

TEST_CASE("report --at says what lived at a moment, rows and other adding up to it", "[moments]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"));
  for (const char* top : {"0", "1"}) {
    const auto at = [&](const char* moment) {
      return held(json_of({"report", folder.path(), "--at", moment, "--top", top}));
    };
    CHECK(at("start") == 0);
    CHECK(at("mark:middle") == 150);
    CHECK(at("phase:work:begin") == 100);
    CHECK(at("phase:work:peak") == 1124);
    CHECK(at("phase:work:end") == 100);
    CHECK(at("peak") == 1124);
    CHECK(at("end") == 107);
  }
  const auto text = run_memprof({"report", folder.path(), "--at", "mark:middle", "--bytes"});
  CHECK(text.out.find("top allocators at mark middle (after ") != std::string::npos);
  const auto own = run_memprof({"report", folder.path(), "--at", "end", "--process", "program"});
  CHECK(own.out.find("top allocators at the end") != std::string::npos);
}

TEST_CASE("report --phase shows the phase alone and what lived at its own peak", "[moments]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"));
  CHECK(held(json_of({"report", folder.path(), "--phase", "work"})) == 1124);
  const auto text = run_memprof({"report", folder.path(), "--phase", "work"});
  CHECK(text.out.find("top allocators at the peak of phase work") != std::string::npos);
  const json phase = json_of({"report", folder.path()})["processes"][0]["phases"][0];
  CHECK(phase["heap_peak_bytes"] == 1124);
  uint64_t sum = phase["other"]["peak_bytes"];
  for (const json& site : phase["sites"]) sum += site["peak_bytes"].get<uint64_t>();
  CHECK(sum == 1124);
}

TEST_CASE("diff compares moments of one run, and runs", "[moments]") {
  const ScratchFolder folder;
  write_trace(folder.path("a.mtrace"));
  write_trace(folder.path("b.mtrace"), 70);
  const std::string a = folder.path("a.mtrace");
  const std::string b = folder.path("b.mtrace");
  const json within = json_of({"diff", a + "@phase:work:begin", a + "@end"});
  CHECK(within["total"]["before"] == 100);
  CHECK(within["total"]["after"] == 107);
  REQUIRE(within["rows"].size() == 1);
  CHECK(within["rows"][0]["state"] == "new");
  CHECK(json_of({"diff", a, b})["rows"].empty());
  const json ends = json_of({"diff", a + "@end", b + "@end"});
  REQUIRE(ends["rows"].size() == 1);
  CHECK(ends["rows"][0]["before"] == 7);
  CHECK(ends["rows"][0]["after"] == 70);
  CHECK(ends["rows"][0]["delta"] == 63);
  CHECK(ends["processes"][0]["before_id"] == 1);
  CHECK(json_of({"diff", b + "@end", a + "@end"})["rows"][0]["delta"] == -63);
  const auto text = run_memprof({"diff", a + "@end", b + "@end", "--bytes"});
  CHECK(text.out.find("+63") != std::string::npos);
  CHECK(text.out == run_memprof({"diff", a + "@end", b + "@end", "--bytes"}).out);
}

TEST_CASE("report --details knows sizes, lifetimes, threads and leak candidates", "[moments]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"));
  const json process =
      json_of({"report", folder.path(), "--details", "--by", "live"})["processes"][0];
  REQUIRE(process["sites"].size() == 3);
  const json& f = process["sites"][0];  // 100 bytes are live, 1 KiB is not
  CHECK(f["size_bytes"]["min"] == 100);
  CHECK(f["size_bytes"]["max"] == 1024);
  CHECK(f["sizes"].size() == 2);
  CHECK(f["sizes"][0]["from"] == 64);
  CHECK(f["sizes"][0]["to"] == 127);
  CHECK(f["lifetime_ns"]["count"] == 1);
  CHECK(f["lifetime_allocations"]["max"] == 0);
  CHECK(f["threads"][0]["bytes_allocated"] == 1124);
  CHECK(f["leak_candidate"] == true);
  CHECK(process["sites"][2]["leak_candidate"] == false);
  CHECK_FALSE(json_of({"report", folder.path()})["processes"][0]["sites"][0].contains("sizes"));
  const std::string text = run_memprof({"report", folder.path(), "--details"}).out;
  CHECK(text.find("sizes 100 B to 1.00 KiB, 562 B on average: 64 to 127 x1, 1,024 to 2,047 x1") !=
        std::string::npos);
  CHECK(text.find("leak candidates: live when the process ended") != std::string::npos);
}

TEST_CASE("tree lists the processes", "[moments]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"));
  CHECK(json_of({"tree", folder.path()})["processes"][0]["peak_bytes"] == 1124);
  CHECK(run_memprof({"tree", folder.path()}).out.find("* program") != std::string::npos);
}
