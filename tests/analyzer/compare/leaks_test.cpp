#include "analyzer/compare/leaks.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analyzer/report/leaks_report.h"
#include "tests/analyzer/compare/sarif_rules.h"
#include "tests/analyzer/compare/world.h"

using namespace memprof;
using compare::FailOn;
using compare::Leaks;
using compare::Reachability;
using compare::Suppressions;
using namespace nlohmann::literals;
using nlohmann::json;
using test::FakeFrames;
using test::Frames;
using test::ProcessBuilder;
using test::World;

namespace {

heap::Counts live(uint64_t bytes, uint64_t blocks) {
  heap::Counts counts;
  counts.allocations = blocks + 1;
  counts.frees = 1;
  counts.live_bytes = bytes;
  counts.live_blocks = blocks;
  return counts;
}

profile::Process ended(profile::Process process, heap::End end = heap::End::kExit) {
  process.heap.end = end;
  return process;
}

struct Example {
  FakeFrames frames;
  World world{
      frames,
      {ended(ProcessBuilder(frames)
                 .site({"main", "f"}, live(100, 2))
                 .site({"main", "g"}, live(300, 1))
                 .site({"main", "clean"}, live(0, 0))
                 .process),
       ended(ProcessBuilder(frames).pid(7).site({"main", "f"}, live(50, 5)).process),
       ended(ProcessBuilder(frames).pid(8).site({"main", "f"}, live(9, 1)).process,
             heap::End::kOpen),
       ended(ProcessBuilder(frames).pid(9).site({"main"}, live(8, 1)).process, heap::End::kExec)}};
  std::vector<size_t> processes = world.all();
  Suppressions suppressions;

  Leaks leaks() { return compare::find_leaks(world.run, world.names, processes, suppressions); }
};

template <typename Write>
std::string written(Example& example, FailOn fail_on, Write write) {
  const Leaks leaks = example.leaks();
  const report::LeaksInput input{
      {{example.world.run, example.world.names, example.processes, leaks, "some.trace"}},
      example.suppressions,
      fail_on};
  std::ostringstream out;
  write(out, input, report::Options{});
  return out.str();
}

}  // namespace

TEST_CASE("Live blocks of processes that exited are leaks, by process and stack", "[leaks]") {
  Example example;
  const Leaks leaks = example.leaks();
  REQUIRE(leaks.rows.size() == 3);
  CHECK(leaks.rows[0].held() == heap::Held{300, 1});
  CHECK(leaks.rows[1].held() == heap::Held{100, 2});
  CHECK(leaks.rows[2].held() == heap::Held{50, 5});
  CHECK(leaks.rows[2].process == 1);
  CHECK(leaks.sum(Reachability::kUnknown) == heap::Held{450, 8});
  CHECK(leaks.sum(Reachability::kLost) == heap::Held{});
}

TEST_CASE("Processes that were killed or replaced are named, not judged", "[leaks]") {
  Example example;
  const Leaks leaks = example.leaks();
  REQUIRE(leaks.unexamined.size() == 2);
  CHECK(leaks.unexamined[0].process == 2);
  CHECK(leaks.unexamined[0].held == heap::Held{9, 1});
  CHECK(leaks.unexamined[1].process == 3);
  uint64_t live_bytes = 0;
  for (const auto& process : example.world.run.processes)
    live_bytes += process.heap.totals.live_bytes;
  uint64_t sum = leaks.sum(Reachability::kUnknown).bytes + leaks.suppressed().bytes;
  for (const auto& one : leaks.unexamined) sum += one.held.bytes;
  CHECK(sum == live_bytes);
}

TEST_CASE("What is suppressed is summed by suppression and makes nothing fail", "[leaks]") {
  Example example;
  example.suppressions.add_text("leak:^f$\nleak:none\n", "list");
  Leaks leaks = example.leaks();
  CHECK(leaks.suppressed() == heap::Held{150, 7});
  CHECK(compare::fails(leaks, FailOn::kUnknown));  // g
  example.suppressions.add_text("leak:^g$\n", "list");
  leaks = example.leaks();
  CHECK_FALSE(compare::fails(leaks, FailOn::kReachable));
  const json report = json::parse(written(example, FailOn::kUnknown, report::write_json_leaks));
  CHECK(report["verdict"] == "clean");
  CHECK(report["totals"]["suppressed"]["bytes"] == 450);
  REQUIRE(report["suppressions"].size() == 3);
  CHECK(report["suppressions"][0]["bytes"] == 150);
  CHECK(report["suppressions"][0]["from"] == "list:1");
  CHECK(report["suppressions"][1]["blocks"] == 0);  // may be out of date
  for (const json& leak : report["leaks"]) CHECK(leak["suppressed"] == true);
  const std::string text = written(example, FailOn::kUnknown, report::write_text_leaks);
  CHECK(text.find("suppressed: 450 B in 8 blocks") != std::string::npos);
  CHECK(text.find("150 B           7  ^f$  (list:1)") != std::string::npos);
  CHECK(text.find("verdict: no leaks") != std::string::npos);
}

TEST_CASE("Which states fail is a ladder", "[leaks]") {
  Example example;
  Leaks leaks = example.leaks();
  const auto failing = [&](Reachability state) {
    for (compare::Leak& row : leaks.rows) row.state = state;
    return std::vector<bool>{compare::fails(leaks, FailOn::kLost),
                             compare::fails(leaks, FailOn::kUnknown),
                             compare::fails(leaks, FailOn::kReachable)};
  };
  CHECK(failing(Reachability::kLost) == std::vector<bool>{true, true, true});
  CHECK(failing(Reachability::kUnknown) == std::vector<bool>{false, true, true});
  CHECK(failing(Reachability::kReachable) == std::vector<bool>{false, false, true});
}

TEST_CASE("The JSON of leaks has a row for each process and stack", "[leaks]") {
  Example example;
  const json report = json::parse(written(example, FailOn::kUnknown, report::write_json_leaks));
  CHECK(report["schema"] == "memprof-leaks/1");
  CHECK(report["verdict"] == "leaks");
  REQUIRE(report["leaks"].size() == 3);
  const json& first = report["leaks"][0];
  CHECK(first["id"] == 1);
  CHECK(first["state"] == "unknown");
  CHECK(first["bytes"] == 300);
  CHECK(first["blocks"] == 1);
  CHECK(first["suppressed"] == false);
  CHECK(first["stack"][0]["function"] == "g");
  CHECK(first["stack"][1]["function"] == "main");
  CHECK(report["runs"][0]["unexamined"][0]["end"] == "open");
  CHECK(report["runs"][0]["unexamined"][1]["end"] == "exec");
}

TEST_CASE("SARIF has a result a stack, placed in the tree that was built", "[leaks]") {
  Example example;
  example.frames.define(
      "g", {{"g", "/usr/include/odd name.h", 3, true}, {"h", "/src/lib/h.cpp", 8, false}});
  example.suppressions.add_text("leak:^f$\n", "list");
  const json sarif = json::parse(written(example, FailOn::kUnknown, report::write_sarif_leaks));
  REQUIRE(test::sarif_problems(sarif) == std::vector<std::string>{});
  const json& run = sarif["runs"][0];
  CHECK(run["tool"]["driver"]["name"] == "memprof");
  // Of both processes.
  CHECK(run["properties"]["suppressed"] == json({{"bytes", 150}, {"blocks", 7}}));
  REQUIRE(run["results"].size() == 1);
  const json& g = run["results"][0];
  CHECK(g["properties"] == json({{"bytes", 300}, {"blocks", 1}}));
  CHECK(g["level"] == "warning");
  const json& place = g["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "lib/h.cpp");
  CHECK(place["region"]["startLine"] == 8);
  const json& inner = g["stacks"][0]["frames"][0]["location"]["physicalLocation"];
  CHECK(inner["artifactLocation"]["uri"] == "file:///usr/include/odd%20name.h");
}

TEST_CASE("Each result of SARIF has a place, whatever is known of its stack", "[leaks]") {
  const symbols::Frame unknown{"", "", 0, false};
  const symbols::Frame no_line{"g", "/src/x: y?#.cpp", 0, false};
  const symbols::Frame allocator{"operator new(unsigned long)", "/src/new.cpp", 3, false};
  const std::vector<symbols::Frame> all{unknown, no_line, allocator};
  for (const symbols::Frame& inner : all) {
    for (const symbols::Frame& outer : all) {
      Example example;
      example.frames.define("f", {inner});
      example.frames.define("g", {inner});
      example.frames.define("main", {outer});
      const json sarif = json::parse(written(example, FailOn::kUnknown, report::write_sarif_leaks));
      CHECK(test::sarif_problems(sarif) == std::vector<std::string>{});
      CHECK_FALSE(sarif["runs"][0]["results"].empty());
    }
  }
}

TEST_CASE("What code scanning needs of SARIF is missed wherever it is missing", "[leaks]") {
  Example example;
  const json good = json::parse(written(example, FailOn::kUnknown, report::write_sarif_leaks));
  REQUIRE(test::sarif_problems(good).empty());
  const json::json_pointer result("/runs/0/results/0");
  const json::json_pointer place = result / "locations" / 0 / "physicalLocation";
  const json::json_pointer driver("/runs/0/tool/driver");
  for (const json::json_pointer& needed :
       {"/version"_json_pointer, "/$schema"_json_pointer, "/runs"_json_pointer,
        "/runs/0/tool"_json_pointer, driver / "name", driver / "rules", driver / "rules" / 0 / "id",
        driver / "rules" / 0 / "help", result / "ruleId", result / "message",
        result / "message" / "text", result / "locations", result / "partialFingerprints", place,
        place / "artifactLocation", place / "artifactLocation" / "uri", place / "region",
        place / "region" / "startLine"}) {
    INFO(needed.to_string());
    json bad = good;
    REQUIRE(bad.contains(needed));
    bad[needed.parent_pointer()].erase(needed.back());
    CHECK_FALSE(test::sarif_problems(bad).empty());
  }
  for (const auto& [where, value] : std::vector<std::pair<json::json_pointer, json>>{
           {"/version"_json_pointer, "2.0"},
           {result / "ruleId", "none"},
           {result / "locations", json::array()},
           {result / "level", "bad"},
           {place / "artifactLocation" / "uri", "../x.cpp"},
           {place / "artifactLocation" / "uri", "/x.cpp"},
           {place / "artifactLocation" / "uri", "a b.cpp"},
           {place / "region" / "startLine", 0}}) {
    INFO(where.to_string());
    json bad = good;
    bad[where] = value;
    CHECK_FALSE(test::sarif_problems(bad).empty());
  }
}
