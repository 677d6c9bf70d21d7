#include "analyzer/profile/file/profile_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "analyzer/base/error.h"
#include "analyzer/profile/coverage.h"
#include "analyzer/profile/file/database.h"
#include "analyzer/profile/file/kept_moments.h"
#include "analyzer/profile/file/packed.h"
#include "analyzer/profile/file/profile_processes.h"
#include "analyzer/profile/file/schema.h"
#include "analyzer/profile/file/stored_frames.h"
#include "analyzer/profile/selection.h"
#include "analyzer/profile/snapshots.h"
#include "analyzer/profile/tree_peak.h"

namespace memprof::profile {
namespace {

using From = ProcessMoment::From;
using What = heap::SnapshotPoint::What;

/// The parts of one process that are read when they are needed.
struct Loaded {
  bool sites = false;
  bool moments = false;
  std::vector<KeptMoment> kept;
};

class Reader {
 public:
  explicit Reader(const std::string& path) : database_(path, Database::Mode::kRead) {}

  Run read(const RunRequest& request) {
    check();
    const StoredRun about = read_stored_run(database_);
    StoredProcesses stored = read_processes(database_);
    run_ = std::move(stored.run);
    rows_ = std::move(stored.rows);
    if (run_.processes.empty())
      throw Error("cannot read profile: " + database_.path() + ": no process is in it");
    loaded_.resize(rows_.size());
    run_.fold_percent = about.fold_percent;
    read_tables();
    read_coverage(about.finished);
    run_.tree = tree_peak(run_.processes);
    for (const Moment& moment : request.moments) {
      run_.moments.push_back(
          request.own_clocks
              ? find_own_moments(run_, moment, select_processes(run_, request.process))
              : find_moment(run_, moment));
    }
    if (request.phase_peaks) run_.phase_peaks = highest_phases(run_, kPhasePeaksMax);
    // Who looks at moments alone sees the sites of those that were alive then alone.
    if (!request.only_moments || run_.processes.size() == 1) read_all_sites();
    fill_tree_peak();
    if (request.reachability) read_reached();
    for (RunMoment& moment : run_.moments) fill_moment(moment, request);
    run_.key_moments = find_key_moments(run_, request.key_moments);
    std::erase_if(run_.key_moments, [this](RunMoment& moment) { return !fill_all(moment); });
    for (PhasePeak& peak : run_.phase_peaks) fill_phase_peak(peak);
    run_.frames = stored_frames(database_.path(), locations_, modules_);
    return std::move(run_);
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw Error("cannot read profile: " + database_.path() + ": " + what + " is damaged");
  }

  void check() {
    check_schema(database_);
    // SQLite takes a last page that is cut short for one that ends in zeros.
    Statement pages(database_,
                    "SELECT page_count * page_size FROM pragma_page_count, "
                    "pragma_page_size");
    std::error_code error;
    if (!pages.step() || pages.number(0) != std::filesystem::file_size(database_.path(), error))
      damaged("the file");
    Statement quick(database_, "PRAGMA quick_check(1)");
    if (!quick.step() || quick.text(0) != "ok") damaged("the file");
  }

  void read_tables() {
    std::vector<heap::Module> modules(1);
    Statement module(database_, "SELECT id, path, build_id FROM modules ORDER BY id");
    while (module.step()) {
      if (module.number(0) != modules.size()) damaged("its table of modules");
      modules.push_back({module.text(1), module.text(2), 0});
    }
    std::vector<heap::Location> locations(1);
    Statement address(database_, "SELECT id, module_id, \"offset\" FROM addresses ORDER BY id");
    while (address.step()) {
      const bool good = address.number(0) == locations.size() && address.number(1) < modules.size();
      if (!good) damaged("its table of addresses");
      // Interrupted: what is stored is the address to look up.
      locations.push_back({address.number(2), static_cast<uint32_t>(address.number(1)), true});
    }
    std::vector<heap::Context> contexts{{heap::kRootContext, 0}};
    Statement stack(database_, "SELECT id, parent_id, address_id FROM stacks ORDER BY id");
    while (stack.step()) {
      const bool good = stack.number(0) == contexts.size() && stack.number(1) < contexts.size() &&
                        stack.number(2) < locations.size();
      if (!good) damaged("its table of stacks");
      contexts.push_back({heap::ContextId{static_cast<uint32_t>(stack.number(1))},
                          static_cast<uint32_t>(stack.number(2))});
    }
    modules_ = heap::SharedVector<heap::Module>(std::move(modules));
    locations_ = heap::SharedVector<heap::Location>(std::move(locations));
    contexts_ = heap::SharedVector<heap::Context>(std::move(contexts));
    for (Process& process : run_.processes) {
      process.heap.modules = modules_;
      process.heap.locations = locations_;
      process.heap.contexts = contexts_;
    }
  }

  void read_coverage(bool finished) {
    if (!finished) {
      run_.not_covered = not_covered(run_.processes);
      return;
    }
    Statement row(database_, "SELECT exe, reason, processes FROM not_covered ORDER BY rowid");
    while (row.step()) run_.not_covered.push_back({row.text(0), row.text(1), row.number(2)});
    Statement file(database_, "SELECT path, reason FROM unreadable ORDER BY rowid");
    while (file.step()) run_.unreadable.push_back({file.text(0), file.text(1)});
  }

  static std::string select_sites() {
    heap::Counts counts;
    ColumnNames columns;
    visit_site_columns(counts, columns);
    return "SELECT process_id, stack_id, " + columns.names + " FROM sites ";
  }

  void read_site(const Statement& row, heap::ProcessHeap& heap) const {
    heap::Site site{heap::kRootContext, {}};
    visit_site_columns(site.counts, FieldReader{row, 2});
    if (row.is_null(1)) {
      if (heap.folded_site != heap::kNoSite) damaged("its table of sites");
      heap.folded_site = static_cast<uint32_t>(heap.sites.size());
    } else {
      if (row.number(1) >= contexts_.size()) damaged("its table of sites");
      site.context = heap::ContextId{static_cast<uint32_t>(row.number(1))};
    }
    heap.sites.push_back(site);
  }

  void read_all_sites() {
    std::map<uint64_t, size_t> place;
    for (size_t i = 0; i < rows_.size(); ++i) place.emplace(rows_[i], i);
    Statement all(database_, select_sites() + "ORDER BY process_id, number");
    while (all.step()) {
      const auto found = place.find(all.number(0));
      if (found == place.end()) damaged("its table of sites");
      read_site(all, run_.processes[found->second].heap);
    }
    for (Loaded& loaded : loaded_) loaded.sites = true;
  }

  void need_sites(size_t process) {
    if (std::exchange(loaded_[process].sites, true)) return;
    Statement some(database_, select_sites() + "WHERE process_id = ? ORDER BY number");
    some.bind(rows_[process]);
    while (some.step()) read_site(some, run_.processes[process].heap);
  }

  /// All that a site holds at the end has to be accounted for. REQUIRES: all sites have been read.
  void read_reached() {
    std::map<uint64_t, size_t> place;
    for (size_t i = 0; i < rows_.size(); ++i) place.emplace(rows_[i], i);
    Reached columns_of;
    ColumnNames columns;
    visit_reached_columns(columns_of, columns);
    Statement all(database_, "SELECT process_id, number, " + columns.names + " FROM reached");
    while (all.step()) {
      const auto found = place.find(all.number(0));
      if (found == place.end()) damaged("its table of what could be reached");
      Process& process = run_.processes[found->second];
      if (!process.reached) process.reached.emplace(process.heap.sites.size());
      if (all.number(1) >= process.reached->size()) damaged("its table of what could be reached");
      visit_reached_columns((*process.reached)[all.number(1)], FieldReader{all, 2});
    }
    for (const Process& process : run_.processes) {
      for (size_t i = 0; process.reached && i < process.reached->size(); ++i) {
        const auto& [lost, reachable, unknown] = (*process.reached)[i];
        const heap::Counts& counts = process.heap.sites[i].counts;
        if (lost.bytes + reachable.bytes + unknown.bytes != counts.live_bytes ||
            lost.blocks + reachable.blocks + unknown.blocks != counts.live_blocks)
          damaged("its table of what could be reached");
      }
    }
  }

  const std::vector<KeptMoment>& kept_of(size_t process) {
    Loaded& loaded = loaded_[process];
    if (std::exchange(loaded.moments, true)) return loaded.kept;
    Statement all(database_,
                  "SELECT kind, value, time_ns, number FROM moments WHERE process_id = ? "
                  "ORDER BY number");
    all.bind(rows_[process]);
    while (all.step()) {
      std::optional<What> what;
      const std::string name = all.text(0);
      for (const What one : {What::kStep, What::kTime, What::kMark, What::kPhaseBegin,
                             What::kPhaseEnd, What::kPhasePeak}) {
        if (name == kind_name(one)) what = one;
      }
      if (!what || all.number(3) != loaded.kept.size()) damaged("its table of moments");
      loaded.kept.push_back({{*what, all.number(1)}, all.number(2)});
    }
    return loaded.kept;
  }

  std::vector<heap::Held> held_of(size_t process, KeptSource source) {
    need_sites(process);
    const heap::ProcessHeap& heap = run_.processes[process].heap;
    std::vector<heap::Held> held(heap.sites.size());
    if (source.from == KeptSource::From::kEnd) return held_at(process, From::kEnd);
    if (source.from == KeptSource::From::kNothing || heap.sites.empty()) return held;
    Statement row(database_, "SELECT held FROM processes WHERE id = ?");
    row.bind(rows_[process]);
    if (!row.step()) damaged("its table of processes");
    PackedReader reader(row.text(0),
                        fmt::format("{}: process {}", database_.path(), rows_[process]));
    return unpack_held(std::move(reader), heap.sites.size(), {source.index}).front();
  }

  std::vector<heap::Held> held_at(size_t process, From from) {
    need_sites(process);
    return site_amounts(run_.processes[process].heap, from);
  }

  std::optional<KeptSource> source_of(size_t process, const ProcessMoment& moment) {
    return find_kept(run_.processes[process].heap, kept_of(process), moment.point, moment.time_ns);
  }

  /// The process's part of a moment; false when it was not kept.
  bool fill(size_t process, ProcessMoment& moment) {
    switch (moment.from) {
      case From::kNothing:
        return true;
      case From::kOwnPeak:
      case From::kEnd:
        moment.held = held_at(process, moment.from);
        return true;
      case From::kSnapshot:
        break;
    }
    const auto source = source_of(process, moment);
    if (source) moment.held = held_of(process, *source);
    return source.has_value();
  }

  void fill_tree_peak() {
    RunMoment tree = tree_peak_moment(run_);
    for (auto& [index, moment] : tree.processes) {
      heap::ProcessHeap& heap = run_.processes[index].heap;
      const bool known = fill(index, moment);
      need_sites(index);
      if (!known) {
        // How much it was is known, of which stacks it was not kept.
        if (heap.folded_site == heap::kNoSite) {
          heap.folded_site = static_cast<uint32_t>(heap.sites.size());
          heap.sites.push_back({heap::kRootContext, {}});
        }
        heap.sites[heap.folded_site].counts.at_bytes =
            highest_in_step(heap, run_.tree.peak_time_ns / kStepNs);
        continue;
      }
      for (size_t i = 0; i < moment.held.size(); ++i) {
        heap.sites[i].counts.at_bytes = moment.held[i].bytes;
        heap.sites[i].counts.at_blocks = moment.held[i].blocks;
      }
    }
  }

  static uint64_t highest_in_step(const heap::ProcessHeap& heap, uint64_t step) {
    uint64_t bytes = 0;
    for (const heap::Step& one : heap.steps) {
      if (one.step > step) break;
      bytes = one.step == step ? one.highest_bytes : one.end_bytes;
    }
    return bytes;
  }

  void fill_moment(RunMoment& moment, const RunRequest& request) {
    for (auto& [index, process] : moment.processes) {
      if (!fill(index, process)) not_kept(moment, index, request);
    }
  }

  /// False when the moment was not kept of all processes alive then.
  bool fill_all(RunMoment& moment) {
    return std::all_of(moment.processes.begin(), moment.processes.end(),
                       [this](auto& process) { return fill(process.first, process.second); });
  }

  void fill_phase_peak(PhasePeak& peak) {
    const ProcessMoment moment{From::kSnapshot,
                               {What::kPhasePeak, peak.phase},
                               run_.processes[peak.process].heap.phases[peak.phase].heap_peak_ns,
                               {}};
    const auto source = source_of(peak.process, moment);
    if (!source) damaged("its table of moments");
    peak.held = held_of(peak.process, *source);
  }

  /// Whether all that lived at that time have it.
  bool all_kept(const Moment& moment, const RunRequest& request) {
    const RunMoment found =
        request.own_clocks ? find_own_moments(run_, moment, select_processes(run_, request.process))
                           : find_moment(run_, moment);
    for (const auto& [index, process] : found.processes) {
      if (process.from == From::kSnapshot && !source_of(index, process)) return false;
    }
    return true;
  }

  [[noreturn]] void not_kept(const RunMoment& moment, size_t process, const RunRequest& request) {
    const uint64_t wanted_ns = moment.processes.at(process).time_ns;
    const uint64_t origin_ns = moment.own_clocks ? run_.processes[process].heap.start_ns : 0;
    std::set<std::pair<uint64_t, uint64_t>> by_distance;
    for (const KeptMoment& kept : kept_of(process)) {
      if (kept.point.what != What::kTime || kept.time_ns < origin_ns) continue;
      const uint64_t distance =
          std::max(kept.time_ns, wanted_ns) - std::min(kept.time_ns, wanted_ns);
      by_distance.emplace(distance, kept.time_ns - origin_ns);
    }
    std::string nearest = "start, peak and end are";
    for (const auto& [distance, time_ns] : by_distance) {
      const auto candidate = parse_moment(time_text(time_ns));
      if (!candidate || !all_kept(*candidate, request)) continue;
      nearest = "the nearest that was is " + candidate->text;
      break;
    }
    throw Error(
        fmt::format("no such moment: {}: {} did not keep it of {} (pid {}); {}", moment.moment.text,
                    database_.path(), base_name(run_.processes[process].identity.exe),
                    run_.processes[process].identity.pid, nearest),
        Error::Exit::kUsage);
  }

  /// As a moment is written, exactly.
  static std::string time_text(uint64_t time_ns) {
    std::string text = fmt::format("{}.{:09}", time_ns / 1'000'000'000, time_ns % 1'000'000'000);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text + "s";
  }

  Database database_;
  Run run_;
  std::vector<uint64_t> rows_;  ///< processes.id by index of the process
  std::vector<Loaded> loaded_;
  heap::SharedVector<heap::Module> modules_;
  heap::SharedVector<heap::Location> locations_;
  heap::SharedVector<heap::Context> contexts_;
};

}  // namespace

bool is_database(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream in(path, std::ios::binary);
  std::array<char, 15> begin{};
  in.read(begin.data(), begin.size());
  return std::string_view(begin.data(), static_cast<size_t>(in.gcount())) == "SQLite format 3";
}

bool is_finished_profile(const std::string& path) {
  Database database(path, Database::Mode::kRead);
  check_schema(database);
  return read_stored_run(database).finished;
}

Run open_profile(const std::string& path, const RunRequest& request) {
  if (request.details) {
    throw Error("no details: " + path + ": a profile keeps none; they take the raw traces",
                Error::Exit::kUsage);
  }
  return Reader(path).read(request);
}

}  // namespace memprof::profile
