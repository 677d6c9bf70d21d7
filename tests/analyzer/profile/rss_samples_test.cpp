#include "analyzer/profile/rss_samples.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace memprof::profile;

namespace {

Run run_with(uint64_t trace_id, uint64_t own_bytes) {
  Run run;
  Process process;
  process.id = 1;
  process.identity.trace_id = trace_id;
  process.heap.rss.own_bytes = own_bytes;
  run.processes.push_back(process);
  return run;
}

std::string file_of(const std::vector<OutsideSample>& samples) {
  std::ostringstream out;
  out << kRssFileHeading;
  for (const OutsideSample& sample : samples) write_sample(out, sample);
  return out.str();
}

std::vector<OutsideSample> parse_samples(const std::string& text) {
  std::istringstream in(text);
  return read_samples(in);
}

constexpr auto kRss = OutsideSample::What::kRss;
constexpr auto kSignal = OutsideSample::What::kSignal;

}  // namespace

TEST_CASE("Samples are read as they were written") {
  const auto samples =
      parse_samples(file_of({{kRss, 12, 0xfedcba9876543210, 4096}, {kSignal, 13, 7, 9}}));
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].what == kRss);
  CHECK(samples[0].monotonic_ns == 12);
  CHECK(samples[0].trace_id == 0xfedcba9876543210);
  CHECK(samples[0].value == 4096);
  CHECK(samples[1].what == kSignal);
  CHECK(samples[1].value == 9);
}

TEST_CASE("A file cut off anywhere reads to its last whole line") {
  const std::string whole =
      file_of({{kRss, 12, 0xab, 4096}, {kRss, 13, 0xab, 8192}, {kSignal, 14, 0xab, 9}});
  size_t last = 0;
  for (size_t length = 0; length <= whole.size(); ++length) {
    const auto samples = parse_samples(whole.substr(0, length));
    REQUIRE(samples.size() >= last);
    last = samples.size();
  }
  CHECK(last == 3);
}

TEST_CASE("Lines that make no sense are skipped") {
  const std::string text =
      std::string(kRssFileHeading) +
      "r 1 a 4096\nnonsense\n\nr\nr 2 a\nr 3 a 1 1\nr x a 1\nr 4 a 99999999999999999999\n"
      "s 5 a 65\nr 6 a 12x\ne 6 a 256\nq 6 a 1\nr 7 a 8192\n";
  const auto samples = parse_samples(text);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].monotonic_ns == 1);
  CHECK(samples[1].monotonic_ns == 7);
}

TEST_CASE("A file of another kind has no samples") {
  CHECK(parse_samples("memprof-rss 2\nr 1 a 4096\n").empty());
  CHECK(parse_samples("").empty());
}

TEST_CASE("Samples go to their process, on the run's clock, without the recorder's own memory") {
  Run run = run_with(7, 1000);
  run.processes[0].heap.rss.samples = {{50, 10}, {150, 20}};
  run.processes[0].heap.rss.peak_bytes = 20;
  add_samples({{kRss, 1100, 7, 5000}, {kRss, 1120, 8, 9999}, {kRss, 1200, 7, 400}}, 1000, run);
  const auto& rss = run.processes[0].heap.rss;
  REQUIRE(rss.samples.size() == 4);
  CHECK(rss.samples[1].time_ns == 100);
  CHECK(rss.samples[1].bytes == 4000);
  CHECK(rss.samples[3].bytes == 0);
  CHECK(rss.peak_bytes == 4000);
}

TEST_CASE("A signal seen from outside ends an image that has no end of its own") {
  Run run = run_with(7, 0);
  add_samples({{kSignal, 1100, 7, 9}}, 1000, run);
  CHECK(run.processes[0].signal == 9);

  Run ended = run_with(7, 0);
  ended.processes[0].heap.end = memprof::heap::End::kExit;
  add_samples({{kSignal, 1100, 7, 9}}, 1000, ended);
  CHECK_FALSE(ended.processes[0].signal);
}

TEST_CASE("An exit status seen from outside is the process's, unless the image was replaced") {
  Run run = run_with(7, 0);
  add_samples({{OutsideSample::What::kStatus, 1100, 7, 3}}, 1000, run);
  CHECK(run.processes[0].heap.end == memprof::heap::End::kOpen);  // no end record is what it says
  CHECK(run.processes[0].heap.status_known);
  CHECK(run.processes[0].heap.status == 3);

  Run replaced = run_with(7, 0);
  replaced.processes[0].heap.end = memprof::heap::End::kExec;
  add_samples({{OutsideSample::What::kStatus, 1100, 7, 3}}, 1000, replaced);
  CHECK(replaced.processes[0].heap.end == memprof::heap::End::kExec);
  CHECK_FALSE(replaced.processes[0].heap.status_known);
}
