#include "analyzer/report/groups.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/analyzer/profile/run_builder.h"

using namespace memprof;
using report::Group;
using report::GroupRow;
using report::Groups;
using report::Metric;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

Groups groups_of(const profile::Run& run, FakeFrames& frames, Group group,
                 size_t cumulative_rows = SIZE_MAX) {
  const profile::Addresses addresses(run);
  profile::Names names(addresses, frames);
  std::vector<size_t> all;
  for (size_t i = 0; i < run.processes.size(); ++i) all.push_back(i);
  return report::group_stacks(run, names, profile::stack_rows(run, addresses, all), Metric::kMoment,
                              group, cumulative_rows);
}

std::map<std::string, uint64_t> flat_by_function(const Groups& groups) {
  std::map<std::string, uint64_t> flat;
  for (const GroupRow& row : groups.rows) flat[row.key.function] = row.flat.first;
  return flat;
}

symbols::Frame frame(const std::string& function, const std::string& file, uint32_t line,
                     bool inlined = false) {
  return {function, file, line, inlined};
}

}  // namespace

TEST_CASE("Rows are the first frames outside of the allocator, also through inlined ones") {
  FakeFrames frames;
  frames.define("new", {frame("operator new(unsigned long)", "", 0)});
  frames.define("push", {frame("std::vector<int>::_M_create()",
                               "/usr/include/c++/12/bits/stl_vector.h", 9, true),
                         frame("render_page(Page&)", "/src/render.cpp", 130)});
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames).peak({"main", "push", "new"}, 100).peak({"main", "f"}, 30).process});
  const Groups groups = groups_of(run, frames, Group::kLine);
  REQUIRE(groups.rows.size() == 2);
  CHECK(groups.rows[0].key.function == "render_page(Page&)");
  CHECK(groups.rows[0].key.file == "/src/render.cpp");
  CHECK(groups.rows[0].key.line == 130);
  CHECK(groups.rows[0].flat.first == 100);
  CHECK(groups.rows[1].key.function == "f");
  CHECK(groups.total.first == 130);
  CHECK(groups.total.second == 2);
}

TEST_CASE(
    "A stack of nothing but allocator frames is its innermost frame's, an empty one has a label") {
  FakeFrames frames;
  const profile::Run run = test::run_of({ProcessBuilder(frames)
                                             .peak({"xmalloc", "malloc"}, 10)
                                             .peak({}, 5)
                                             .peak({"[cut]"}, 2)
                                             .process});
  const auto flat = flat_by_function(groups_of(run, frames, Group::kLine));
  CHECK(flat == std::map<std::string, uint64_t>{{"malloc", 10}, {"[no stack]", 7}});
}

TEST_CASE("The cumulative amount counts each stack once, recursion or not") {
  FakeFrames frames;
  const profile::Run run = test::run_of({ProcessBuilder(frames)
                                             .peak({"main", "walk", "walk", "walk"}, 10)
                                             .peak({"main", "walk", "leaf"}, 5)
                                             .peak({"main"}, 1)
                                             .process});
  std::map<std::string, uint64_t> cumulative;
  for (const GroupRow& row : groups_of(run, frames, Group::kLine).rows) {
    cumulative[row.key.function] = row.cumulative;
    CHECK(row.cumulative >= row.flat.first);
  }
  CHECK(cumulative == std::map<std::string, uint64_t>{{"walk", 15}, {"leaf", 5}, {"main", 16}});
}

TEST_CASE("Cumulative amounts of random stacks are what adding up each stack gives") {
  // More groups than are summed at once, recursion, and the same stacks in several processes.
  std::mt19937 random(7);
  FakeFrames frames;
  std::map<std::string, uint64_t> truth;
  std::vector<profile::Process> processes;
  for (int p = 0; p < 3; ++p) {
    ProcessBuilder builder(frames);
    std::set<std::vector<std::string>> seen;
    for (int i = 0; i < 400; ++i) {
      std::vector<std::string> stack;
      for (auto depth = random() % 12; stack.size() <= depth;)
        stack.push_back("f" + std::to_string(random() % (stack.size() < 3 ? 4 : 150)));
      const uint64_t bytes = random() % 1000 + 1;
      if (!seen.insert(stack).second) continue;
      builder.peak(stack, bytes);
      for (const std::string& function : std::set(stack.begin(), stack.end()))
        truth[function] += bytes;
    }
    processes.push_back(std::move(builder.process));
  }
  const profile::Run run = test::run_of(std::move(processes));
  const Groups all = groups_of(run, frames, Group::kLine);
  REQUIRE(all.rows.size() > 128);
  for (const GroupRow& row : all.rows) {
    INFO(row.key.function);
    CHECK(row.cumulative == truth[row.key.function]);
  }
  const Groups some = groups_of(run, frames, Group::kLine, 10);
  for (size_t i = 0; i < some.rows.size(); ++i) {
    CHECK(some.rows[i].key == all.rows[i].key);
    CHECK(some.rows[i].cumulative == (i < 10 ? all.rows[i].cumulative : 0));
  }
}

TEST_CASE("Groupings by function, file and module merge what they leave out") {
  FakeFrames frames;
  frames.define("f10", {frame("f()", "/src/a.cpp", 10)});
  frames.define("f20", {frame("f()", "/src/a.cpp", 20)});
  frames.define("g30", {frame("g()", "/src/a.cpp", 30)});
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames).peak({"f10"}, 1).peak({"f20"}, 2).peak({"g30"}, 4).process});
  CHECK(groups_of(run, frames, Group::kLine).rows.size() == 3);
  CHECK(flat_by_function(groups_of(run, frames, Group::kFunction)) ==
        std::map<std::string, uint64_t>{{"f()", 3}, {"g()", 4}});
  const Groups files = groups_of(run, frames, Group::kFile);
  REQUIRE(files.rows.size() == 1);
  CHECK(files.rows[0].key.file == "/src/a.cpp");
  CHECK(files.rows[0].flat.first == 7);
  const Groups modules = groups_of(run, frames, Group::kModule);
  REQUIRE(modules.rows.size() == 1);
  CHECK(modules.rows[0].key.module == FakeFrames::kModule);
}

TEST_CASE("Code without symbols is a row per address by line, and one per module by function") {
  FakeFrames frames;
  frames.without_symbols("x").without_symbols("y");
  const profile::Run run =
      test::run_of({ProcessBuilder(frames).peak({"x"}, 1).peak({"y"}, 2).process});
  const Groups lines = groups_of(run, frames, Group::kLine);
  REQUIRE(lines.rows.size() == 2);
  CHECK(lines.rows[0].key.function == "program+0x100f");
  CHECK(groups_of(run, frames, Group::kFunction).rows.size() == 1);
}

TEST_CASE("Rows of several processes merge by name, and equal amounts are ordered by it") {
  FakeFrames frames;
  const profile::Run run =
      test::run_of({ProcessBuilder(frames, 0x10000).peak({"b"}, 10).peak({"a"}, 10).process,
                    ProcessBuilder(frames, 0x20000).peak({"c"}, 20).peak({"a"}, 10).process});
  const Groups groups = groups_of(run, frames, Group::kLine);
  REQUIRE(groups.rows.size() == 3);
  CHECK(groups.rows[0].key.function == "a");
  CHECK(groups.rows[0].flat.second == 2);
  CHECK(groups.rows[1].key.function == "c");
  CHECK(groups.rows[2].key.function == "b");
}

TEST_CASE("Without cumulative amounts, callers beyond the rows are not looked up") {
  FakeFrames frames;
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames).peak({"_start", "main", "work", "xmalloc"}, 10).process});
  groups_of(run, frames, Group::kLine, 0);
  CHECK(frames.asked() == 2);  // xmalloc, then work
}
