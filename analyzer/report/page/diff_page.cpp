#include "analyzer/report/page/diff_page.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/profile/selection.h"
#include "analyzer/report/allocator_frames.h"
#include "analyzer/report/moment_text.h"
#include "analyzer/report/page/page_health.h"
#include "analyzer/report/page/page_timeline.h"

namespace memprof::report {
namespace {

/// Heap and RSS over time of the processes compared are the side's own; a comparison within one
/// run has them once.
Json side_json(const compare::Side& side, const std::string& name, bool with_timeline,
               PageStrings& strings) {
  Json command = Json::array();
  for (const std::string& word : side.run.command) command.push_back(strings.id(word));
  return {{"name", strings.id(name)},
          {"moment", strings.id(moment_text(side.moment.moment))},
          {"each_its_own", side.moment.own_clocks},
          {"moment_ns", side.moment.own_clocks ? Json() : Json(side.moment.time_ns)},
          {"command", std::move(command)},
          {"start_unix_ns", side.run.start_unix_ns},
          {"duration_ns", side.run.duration_ns},
          {"processes", side.processes.size()},
          {"peak_heap_bytes", side.run.tree.peak_heap_bytes},
          {"peak_rss_bytes", side.run.tree.peak_rss_bytes},
          {"timeline", with_timeline ? timeline_json(side.run, side.processes, strings) : Json()},
          {"health", with_timeline ? health_json(side.run, side.names, side.processes, strings)
                                   : Json::array()}};
}

Json change_json(const compare::Change& change) {
  return {change.before.bytes, change.after.bytes, change.before.blocks, change.after.blocks};
}

}  // namespace

PageStacks diff_stacks(const compare::Diff& diff) {
  // The amount of change decides, too, whether a stack is worth showing.
  PageStacks stacks({"before", "after", "before_blocks", "after_blocks", "changed"}, 0);
  std::vector<uint32_t> frames;
  for (const compare::StackChange& row : diff.rows) {
    heap::ContextId node = heap::kRootContext;
    const std::vector<compare::FrameId> path = diff.stacks.frames_of(row.stack);
    for (auto id = path.rbegin(); id != path.rend(); ++id) {
      const compare::Frame& frame = diff.stacks.frame(*id);
      const bool allocator =
          is_allocator_frame({frame.function, frame.file, 0, false}, frame.module);
      node = stacks.child(
          node, stacks.frame({frame.function, frame.file, 0, frame.module,
                              allocator ? PageFrameKind::kAllocator : PageFrameKind::kCode}));
    }
    const auto& [before, after] = row.change;
    const std::span<uint64_t> amounts = stacks.row(0, node);
    size_t column = 0;
    for (const uint64_t amount :
         {before.bytes, after.bytes, before.blocks, after.blocks,
          std::max(before.bytes, after.bytes) - std::min(before.bytes, after.bytes)})
      amounts[column++] += amount;
  }
  return stacks;
}

Json diff_page(const DiffInput& input, const compare::Diff& diff, const PageStacks& stacks,
               const PageBudget& budget) {
  PageStrings strings(budget.columns);
  Json json = {{"schema", "memprof-page/1"}, {"kind", "diff"}};
  const bool one_run = &input.before.run == &input.after.run;
  json["one_run"] = one_run;
  json["before"] = side_json(input.before, input.before_name, true, strings);
  json["after"] = side_json(input.after, input.after_name, !one_run, strings);
  json["total"] = change_json(diff.total);
  Json processes = Json::array();
  compare::Change hidden;
  uint64_t hidden_count = 0;
  for (const compare::ProcessChange& row : diff.processes) {
    if (processes.size() == budget.processes) {
      hidden += row.change;
      ++hidden_count;
      continue;
    }
    const profile::Process& process = row.pair.after ? input.after.run.processes[*row.pair.after]
                                                     : input.before.run.processes[*row.pair.before];
    processes.push_back({strings.id(profile::command_line(process)),
                         (row.pair.before ? 1 : 0) + (row.pair.after ? 2 : 0),
                         change_json(row.change)});
  }
  json["process_changes"] = std::move(processes);
  json["hidden_processes"] = {hidden_count, change_json(hidden)};
  json["stacks"] = stacks.json(budget.share, strings);
  json["strings"] = strings.json();
  return json;
}

}  // namespace memprof::report
