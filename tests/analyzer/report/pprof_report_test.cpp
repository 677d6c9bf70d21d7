// The pprof profile, as a decoder that shares nothing with us reads it, against the JSON report.
#include "analyzer/report/pprof_report.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analyzer/base/error.h"
#include "analyzer/report/text_escape.h"
#include "tests/analyzer/compare/world.h"
#include "tests/analyzer/report/export_world.h"

using namespace memprof;
using nlohmann::json;
using report::Options;
using test::FakeFrames;
using test::ProcessBuilder;
using test::World;

namespace {

json decoded(const std::string& bytes) {
  return json::parse(test::output_of({DECODE_PROFILE}, bytes));
}

json profile_of(const profile::Run& run, FakeFrames& frames, const Options& options = {}) {
  return decoded(test::written(report::write_pprof_report, run, frames, options));
}

std::string shown(const json& text) {
  return text.is_null() ? "" : report::printable(text.get<std::string>());
}

/// A frame of either side as one text.
std::string frame_text(const json& frame) {
  std::ostringstream text;
  text << shown(frame["function"]) << "|" << shown(frame["file"]) << "|" << frame["line"] << "|"
       << shown(frame["module"]) << "|" << frame["offset"] << "|" << frame["inlined"];
  return text.str();
}

/// Rows of a process, as its stack and its values in the profile's order.
using Rows = std::multimap<std::string, std::vector<int64_t>>;

Rows rows_of_json(const json& process, bool moment) {
  Rows rows;
  for (const json& site : process["sites"]) {
    std::string stack;
    for (const json& frame : site["stack"]) stack += frame_text(frame) + "\n";
    std::vector<int64_t> values;
    for (const char* key : {"allocations", "bytes_allocated", "live_blocks", "live_bytes",
                            "peak_blocks", "peak_bytes"})
      values.push_back(site[key]);
    if (moment) values.insert(values.end(), {site["at_blocks"], site["at_bytes"]});
    rows.emplace(stack, values);
  }
  return rows;
}

/// The same of the profile. The marker of missing frames, which JSON leaves out of cut stacks, is
/// no frame here.
Rows rows_of_profile(const json& profile, uint32_t process) {
  Rows rows;
  for (const json& sample : profile["samples"]) {
    if (sample["labels"]["process_id"] != process) continue;
    std::string stack;
    for (const json& frame : sample["stack"]) {
      if (frame["function"] != "[...]") stack += frame_text(frame) + "\n";
    }
    rows.emplace(stack, sample["values"]);
  }
  return rows;
}

std::vector<std::pair<std::string, std::vector<int64_t>>> sorted(const Rows& rows) {
  std::vector<std::pair<std::string, std::vector<int64_t>>> list(rows.begin(), rows.end());
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

TEST_CASE("A pprof profile has every row of the JSON report, hostile and large names as well") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  const json profile = profile_of(run, frames);
  const json report = test::json_rows(run, frames);
  size_t rows = 0;
  for (const json& process : report["processes"]) {
    const Rows expected = rows_of_json(process, false);
    CHECK((sorted(rows_of_profile(profile, process["id"])) == sorted(expected)));
    rows += expected.size();
  }
  CHECK(rows == 36);
  CHECK(profile["samples"].size() == rows);
  CHECK(profile["sample_types"] ==
        json::parse(R"([["alloc_objects","count"],["alloc_space","bytes"],["inuse_objects","count"],
                        ["inuse_space","bytes"],["peak_objects","count"],["peak_space","bytes"]])"));
  CHECK(profile["default_sample_type"] == "peak_space");
  CHECK(profile["period_type"] == json::parse(R"(["space","bytes"])"));
  CHECK(profile["time_nanos"] == run.start_unix_ns);
  CHECK(profile["duration_nanos"] == run.duration_ns);
  CHECK(profile["samples"][0]["labels"]["process"] == "cc1plus");
  CHECK(profile["samples"][0]["labels"]["pid"] == 100);
}

#ifdef GO
TEST_CASE("Go's pprof reads a profile and sums it up as the JSON report does") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  const std::string bytes = test::written(report::write_pprof_report, run, frames);
  const json report = test::json_rows(run, frames);
  const std::map<std::string, const char*> keys = {{"alloc_objects", "allocations"},
                                                   {"alloc_space", "bytes_allocated"},
                                                   {"inuse_space", "live_bytes"},
                                                   {"peak_objects", "peak_blocks"},
                                                   {"peak_space", "peak_bytes"}};
  for (const auto& [type, key] : keys) {
    uint64_t total = 0;
    uint64_t of_f = 0;
    for (const json& process : report["processes"]) {
      for (const json& site : process["sites"]) {
        const uint64_t value = site[key];
        total += value;
        if (!site["stack"].empty() && site["stack"][0]["function"] == "f") of_f += value;
      }
    }
    const std::string text =
        test::output_of({GO, "tool", "pprof", "-top", "-nodefraction=0", "-unit=B",
                         "-symbolize=none", "-sample_index=" + type},
                        bytes);
    INFO(text.substr(0, 2000));
    // -unit=B has counts in B, too.
    CHECK(text.find("of " + std::to_string(total) + "B total") != std::string::npos);
    CHECK(text.find(" " + std::to_string(of_f) + "B ") != std::string::npos);
  }
  CHECK(test::output_of({GO, "tool", "pprof", "-tags"}, bytes).find("cc1plus") !=
        std::string::npos);
}
#endif

TEST_CASE("A pprof profile is the same bytes for the same run") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  CHECK(test::written(report::write_pprof_report, run, frames) ==
        test::written(report::write_pprof_report, run, frames));
}

TEST_CASE("A pprof profile's default type is what rows are ordered by") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  const auto shown_first = [&](report::By by) {
    Options options;
    options.by = by;
    return profile_of(run, frames, options)["default_sample_type"].get<std::string>();
  };
  CHECK(shown_first(report::By::kLive) == "inuse_space");
  CHECK(shown_first(report::By::kAllocated) == "alloc_space");
  CHECK(shown_first(report::By::kAllocations) == "alloc_objects");
  CHECK_THROWS_AS(shown_first(report::By::kTemporary), Error);
}

TEST_CASE("With a moment a pprof profile has what was live then, too") {
  FakeFrames frames;
  World world(frames,
              {ProcessBuilder(frames).peak({"main", "f"}, 100).peak({"main", "g"}, 7).process});
  profile::Run run = world.run;
  run.moments.push_back(world.moment);
  run.moments[0].processes.begin()->second.held = {{41, 2}, {0, 0}};
  const json profile = profile_of(run, frames);
  CHECK(profile["default_sample_type"] == "at_space");
  CHECK(profile["sample_types"].size() == 8);
  CHECK((sorted(rows_of_profile(profile, 1)) ==
         sorted(rows_of_json(test::json_rows(run, frames)["processes"][0], true))));
  CHECK(profile["samples"][0]["values"][7] == 41);
}

TEST_CASE("A pprof profile has only the processes asked for, and their program first") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  Options options;
  options.process = "cc1plus";
  CHECK(profile_of(run, frames, options)["samples"].size() == 24);
  options.process = "no such";
  CHECK_THROWS_AS(profile_of(run, frames, options), Error);
}

TEST_CASE("Stacks deeper than --depth keep both ends in a pprof profile") {
  FakeFrames frames;
  test::Frames deep;
  for (int i = 0; i < 100; ++i) deep.push_back("f" + std::to_string(i));
  const profile::Run run = test::run_of({ProcessBuilder(frames).peak(deep, 5).process});
  Options options;
  options.depth = 6;
  const json stack = profile_of(run, frames, options)["samples"][0]["stack"];
  std::vector<std::string> names;
  for (const json& frame : stack) names.push_back(frame["function"]);
  CHECK(names == std::vector<std::string>{"f99", "f98", "f97", "[...]", "f1", "f0"});
}

TEST_CASE("Offsets that no file has do not break a pprof profile") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  builder.peak({"main", "f"}, 5);
  // Address - bias wraps around to the end of the address space, as damaged traces have it.
  builder.process.heap.locations.edit()[1].address = 7;
  builder.process.heap.modules.push_back({"/lib/other.so", "\x01\xab", 0});
  builder.process.heap.locations.push_back({0x1235, 2, false});
  builder.process.heap.contexts.push_back({heap::kRootContext, 3});
  builder.process.heap.sites.push_back({heap::ContextId{3}, test::different_counts(1)});
  const profile::Run run = test::run_of({builder.process});
  const json profile = profile_of(run, frames);
  CHECK((sorted(rows_of_profile(profile, 1)) ==
         sorted(rows_of_json(test::json_rows(run, frames)["processes"][0], false))));
  CHECK(profile["mappings"][0] == FakeFrames::kModule);
  bool seen = false;
  for (const json& sample : profile["samples"]) {
    for (const json& frame : sample["stack"]) seen = seen || frame["build_id"] == "01ab";
  }
  CHECK(seen);
}

TEST_CASE(
    "A pprof profile of two moments has what was there before, negative and marked as the base") {
  FakeFrames frames;
  World before(frames, {ProcessBuilder(frames)
                            .peak({"main", "grows"}, 1000)
                            .peak({"main", "gone"}, 30)
                            .peak({"main", "same"}, 5)
                            .process});
  World after(frames, {ProcessBuilder(frames)
                           .peak({"main", "grows"}, 4000)
                           .peak({"main", "fresh"}, 7)
                           .peak({"main", "same"}, 5)
                           .process});
  std::ostringstream out;
  report::write_pprof_diff(out, {before.side(), after.side(), "old", "new"}, {});
  const json profile = decoded(out.str());
  CHECK(profile["sample_types"] ==
        json::parse(R"([["inuse_objects","count"],["inuse_space","bytes"]])"));
  std::map<std::string, std::pair<int64_t, int64_t>>
      seen;  // before and after, by innermost function
  for (const json& sample : profile["samples"]) {
    const bool base = sample["labels"].contains("pprof::base");
    if (base) CHECK(sample["labels"]["pprof::base"] == "true");
    REQUIRE(sample["stack"].size() == 2);
    CHECK(sample["stack"][1]["function"] == "main");
    CHECK(sample["stack"][0]["module"] == "program");
    auto& change = seen[sample["stack"][0]["function"]];
    (base ? change.first : change.second) += sample["values"][1].get<int64_t>();
    CHECK(sample["values"][0] == (base ? -1 : 1));
  }
  CHECK((seen ==
         std::map<std::string, std::pair<int64_t, int64_t>>{
             {"grows", {-1000, 4000}}, {"gone", {-30, 0}}, {"fresh", {0, 7}}, {"same", {-5, 5}}}));
}
