#include "analyzer/profile/rss_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace memprof::profile {
namespace {

constexpr uint64_t kMaxSignal = 64;
constexpr uint64_t kMaxStatus = 255;
constexpr size_t kMaxLineBytes = 256;

constexpr std::string_view kHeadingLine(kRssFileHeading, sizeof kRssFileHeading - 2);

/// What a line's first character says, in the order of OutsideSample::What.
constexpr std::string_view kLetters = "rse";

/// Takes a number and the blank after it, if there is one, off the front of `text`.
std::optional<uint64_t> take_number(std::string_view& text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.empty()) return value;
  if (text.front() != ' ') return std::nullopt;
  text.remove_prefix(1);
  return value;
}

std::optional<OutsideSample> parse_line(std::string_view line) {
  const size_t letter = line.size() < 2 ? std::string_view::npos : kLetters.find(line[0]);
  if (letter == std::string_view::npos || line[1] != ' ') return std::nullopt;
  OutsideSample sample;
  sample.what = static_cast<OutsideSample::What>(letter);
  line.remove_prefix(2);
  const auto time = take_number(line, 10);
  const auto trace_id = time ? take_number(line, 16) : std::nullopt;
  const auto value = trace_id ? take_number(line, 10) : std::nullopt;
  if (!value || !line.empty()) return std::nullopt;
  if (sample.what == OutsideSample::What::kSignal && *value > kMaxSignal) return std::nullopt;
  if (sample.what == OutsideSample::What::kStatus && *value > kMaxStatus) return std::nullopt;
  sample.monotonic_ns = *time;
  sample.trace_id = *trace_id;
  sample.value = *value;
  return sample;
}

void add_rss(const OutsideSample& sample, uint64_t run_start_ns, heap::Rss& rss) {
  if (sample.monotonic_ns < run_start_ns) return;
  const uint64_t bytes = sample.value - std::min(sample.value, rss.own_bytes);
  rss.samples.push_back({sample.monotonic_ns - run_start_ns, bytes});
  rss.peak_bytes = std::max(rss.peak_bytes, bytes);
}

/// How the process ended, where its last image left no word of it.
void add_end(const OutsideSample& sample, Process& process) {
  heap::ProcessHeap& heap = process.heap;
  if (heap.end == heap::End::kExec) return;
  if (sample.what == OutsideSample::What::kStatus) {
    heap.status_known = true;
    heap.status = static_cast<int>(sample.value);
  } else if (heap.end == heap::End::kOpen) {
    process.signal = static_cast<int>(sample.value);
  }
}

}  // namespace

void write_sample(std::ostream& out, const OutsideSample& sample) {
  out << fmt::format("{} {} {:x} {}\n", kLetters[static_cast<size_t>(sample.what)],
                     sample.monotonic_ns, sample.trace_id, sample.value);
}

std::vector<OutsideSample> read_samples(std::istream& in) {
  std::vector<OutsideSample> samples;
  std::array<char, kMaxLineBytes> line{};
  // A last line without an end is no whole line.
  const auto next = [&] { return in.getline(line.data(), line.size()) && !in.eof(); };
  if (!next() || std::string_view(line.data()) != kHeadingLine) return samples;
  while (next()) {
    const auto bytes = static_cast<size_t>(in.gcount()) - 1;
    if (const auto sample = parse_line({line.data(), bytes})) samples.push_back(*sample);
  }
  return samples;
}

void add_samples(const std::vector<OutsideSample>& samples, uint64_t run_start_ns, Run& run) {
  std::unordered_map<uint64_t, Process*> by_trace_id;
  for (Process& process : run.processes) by_trace_id.emplace(process.identity.trace_id, &process);
  for (const OutsideSample& sample : samples) {
    const auto found = by_trace_id.find(sample.trace_id);
    if (found == by_trace_id.end()) continue;
    Process& process = *found->second;
    if (sample.what == OutsideSample::What::kRss) {
      add_rss(sample, run_start_ns, process.heap.rss);
    } else {
      add_end(sample, process);
    }
  }
  for (Process& process : run.processes) {
    auto& own = process.heap.rss.samples;
    std::stable_sort(own.begin(), own.end(),
                     [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
  }
}

}  // namespace memprof::profile
