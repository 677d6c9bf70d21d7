#include "analyzer/profile/file/profile_processes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "analyzer/base/error.h"
#include "analyzer/profile/file/packed.h"
#include "analyzer/profile/file/schema.h"
#include "analyzer/profile/parent_links.h"

namespace memprof::profile {
namespace {

std::string select_processes() {
  Process process;
  ColumnNames columns;
  visit_columns(process, columns);
  return "SELECT id, parent_link, \"end\", signal, arguments, steps, rss_samples, launches, " +
         columns.names + " FROM processes ORDER BY id";
}

heap::End end_of(const std::string& name) {
  for (const heap::End end : {heap::End::kExit, heap::End::kExec}) {
    if (name == end_name(end)) return end;
  }
  return heap::End::kOpen;
}

Process read_process(const Statement& row, const std::string& path) {
  const std::string what = fmt::format("{}: process {}", path, row.number(0));
  Process process;
  visit_columns(process, FieldReader{row, 8});
  const uint64_t link = row.number(1);
  if (link > static_cast<uint64_t>(format::ParentLink::kEnviron))
    throw Error("cannot read profile: " + what + " is damaged");
  process.identity.parent_link = static_cast<format::ParentLink>(link);
  process.heap.end = end_of(row.text(2));
  if (!row.is_null(3)) process.signal = static_cast<int>(row.number(3));
  process.identity.argv = split_arguments(row.text(4));
  process.heap.steps = unpack_steps(PackedReader(row.text(5), what));
  process.heap.rss.samples = unpack_samples(PackedReader(row.text(6), what));
  process.heap.launches = unpack_launches(PackedReader(row.text(7), what));
  return process;
}

auto start_order(const Process& process) {
  const trace::Identity& identity = process.identity;
  return std::tuple(identity.start.monotonic_ns, identity.pid, identity.trace_id);
}

/// Marks and phases, whose tables are in the order of processes.
template <typename Item, typename VisitColumns>
void read_lists(Database& database, const std::string& table, VisitColumns visit,
                const std::unordered_map<uint64_t, size_t>& place, Run& run,
                std::vector<Item> heap::ProcessHeap::*list) {
  Item names;
  ColumnNames columns;
  visit(names, columns);
  Statement all(database, "SELECT process_id, " + columns.names + " FROM " + table +
                              " ORDER BY process_id, number");
  while (all.step()) {
    const auto found = place.find(all.number(0));
    if (found == place.end()) continue;
    Item item;
    FieldReader reader{all, 1};
    visit(item, reader);
    (run.processes[found->second].heap.*list).push_back(std::move(item));
  }
}

void read_partly_covered(Database& database, const std::unordered_map<uint64_t, size_t>& place,
                         Run& run) {
  std::map<std::pair<std::string, std::string>, uint64_t> counts;
  Statement all(database, "SELECT process_id, reason FROM partly_covered");
  while (all.step()) {
    const auto found = place.find(all.number(0));
    if (found != place.end()) ++counts[{run.processes[found->second].identity.exe, all.text(1)}];
  }
  for (const auto& [key, count] : counts)
    run.partly_covered.push_back({key.first, key.second, count});
}

}  // namespace

StoredRun read_stored_run(Database& database) {
  Statement row(database,
                "SELECT start_monotonic_ns, CAST(fold_percent * 1000000 AS INTEGER), finished "
                "FROM run");
  if (!row.step())
    throw Error("cannot read profile: " + database.path() + ": it says nothing of its run");
  return {row.number(0), static_cast<double>(row.number(1)) / 1e6, row.number(2) != 0};
}

StoredProcesses read_processes(Database& database) {
  std::vector<Process> processes;
  std::vector<uint64_t> rows;
  Statement all(database, select_processes());
  while (all.step()) {
    rows.push_back(all.number(0));
    processes.push_back(read_process(all, database.path()));
  }
  std::vector<size_t> order(processes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return start_order(processes[a]) < start_order(processes[b]);
  });
  StoredProcesses stored;
  std::unordered_map<uint64_t, size_t> place;
  for (const size_t index : order) {
    place.emplace(rows[index], stored.rows.size());
    stored.rows.push_back(rows[index]);
    Process& process = processes[index];
    process.id = static_cast<uint32_t>(stored.rows.size());
    stored.run.duration_ns = std::max(stored.run.duration_ns, process.heap.end_ns);
    stored.run.processes.push_back(std::move(process));
  }
  Run& run = stored.run;
  read_lists(
      database, "marks", [](auto& item, auto& visit) { visit_mark_columns(item, visit); }, place,
      run, &heap::ProcessHeap::marks);
  read_lists(
      database, "phases", [](auto& item, auto& visit) { visit_phase_columns(item, visit); }, place,
      run, &heap::ProcessHeap::phases);
  read_partly_covered(database, place, run);
  if (!run.processes.empty()) {
    run.command = run.processes.front().identity.argv;
    run.start_unix_ns = run.processes.front().identity.start_unix_ns;
  }
  link_processes(run);
  return stored;
}

}  // namespace memprof::profile
