#include "analyzer/report/json_values.h"

#include <algorithm>
#include <cstdint>

namespace memprof::report {
namespace {

/// end - begin with its sign. Sizes beyond 2^63 exist in broken traces only, and wrap.
int64_t change(uint64_t begin, uint64_t end) {
  return static_cast<int64_t>(end - begin);
}

Json uncovered_json(const std::vector<profile::Uncovered>& list) {
  Json json = Json::array();
  for (const profile::Uncovered& uncovered : list) {
    json.push_back(
        {{"exe", uncovered.exe}, {"reason", uncovered.reason}, {"processes", uncovered.processes}});
  }
  return json;
}

Json totals_json(const heap::Totals& totals) {
  return {{"allocations", totals.allocations},
          {"frees", totals.frees},
          {"bytes_allocated", totals.bytes_allocated},
          {"peak_bytes", totals.peak_bytes},
          {"peak_blocks", totals.peak_blocks},
          {"peak_time_ns", totals.peak_time_ns},
          {"live_bytes", totals.live_bytes},
          {"live_blocks", totals.live_blocks},
          {"temporary", totals.temporary},
          {"foreign_frees", totals.foreign_frees},
          {"inherited_blocks", totals.inherited_blocks},
          {"inherited_bytes", totals.inherited_bytes},
          {"inherited_frees", totals.inherited_frees}};
}

Json rss_json(const heap::Rss& rss) {
  return {{"baseline_bytes", rss.baseline_bytes},
          {"peak_bytes", rss.peak_bytes},
          {"end_bytes", rss.end_bytes},
          {"delta_bytes", change(rss.baseline_bytes, rss.end_bytes)},
          {"peak_delta_bytes", change(rss.baseline_bytes, rss.peak_bytes)},
          {"own_bytes", rss.own_bytes}};
}

Json mark_json(const heap::Mark& mark) {
  return {{"name", mark.name},
          {"time_ns", mark.time_ns},
          {"heap_bytes", mark.heap_bytes},
          {"rss_bytes", mark.rss_bytes}};
}

}  // namespace

std::string dump(const Json& value) {
  return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Json run_json(const profile::Run& run) {
  Json unreadable = Json::array();
  for (const profile::UnreadableFile& file : run.unreadable) {
    unreadable.push_back({{"path", file.path}, {"reason", file.reason}});
  }
  return {{"command", run.command},
          {"start_unix_ns", run.start_unix_ns},
          {"duration_ns", run.duration_ns},
          {"processes", run.processes.size()},
          {"not_covered", uncovered_json(run.not_covered)},
          {"partly_covered", uncovered_json(run.partly_covered)},
          {"unreadable", std::move(unreadable)}};
}

Json tree_json(const profile::Tree& tree) {
  return {{"peak_heap_bytes", tree.peak_heap_bytes},
          {"peak_time_ns", tree.peak_time_ns},
          {"peak_rss_bytes", tree.peak_rss_bytes},
          {"peak_rss_time_ns", tree.peak_rss_time_ns},
          {"alive_at_peak", tree.alive_at_peak}};
}

Json identity_json(const profile::Process& process) {
  const trace::Identity& identity = process.identity;
  const heap::ProcessHeap& heap = process.heap;
  Json json = {{"id", process.id},
               {"parent", nullptr},
               {"pid", identity.pid},
               {"ppid", identity.ppid},
               {"exe", identity.exe},
               {"argv", identity.argv},
               {"start_ns", heap.start_ns},
               {"duration_ns", heap.end_ns - std::min(heap.start_ns, heap.end_ns)},
               {"end", end_name(heap.end)}};
  if (process.parent != 0) json["parent"] = process.parent;
  if (heap.status_known) json["status"] = heap.status;
  if (process.signal) json["signal"] = *process.signal;
  return json;
}

Json process_json(const profile::Process& process) {
  const heap::ProcessHeap& heap = process.heap;
  Json json = identity_json(process);
  json["totals"] = totals_json(heap.totals);
  json["rss"] = rss_json(heap.rss);
  json["marks"] = Json::array();
  for (const heap::Mark& mark : heap.marks) json["marks"].push_back(mark_json(mark));
  return json;
}

Json phase_json(const heap::Phase& phase) {
  return {{"name", phase.name},
          {"occurrence", phase.occurrence},
          {"begin_ns", phase.begin_ns},
          {"end_ns", phase.end_ns},
          {"heap_begin_bytes", phase.heap_begin_bytes},
          {"heap_delta_bytes", change(phase.heap_begin_bytes, phase.heap_end_bytes)},
          {"heap_peak_bytes", phase.heap_peak_bytes},
          {"heap_peak_ns", phase.heap_peak_ns},
          {"rss_delta_bytes", change(phase.rss_begin_bytes, phase.rss_end_bytes)},
          {"rss_peak_bytes", phase.rss_peak_bytes},
          {"allocations", phase.allocations}};
}

Json counts_json(const heap::Counts& counts, bool at_moment) {
  Json json = {{"allocations", counts.allocations},         {"frees", counts.frees},
               {"bytes_allocated", counts.bytes_allocated}, {"live_bytes", counts.live_bytes},
               {"live_blocks", counts.live_blocks},         {"peak_bytes", counts.peak_bytes},
               {"peak_blocks", counts.peak_blocks},         {"temporary", counts.temporary}};
  if (at_moment) {
    json["at_bytes"] = counts.at_bytes;
    json["at_blocks"] = counts.at_blocks;
  }
  return json;
}

void add_details(Json& row, const heap::SiteDetails& details, const heap::ProcessHeap& process) {
  const auto spread_json = [](const heap::Spread& spread) -> Json {
    return {
        {"count", spread.count}, {"min", spread.min}, {"mean", spread.mean()}, {"max", spread.max}};
  };
  row["lifetime_ns"] = spread_json(details.lifetime_ns);
  row["lifetime_allocations"] = spread_json(details.lifetime_allocations);
  row["size_bytes"] = spread_json(details.size_bytes);
  row["sizes"] = Json::array();
  for (const heap::SizeClass& one : details.sizes) {
    row["sizes"].push_back(
        {{"from", one.smallest()}, {"to", one.largest()}, {"allocations", one.allocations}});
  }
  row["threads"] = Json::array();
  for (const heap::ThreadShare& share : details.threads) {
    const bool known = share.thread < process.threads.size();
    const heap::Thread thread = known ? process.threads[share.thread] : heap::Thread{};
    row["threads"].push_back({{"thread", thread.serial},
                              {"name", thread.name.empty() ? Json() : Json(thread.name)},
                              {"allocations", share.allocations},
                              {"bytes_allocated", share.bytes}});
  }
  row["oldest_live_ns"] = details.oldest_live_ns;
  row["highest_bytes"] = details.highest_bytes;
  row["highest_blocks"] = details.highest_blocks;
  row["leak_candidate"] = process.end != heap::End::kOpen && row["live_blocks"] != 0;
}

Json place_json(const std::string& function, const std::string& file, uint32_t line) {
  return {{"function", function},
          {"file", file.empty() ? Json() : Json(file)},
          {"line", line == 0 ? Json() : Json(line)}};
}

}  // namespace memprof::report
