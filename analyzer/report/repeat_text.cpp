#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analyzer/profile/selection.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/repeat_report.h"
#include "analyzer/report/shared_frames.h"
#include "analyzer/report/text_context.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

using compare::Figures;
using compare::SeriesGrowth;
using compare::SiteSeries;

/// Callers shown below a row.
constexpr size_t kCallers = 3;
constexpr size_t kNameColumn = 46;
constexpr size_t kCallerIndent = 7;

/// Processes listed: those whose peaks vary most.
constexpr size_t kProcessesShown = 10;

std::string bold(std::string_view text, const Options& options) {
  return options.color ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
}

std::string faint(std::string_view text, const Options& options) {
  return options.color ? "\x1b[2m" + std::string(text) + "\x1b[0m" : std::string(text);
}

class Writer {
 public:
  Writer(std::ostream& out, const RepeatInput& input, const Options& options)
      : out_(out), input_(input), options_(options) {}

  void write() {
    std::string command;
    for (const std::string& word : input_.command) command += (command.empty() ? "" : " ") + word;
    const size_t count = input_.iterations.count();
    out_ << bold(printable(command), options_) << "\n";
    out_ << fmt::format(
        "  {}{}, {} left out as warm-up\n",
        counted(count, input_.phase.empty() ? "run" : "phase",
                input_.phase.empty() ? "runs" : "phases"),
        input_.phase.empty() ? "" : " " + printable(input_.phase) + " of one process",
        count_text(std::min(input_.warmup, count)));
    out_ << "  verdict: " << bold(compare::verdict_name(input_.growth.verdict), options_) << ": "
         << reason_of(input_) << "\n";
    write_figures();
    if (input_.phase.empty() && input_.iterations.processes().size() > 1) write_processes();
    write_sites("what grows", input_.growth.grown);
    write_sites("what may grow", input_.growth.suspects);
    write_suppressed();
  }

 private:
  std::string amount(double value, bool bytes) const {
    const auto whole = static_cast<uint64_t>(std::llround(std::abs(value)));
    const std::string text = bytes ? size_text(whole, options_.plain_bytes) : count_text(whole);
    return value < 0 && whole != 0 ? "-" + text : text;
  }

  std::string change(double value, bool bytes) const {
    const std::string text = amount(value, bytes);
    return std::llround(value) > 0 ? "+" + text : text;
  }

  void write_line(const std::string& name, const std::vector<double>& values, bool bytes) {
    const compare::Trend trend = compare::trend_of(values);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    out_ << fmt::format("  {:<14} {:>12} {:>12} {:>12} {:>12} {:>12}\n", name,
                        amount(compare::median_of(values), bytes),
                        amount(compare::spread_of(values), bytes), amount(*least, bytes),
                        amount(*most, bytes), change(trend.slope, bytes));
  }

  std::vector<double> values_of(uint64_t Figures::*figure) const {
    std::vector<double> values;
    const std::vector<Figures>& all = input_.iterations.figures();
    for (size_t i = std::min(input_.warmup, all.size()); i < all.size(); ++i)
      values.push_back(static_cast<double>(all[i].*figure));
    return values;
  }

  void write_figures() {
    if (values_of(&Figures::live_bytes).empty()) return;
    out_ << "\n"
         << faint(fmt::format("  {:<14} {:>12} {:>12} {:>12} {:>12} {:>12}", "after warm-up",
                              "median", "spread", "least", "most",
                              input_.phase.empty() ? "a run" : "a phase"),
                  options_)
         << "\n";
    write_line("heap peak", values_of(&Figures::heap_peak_bytes), true);
    write_line("RSS peak", values_of(&Figures::rss_peak_bytes), true);
    write_line(input_.phase.empty() ? "live at exit" : "live at its end",
               values_of(&Figures::live_bytes), true);
    write_line("allocations", values_of(&Figures::allocations), false);
  }

  struct ProcessLine {
    const compare::ProcessSeries* series;
    double median;
    double spread;
    double slope;
    size_t runs;
  };

  void write_processes() {
    std::vector<ProcessLine> lines;
    size_t missing = 0;
    for (const compare::ProcessSeries& series : input_.iterations.processes()) {
      std::vector<double> values;
      for (size_t i = std::min(input_.warmup, series.figures.size()); i < series.figures.size();
           ++i) {
        if (series.figures[i])
          values.push_back(static_cast<double>(series.figures[i]->heap_peak_bytes));
      }
      if (values.size() + input_.warmup < input_.iterations.count()) ++missing;
      lines.push_back({&series, compare::median_of(values), compare::spread_of(values),
                       compare::trend_of(values).slope, values.size()});
    }
    std::stable_sort(lines.begin(), lines.end(), [](const ProcessLine& a, const ProcessLine& b) {
      return std::abs(a.slope) != std::abs(b.slope) ? std::abs(a.slope) > std::abs(b.slope)
                                                    : a.spread > b.spread;
    });
    out_ << "\n" << bold("processes, by heap peak", options_) << "\n";
    out_ << faint(fmt::format("{:>12} {:>12} {:>12} {:>5}  process", "median", "spread", "a run",
                              "runs"),
                  options_)
         << "\n";
    for (size_t i = 0;
         i < lines.size() && i < std::min<uint64_t>(kProcessesShown, options_.row_limit()); ++i) {
      out_ << fmt::format(
          "{:>12} {:>12} {:>12} {:>5}  {}\n", amount(lines[i].median, true),
          amount(lines[i].spread, true), change(lines[i].slope, true), lines[i].runs,
          ellipsize(printable(profile::command_line(lines[i].series->process)),
                    options_.width == 0 ? 0 : std::max<size_t>(options_.width, 62) - kNameColumn));
    }
    if (lines.size() > kProcessesShown)
      out_ << fmt::format("{:>46}{} more processes\n", "",
                          count_text(lines.size() - kProcessesShown));
    if (missing != 0)
      out_ << fmt::format("  {} not in every run\n",
                          counted(missing, "process was", "processes were"));
  }

  void write_callers(compare::StackNumber stack) {
    const compare::SharedStacks& stacks = input_.iterations.stacks();
    const std::vector<compare::FrameId> frames = visible_frames(stacks, stack);
    for (size_t i = 1; i < frames.size() && i <= kCallers; ++i) {
      const size_t width =
          options_.width == 0 ? 0 : std::max<size_t>(options_.width, 24) - kCallerIndent;
      out_ << faint(std::string(kCallerIndent, ' ') + frame_text(stacks.frame(frames[i]), width),
                    options_)
           << "\n";
    }
  }

  void write_sites(const std::string& title, const std::vector<SeriesGrowth>& list) {
    if (list.empty()) return;
    const compare::SharedStacks& stacks = input_.iterations.stacks();
    Places places(stacks);
    out_ << "\n" << bold(title, options_) << "\n";
    out_ << faint(fmt::format("{:>4} {:>11} {:>11} {:>11} {:>10}  where", "",
                              input_.phase.empty() ? "a run" : "a phase", "spread", "at the end",
                              "confidence"),
                  options_)
         << "\n";
    const uint64_t shown = std::min<uint64_t>(list.size(), options_.row_limit());
    for (size_t i = 0; i < shown; ++i) {
      const SiteSeries& site = input_.iterations.sites()[list[i].series];
      const size_t width = options_.width == 0 ? 0 : std::max<size_t>(options_.width, 80) - 53;
      out_ << fmt::format("{:>4} {:>11} {:>11} {:>11} {:>9.1f} %  {}{}\n", i + 1,
                          change(list[i].trend.slope, true), amount(list[i].trend.spread, true),
                          size_text(site.bytes.back(), options_.plain_bytes),
                          std::floor(1000 * std::max(list[i].confidence, 0.0)) / 10,
                          frame_text(places.of(site.stack), width),
                          site.what == SiteSeries::What::kPeak ? "  (at the peak)" : "");
      write_callers(site.stack);
    }
    if (shown < list.size())
      out_ << fmt::format("{:>53}{} more\n", "", count_text(list.size() - shown));
  }

  void write_suppressed() {
    std::map<size_t, std::pair<uint64_t, size_t>> sums;
    for (const SiteSeries& site : input_.iterations.sites()) {
      if (!site.suppression || site.what != SiteSeries::What::kLive) continue;
      sums[*site.suppression].first += site.bytes.back();
      ++sums[*site.suppression].second;
    }
    if (sums.empty()) return;
    out_ << "\n" << bold("suppressed, live at the end of the last one", options_) << "\n";
    for (const auto& [index, sum] : sums) {
      const compare::Suppression& suppression = input_.suppressions.all()[index];
      out_ << fmt::format("{:>14} {:>6}  {}  ({})\n", size_text(sum.first, options_.plain_bytes),
                          counted(sum.second, "site", "sites"), printable(suppression.pattern),
                          printable(suppression.from));
    }
  }

  std::ostream& out_;
  const RepeatInput& input_;
  const Options& options_;
};

}  // namespace

std::string reason_of(const RepeatInput& input) {
  const compare::Growth& growth = input.growth;
  const std::string each = input.phase.empty() ? "run" : "phase";
  if (!growth.grown.empty()) {
    return fmt::format("{} in every {} after the warm-up",
                       counted(growth.grown.size(), "site grows", "sites grow"), each);
  }
  if (!growth.suspects.empty()) {
    return fmt::format("{}; with more {}s it could be told",
                       counted(growth.suspects.size(), "site may grow", "sites may grow"), each);
  }
  if (growth.verdict == compare::Verdict::kInconclusive) {
    return fmt::format("{} after the warm-up {} nothing",
                       counted(growth.iterations, each, each + "s"),
                       growth.iterations == 1 ? "says" : "say");
  }
  return fmt::format("no site grows; {}", counted(growth.judged, "site varies", "sites vary"));
}

void write_text_repeat(std::ostream& out, const RepeatInput& input, const Options& options) {
  Writer(out, input, options).write();
}

}  // namespace memprof::report
