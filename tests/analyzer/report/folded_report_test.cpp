// Folded stacks, split and unescaped as a reader would, against the JSON report.
#include "analyzer/report/folded_report.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "analyzer/base/error.h"
#include "tests/analyzer/report/export_world.h"

using namespace memprof;
using nlohmann::json;
using report::By;
using report::Options;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

/// Stacks from the root inwards, and their sums.
using Sums = std::map<std::vector<std::string>, uint64_t>;

std::string unescaped(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    REQUIRE(text.substr(i, 2) == "\\x");
    bytes += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
    i += 3;
  }
  return bytes;
}

/// Each line once, split at its last blank and at semicolons. `[...]` is no frame: the JSON report
/// leaves it out of cut stacks.
Sums sums_of(const std::string& text) {
  Sums sums;
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const size_t blank = line.rfind(' ');
    REQUIRE(blank != std::string::npos);
    REQUIRE(lines.insert(line.substr(0, blank)).second);
    std::vector<std::string> frames;
    std::istringstream parts(line.substr(0, blank));
    for (std::string frame; std::getline(parts, frame, ';');) {
      if (frame != "[...]") frames.push_back(unescaped(frame));
    }
    sums[frames] += std::stoull(line.substr(blank + 1));
  }
  return sums;
}

/// What a reader of JSON takes bytes that are no UTF-8 for.
Sums with_replacements(const Sums& sums) {
  Sums result;
  for (const auto& [stack, amount] : sums) {
    std::vector<std::string> frames;
    for (const std::string& frame : stack) {
      const std::string dumped = json(frame).dump(-1, ' ', true, json::error_handler_t::replace);
      frames.push_back(json::parse(dumped));
    }
    result[frames] += amount;
  }
  return result;
}

Sums sums_of_json(const json& report, const char* key) {
  Sums sums;
  for (const json& process : report["processes"]) {
    const std::string exe = process["exe"];
    for (const json& site : process["sites"]) {
      std::vector<std::string> frames{exe.substr(exe.rfind('/') + 1)};
      for (auto frame = site["stack"].rbegin(); frame != site["stack"].rend(); ++frame)
        frames.push_back((*frame)["function"]);
      sums[frames] += site[key].get<uint64_t>();
    }
  }
  return sums;
}

std::string folded(const profile::Run& run, FakeFrames& frames, const Options& options) {
  return test::written(report::write_folded_report, run, frames, options);
}

}  // namespace

TEST_CASE("Folded stacks add up to the JSON report's rows, whatever names are made of") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  const std::map<By, const char*> keys = {{By::kLive, "live_bytes"},
                                          {By::kAllocated, "bytes_allocated"},
                                          {By::kAllocations, "allocations"},
                                          {By::kTemporary, "temporary"}};
  for (const auto& [by, key] : keys) {
    Options options;
    options.by = by;
    const Sums sums = with_replacements(sums_of(folded(run, frames, options)));
    CHECK((sums == sums_of_json(test::json_rows(run, frames, options), key)));
  }
}

TEST_CASE("Folded stacks show the tree's peak, or a process's own") {
  FakeFrames frames;
  const profile::Run run = test::hostile_run(frames);
  uint64_t at_tree_peak = 0;
  for (const profile::Process& process : run.processes) {
    for (const heap::Site& site : process.heap.sites) at_tree_peak += site.counts.at_bytes;
  }
  uint64_t sum = 0;
  for (const auto& [stack, amount] : sums_of(folded(run, frames, {}))) sum += amount;
  CHECK(sum == at_tree_peak);
  Options options;
  options.process = "/usr/bin/l*";
  const Sums own = with_replacements(sums_of(folded(run, frames, options)));
  CHECK((own == sums_of_json(test::json_rows(run, frames, options), "peak_bytes")));
}

TEST_CASE("Folded stacks leave out what is nothing, and come in the order of their names") {
  FakeFrames frames;
  const profile::Run run = test::run_of({ProcessBuilder(frames)
                                             .peak({"main", "b"}, 2)
                                             .peak({"main", "nothing"}, 0)
                                             .peak({"main"}, 1)
                                             .peak({"main", "a"}, 3)
                                             .process});
  CHECK(folded(run, frames, {}) == "program;main 1\nprogram;main;a 3\nprogram;main;b 2\n");
}

TEST_CASE("Very deep stacks fold, and keep both ends") {
  FakeFrames frames;
  test::Frames deep(16'000, "f");
  deep.insert(deep.begin(), "main");
  deep.push_back("leaf");
  const profile::Run run = test::run_of({ProcessBuilder(frames).peak(deep, 5).process});
  Options options;
  options.depth = 5;
  CHECK(folded(run, frames, options) == "program;main;f;[...];f;leaf 5\n");
  options.depth = 1'000'000;
  const Sums all = sums_of(folded(run, frames, options));
  CHECK(all.begin()->first.size() == 16'003);
}
