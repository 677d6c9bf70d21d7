#include "analyzer/report/tree_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/analyzer/profile/run_builder.h"

using namespace memprof;
using nlohmann::ordered_json;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

profile::Process process(FakeFrames& frames, const std::string& name, uint32_t parent,
                         uint64_t bytes, uint64_t start_ns) {
  profile::Process result = ProcessBuilder(frames).argv({name}).peak({"main"}, bytes).process;
  result.parent = parent;
  result.heap.start_ns = start_ns;
  result.heap.end_ns = start_ns + 1'000'000;
  return result;
}

/// make started sh and cc; sh started ls.
profile::Run build(FakeFrames& frames) {
  profile::Run run = test::run_of(
      {process(frames, "make", 0, 10, 0), process(frames, "sh", 1, 20, 1'000'000),
       process(frames, "cc", 1, 4000, 2'000'000), process(frames, "ls\x1b[2J", 2, 30, 3'000'000)});
  run.tree.alive_at_peak = {1, 3};
  run.processes[2].heap.rss.peak_bytes = 2048;
  return run;
}

std::string text_of(const profile::Run& run) {
  std::ostringstream out;
  report::write_text_tree(out, run, {});
  return out.str();
}

std::string line_with(const std::string& text, const std::string& part) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find(part) != std::string::npos) return line;
  }
  return "";
}

bool ends_with(const std::string& line, const std::string& end) {
  UNSCOPED_INFO("line: \"" << line << "\"");
  return line.ends_with(end);
}

}  // namespace

TEST_CASE("Children stand below who started them, those alive at the peak are marked") {
  FakeFrames frames;
  const profile::Run run = build(frames);
  std::string order;
  for (const report::TreeLine& line : report::tree_lines(run))
    order += std::to_string(line.process) + "/" + std::to_string(line.depth) + " ";
  CHECK(order == "0/0 1/1 3/2 2/1 ");
  const std::string text = text_of(run);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(ends_with(line_with(text, "* make"), "  * make"));
  CHECK(ends_with(line_with(text, " sh"), "      sh"));
  CHECK(ends_with(line_with(text, " ls"), "        ls\xef\xbf\xbd[2J"));
  const std::string cc = line_with(text, "*   cc");
  CHECK(ends_with(cc, "    3.91 KiB   3.91 KiB   2.00 KiB      2.0 ms      1.0 ms  *   cc"));
}

TEST_CASE("The tree's JSON has who, when and how much of every process") {
  FakeFrames frames;
  std::ostringstream out;
  report::write_json_tree(out, build(frames));
  const ordered_json json = ordered_json::parse(out.str());
  CHECK(json["schema"] == "memprof-tree/1");
  CHECK(json["tree"]["alive_at_peak"] == std::vector<int>{1, 3});
  REQUIRE(json["processes"].size() == 4);
  CHECK(json["processes"][2]["id"] == 4);
  CHECK(json["processes"][2]["parent"] == 2);
  CHECK(json["processes"][2]["depth"] == 2);
  uint64_t at_peak = 0;
  for (const auto& one : json["processes"]) {
    if (one["alive_at_peak"]) at_peak += one["at_peak_bytes"].get<uint64_t>();
  }
  CHECK(at_peak == 4010);
  CHECK(json["processes"][3]["peak_rss_bytes"] == 2048);
}

TEST_CASE("A chain of ten thousand processes has its tree") {
  FakeFrames frames;
  std::vector<profile::Process> chain;
  for (uint32_t i = 0; i < 10'000; ++i) chain.push_back(process(frames, "sh", i, 1, i));
  const profile::Run run = test::run_of(std::move(chain));
  CHECK(report::tree_lines(run).back().depth == 9'999);
  CHECK(text_of(run).size() < 10'000 * 200);
}
