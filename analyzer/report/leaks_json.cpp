#include "analyzer/report/json_stack.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/leaks_report.h"

namespace memprof::report {
namespace {

using compare::Leak;
using compare::Reachability;

Json held_json(const heap::Held& held) {
  return {{"bytes", held.bytes}, {"blocks", held.blocks}};
}

Json totals_json(const LeaksInput& input) {
  heap::Held lost;
  heap::Held unknown;
  heap::Held reachable;
  heap::Held suppressed;
  const auto add = [](heap::Held& sum, const heap::Held& held) {
    sum.bytes += held.bytes;
    sum.blocks += held.blocks;
  };
  for (const LeaksOfRun& one : input.runs) {
    add(lost, one.leaks.sum(Reachability::kLost));
    add(unknown, one.leaks.sum(Reachability::kUnknown));
    add(reachable, one.leaks.sum(Reachability::kReachable));
    add(suppressed, one.leaks.suppressed());
  }
  return {{"lost", held_json(lost)},
          {"unknown", held_json(unknown)},
          {"reachable", held_json(reachable)},
          {"suppressed", held_json(suppressed)}};
}

Json suppressions_json(const LeaksInput& input) {
  std::vector<heap::Held> sums(input.suppressions.all().size());
  for (const LeaksOfRun& one : input.runs) {
    for (const Leak& row : one.leaks.rows) {
      if (!row.suppression) continue;
      sums[*row.suppression].bytes += row.held().bytes;
      sums[*row.suppression].blocks += row.held().blocks;
    }
  }
  Json json = Json::array();
  for (size_t i = 0; i < sums.size(); ++i) {
    // One of the user's that matches nothing may be out of date.
    if (sums[i].blocks == 0 && input.suppressions.is_built_in(i)) continue;
    const compare::Suppression& suppression = input.suppressions.all()[i];
    json.push_back({{"pattern", suppression.pattern},
                    {"from", suppression.from},
                    {"bytes", sums[i].bytes},
                    {"blocks", sums[i].blocks}});
  }
  return json;
}

Json run_of(const LeaksOfRun& one) {
  Json json = {{"name", one.name}, {"run", run_json(one.run)}, {"unexamined", Json::array()}};
  for (const compare::Unexamined& unexamined : one.leaks.unexamined) {
    const profile::Process& process = one.run.processes[unexamined.process];
    json["unexamined"].push_back({{"id", process.id},
                                  {"exe", process.identity.exe},
                                  {"end", process.heap.end == heap::End::kExec ? "exec" : "open"},
                                  {"bytes", unexamined.held.bytes},
                                  {"blocks", unexamined.held.blocks}});
  }
  const profile::NamesHealth names = one.names.health();
  uint64_t lost_events = 0;
  bool truncated = false;
  for (const size_t index : one.processes) {
    lost_events += one.run.processes[index].heap.health.lost_events;
    truncated = truncated || one.run.processes[index].heap.health.truncated;
  }
  json["health"] = {{"lost_events", lost_events},
                    {"truncated", truncated},
                    {"frames_without_symbols", names.without_symbols},
                    {"frames_looked_up", names.looked_up}};
  return json;
}

Json leak_json(const LeaksInput& input, size_t run, const Leak& row, uint64_t depth) {
  const LeaksOfRun& one = input.runs[run];
  Json json = {{"run", run},
               {"id", one.run.processes[row.process].id},
               {"state", state_name(row.state)},
               {"bytes", row.held().bytes},
               {"blocks", row.held().blocks},
               {"suppressed", row.suppression.has_value()}};
  if (row.suppression) json["suppression"] = input.suppressions.all()[*row.suppression].pattern;
  json["stack"] = stack_json(
      one.names, profile::addresses_of(one.run, one.names.addresses(), row.stack), depth);
  return json;
}

}  // namespace

void write_json_leaks(std::ostream& out, const LeaksInput& input, const Options& options) {
  out << "{\"schema\":\"memprof-leaks/1\",\n\"verdict\":"
      << (input.failed() ? "\"leaks\"" : "\"clean\"")
      << ",\n\"totals\":" << dump(totals_json(input)) << ",\n\"runs\":[";
  for (size_t i = 0; i < input.runs.size(); ++i)
    out << (i == 0 ? "\n  " : ",\n  ") << dump(run_of(input.runs[i]));
  out << "],\n\"suppressions\":" << dump(suppressions_json(input)) << ",\n\"leaks\":[";
  bool first = true;
  for (size_t run = 0; run < input.runs.size(); ++run) {
    for (const Leak& row : input.runs[run].leaks.rows) {
      out << (first ? "\n  " : ",\n  ") << dump(leak_json(input, run, row, options.depth));
      first = false;
    }
  }
  out << "]}\n";
}

}  // namespace memprof::report
