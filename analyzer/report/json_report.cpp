#include "analyzer/report/json_report.h"

#include <algorithm>
#include <numeric>

#include "analyzer/profile/selection.h"
#include "analyzer/report/groups.h"
#include "analyzer/report/json_stack.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/ordered_stacks.h"

namespace memprof::report {
namespace {

using profile::AddressId;

class Writer {
 public:
  Writer(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
         const Options& options)
      : out_(out),
        run_(run),
        options_(options),
        moment_(run.moments.empty() ? nullptr : &run.moments.front()),
        addresses_(run),
        names_(addresses_, source) {}

  void write(const std::vector<size_t>& processes) {
    out_ << "{\"schema\":\"memprof-report/1\",\n\"run\":" << dump(run_json(run_)) << ",\n\"tree\":";
    write_tree();
    if (moment_ != nullptr) {
      out_ << ",\n\"at\":";
      write_moment(processes);
    }
    out_ << ",\n\"processes\":[";
    for (size_t i = 0; i < processes.size(); ++i) {
      out_ << (i == 0 ? "\n" : ",\n");
      write_process(processes[i]);
    }
    out_ << "\n]}\n";
  }

 private:
  /// An object without its last brace, so that members too large to build can follow.
  void write_open(const Json& object) {
    std::string text = dump(object);
    text.pop_back();
    out_ << text;
  }

  void write_tree() {
    write_open(tree_json(run_.tree));
    std::vector<size_t> all(run_.processes.size());
    std::iota(all.begin(), all.end(), size_t{0});
    write_groups(all, {}, options_.row_limit(), "peak_bytes", "peak_blocks");
    out_ << "}";
  }

  /// `"sites":[...],"other":{...}`: what these processes held, by function, file and line.
  void write_groups(const std::vector<size_t>& processes, const profile::HeldOf& held,
                    uint64_t limit, const char* bytes, const char* blocks) {
    const Groups groups = group_stacks(
        run_, names_,
        profile::stack_rows(run_, addresses_, processes, held, counts_in(Metric::kMoment)),
        Metric::kMoment, Group::kLine, 0);
    Amounts other = groups.total;
    out_ << ",\n \"sites\":[";
    const size_t shown = static_cast<size_t>(std::min<uint64_t>(limit, groups.rows.size()));
    for (size_t i = 0; i < shown; ++i) {
      const GroupRow& row = groups.rows[i];
      other -= row.flat;
      Json json = place_json(row.key.function, row.key.file, row.key.line);
      json[bytes] = row.flat.first;
      json[blocks] = row.flat.second;
      out_ << (i == 0 ? "\n  " : ",\n  ") << dump(json);
    }
    out_ << "],\n \"other\":" << dump({{bytes, other.first}, {blocks, other.second}});
  }

  void write_moment(const std::vector<size_t>& processes) {
    Json alive = Json::array();
    uint64_t rss_bytes = 0;
    for (const auto& [index, process] : moment_->processes) {
      alive.push_back(run_.processes[index].id);
      rss_bytes += profile::rss_at(run_.processes[index].heap, process.time_ns);
    }
    write_open({{"moment", moment_->moment.text},
                {"time_ns", moment_->own_clocks ? Json() : Json(moment_->time_ns)},
                {"heap_bytes", moment_->heap_bytes()},
                {"heap_blocks", moment_->heap_blocks()},
                {"rss_bytes", rss_bytes},
                {"processes", alive}});
    write_groups(processes, profile::held_of(*moment_), options_.row_limit(), "at_bytes",
                 "at_blocks");
    out_ << "}";
  }

  void write_phases(size_t index) {
    const std::vector<heap::Phase>& phases = run_.processes[index].heap.phases;
    auto peak = std::find_if(run_.phase_peaks.begin(), run_.phase_peaks.end(),
                             [&](const profile::PhasePeak& p) { return p.process == index; });
    const auto belongs = [&](size_t phase) {
      return peak != run_.phase_peaks.end() && peak->process == index && peak->phase == phase;
    };
    out_ << ",\n \"phases\":[";
    for (size_t i = 0; i < phases.size(); ++i) {
      out_ << (i == 0 ? "\n  " : ",\n  ");
      write_open(phase_json(phases[i]));
      if (belongs(i)) {
        const std::vector<heap::Held>& held = peak->held;
        write_groups(
            {index}, [&held](size_t) { return &held; }, options_.row_limit(), "peak_bytes",
            "peak_blocks");
        ++peak;
      }
      out_ << "}";
    }
    out_ << "]";
  }

  /// What the process itself held at the moment asked for, when it was there.
  void write_own_moment(size_t index) {
    if (moment_ == nullptr) return;
    const auto found = moment_->processes.find(index);
    if (found == moment_->processes.end()) return;
    const profile::ProcessMoment& own = found->second;
    out_ << ",\n \"at\":"
         << dump({{"time_ns", own.time_ns},
                  {"heap_bytes", own.bytes()},
                  {"heap_blocks", own.blocks()},
                  {"rss_bytes", profile::rss_at(run_.processes[index].heap, own.time_ns)}});
  }

  void write_process(size_t index) {
    const heap::ProcessHeap& heap = run_.processes[index].heap;
    write_open(process_json(run_.processes[index]));
    write_own_moment(index);
    write_phases(index);
    const size_t only[] = {index};
    const bool at = moment_ != nullptr;
    const profile::HeldOf held = at ? profile::held_of(*moment_) : profile::HeldOf();
    const OrderedStacks stacks =
        order_stacks(run_, addresses_, profile::stack_rows(run_, addresses_, only, held),
                     metric_of(options_.by, at), options_.row_limit());
    const profile::NamesHealth names = look_up(stacks.rows);
    out_ << ",\n \"sites\":[";
    for (size_t i = 0; i < stacks.rows.size(); ++i) {
      Json row = counts_json(stacks.rows[i].counts, at);
      if (stacks.rows[i].details != nullptr) add_details(row, *stacks.rows[i].details, heap);
      row["stack"] = stack_json(names_, profile::addresses_of(run_, addresses_, stacks.rows[i]),
                                options_.depth);
      out_ << (i == 0 ? "\n  " : ",\n  ") << dump(row);
    }
    out_ << "],\n \"other\":" << dump(counts_json(stacks.other, at)) << ",\n \"health\":"
         << dump({{"lost_events", heap.health.lost_events},
                  {"cut_stacks", heap.health.cut_stacks},
                  {"frames_without_symbols", names.without_symbols},
                  {"frames_looked_up", names.looked_up},
                  {"truncated", heap.health.truncated},
                  {"stop_reason", heap.health.stop_reason},
                  {"damaged_bytes", heap.health.damaged_bytes},
                  {"reused_live", heap.health.reused_live},
                  {"unmatched_phase_ends", heap.health.unmatched_phase_ends}})
         << "}";
  }

  /// One look-up for all rows: the symbolizer is fast for many addresses at once. Says how it went
  /// for just these rows, whatever was looked up before.
  profile::NamesHealth look_up(const std::vector<profile::StackRow>& rows) {
    std::vector<AddressId> wanted;
    for (const profile::StackRow& row : rows) {
      const std::vector<AddressId> ends =
          shown_of(profile::addresses_of(run_, addresses_, row), options_.depth);
      wanted.insert(wanted.end(), ends.begin(), ends.end());
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    names_.resolve(wanted);
    profile::NamesHealth health;
    health.looked_up = wanted.size();
    for (const AddressId id : wanted) health.without_symbols += names_.nameless(id) ? 1 : 0;
    return health;
  }

  std::ostream& out_;
  const profile::Run& run_;
  const Options& options_;
  const profile::RunMoment* moment_;  ///< the one asked for, or null
  profile::Addresses addresses_;
  profile::Names names_;
};

}  // namespace

void write_json_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options) {
  const std::vector<size_t> processes = profile::select_processes(run, options.process);
  Writer(out, run, source, options).write(processes);
}

}  // namespace memprof::report
