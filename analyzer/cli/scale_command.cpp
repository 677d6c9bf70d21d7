#include "analyzer/cli/scale_command.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "analyzer/base/error.h"
#include "analyzer/cli/open_run.h"
#include "analyzer/cli/recorded_run.h"
#include "analyzer/compare/trend.h"
#include "analyzer/profile/selection.h"
#include "analyzer/profile/stack_rows.h"
#include "analyzer/report/output.h"
#include "analyzer/report/scale_report.h"

namespace memprof::cli {
namespace {

using report::GroupKey;

/// A value as the user wrote it, which is what the command gets.
struct Value {
  double number;
  std::string text;
};

[[noreturn]] void usage(const std::string& message) {
  throw Error("scale: " + message, Error::Exit::kUsage);
}

std::vector<Value> values_of(const ScaleArguments& arguments) {
  std::vector<Value> values;
  for (const std::string& text : arguments.values) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) ||
        number <= 0)
      usage(text + " is no number above 0");
    values.push_back({number, text});
  }
  std::sort(values.begin(), values.end(),
            [](const Value& a, const Value& b) { return a.number < b.number; });
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i].number == values[i - 1].number) usage(values[i].text + " is given twice");
  }
  if (values.size() < 2) usage("--values needs two values at least, four to know the exponent");
  return values;
}

std::vector<std::string> with_value(const std::vector<std::string>& command,
                                    const std::string& value) {
  std::vector<std::string> result = command;
  bool found = false;
  for (std::string& word : result) {
    for (size_t at = word.find("{}"); at != std::string::npos;
         at = word.find("{}", at + value.size())) {
      word.replace(at, 2, value);
      found = true;
    }
  }
  if (!found) usage("the command has no {} where the value goes");
  return result;
}

/// What lines held at the tree's peak.
std::map<GroupKey, uint64_t> lines_at_peak(OpenRun& open) {
  const std::vector<size_t> all = profile::select_processes(open.run, "");
  const auto rows = profile::stack_rows(open.run, open.addresses, all, {},
                                        report::counts_in(report::Metric::kMoment));
  const report::Groups groups = report::group_stacks(
      open.run, open.names, rows, report::Metric::kMoment, report::Group::kLine, false);
  std::map<GroupKey, uint64_t> lines;
  for (const report::GroupRow& row : groups.rows) lines[row.key] = row.flat.first;
  return lines;
}

double median_of(const std::vector<uint64_t>& values) {
  return compare::median_of({values.begin(), values.end()});
}

std::vector<report::ScaleSite> sites_of(const std::vector<std::map<GroupKey, uint64_t>>& lines,
                                        const std::vector<double>& inputs) {
  std::map<GroupKey, std::vector<uint64_t>> bytes;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (const auto& [key, held] : lines[i]) {
      std::vector<uint64_t>& series = bytes[key];
      series.resize(lines.size());
      series[i] = held;
    }
  }
  std::vector<report::ScaleSite> sites;
  for (auto& [key, series] : bytes) {
    const double slope = compare::slope_of(inputs, {series.begin(), series.end()});
    sites.push_back({key, std::move(series), slope});
  }
  std::stable_sort(sites.begin(), sites.end(),
                   [](const report::ScaleSite& a, const report::ScaleSite& b) {
                     return std::abs(a.per_unit) > std::abs(b.per_unit);
                   });
  return sites;
}

}  // namespace

int scale_command(const ScaleArguments& arguments) {
  const std::vector<Value> values = values_of(arguments);
  with_value(arguments.command, "0");  // before anything is run
  const auto names = frames_for(arguments.symbols);
  RecordedRuns runs("scale", arguments.keep);
  report::ScaleInput input;
  input.command = arguments.command;
  input.predict = arguments.predict;
  std::vector<std::map<GroupKey, uint64_t>> lines(values.size());
  for (const Value& value : values) input.points.push_back({value.number, {}, {}});
  const size_t count = values.size() * arguments.runs;
  // In turn, so that what changes meanwhile does not look like the value's doing.
  for (size_t i = 0; i < count; ++i) {
    const size_t which = i % values.size();
    const std::string label =
        "value" + std::to_string(which + 1) + "-run" + std::to_string(i / values.size() + 1);
    const std::string path =
        runs.record(with_value(arguments.command, values[which].text), label, i + 1, count);
    OpenRun open(path, {}, *names);
    input.points[which].heap_peak_bytes.push_back(open.run.tree.peak_heap_bytes);
    input.points[which].rss_peak_bytes.push_back(open.run.tree.peak_rss_bytes);
    if (i < values.size()) lines[which] = lines_at_peak(open);
    input.cwd = open.run.processes.front().identity.cwd;
    runs.drop(path);
  }
  std::vector<double> inputs;
  std::vector<double> heap;
  std::vector<double> rss;
  for (const report::ScalePoint& point : input.points) {
    inputs.push_back(point.value);
    heap.push_back(median_of(point.heap_peak_bytes));
    rss.push_back(median_of(point.rss_peak_bytes));
  }
  input.heap = compare::fit_scaling(inputs, heap, arguments.predict);
  if (std::find(rss.begin(), rss.end(), 0.0) == rss.end())
    input.rss = compare::fit_scaling(inputs, rss, arguments.predict);
  input.sites = sites_of(lines, inputs);
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  report::write_output(arguments.output, [&](std::ostream& out) {
    if (arguments.format == Format::kJson) {
      report::write_json_scale(out, input, options);
    } else {
      report::write_text_scale(out, input, options);
    }
  });
  print_remarks(*names, arguments.symbols);
  return 0;
}

}  // namespace memprof::cli
