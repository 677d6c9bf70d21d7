// DHAT files against the JSON report; and in valgrind's viewer, in a browser.
#include "analyzer/report/dhat_report.h"

#include <fmt/format.h>

#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "analyzer/base/error.h"
#include "analyzer/report/text_escape.h"
#include "tests/analyzer/report/export_world.h"

using namespace memprof;
using nlohmann::json;
using report::Options;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

std::string dhat(const profile::Run& run, FakeFrames& frames, const Options& options = {}) {
  return test::written(report::write_dhat_report, run, frames, options);
}

using Rows = std::multiset<std::pair<std::string, std::vector<uint64_t>>>;

/// A row's stack as DHAT has it, innermost first.
std::string stack_text(const json& site) {
  std::string stack;
  for (const json& frame : site["stack"]) {
    std::string text = fmt::format("{:#x}: {}", frame["offset"].get<uint64_t>(),
                                   frame["function"].get<std::string>());
    if (!frame["file"].is_null()) {
      text += fmt::format(" ({}:{})", frame["file"].get<std::string>(), frame["line"].get<int>());
    } else {
      text += fmt::format(" (in {})", frame["module"].get<std::string>());
    }
    stack += report::printable(text) + "\n";
  }
  return stack;
}

Rows rows_of_json(const json& process) {
  Rows rows;
  for (const json& site : process["sites"]) {
    rows.insert({stack_text(site),
                 {site["bytes_allocated"], site["allocations"], site["live_bytes"],
                  site["live_blocks"], site["peak_bytes"], site["peak_blocks"]}});
  }
  return rows;
}

Rows rows_of(const json& file) {
  Rows rows;
  for (const json& point : file["pps"]) {
    std::string stack;
    for (const json& number : point["fs"]) {
      const std::string text = file["ftbl"].at(number.get<size_t>());
      if (text != "[...]") stack += text + "\n";
    }
    rows.insert(
        {stack, {point["tb"], point["tbk"], point["eb"], point["ebk"], point["gb"], point["gbk"]}});
  }
  return rows;
}

uint64_t sum(const json& file, const char* key) {
  uint64_t sum = 0;
  for (const json& point : file["pps"]) sum += point[key].get<uint64_t>();
  return sum;
}

}  // namespace

TEST_CASE("A DHAT file has every row of the JSON report, hostile and large names as well") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  Options options;
  options.process = "/usr/bin/l*";
  const json file = json::parse(dhat(run, frames, options));
  const json process = test::json_rows(run, frames, options)["processes"][0];
  CHECK((rows_of(file) == rows_of_json(process)));
  CHECK(file["pps"].size() == 12);
  CHECK(file["dhatFileVersion"] == 2);
  CHECK(file["ftbl"][0] == "[root]");
  CHECK(file["pid"] == process["pid"]);
}

TEST_CASE("Of several processes a DHAT file has the tree's peak, and no stack twice") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  const json file = json::parse(dhat(run, frames));
  CHECK(file["pps"].size() == 36);
  std::set<json> stacks;
  for (const json& point : file["pps"]) stacks.insert(point["fs"]);
  CHECK(stacks.size() == 36);
  CHECK(sum(file, "gb") == run.tree.peak_heap_bytes);
  const json report = test::json_rows(run, frames);
  uint64_t allocated = 0;
  for (const json& process : report["processes"])
    allocated += process["totals"]["bytes_allocated"].get<uint64_t>();
  CHECK(sum(file, "tb") == allocated);
}

TEST_CASE("Stacks that differ only in what --depth leaves out stay apart in a DHAT file") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  for (const char* middle : {"x", "y"}) {
    test::Frames deep(100, middle);
    deep.insert(deep.begin(), {"main", "a"});
    deep.insert(deep.end(), {"b", "leaf"});
    builder.peak(deep, 5);
  }
  const profile::Run run = test::run_of({builder.process});
  Options options;
  options.depth = 5;
  const json file = json::parse(dhat(run, frames, options));
  CHECK(file["pps"][0]["fs"].size() == 5);
  CHECK(file["pps"][0]["fs"] != file["pps"][1]["fs"]);
}

TEST_CASE(
    "A DHAT file has lifetimes, and what each stack held at most, in microseconds and bytes") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  builder.peak({"main", "f"}, 100);
  heap::ProcessHeap& heap = builder.process.heap;
  heap.details.resize(1);
  heap.details[0].lifetime_ns.add(5'000'000);
  heap.details[0].live_ns = 3'000'000;
  heap.details[0].highest_bytes = 77;
  heap.details[0].highest_blocks = 3;
  heap.start_ns = 1'000'000;
  heap.end_ns = 9'000'000;
  heap.totals.peak_time_ns = 4'000'000;
  const json file = json::parse(dhat(test::run_of({builder.process}), frames));
  CHECK(file["pps"][0]["tl"] == 8000);
  CHECK(file["pps"][0]["mb"] == 77);
  CHECK(file["pps"][0]["mbk"] == 3);
  CHECK(file["te"] == 8000);
  CHECK(file["tg"] == 3000);
}

#ifdef DHAT_VIEWER
namespace {

/// "1,234,567", as the page has it.
std::string with_commas(uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace

TEST_CASE("valgrind's viewer loads DHAT files and shows their totals", "[browser]") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  const json file = json::parse(dhat(run, frames));
  const json pages =
      json::parse(test::output_of({NODE, DHAT_PAGE, DHAT_VIEWER, CHROMIUM}, dhat(run, frames)));
  REQUIRE(pages.size() == 1);
  CHECK(pages[0]["errors"].empty());
  const std::string text = pages[0]["text"];
  INFO(text.substr(0, 4000));
  const auto shows = [&](const std::string& line) { return text.find(line) != std::string::npos; };
  // The root of the page's tree: its title, and the keys of its bytes and blocks.
  const std::vector<std::array<const char*, 3>> totals = {
      {"Total:     ", "tb", "tbk"}, {"At t-gmax: ", "gb", "gbk"}, {"At t-end:  ", "eb", "ebk"}};
  for (const auto& [title, bytes, blocks] : totals) {
    const size_t at =
        text.find(fmt::format("{}{} bytes (100%", title, with_commas(sum(file, bytes))));
    REQUIRE(at != std::string::npos);
    const std::string rest = text.substr(at, text.find('\n', at) - at);
    CHECK(rest.find(fmt::format("{} blocks (100%", with_commas(sum(file, blocks)))) !=
          std::string::npos);
  }
  CHECK(shows("\"'</script>&{} (\\\".c:5)"));
  CHECK(shows("innermost() (/src/a.h:3)"));
  CHECK(shows(std::string(100'000, 'x')));
}
#endif
