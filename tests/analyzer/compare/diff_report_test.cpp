#include "analyzer/report/diff_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/analyzer/compare/world.h"

using namespace memprof;
using nlohmann::ordered_json;
using report::Options;
using test::FakeFrames;
using test::ProcessBuilder;
using test::World;

namespace {

std::string text_of(World& before, World& after, const Options& options = {}) {
  std::ostringstream out;
  report::write_text_diff(out, {before.side(), after.side(), "old", "new"}, options);
  return out.str();
}

ordered_json json_of(World& before, World& after, const Options& options = {}) {
  std::ostringstream out;
  report::write_json_diff(out, {before.side(), after.side(), "old", "new"}, options);
  return ordered_json::parse(out.str());
}

std::string line_with(const std::string& text, const std::string& part) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find(part) != std::string::npos) return line;
  }
  UNSCOPED_INFO("no \"" << part << "\" in:\n" << text);
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  UNSCOPED_INFO("no \"" << part << "\" in:\n" << text);
  return text.find(part) != std::string::npos;
}

struct Pair {
  FakeFrames frames;
  World before;
  World after;

  Pair()
      : before(frames, {ProcessBuilder(frames)
                            .peak({"main", "work", "grow"}, 1024)
                            .peak({"main", "other", "grow"}, 100)
                            .peak({"main", "gone"}, 10)
                            .peak({"main", "same"}, 5000)
                            .process}),
        after(frames, {ProcessBuilder(frames)
                           .peak({"main", "work", "grow"}, 3072)
                           .peak({"main", "other", "grow"}, 100)
                           .peak({"main", "fresh"}, 20)
                           .peak({"main", "same"}, 5000)
                           .process}) {}
};

}  // namespace

TEST_CASE("The text says what changed by function, with percent, new and gone, and the callers") {
  Pair pair;
  const std::string text = text_of(pair.before, pair.after);
  CHECK(contains(text, "before old: program at the peak\n  heap 5.99 KiB in 4 blocks"));
  CHECK(contains(text, "change heap +2.01 KiB (+33.6 %)"));
  const std::string grow = line_with(text, "grow.cpp");
  CHECK(contains(grow, "   1  +2.00 KiB  +182.2 %  1.10 KiB  3.10 KiB          0  "));
  CHECK(contains(text, "work.cpp  work"));
  CHECK(contains(line_with(text, "fresh.cpp"), "new"));
  CHECK(contains(line_with(text, "gone.cpp"), "gone"));
  CHECK(contains(text, "1 unchanged row"));
  CHECK(contains(line_with(text, "  total"), "+2.01 KiB"));
  CHECK(contains(text, "health of before"));
  CHECK(contains(text, "health of after"));
}

TEST_CASE("Rows that --top cuts off are summed in one line") {
  Pair pair;
  Options options;
  options.top = 1;
  const std::string text = text_of(pair.before, pair.after, options);
  CHECK(contains(line_with(text, "2 other rows"), "+10 B"));
  CHECK(line_with(text, "fresh.cpp").empty());
}

TEST_CASE("Rows, functions and processes each add up to the total in JSON, whatever --top is") {
  Pair pair;
  for (const uint64_t top : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{20}}) {
    Options options;
    options.top = top;
    const ordered_json json = json_of(pair.before, pair.after, options);
    CHECK(json["schema"] == "memprof-diff/1");
    for (const auto& [list, other] :
         {std::pair("rows", "other"), std::pair("functions", "functions_other"),
          std::pair("processes", "processes_other")}) {
      for (const char* key :
           {"before", "after", "delta", "before_blocks", "after_blocks", "delta_blocks"}) {
        int64_t sum = json[other][key];
        for (const auto& row : json[list]) sum += row[key].get<int64_t>();
        CHECK(sum == json["total"][key].get<int64_t>());
      }
    }
  }
  const ordered_json json = json_of(pair.before, pair.after);
  REQUIRE(json["rows"].size() == 3);
  CHECK(json["rows"][0]["delta"] == 2048);
  CHECK(json["rows"][0]["state"] == "changed");
  CHECK(json["rows"][0]["stack"][0]["function"] == "grow");
  CHECK(json["rows"][0]["stack"][2]["module"] == "program");
  CHECK(json["rows"][1]["state"] == "new");
  CHECK(json["rows"][2]["state"] == "gone");
  CHECK(json["functions"][0]["before"] == 1124);
  CHECK(json["other"]["rows"] == 2);
}

TEST_CASE("Allocator functions are no rows by function, and stay in JSON's stacks") {
  FakeFrames frames;
  frames.define("push", {{"operator new(unsigned long)", "", 0, false}});
  World before(frames, {ProcessBuilder(frames).process});
  World after(frames, {ProcessBuilder(frames).peak({"main", "render", "push"}, 64).process});
  const ordered_json json = json_of(before, after);
  CHECK(json["functions"][0]["function"] == "render");
  CHECK(json["rows"][0]["stack"][0]["function"] == "operator new(unsigned long)");
}

TEST_CASE("Deep stacks keep both ends in JSON") {
  FakeFrames frames;
  test::Frames stack;
  for (int i = 0; i < 100; ++i) stack.push_back("f" + std::to_string(i));
  World before(frames, {ProcessBuilder(frames).process});
  World after(frames, {ProcessBuilder(frames).peak(stack, 8).process});
  for (const uint64_t depth : {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{10}, uint64_t{99}}) {
    Options options;
    options.depth = depth;
    const ordered_json json = json_of(before, after, options)["rows"][0]["stack"];
    REQUIRE(json.size() == depth);
    uint64_t markers = 0;
    for (const auto& frame : json) markers += frame["function"] == "[...]" ? 1 : 0;
    CHECK(markers == 1);
    if (depth >= 3) {
      CHECK(json.front()["function"] == "f99");
      CHECK(json.back()["function"] == "f0");
    }
  }
}

TEST_CASE("Hostile names reach neither the terminal nor break the JSON") {
  FakeFrames frames;
  frames.define("evil", {{"\x1b[2Jf\xff", "/src/\n.cpp", 3, false}});
  World before(frames, {ProcessBuilder(frames).argv({"a\x1b[2J"}).process});
  World after(frames, {ProcessBuilder(frames).argv({"a\x1b[2J"}).peak({"evil"}, 8).process,
                       ProcessBuilder(frames).argv({"b\x9b\x07"}).peak({"evil"}, 9).process});
  const std::string text = text_of(before, after);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(json_of(before, after)["rows"][0]["stack"][0]["function"] == "\x1b[2Jf\xef\xbf\xbd");
}
