#include "analyzer/cli/repeat_command.h"

#include <algorithm>
#include <optional>

#include "analyzer/base/error.h"
#include "analyzer/cli/open_run.h"
#include "analyzer/cli/recorded_run.h"
#include "analyzer/profile/selection.h"
#include "analyzer/report/output.h"
#include "analyzer/report/repeat_report.h"

namespace memprof::cli {
namespace {

/// Of more phases than these, so many are looked at, at equal distances: growth shows all the same.
constexpr size_t kPhasesMax = 100;

/// The phases of that name in the process that has most of them, the first of equals.
struct Phases {
  size_t process = 0;
  std::vector<size_t> indexes;        ///< into its heap.phases
  std::vector<uint32_t> occurrences;  ///< their numbers
};

Phases phases_of(const profile::Run& run, const std::vector<size_t>& processes,
                 const std::string& name) {
  Phases most;
  for (const size_t process : processes) {
    Phases phases{process, {}, {}};
    const std::vector<heap::Phase>& all = run.processes[process].heap.phases;
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].name == name) phases.indexes.push_back(i);
    }
    if (phases.indexes.size() > most.indexes.size()) most = std::move(phases);
  }
  if (most.indexes.size() > kPhasesMax) {
    std::vector<size_t> chosen;
    for (size_t i = 0; i < kPhasesMax; ++i)
      chosen.push_back(most.indexes[i * (most.indexes.size() - 1) / (kPhasesMax - 1)]);
    most.indexes = std::move(chosen);
  }
  for (const size_t index : most.indexes)
    most.occurrences.push_back(run.processes[most.process].heap.phases[index].occurrence);
  return most;
}

profile::Moment moment_of(const char* text) {
  return *profile::parse_moment(text);
}

void add_run(OpenRun& open, const std::vector<size_t>& processes, compare::Iterations& iterations) {
  const compare::Side peak{open.run, open.names, open.run.moments[0], processes};
  const compare::Side end{open.run, open.names, open.run.moments[1], processes};
  iterations.add_run(peak, end);
}

/// Opens the run once more, for what was live at the end of each of these phases.
void add_phases(const std::string& path, const RepeatArguments& arguments, const Phases& phases,
                profile::FrameSource& source, compare::Iterations& iterations) {
  profile::RunRequest request;
  request.own_clocks = true;
  request.process = arguments.options.process;
  for (const uint32_t occurrence : phases.occurrences) {
    profile::Moment moment{profile::Moment::What::kPhaseEnd, arguments.phase, occurrence, 0, ""};
    moment.text = "phase:" + moment.name + ":end#" + std::to_string(occurrence);
    request.moments.push_back(std::move(moment));
  }
  OpenRun open(path, request, source);
  for (size_t i = 0; i < phases.indexes.size(); ++i) {
    const compare::Side end{open.run, open.names, open.run.moments[i], {phases.process}};
    iterations.add_phase(end, open.run.processes[phases.process].heap.phases[phases.indexes[i]]);
  }
}

compare::HistoryEntry history_entry(const report::RepeatInput& input) {
  using compare::Figures;
  using Unit = compare::HistoryValue::Unit;
  compare::HistoryEntry entry;
  entry.kind = "repeat";
  for (const std::string& word : input.command)
    entry.command += (entry.command.empty() ? "" : " ") + word;
  entry.verdict = compare::verdict_name(input.growth.verdict);
  const std::vector<Figures>& all = input.iterations.figures();
  const auto add = [&](const char* name, Unit unit, uint64_t Figures::*figure) {
    std::vector<double> values;
    for (size_t i = std::min(input.warmup, all.size()); i < all.size(); ++i)
      values.push_back(static_cast<double>(all[i].*figure));
    if (!values.empty()) entry.values.push_back({name, unit, compare::median_of(values), {}});
  };
  add("heap peak", Unit::kBytes, &Figures::heap_peak_bytes);
  add("RSS peak", Unit::kBytes, &Figures::rss_peak_bytes);
  add("live at the end", Unit::kBytes, &Figures::live_bytes);
  add("allocations", Unit::kCount, &Figures::allocations);
  double growth = 0;
  for (const compare::SeriesGrowth& one : input.growth.grown) growth += one.trend.slope;
  entry.values.push_back({"growth per iteration", Unit::kBytes, growth, {}});
  return entry;
}

}  // namespace

int repeat_command(const RepeatArguments& arguments) {
  const compare::Suppressions suppressions = suppressions_of(arguments.suppressions);
  const auto names = frames_for(arguments.symbols);
  compare::Iterations iterations(suppressions);
  RecordedRuns runs("repeat", arguments.keep);
  profile::RunRequest request;
  request.moments = {moment_of("peak"), moment_of("end")};
  request.own_clocks = true;
  request.process = arguments.options.process;
  std::string phase;
  for (uint64_t i = 1; i <= arguments.runs && phase.empty(); ++i) {
    const std::string path =
        runs.record(arguments.command, "run" + std::to_string(i), i, arguments.runs);
    OpenRun open(path, request, *names);
    const std::vector<size_t> processes =
        profile::select_processes(open.run, arguments.options.process);
    const Phases phases = phases_of(open.run, processes, arguments.phase);
    if (i == 1 && phases.indexes.size() > 1 &&
        phases.indexes.size() >= std::min<uint64_t>(arguments.runs, kPhasesMax)) {
      phase = arguments.phase;
      add_phases(path, arguments, phases, *names, iterations);
    } else {
      add_run(open, processes, iterations);
    }
    runs.drop(path);
  }
  const compare::Growth growth = iterations.judge(arguments.warmup);
  const report::RepeatInput input{arguments.command, iterations,       growth,
                                  suppressions,      arguments.warmup, phase};
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  report::write_output(arguments.output, [&](std::ostream& out) {
    if (arguments.format == Format::kJson) {
      report::write_json_repeat(out, input, options);
    } else {
      report::write_text_repeat(out, input, options);
    }
  });
  append_history(arguments.history, history_entry(input));
  print_remarks(*names, arguments.symbols);
  return growth.verdict == compare::Verdict::kGrowth ? static_cast<int>(Error::Exit::kCheckFailed)
                                                     : 0;
}

}  // namespace memprof::cli
