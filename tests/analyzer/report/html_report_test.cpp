#include "analyzer/report/html_report.h"

#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/analyzer/profile/run_builder.h"

using namespace memprof;
using nlohmann::json;
using test::FakeFrames;
using test::Frames;
using test::ProcessBuilder;

namespace {

std::string decoded(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t group = 0;
  int bits = 0;
  for (const char one : text) {
    if (one == '=') break;
    group = group << 6 | static_cast<uint32_t>(digits.find(one));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 255);
  }
  return bytes;
}

std::string unzipped(std::string packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw std::runtime_error("zlib");
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  std::vector<char> part(1 << 16);
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("the data of the page is cut off");
  return text;
}

struct Page {
  std::string html;
  json data;
};

Page page_of(const profile::Run& run, FakeFrames& frames, const report::PageExtras& extras = {}) {
  std::ostringstream out;
  report::write_html_report(out, run, frames, {}, extras);
  Page page{out.str(), {}};
  const std::string mark = "id=\"data\">";
  const size_t begin = page.html.find(mark) + mark.size();
  page.data =
      json::parse(unzipped(decoded(page.html.substr(begin, page.html.find('<', begin) - begin))));
  return page;
}

uint64_t sum(const json& column) {
  uint64_t all = 0;
  for (const json& one : column) all += one.get<uint64_t>();
  return all;
}

/// Letters at random, of which gzip makes little less.
std::string noise(std::mt19937& random, size_t length) {
  std::string text;
  for (size_t i = 0; i < length; ++i) text += static_cast<char>('0' + random() % 75);
  return text;
}

heap::Counts counts_of(uint64_t bytes) {
  heap::Counts counts;
  counts.allocations = 3;
  counts.frees = 2;
  counts.bytes_allocated = 3 * bytes;
  counts.live_bytes = counts.peak_bytes = counts.at_bytes = bytes;
  counts.live_blocks = counts.peak_blocks = counts.at_blocks = 1;
  return counts;
}

void check_sums(const json& data, const profile::Run& run) {
  heap::Counts total;
  for (const profile::Process& process : run.processes) total += process.heap.totals;
  const json& rows = data["stacks"]["rows"];
  CHECK(sum(rows["allocations"]) == total.allocations);
  CHECK(sum(rows["frees"]) == total.frees);
  CHECK(sum(rows["allocated"]) == total.bytes_allocated);
  CHECK(sum(rows["live"]) == total.live_bytes);
  CHECK(sum(rows["peak"]) == total.peak_bytes);
  CHECK(sum(rows["live_blocks"]) == total.live_blocks);
  const json& list = data["processes"];
  CHECK(list["id"].size() + list["hidden"].get<size_t>() == run.processes.size());
  CHECK(sum(list["peak_bytes"]) + list["hidden_peak_bytes"].get<uint64_t>() == total.peak_bytes);
}

}  // namespace

TEST_CASE("Stacks with endless names that are too many for 4 MiB are summed up, exactly",
          "[page][large][names]") {
  std::mt19937 random(5);
  FakeFrames frames;
  ProcessBuilder builder(frames);
  // Many have more than the share of everything that is shown at first, fewer have twice that.
  for (uint64_t i = 0; i < 1500; ++i) {
    builder.site({"main", noise(random, 4000), noise(random, 4000)}, counts_of(1000 * (1 + i % 8)));
  }
  const profile::Run run = test::run_of({builder.process});
  const Page page = page_of(run, frames);
  CHECK(page.html.size() <= report::kPageBytesMax);
  CHECK(page.html.size() > report::kPageBytesMax / 8);
  CHECK(page.data["stacks"]["share"].get<double>() > 0.0005);
  check_sums(page.data, run);
}

TEST_CASE("Command lines that are too many for 4 MiB are left out, and counted",
          "[page][large][lists]") {
  std::mt19937 random(6);
  FakeFrames frames;
  std::vector<profile::Process> processes;
  for (uint32_t i = 0; i < 10'000; ++i) {
    ProcessBuilder builder(frames);
    builder.pid(100 + i).exe("/bin/tool" + std::to_string(i % 9)).argv({noise(random, 600)});
    builder.site({"main", "work" + std::to_string(i % 20)}, counts_of(100 + i));
    processes.push_back(std::move(builder.process));
  }
  const profile::Run run = test::run_of(std::move(processes));
  const Page page = page_of(run, frames);
  CHECK(page.html.size() <= report::kPageBytesMax);
  CHECK(page.data["processes"]["hidden"].get<uint64_t>() > 0);
  CHECK(page.data["processes"]["id"].size() >= 100);
  CHECK(page.data["owners"].size() < 1000);
  check_sums(page.data, run);
}

TEST_CASE("All of 10,000 processes are listed where they fit", "[page]") {
  FakeFrames frames;
  std::vector<profile::Process> processes;
  for (uint32_t i = 0; i < 10'000; ++i) {
    ProcessBuilder builder(frames);
    builder.pid(100 + i).exe("/bin/tool" + std::to_string(i % 9)).argv({"tool", std::to_string(i)});
    builder.site({"main", "work" + std::to_string(i % 20)}, counts_of(100 + i));
    processes.push_back(std::move(builder.process));
  }
  const profile::Run run = test::run_of(std::move(processes));
  const Page page = page_of(run, frames);
  CHECK(page.html.size() < report::kPageBytesMax);
  CHECK(page.data["processes"]["hidden"] == 0);
  CHECK(page.data["stacks"]["share"] == 0.0005);
  CHECK(page.data["timeline"]["heap"].size() <= 9);
  check_sums(page.data, run);
}

TEST_CASE("A process that allocated nothing has a page", "[page]") {
  FakeFrames frames;
  const profile::Run run = test::run_of({ProcessBuilder(frames).process});
  const Page page = page_of(run, frames);
  CHECK(page.data["stacks"]["rows"]["node"].empty());
  CHECK(page.data["stacks"]["nodes"]["parent"].size() == 1);
  CHECK(page.data["timeline"]["points"] == 1);
  check_sums(page.data, run);
}

TEST_CASE("What can end the data's element early is not in it", "[page]") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  builder.argv({"</script><script>alert(1)</script>"}).peak({"<!--<script>"}, 100);
  const Page page = page_of(test::run_of({builder.process}), frames);
  CHECK(page.html.find("alert(1)") == std::string::npos);
  const json& strings = page.data["strings"];
  CHECK(std::find(strings.begin(), strings.end(), "<!--<script>") != strings.end());
}

TEST_CASE("Blocks that the C library keeps by design are told from others", "[page]") {
  FakeFrames frames;
  frames.define("buffer", {{"_IO_file_doallocate", "", 0, false}});
  ProcessBuilder ended(frames);
  ended.site({"main", "buffer"}, counts_of(1024)).site({"main", "lost"}, counts_of(77));
  ended.process.heap.end = heap::End::kExit;
  ProcessBuilder killed(frames);
  killed.pid(2).site({"main", "lost"}, counts_of(500));
  killed.process.heap.end = heap::End::kOpen;
  const profile::Run run = test::run_of({ended.process, killed.process});
  report::PageExtras extras;
  extras.suppressions.add_text("leak:_IO_file_doallocate\n", "test");
  const json rows = page_of(run, frames, extras).data["stacks"]["rows"];
  CHECK(sum(rows["suppressed"]) == 1024);
  CHECK(sum(rows["unknown"]) == 77);
  CHECK(sum(rows["unknown_blocks"]) == 1);
  CHECK(sum(rows["lost"]) == 0);
  CHECK(sum(rows["live"]) == 1024 + 77 + 500);
}
