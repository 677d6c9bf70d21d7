#include "analyzer/compare/check.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analyzer/base/error.h"
#include "analyzer/report/check_report.h"
#include "tests/analyzer/compare/world.h"

using namespace memprof;
using compare::Baseline;
using compare::Budget;
using compare::LimitResult;
using compare::parse_budget;
using State = LimitResult::State;
using nlohmann::json;
using test::FakeFrames;
using test::ProcessBuilder;
using test::World;

namespace {

using Values = std::vector<std::vector<std::optional<double>>>;

heap::Counts counts(uint64_t allocations, uint64_t live, uint64_t peak, uint64_t temporary) {
  heap::Counts result;
  result.allocations = allocations;
  result.live_bytes = live;
  result.live_blocks = live == 0 ? 0 : 1;
  result.peak_bytes = peak;
  result.peak_blocks = 1;
  result.temporary = temporary;
  return result;
}

/// A make with two compilers; the second has a phase "parse", twice.
struct Example {
  FakeFrames frames;
  World world{frames, processes()};

  std::vector<profile::Process> processes() {
    std::vector<profile::Process> all{ProcessBuilder(frames)
                                          .exe("/usr/bin/make")
                                          .argv({"make"})
                                          .site({"main"}, counts(4, 40, 400, 1))
                                          .process,
                                      ProcessBuilder(frames)
                                          .exe("/usr/lib/cc1plus")
                                          .argv({"cc1plus", "a"})
                                          .site({"main", "parse", "grow"}, counts(10, 0, 3000, 5))
                                          .site({"main", "emit"}, counts(20, 7, 500, 0))
                                          .process,
                                      ProcessBuilder(frames)
                                          .exe("/usr/lib/cc1plus")
                                          .argv({"cc1plus", "b"})
                                          .site({"main", "parse"}, counts(30, 9, 2000, 10))
                                          .process};
    all[1].heap.rss.peak_bytes = 9000;
    all[1].heap.rss.baseline_bytes = 4000;
    all[2].heap.rss.peak_bytes = 8500;
    all[2].heap.rss.baseline_bytes = 1000;
    for (const uint64_t peak : {700, 900}) {
      heap::Phase phase;
      phase.name = "parse";
      phase.heap_begin_bytes = 100;
      phase.heap_peak_bytes = peak;
      phase.heap_end_bytes = 90 + peak / 10;
      phase.allocations = peak / 100;
      all[2].heap.phases.push_back(phase);
    }
    return all;
  }

  std::optional<double> value(const std::string& limit) {
    const Budget budget = parse_budget("[[limit]]\n" + limit + "\nmax = 'baseline'\n", "b.toml");
    world.run.tree.peak_heap_bytes = 5000;
    return compare::measure(world.run, world.names, budget.limits[0]);
  }
};

std::vector<LimitResult> results_of(const std::string& text, const Values& values,
                                    const Baseline& baseline = {}) {
  return compare::check(parse_budget(text, "b.toml"), baseline, values);
}

std::string limit(const std::string& rest) {
  return "[[limit]]\nfigure = 'peak_heap'\n" + rest + "\n";
}

}  // namespace

TEST_CASE("The tree's figures are sums over its processes", "[budget]") {
  Example example;
  CHECK(example.value("figure = 'peak_heap'") == 5000.0);
  CHECK(example.value("figure = 'allocations'") == 64.0);
  CHECK(example.value("figure = 'live_at_exit'") == 56.0);
  CHECK(example.value("figure = 'temporary_share'") == 25.0);
  CHECK_FALSE(example.value("figure = 'peak_rss'").has_value());  // nobody measured it
}

TEST_CASE("Of several processes or phases the largest value counts", "[budget]") {
  Example example;
  CHECK(example.value("figure = 'peak_heap'\nprocess = 'cc1*'") == 3500.0);
  CHECK(example.value("figure = 'peak_rss'\nprocess = 'cc1*'") == 9000.0);
  CHECK(example.value("figure = 'peak_rss_delta'\nprocess = 'cc1*'") == 7500.0);
  CHECK(example.value("figure = 'peak_heap'\nphase = 'parse'") == 900.0);
  CHECK(example.value("figure = 'peak_heap_delta'\nphase = 'parse'") == 800.0);
  CHECK(example.value("figure = 'kept'\nphase = 'parse'") == 80.0);
  CHECK(example.value("figure = 'allocations'\nphase = 'parse'\nprocess = '*plus'") == 9.0);
  CHECK_FALSE(example.value("figure = 'peak_heap'\nphase = 'parse'\nprocess = 'make'").has_value());
  CHECK_FALSE(example.value("figure = 'peak_heap'\nprocess = 'ld'").has_value());
}

TEST_CASE("A function has all that it or what it calls allocates", "[budget]") {
  Example example;
  CHECK(example.value("figure = 'peak_heap'\nfunction = '^parse$'") == 3000.0);
  CHECK(example.value("figure = 'allocations'\nfunction = 'parse'") == 30.0);
  CHECK(example.value("figure = 'peak_heap'\nfunction = 'main'\nprocess = 'cc1*'") == 3500.0);
  CHECK(example.value("figure = 'temporary_share'\nfunction = 'grow'") == 50.0);
  CHECK_FALSE(example.value("figure = 'peak_heap'\nfunction = 'none'").has_value());
}

TEST_CASE("The median of the runs is held to the limit", "[budget]") {
  const auto results = results_of(limit("max = 100"), {{{90.0}, {500.0}, {100.0}}});
  CHECK(results[0].state == State::kKept);
  CHECK(results[0].value == 100);
  CHECK(results[0].headroom() == 0);
  CHECK(results_of(limit("max = 100"), {{{90.0}, {500.0}, {101.0}}})[0].state == State::kOver);
  CHECK(results_of(limit("max = 100"), {{{90.0}, {112.0}}})[0].value == 101);
}

TEST_CASE("A limit on nothing is broken, unless it is optional", "[budget]") {
  CHECK(results_of(limit("max = 100"), {{{90.0}, {}}})[0].state == State::kMissing);
  CHECK(results_of(limit("max = 100"), {{{}}})[0].broken());
  const auto optional = results_of(limit("max = 100\noptional = true"), {{{}}});
  CHECK(optional[0].state == State::kSkipped);
  CHECK_FALSE(optional[0].broken());
}

TEST_CASE("A limit relative to a baseline needs one", "[budget]") {
  CHECK_THROWS_WITH(results_of("\n" + limit("max = 'baseline'"), {{{90.0}}}),
                    Catch::Contains("b.toml:2: peak_heap of the tree has no baseline"));
  Baseline baseline;
  baseline.values[{compare::BudgetFigure::kPeakHeap, {}}] = 100;
  const std::string relative = limit("max = 'baseline'\ntolerance = '10 %'");
  CHECK(results_of(relative, {{{110.0}}}, baseline)[0].state == State::kKept);
  CHECK(results_of(relative, {{{111.0}}}, baseline)[0].state == State::kOver);
  CHECK(results_of(limit("max = 'baseline'\noptional = true"), {{{}}})[0].state == State::kSkipped);
}

TEST_CASE("What moved is ordered by how much", "[budget]") {
  const auto frame = [](const char* name) { return compare::Frame{name, "", ""}; };
  const auto moved =
      compare::moved_most({{frame("same"), 5}, {frame("less"), 90}, {frame("gone"), 7}},
                          {{frame("same"), 5}, {frame("less"), 50}, {frame("new"), 70}});
  REQUIRE(moved.size() == 3);
  CHECK(moved[0].function.function == "new");
  CHECK(moved[0].delta() == 70);
  CHECK(moved[1].delta() == -40);
  CHECK(moved[2].delta() == -7);
}

TEST_CASE("Functions hold what the stacks hold whose first frame they are", "[budget]") {
  Example example;
  const auto bytes = report::bytes_by_function(example.world.side());
  uint64_t sum = 0;
  for (const auto& [frame, held] : bytes) sum += held;
  CHECK(sum == 400 + 3500 + 2000);
  CHECK(bytes.at({"parse", "parse.cpp", "program"}) == 2000);
  CHECK(bytes.at({"grow", "grow.cpp", "program"}) == 3000);
}

TEST_CASE("Hostile names break neither XML nor Markdown nor JSON", "[budget]") {
  const Budget budget = parse_budget(limit("max = 10\nname = \"a<b>&\\\"|`c` \\u001b\""), "b.toml");
  const auto results = compare::check(budget, {}, {{{11.0}}});
  const std::vector<compare::Moved> moved{{{"f<int>(\"x\" & |)", "", ""}, 1, 2}};
  const report::CheckInput input{budget, {"run"}, "make <all>", results, moved};
  const auto written = [&](auto write) {
    std::ostringstream out;
    write(out, input, report::Options{});
    return out.str();
  };
  const std::string xml = written(report::write_junit_check);
  CHECK(xml.find("name=\"a&lt;b&gt;&amp;&quot;|`c` \xef\xbf\xbd\"") != std::string::npos);
  CHECK(xml.find("failures=\"1\"") != std::string::npos);
  CHECK(xml.find("f&lt;int&gt;") != std::string::npos);
  const std::string markdown = written(report::write_markdown_check);
  CHECK(markdown.find("a\\<b\\>\\&\"\\|\\`c\\`") != std::string::npos);
  const json report = json::parse(written(report::write_json_check));
  CHECK(report["verdict"] == "broken");
  CHECK(report["limits"][0]["headroom"] == -1);
  CHECK(report["limits"][0]["state"] == "over");
  CHECK(written(report::write_text_check).find("verdict: over the budget: 1 of 1 limit broken") !=
        std::string::npos);
}
