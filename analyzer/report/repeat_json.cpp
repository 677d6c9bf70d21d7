#include <algorithm>
#include <cmath>

#include "analyzer/report/json_values.h"
#include "analyzer/report/repeat_report.h"
#include "analyzer/report/shared_frames.h"

namespace memprof::report {
namespace {

using compare::Figures;
using compare::SeriesGrowth;
using compare::SiteSeries;

Json trend_json(const std::vector<double>& values) {
  const compare::Trend trend = compare::trend_of(values);
  return {{"median", compare::median_of(values)},
          {"spread", compare::spread_of(values)},
          {"slope", trend.slope},
          {"slope_low", trend.slope_low},
          {"slope_high", trend.slope_high}};
}

Json series_json(const std::vector<uint64_t>& values, size_t warmup) {
  std::vector<double> judged;
  for (size_t i = std::min(warmup, values.size()); i < values.size(); ++i)
    judged.push_back(static_cast<double>(values[i]));
  Json json = trend_json(judged);
  json["values"] = values;
  return json;
}

Json figures_json(const std::vector<Figures>& figures, size_t warmup) {
  const auto all = [&](uint64_t Figures::*figure) {
    std::vector<uint64_t> values;
    for (const Figures& one : figures) values.push_back(one.*figure);
    return series_json(values, warmup);
  };
  return {{"heap_peak_bytes", all(&Figures::heap_peak_bytes)},
          {"rss_peak_bytes", all(&Figures::rss_peak_bytes)},
          {"live_bytes", all(&Figures::live_bytes)},
          {"allocations", all(&Figures::allocations)}};
}

Json process_json(const compare::ProcessSeries& series) {
  Json iterations = Json::array();
  for (const std::optional<Figures>& one : series.figures) {
    if (!one) {
      iterations.push_back(nullptr);
      continue;
    }
    iterations.push_back({{"heap_peak_bytes", one->heap_peak_bytes},
                          {"rss_peak_bytes", one->rss_peak_bytes},
                          {"live_bytes", one->live_bytes},
                          {"allocations", one->allocations}});
  }
  return {{"exe", series.process.identity.exe},
          {"argv", series.process.identity.argv},
          {"iterations", std::move(iterations)}};
}

Json site_json(const RepeatInput& input, const SeriesGrowth& one, uint64_t depth) {
  const SiteSeries& site = input.iterations.sites()[one.series];
  return {{"slope_bytes", std::llround(one.trend.slope)},
          {"slope_low_bytes", std::llround(one.trend.slope_low)},
          {"slope_high_bytes", std::llround(one.trend.slope_high)},
          {"spread", std::llround(one.trend.spread)},
          {"confidence", one.confidence},
          {"grows_always", one.trend.rises_always},
          {"figure", site.what == SiteSeries::What::kLive ? "live" : "peak"},
          {"values", site.bytes},
          {"stack", stack_json(input.iterations.stacks(), site.stack, depth)}};
}

}  // namespace

void write_json_repeat(std::ostream& out, const RepeatInput& input, const Options& options) {
  const auto write_list = [&](const char* name, size_t size, auto to_json) {
    out << ",\n\"" << name << "\":[";
    for (size_t i = 0; i < size; ++i) out << (i == 0 ? "\n  " : ",\n  ") << dump(to_json(i));
    out << "]";
  };
  const compare::Growth& growth = input.growth;
  out << "{\"schema\":\"memprof-repeat/1\",\n\"verdict\":"
      << dump(compare::verdict_name(growth.verdict)) << ",\n\"reason\":" << dump(reason_of(input))
      << ",\n\"command\":" << dump(input.command) << ",\n\"iterations\":"
      << dump({{"kind", input.phase.empty() ? "run" : "phase"},
               {"phase", input.phase.empty() ? Json() : Json(input.phase)},
               {"count", input.iterations.count()},
               {"warmup", std::min(input.warmup, input.iterations.count())},
               {"sites_that_vary", growth.judged}})
      << ",\n\"figures\":" << dump(figures_json(input.iterations.figures(), input.warmup));
  write_list("processes", input.iterations.processes().size(),
             [&](size_t i) { return process_json(input.iterations.processes()[i]); });
  write_list("sites", growth.grown.size(),
             [&](size_t i) { return site_json(input, growth.grown[i], options.depth); });
  write_list("suspects", growth.suspects.size(),
             [&](size_t i) { return site_json(input, growth.suspects[i], options.depth); });
  uint64_t suppressed_bytes = 0;
  size_t suppressed = 0;
  for (const SiteSeries& site : input.iterations.sites()) {
    if (!site.suppression || site.what != SiteSeries::What::kLive) continue;
    suppressed_bytes += site.bytes.back();
    ++suppressed;
  }
  out << ",\n\"suppressed\":" << dump({{"sites", suppressed}, {"live_bytes", suppressed_bytes}})
      << "}\n";
}

}  // namespace memprof::report
