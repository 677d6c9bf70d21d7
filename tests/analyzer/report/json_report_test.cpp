#include "analyzer/report/json_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "analyzer/base/error.h"
#include "tests/analyzer/profile/run_builder.h"

using namespace memprof;
using nlohmann::ordered_json;
using report::Options;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

std::string text_of(const profile::Run& run, FakeFrames& frames, const Options& options = {}) {
  std::ostringstream out;
  report::write_json_report(out, run, frames, options);
  return out.str();
}

ordered_json json_of(const profile::Run& run, FakeFrames& frames, const Options& options = {}) {
  return ordered_json::parse(text_of(run, frames, options));
}

std::set<std::string> keys_of(const ordered_json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

bool has_keys(const ordered_json& object, const std::set<std::string>& wanted) {
  for (const std::string& key : wanted) {
    if (!object.contains(key)) {
      UNSCOPED_INFO("missing: " << key);
      return false;
    }
  }
  return true;
}

heap::Counts counts(uint64_t n) {
  heap::Counts c;
  c.allocations = 5 * n;
  c.frees = 3 * n;
  c.bytes_allocated = 100 * n;
  c.live_bytes = 40 * n;
  c.live_blocks = 2 * n;
  c.peak_bytes = 60 * n;
  c.peak_blocks = 3 * n;
  c.temporary = n;
  return c;
}

profile::Run many_sites(FakeFrames& frames, uint64_t sites) {
  ProcessBuilder builder(frames);
  for (uint64_t n = 1; n <= sites; ++n) builder.site({"main", "f" + std::to_string(n)}, counts(n));
  return test::run_of({builder.process});
}

}  // namespace

TEST_CASE("The report has all keys of its schema") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  builder.peak({"main", "f"}, 100);
  builder.process.heap.phases.push_back({"render", 1, 5, 9, 10, 30, 40, 100, 90, 120, 7});
  builder.process.heap.marks.push_back({"here", 7, 20, 30});
  const ordered_json json = json_of(test::run_of({builder.process}), frames);
  CHECK(json["schema"] == "memprof-report/1");
  CHECK(has_keys(json["run"], {"command", "start_unix_ns", "duration_ns", "processes",
                               "not_covered", "partly_covered"}));
  CHECK(has_keys(json["tree"], {"peak_heap_bytes", "peak_time_ns", "peak_rss_bytes",
                                "peak_rss_time_ns", "alive_at_peak", "sites", "other"}));
  REQUIRE(json["processes"].size() == 1);
  const ordered_json& process = json["processes"][0];
  CHECK(has_keys(process, {"id", "parent", "pid", "ppid", "exe", "argv", "start_ns", "duration_ns",
                           "end", "totals", "rss", "phases", "marks", "sites", "other", "health"}));
  CHECK(has_keys(process["totals"],
                 {"allocations", "frees", "bytes_allocated", "peak_bytes", "peak_blocks",
                  "peak_time_ns", "live_bytes", "live_blocks", "temporary", "foreign_frees",
                  "inherited_blocks", "inherited_bytes", "inherited_frees"}));
  CHECK(has_keys(process["rss"], {"baseline_bytes", "peak_bytes", "end_bytes", "delta_bytes",
                                  "peak_delta_bytes", "own_bytes"}));
  CHECK(has_keys(process["health"],
                 {"lost_events", "cut_stacks", "frames_without_symbols", "truncated"}));
  CHECK(process["phases"][0]["heap_delta_bytes"] == 20);
  CHECK(process["phases"][0]["rss_delta_bytes"] == -10);
  CHECK(process["phases"][0]["rss_peak_bytes"] == 120);
  CHECK(process["marks"][0]["time_ns"] == 7);
  const ordered_json& site = process["sites"][0];
  CHECK(has_keys(site, {"allocations", "frees", "bytes_allocated", "live_bytes", "live_blocks",
                        "peak_bytes", "peak_blocks", "temporary", "stack"}));
  CHECK(keys_of(site["stack"][0]) ==
        std::set<std::string>{"function", "file", "line", "module", "offset", "inlined"});
  CHECK(keys_of(process["other"]) ==
        std::set<std::string>{"allocations", "frees", "bytes_allocated", "live_bytes",
                              "live_blocks", "peak_bytes", "peak_blocks", "temporary"});
  CHECK(process["parent"].is_null());
  CHECK_FALSE(process.contains("status"));
  CHECK_FALSE(process.contains("signal"));
}

TEST_CASE("Rows and other add up to the totals, whatever --top and --by are") {
  FakeFrames frames;
  const profile::Run run = many_sites(frames, 37);
  for (const uint64_t top :
       {uint64_t{0}, uint64_t{1}, uint64_t{20}, uint64_t{37}, uint64_t{1000}}) {
    for (const report::By by : {report::By::kPeak, report::By::kTemporary, report::By::kLive}) {
      Options options;
      options.top = top;
      options.by = by;
      const ordered_json process = json_of(run, frames, options)["processes"][0];
      REQUIRE(process["sites"].size() == (top == 0 ? 37 : std::min<uint64_t>(top, 37)));
      for (const auto& [key, value] : process["other"].items()) {
        uint64_t sum = value.get<uint64_t>();
        for (const auto& site : process["sites"]) sum += site[key].get<uint64_t>();
        REQUIRE(sum == process["totals"][key].get<uint64_t>());
      }
    }
  }
}

TEST_CASE("The tree's rows and other add up to its peak") {
  FakeFrames frames;
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames, 0x10000).peak({"a"}, 5).peak({"b"}, 7).peak({"c"}, 9).process,
       ProcessBuilder(frames, 0x20000).peak({"main", "c"}, 11).process});
  Options options;
  options.top = 1;
  const ordered_json tree = json_of(run, frames, options)["tree"];
  REQUIRE(tree["sites"].size() == 1);
  CHECK(tree["sites"][0]["function"] == "c");
  CHECK(tree["sites"][0]["file"] == "/src/c.cpp");
  CHECK(tree["sites"][0]["line"] == 1);
  CHECK(tree["sites"][0]["peak_bytes"] == 20);
  CHECK(tree["sites"][0]["peak_blocks"] == 2);
  CHECK(tree["other"]["peak_bytes"] == 12);
  CHECK(tree["peak_heap_bytes"] == 32);
}

TEST_CASE("Rows are full stacks from the innermost frame, inlined ones before what they are in") {
  FakeFrames frames;
  frames.define("push",
                {{"operator new(unsigned long)", "", 0, true}, {"render", "/src/r.cpp", 9, false}});
  const ordered_json json =
      json_of(test::run_of({ProcessBuilder(frames).peak({"main", "push"}, 8).process}), frames);
  const ordered_json stack = json["processes"][0]["sites"][0]["stack"];
  REQUIRE(stack.size() == 3);
  CHECK(stack[0]["function"] == "operator new(unsigned long)");
  CHECK(stack[0]["inlined"] == true);
  CHECK(stack[0]["file"].is_null());
  CHECK(stack[0]["line"].is_null());
  CHECK(stack[1]["function"] == "render");
  CHECK(stack[1]["line"] == 9);
  CHECK(stack[2]["function"] == "main");
  CHECK(stack[2]["module"] == FakeFrames::kModule);
  CHECK(stack[2]["offset"] == frames.offset_of("main") - 1);
}

TEST_CASE("Rows are ordered by what was asked for, equal ones by stack") {
  FakeFrames frames;
  for (const char* name : {"a", "b", "c"}) frames.offset_of(name);
  heap::Counts busy = counts(1);
  busy.temporary = 100;
  const profile::Run run = test::run_of({ProcessBuilder(frames)
                                             .site({"c"}, counts(1))
                                             .site({"b"}, counts(1))
                                             .site({"a"}, busy)
                                             .process});
  const auto order = [&](report::By by) {
    Options options;
    options.by = by;
    std::string names;
    const ordered_json json = json_of(run, frames, options);
    for (const auto& site : json["processes"][0]["sites"]) {
      names += site["stack"][0]["function"].get<std::string>();
    }
    return names;
  };
  CHECK(order(report::By::kPeak) == "abc");
  CHECK(order(report::By::kTemporary) == "abc");
  CHECK(order(report::By::kAllocations) == "abc");
}

TEST_CASE("The same run gives the same bytes") {
  FakeFrames frames;
  const profile::Run run = many_sites(frames, 50);
  CHECK(text_of(run, frames) == text_of(run, frames));
}

TEST_CASE("A deep stack keeps both ends around one frame that says so") {
  FakeFrames frames;
  test::Frames stack;
  for (int i = 0; i < 2000; ++i) stack.push_back("f" + std::to_string(i));
  const profile::Run run = test::run_of({ProcessBuilder(frames).peak(stack, 8).process});
  for (const uint64_t depth :
       {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{512}, uint64_t{1999}}) {
    Options options;
    options.depth = depth;
    const ordered_json frames_json =
        json_of(run, frames, options)["processes"][0]["sites"][0]["stack"];
    REQUIRE(frames_json.size() == depth);
    uint64_t markers = 0;
    for (const auto& frame : frames_json) markers += frame["function"] == "[...]" ? 1 : 0;
    CHECK(markers == 1);
    if (depth >= 3) {
      CHECK(frames_json.front()["function"] == "f1999");
      CHECK(frames_json.back()["function"] == "f0");
    }
  }
  Options all;
  all.depth = 2000;
  CHECK(json_of(run, frames, all)["processes"][0]["sites"][0]["stack"].size() == 2000);
}

TEST_CASE("The marker of a cut stack is no frame") {
  FakeFrames frames;
  const ordered_json json =
      json_of(test::run_of({ProcessBuilder(frames).peak({"[cut]", "f"}, 8).process}), frames);
  CHECK(json["processes"][0]["sites"][0]["stack"].size() == 1);
}

TEST_CASE("Hostile names come out as valid JSON without a raw control character") {
  FakeFrames frames;
  frames.define("evil", {{"\x1b]0;title\x07\xff\xc2\x9b" + std::string(100'000, 'x'),
                          "/src/\n\"\\.cpp", 3, false}});
  ProcessBuilder builder(frames);
  builder.peak({"evil"}, 8).exe("/bin/\xfe\x1b[2J").argv({"a\nb", "\x9b\xff"});
  builder.process.heap.marks.push_back({std::string("m\0k", 3), 1, 2, 3});
  const std::string text = text_of(test::run_of({builder.process}), frames);
  for (const char c : text) REQUIRE((c == '\n' || (c >= 0x20 && c < 0x7f)));
  const ordered_json json = ordered_json::parse(text);
  const std::string function = json["processes"][0]["sites"][0]["stack"][0]["function"];
  CHECK(function.starts_with("\x1b]0;title\x07\xef\xbf\xbd\xc2\x9bxxx"));
  CHECK(json["processes"][0]["sites"][0]["stack"][0]["file"] == "/src/\n\"\\.cpp");
  CHECK(json["processes"][0]["exe"] == "/bin/\xef\xbf\xbd\x1b[2J");
  CHECK(json["processes"][0]["marks"][0]["name"] == std::string("m\0k", 3));
}

TEST_CASE("Frames without symbols are counted per process and have a name that places them") {
  FakeFrames frames;
  frames.without_symbols("s1").without_symbols("s2");
  const ordered_json json =
      json_of(test::run_of({ProcessBuilder(frames).peak({"main", "s1"}, 8).process,
                            ProcessBuilder(frames).peak({"main", "s2", "s1"}, 8).process}),
              frames);
  CHECK(json["processes"][0]["health"]["frames_without_symbols"] == 1);
  CHECK(json["processes"][1]["health"]["frames_without_symbols"] == 2);
  CHECK(json["processes"][0]["sites"][0]["stack"][0]["function"] == "program+0xfff");
}

TEST_CASE("How a process ended and what is known of its losses is said") {
  FakeFrames frames;
  profile::Process exited = ProcessBuilder(frames).peak({"main"}, 1).process;
  exited.heap.end = heap::End::kExit;
  exited.heap.status_known = true;
  exited.heap.status = 7;
  profile::Process killed = ProcessBuilder(frames).peak({"main"}, 1).process;
  killed.signal = 9;
  killed.parent = 1;
  killed.heap.health.lost_events = 3;
  killed.heap.health.truncated = true;
  const ordered_json json = json_of(test::run_of({exited, killed}), frames);
  CHECK(json["processes"][0]["end"] == "exit");
  CHECK(json["processes"][0]["status"] == 7);
  CHECK(json["processes"][1]["end"] == "open");
  CHECK(json["processes"][1]["signal"] == 9);
  CHECK(json["processes"][1]["parent"] == 1);
  CHECK(json["processes"][1]["health"]["lost_events"] == 3);
  CHECK(json["processes"][1]["health"]["truncated"] == true);
}

TEST_CASE(
    "--process chooses by name, path or command line, and a glob that matches none is an error") {
  FakeFrames frames;
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames).exe("/usr/bin/make").argv({"make", "-j8"}).process,
       ProcessBuilder(frames).exe("/usr/lib/gcc/cc1plus").argv({"cc1plus", "a.cpp"}).process});
  const auto chosen = [&](const std::string& glob) {
    Options options;
    options.process = glob;
    std::vector<uint32_t> ids;
    const ordered_json json = json_of(run, frames, options);
    for (const auto& process : json["processes"]) ids.push_back(process["id"]);
    return ids;
  };
  CHECK(chosen("cc1plus") == std::vector<uint32_t>{2});
  CHECK(chosen("/usr/bin/*") == std::vector<uint32_t>{1});
  CHECK(chosen("* a.cpp") == std::vector<uint32_t>{2});
  CHECK(chosen("") == std::vector<uint32_t>{1, 2});
  CHECK_THROWS_AS(chosen("ld"), Error);
}
