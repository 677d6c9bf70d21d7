#include <algorithm>
#include <utility>

#include "analyzer/report/diff_groups.h"
#include "analyzer/report/diff_report.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/shared_frames.h"

namespace memprof::report {
namespace {

Json change_json(const compare::Change& change) {
  const char* state = change.is_new()    ? "new"
                      : change.is_gone() ? "gone"
                      : change.any()     ? "changed"
                                         : "same";
  return {{"state", state},
          {"before", change.before.bytes},
          {"after", change.after.bytes},
          {"delta", change.delta_bytes()},
          {"before_blocks", change.before.blocks},
          {"after_blocks", change.after.blocks},
          {"delta_blocks", change.delta_blocks()}};
}

Json side_json(const compare::Side& side, const std::string& name, const heap::Held& held) {
  Json alive = Json::array();
  uint64_t rss_bytes = 0;
  for (const auto& [index, process] : side.moment.processes) {
    alive.push_back(side.run.processes[index].id);
    rss_bytes += profile::rss_at(side.run.processes[index].heap, process.time_ns);
  }
  return {{"name", name},
          {"moment", side.moment.moment.text},
          {"time_ns", side.moment.own_clocks ? Json() : Json(side.moment.time_ns)},
          {"heap_bytes", held.bytes},
          {"heap_blocks", held.blocks},
          {"rss_bytes", rss_bytes},
          {"processes", std::move(alive)},
          {"run", run_json(side.run)}};
}

class Writer {
 public:
  Writer(std::ostream& out, const DiffInput& input, const Options& options)
      : out_(out),
        input_(input),
        options_(options),
        diff_(compare::compare(input.before, input.after)) {}

  void write() {
    out_ << "{\"schema\":\"memprof-diff/1\",\n\"before\":"
         << dump(side_json(input_.before, input_.before_name, diff_.total.before))
         << ",\n\"after\":" << dump(side_json(input_.after, input_.after_name, diff_.total.after))
         << ",\n\"total\":" << dump(change_json(diff_.total));
    write_list("rows", diff_.rows, [this](const compare::StackChange& row) {
      Json json = change_json(row.change);
      json["stack"] = stack_json(diff_.stacks, row.stack, options_.depth);
      return json;
    });
    write_list("functions", changes_by_function(diff_), [](const FunctionChange& row) {
      Json json = change_json(row.change);
      json.update(frame_json(row.frame));
      return json;
    });
    write_list("processes", diff_.processes, [this](const compare::ProcessChange& row) {
      Json json = change_json(row.change);
      json.update(process_json(row.pair));
      return json;
    });
    out_ << ",\n\"health\":"
         << dump({{"before", health_json(input_.before)}, {"after", health_json(input_.after)}})
         << "}\n";
  }

 private:
  /// `"name":[...]` of what changed, and `"name_other"`: what --top cut off and what did not
  /// change.
  template <typename Row, typename ToJson>
  void write_list(const std::string& name, const std::vector<Row>& rows, ToJson to_json) {
    out_ << ",\n\"" << name << "\":[";
    compare::Change other;
    uint64_t shown = 0;
    for (const Row& row : rows) {
      if (!row.change.any() || shown >= options_.row_limit()) {
        other += row.change;
        continue;
      }
      out_ << (shown++ == 0 ? "\n  " : ",\n  ") << dump(to_json(row));
    }
    Json rest = change_json(other);
    rest["rows"] = rows.size() - shown;
    out_ << "],\n\"" << (name == "rows" ? "other" : name + "_other") << "\":" << dump(rest);
  }

  Json process_json(const compare::ProcessPair& pair) const {
    const profile::Process& process = pair.after ? input_.after.run.processes[*pair.after]
                                                 : input_.before.run.processes[*pair.before];
    Json json = {{"before_id", nullptr}, {"after_id", nullptr}};
    if (pair.before) json["before_id"] = input_.before.run.processes[*pair.before].id;
    if (pair.after) json["after_id"] = input_.after.run.processes[*pair.after].id;
    json["exe"] = process.identity.exe;
    json["argv"] = process.identity.argv;
    return json;
  }

  static Json health_json(const compare::Side& side) {
    const profile::NamesHealth names = side.names.health();
    uint64_t lost_events = 0;
    uint64_t cut_stacks = 0;
    bool truncated = false;
    for (const size_t index : side.processes) {
      const heap::Health& health = side.run.processes[index].heap.health;
      lost_events += health.lost_events;
      cut_stacks += health.cut_stacks;
      truncated = truncated || health.truncated;
    }
    return {{"lost_events", lost_events},
            {"cut_stacks", cut_stacks},
            {"frames_without_symbols", names.without_symbols},
            {"frames_looked_up", names.looked_up},
            {"truncated", truncated}};
  }

  std::ostream& out_;
  const DiffInput& input_;
  const Options& options_;
  const compare::Diff diff_;
};

}  // namespace

void write_json_diff(std::ostream& out, const DiffInput& input, const Options& options) {
  Writer(out, input, options).write();
}

}  // namespace memprof::report
