#include "analyzer/report/page/page_owners.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "analyzer/profile/selection.h"
#include "analyzer/report/tree_report.h"

namespace memprof::report {
namespace {

/// Places in `processes`, the highest peak first.
std::vector<size_t> by_peak(const profile::Run& run, const std::vector<size_t>& processes) {
  std::vector<size_t> order(processes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return run.processes[processes[a]].heap.totals.peak_bytes >
           run.processes[processes[b]].heap.totals.peak_bytes;
  });
  return order;
}

std::string end_text(const profile::Process& process) {
  if (process.signal) return fmt::format("signal {}", *process.signal);
  if (process.heap.end == heap::End::kExec) return "exec";
  if (process.heap.status_known) return fmt::format("exit status {}", process.heap.status);
  return process.heap.end == heap::End::kExit ? "exit" : "no end recorded";
}

}  // namespace

PageOwners::PageOwners(const profile::Run& run, const std::vector<size_t>& processes, size_t limit)
    : of_(processes.size()) {
  std::map<std::string, uint32_t> executables;
  uint32_t rest = 0;
  for (const size_t place : by_peak(run, processes)) {
    const profile::Process& process = run.processes[processes[place]];
    const std::string name = profile::base_name(process.identity.exe);
    of_[place] = static_cast<uint32_t>(names_.size());
    if (names_.size() < limit) {
      names_.push_back(fmt::format("{} (pid {})", name, process.identity.pid));
      continue;
    }
    const auto found = executables.find(name);
    if (found != executables.end()) {
      of_[place] = found->second;
    } else if (names_.size() < 2 * limit) {
      executables.emplace(name, of_[place]);
      names_.push_back("other " + name);
    } else {
      if (rest == 0) {
        rest = of_[place];
        names_.push_back("other processes");
      }
      of_[place] = rest;
    }
  }
}

Json PageOwners::json(PageStrings& strings) const {
  Json json = Json::array();
  for (const std::string& name : names_) json.push_back(strings.id(name));
  return json;
}

Json processes_json(const profile::Run& run, const std::vector<size_t>& processes,
                    const PageOwners& owners, size_t limit, PageStrings& strings) {
  std::vector<uint32_t> owner(run.processes.size());
  std::vector<bool> chosen(run.processes.size());
  std::vector<bool> shown(run.processes.size());
  size_t count = 0;
  for (size_t place = 0; place < processes.size(); ++place) {
    owner[processes[place]] = owners.of(place);
    chosen[processes[place]] = true;
  }
  for (const size_t place : by_peak(run, processes)) {
    if (count >= limit) break;
    for (size_t index = processes[place]; chosen[index] && !shown[index];) {
      shown[index] = true;
      ++count;
      if (run.processes[index].parent == 0) break;
      index = run.processes[index].parent - 1;
    }
  }
  Json columns = {{"id", Json::array()},
                  {"parent", Json::array()},
                  {"depth", Json::array()},
                  {"owner", Json::array()},
                  {"pid", Json::array()},
                  {"exe", Json::array()},
                  {"command", Json::array()},
                  {"start_ns", Json::array()},
                  {"end_ns", Json::array()},
                  {"peak_bytes", Json::array()},
                  {"peak_time_ns", Json::array()},
                  {"live_bytes", Json::array()},
                  {"rss_peak_bytes", Json::array()},
                  {"allocations", Json::array()},
                  {"end", Json::array()}};
  uint64_t hidden = 0;
  uint64_t hidden_peak_bytes = 0;
  for (const TreeLine& line : tree_lines(run)) {
    if (!chosen[line.process]) continue;
    const profile::Process& process = run.processes[line.process];
    const heap::ProcessHeap& heap = process.heap;
    if (!shown[line.process]) {
      ++hidden;
      hidden_peak_bytes += heap.totals.peak_bytes;
      continue;
    }
    columns["id"].push_back(process.id);
    columns["parent"].push_back(process.parent);
    columns["depth"].push_back(line.depth);
    columns["owner"].push_back(owner[line.process]);
    columns["pid"].push_back(process.identity.pid);
    columns["exe"].push_back(strings.id(profile::base_name(process.identity.exe)));
    columns["command"].push_back(strings.id(profile::command_line(process)));
    columns["start_ns"].push_back(heap.start_ns);
    columns["end_ns"].push_back(std::max(heap.start_ns, heap.end_ns));
    columns["peak_bytes"].push_back(heap.totals.peak_bytes);
    columns["peak_time_ns"].push_back(heap.totals.peak_time_ns);
    columns["live_bytes"].push_back(heap.totals.live_bytes);
    columns["rss_peak_bytes"].push_back(heap.rss.peak_bytes);
    columns["allocations"].push_back(heap.totals.allocations);
    columns["end"].push_back(strings.id(end_text(process)));
  }
  columns["hidden"] = hidden;
  columns["hidden_peak_bytes"] = hidden_peak_bytes;
  return columns;
}

}  // namespace memprof::report
