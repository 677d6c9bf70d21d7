#include "analyzer/compare/diff.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "tests/analyzer/compare/world.h"

using namespace memprof;
using compare::Change;
using compare::Diff;
using test::FakeFrames;
using test::Frames;
using test::ProcessBuilder;
using test::World;

namespace {

std::string stack_text(const Diff& diff, compare::StackNumber stack) {
  std::string text;
  for (const compare::FrameId id : diff.stacks.frames_of(stack)) {
    if (!text.empty()) text += '<';
    text += diff.stacks.frame(id).function;
  }
  return text;
}

/// Rows in order, "f<main 10>30".
std::vector<std::string> rows_of(const Diff& diff) {
  std::vector<std::string> rows;
  for (const compare::StackChange& row : diff.rows) {
    rows.push_back(stack_text(diff, row.stack) + " " + std::to_string(row.change.before.bytes) +
                   ">" + std::to_string(row.change.after.bytes));
  }
  return rows;
}

Diff diff_of(World& before, World& after) {
  return compare::compare(before.side(), after.side());
}

}  // namespace

TEST_CASE("Rows are ordered by how much they changed, and add up to the total") {
  FakeFrames frames;
  World before(frames, {ProcessBuilder(frames)
                            .peak({"main", "same"}, 1000)
                            .peak({"main", "less"}, 500)
                            .peak({"main", "gone"}, 30)
                            .process});
  World after(frames, {ProcessBuilder(frames, 0x700000)
                           .peak({"main", "new"}, 90)
                           .peak({"main", "less"}, 100)
                           .peak({"main", "same"}, 1000)
                           .process});
  const Diff diff = diff_of(before, after);
  CHECK(rows_of(diff) == std::vector<std::string>{"less<main 500>100", "new<main 0>90",
                                                  "gone<main 30>0", "same<main 1000>1000"});
  CHECK(diff.rows[1].change.is_new());
  CHECK(diff.rows[2].change.is_gone());
  CHECK(diff.rows[0].change.delta_bytes() == -400);
  CHECK(diff.total.before.bytes == 1530);
  CHECK(diff.total.after.bytes == 1190);
}

TEST_CASE("Stacks compare by function, file and module, not by address or line") {
  FakeFrames old_build;
  FakeFrames new_build;
  for (int i = 0; i < 5; ++i) new_build.offset_of("padding" + std::to_string(i));
  old_build.define("f", {{"f", "/src/f.cpp", 10, false}});
  new_build.define("f", {{"f", "/src/f.cpp", 99, false}});
  World before(old_build, {ProcessBuilder(old_build).peak({"main", "f"}, 10).process});
  World after(new_build, {ProcessBuilder(new_build, 0x123000).peak({"main", "f"}, 25).process});
  const Diff diff = diff_of(before, after);
  CHECK(rows_of(diff) == std::vector<std::string>{"f<main 10>25"});
  CHECK(diff.stacks.frame(diff.stacks.frames_of(diff.rows[0].stack)[0]).file == "f.cpp");
}

TEST_CASE("Two lines of one function are one row, as two call sites of it are") {
  FakeFrames frames;
  frames.define("f1", {{"f", "/src/f.cpp", 1, false}});
  frames.define("f2", {{"f", "/src/f.cpp", 2, false}});
  World before(frames, {ProcessBuilder(frames).peak({"main", "f1"}, 10).process});
  World after(frames, {ProcessBuilder(frames).peak({"main", "f2"}, 10).process});
  CHECK(rows_of(diff_of(before, after)) == std::vector<std::string>{"f<main 10>10"});
}

TEST_CASE("Inlined functions are frames of their own, the cut marker is none") {
  FakeFrames frames;
  frames.define("inlined", {{"inner", "/src/a.h", 1, true}, {"outer", "/src/a.cpp", 2, false}});
  World before(frames, {ProcessBuilder(frames).peak({"[cut]", "inlined"}, 10).process});
  World after(frames, {ProcessBuilder(frames).peak({"inlined"}, 10).process});
  CHECK(rows_of(diff_of(before, after)) == std::vector<std::string>{"inner<outer 10>10"});
}

TEST_CASE("Code without symbols is told apart by offset only in the very same module") {
  FakeFrames frames;
  frames.without_symbols("a").without_symbols("b");
  const auto world = [&](const std::string& build_id) {
    profile::Process process = ProcessBuilder(frames).peak({"a"}, 1).peak({"b"}, 2).process;
    process.heap.modules.edit()[1].build_id = build_id;
    return process;
  };
  World same_before(frames, {world("id")});
  World same_after(frames, {world("id")});
  CHECK(diff_of(same_before, same_after).rows.size() == 2);
  World other_after(frames, {world("another")});
  CHECK(rows_of(diff_of(same_before, other_after)) == std::vector<std::string>{"program 3>3"});
}

TEST_CASE("Processes add up to the total, matched or not") {
  FakeFrames frames;
  World before(frames, {ProcessBuilder(frames).argv({"make"}).peak({"main"}, 5).process,
                        ProcessBuilder(frames).argv({"cc1", "a"}).peak({"main"}, 70).process});
  World after(frames, {ProcessBuilder(frames).argv({"make"}).peak({"main"}, 6).process,
                       ProcessBuilder(frames).argv({"cc1", "b"}).peak({"main"}, 80).process,
                       ProcessBuilder(frames).argv({"cc1", "a"}).peak({"main"}, 70).process});
  const Diff diff = diff_of(before, after);
  REQUIRE(diff.processes.size() == 3);
  CHECK_FALSE(diff.processes[0].pair.before.has_value());
  CHECK(diff.processes[0].change.after.bytes == 80);
  CHECK(diff.processes[1].change.delta_bytes() == 1);
  CHECK_FALSE(diff.processes[2].change.any());
  Change sum;
  for (const auto& process : diff.processes) sum += process.change;
  CHECK(sum.before == diff.total.before);
  CHECK(sum.after == diff.total.after);
}

TEST_CASE("A run compared with itself has no change") {
  FakeFrames frames;
  World world(frames, {ProcessBuilder(frames).peak({"main", "f"}, 5).peak({"main"}, 7).process});
  const Diff diff = diff_of(world, world);
  CHECK(diff.rows.size() == 2);
  for (const auto& row : diff.rows) CHECK_FALSE(row.change.any());
}

TEST_CASE("Random runs compare as summing by the names of stacks compares them") {
  std::mt19937_64 random(7);
  const std::vector<std::string> functions = {"a", "b", "c", "d", "e"};
  for (int round = 0; round < 60; ++round) {
    INFO("round " << round);
    std::map<std::string, std::pair<uint64_t, uint64_t>> expected;
    FakeFrames frames[2];
    std::vector<profile::Process> processes[2];
    for (size_t side = 0; side < 2; ++side) {
      // Other addresses on either side, and sometimes two addresses of one function.
      for (size_t i = 0; i < side * 3; ++i) frames[side].offset_of("pad" + std::to_string(i));
      for (const std::string& name : functions)
        frames[side].define(name + "2", {{name, "/src/" + name + ".cpp", 2, false}});
      for (uint64_t p = 0; p < 1 + random() % 3; ++p) {
        ProcessBuilder builder(frames[side], 0x10000 * (1 + random() % 100));
        for (uint64_t site = random() % 12; site-- > 0;) {
          Frames stack;
          std::string text;
          for (uint64_t depth = 1 + random() % 4; depth-- > 0;) {
            const std::string& name = functions[random() % functions.size()];
            stack.push_back(name + (random() % 2 == 0 ? "2" : ""));
            text = text.empty() ? name : name + "<" + text;
          }
          const uint64_t bytes = 1 + random() % 100;
          builder.peak(stack, bytes);
          (side == 0 ? expected[text].first : expected[text].second) += bytes;
        }
        processes[side].push_back(builder.process);
      }
    }
    World before(frames[0], processes[0]);
    World after(frames[1], processes[1]);
    const Diff diff = diff_of(before, after);
    REQUIRE(diff.rows.size() == expected.size());
    Change sum;
    uint64_t last = UINT64_MAX;
    for (const auto& row : diff.rows) {
      const auto& [bytes_before, bytes_after] = expected.at(stack_text(diff, row.stack));
      REQUIRE(row.change.before.bytes == bytes_before);
      REQUIRE(row.change.after.bytes == bytes_after);
      const uint64_t size =
          bytes_before > bytes_after ? bytes_before - bytes_after : bytes_after - bytes_before;
      REQUIRE(size <= last);
      last = size;
      sum += row.change;
    }
    REQUIRE(sum.before == diff.total.before);
    REQUIRE(sum.after == diff.total.after);
  }
}
