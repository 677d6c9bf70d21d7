#include "analyzer/report/page/run_page.h"

#include <string>
#include <utility>
#include <vector>

#include "analyzer/profile/selection.h"
#include "analyzer/report/allocator_frames.h"
#include "analyzer/report/page/page_health.h"
#include "analyzer/report/page/page_timeline.h"

namespace memprof::report {
namespace {

/// What of the live blocks memprof leaks looks at: two columns for each state, and two for what is
/// suppressed.
constexpr size_t kFirstLeakColumn = 10;
constexpr size_t kSuppressed = 3;

/// The amounts of a row.
std::vector<std::string> columns_of(const profile::Run& run) {
  std::vector<std::string> columns = {"at",    "at_blocks",   "peak",      "peak_blocks",
                                      "live",  "live_blocks", "allocated", "allocations",
                                      "frees", "temporary"};
  for (const char* state : {"lost", "reachable", "unknown", "suppressed"}) {
    columns.emplace_back(state);
    columns.push_back(std::string(state) + "_blocks");
  }
  if (!run.moments.empty()) {
    columns.push_back("moment");
    columns.push_back("moment_blocks");
  }
  return columns;
}

/// Nodes of a page's tree by the contexts of processes.
class Nodes {
 public:
  Nodes(const profile::Run& run, const StackExport& stacks, PageStacks& tree)
      : run_(run), stacks_(stacks), tree_(tree), frames_(stacks.addresses().size()) {}

  /// Where there are several processes, the stacks of an executable are below a node of its own.
  void enter(size_t process) {
    process_ = process;
    if (run_.processes.size() > 1) {
      const std::string& exe = run_.processes[process].identity.exe;
      const uint32_t frame =
          tree_.frame({profile::base_name(exe), "", 0, exe, PageFrameKind::kProgram});
      program_ = tree_.child(heap::kRootContext, frame);
    }
    known_.assign(run_.processes[process].heap.contexts.size(), 0);
  }

  heap::ContextId node(heap::ContextId context) {
    const auto& contexts = run_.processes[process_].heap.contexts;
    // Outwards to the first caller that is known, then back in. Stacks are too deep for recursion.
    path_.clear();
    while (context != heap::kRootContext && known_[index(context)] == 0) {
      path_.push_back(context);
      context = contexts[index(context)].parent;
    }
    heap::ContextId node =
        context == heap::kRootContext ? program_ : heap::ContextId{known_[index(context)]};
    for (auto inner = path_.rbegin(); inner != path_.rend(); ++inner) {
      const uint32_t location = contexts[index(*inner)].location;
      const profile::AddressId address =
          location == 0 ? profile::kCutAddress : stacks_.addresses().at(process_, location);
      const std::vector<uint32_t>& frames = frames_at(address);
      for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
        node = tree_.child(node, *frame);
      known_[index(*inner)] = index(node);
    }
    return node;
  }

  heap::ContextId folded() {
    return tree_.child(program_, tree_.frame({"stacks that the profile summed up", "", 0, "",
                                              PageFrameKind::kFolded}));
  }

 private:
  static uint32_t index(heap::ContextId id) { return static_cast<uint32_t>(id); }

  /// Innermost first.
  const std::vector<uint32_t>& frames_at(profile::AddressId address) {
    std::vector<uint32_t>& frames = frames_[index(heap::ContextId{static_cast<uint32_t>(address)})];
    if (!frames.empty()) return frames;
    if (address == profile::kCutAddress) {
      frames.push_back(tree_.frame({"[frames are missing]", "", 0, "", PageFrameKind::kMissing}));
      return frames;
    }
    const std::string& module = stacks_.addresses().module(address).path;
    for (const symbols::Frame& frame : stacks_.frames(address)) {
      const bool allocator = is_allocator_frame(frame, module);
      frames.push_back(
          tree_.frame({stacks_.label(frame, address), frame.file, static_cast<uint32_t>(frame.line),
                       module, allocator ? PageFrameKind::kAllocator : PageFrameKind::kCode}));
    }
    return frames;
  }

  const profile::Run& run_;
  const StackExport& stacks_;
  PageStacks& tree_;
  size_t process_ = 0;
  heap::ContextId program_ = heap::kRootContext;
  std::vector<uint32_t> known_;                // by context of this process; 0: not yet
  std::vector<std::vector<uint32_t>> frames_;  // by address
  std::vector<heap::ContextId> path_;
};

const heap::Held& held_at(const profile::RunMoment& moment, size_t process, size_t site) {
  static const heap::Held nothing;
  const auto found = moment.processes.find(process);
  if (found == moment.processes.end() || site >= found->second.held.size()) return nothing;
  return found->second.held[site];
}

void add_site(const profile::Run& run, size_t process, size_t site, std::span<uint64_t> row) {
  const heap::Counts& counts = run.processes[process].heap.sites[site].counts;
  size_t column = 0;
  for (const uint64_t amount :
       {counts.at_bytes, counts.at_blocks, counts.peak_bytes, counts.peak_blocks, counts.live_bytes,
        counts.live_blocks, counts.bytes_allocated, counts.allocations, counts.frees,
        counts.temporary})
    row[column++] += amount;
  column += 2 * (kSuppressed + 1);
  if (!run.moments.empty()) {
    const heap::Held& held = held_at(run.moments.front(), process, site);
    row[column++] += held.bytes;
    row[column++] += held.blocks;
  }
  for (const profile::RunMoment& moment : run.key_moments)
    row[column++] += held_at(moment, process, site).bytes;
}

/// The leaks of each process.
std::vector<std::vector<const compare::Leak*>> by_process(const profile::Run& run,
                                                          const compare::Leaks& leaks) {
  std::vector<std::vector<const compare::Leak*>> lists(run.processes.size());
  for (const compare::Leak& leak : leaks.rows) lists[leak.process].push_back(&leak);
  return lists;
}

void add_leak(const compare::Leak& leak, std::span<uint64_t> row) {
  const size_t state = leak.suppression ? kSuppressed : static_cast<size_t>(leak.state);
  row[kFirstLeakColumn + 2 * state] += leak.held().bytes;
  row[kFirstLeakColumn + 2 * state + 1] += leak.held().blocks;
}

Json totals_json(const profile::Run& run, const std::vector<size_t>& processes) {
  heap::Counts sum;
  for (const size_t index : processes) sum += run.processes[index].heap.totals;
  return {{"allocations", sum.allocations},         {"frees", sum.frees},
          {"bytes_allocated", sum.bytes_allocated}, {"live_bytes", sum.live_bytes},
          {"live_blocks", sum.live_blocks},         {"temporary", sum.temporary},
          {"sum_of_peaks_bytes", sum.peak_bytes}};
}

}  // namespace

PageStacks run_stacks(const profile::Run& run, const StackExport& stacks,
                      const compare::Leaks& leaks) {
  static_assert(static_cast<size_t>(compare::Reachability::kLost) == 0 &&
                static_cast<size_t>(compare::Reachability::kReachable) == 1 &&
                static_cast<size_t>(compare::Reachability::kUnknown) == 2);
  const auto leaks_of = by_process(run, leaks);
  PageStacks tree(columns_of(run), run.key_moments.size());
  const PageOwners owners(run, stacks.processes(), kPageOwnersMax);
  Nodes nodes(run, stacks, tree);
  for (size_t place = 0; place < stacks.processes().size(); ++place) {
    const size_t process = stacks.processes()[place];
    const heap::ProcessHeap& heap = run.processes[process].heap;
    nodes.enter(process);
    for (size_t site = 0; site < heap.sites.size(); ++site) {
      const heap::ContextId node =
          site == heap.folded_site ? nodes.folded() : nodes.node(heap.sites[site].context);
      add_site(run, process, site, tree.row(owners.of(place), node));
      if (site < heap.details.size()) tree.add_details(owners.of(place), node, heap.details[site]);
    }
    for (const compare::Leak* leak : leaks_of[process]) {
      const heap::ContextId node =
          leak->stack.folded ? nodes.folded() : nodes.node(leak->stack.context);
      add_leak(*leak, tree.row(owners.of(place), node));
    }
  }
  return tree;
}

Json run_page(const profile::Run& run, StackExport& stacks, const PageStacks& tree,
              const PageCheck* check, const PageBudget& budget) {
  PageStrings strings(budget.columns);
  const PageOwners owners(run, stacks.processes(), kPageOwnersMax);
  Json command = Json::array();
  for (const std::string& word : run.command) command.push_back(strings.id(word));
  Json moments = Json::array();
  for (const profile::RunMoment& moment : run.key_moments) moments.push_back(moment.time_ns);
  Json json = {
      {"schema", "memprof-page/1"},
      {"kind", "report"},
      {"command", std::move(command)},
      {"start_unix_ns", run.start_unix_ns},
      {"duration_ns", run.duration_ns},
      {"processes_recorded", run.processes.size()},
      {"tree",
       {{"peak_heap_bytes", run.tree.peak_heap_bytes},
        {"peak_time_ns", run.tree.peak_time_ns},
        {"peak_rss_bytes", run.tree.peak_rss_bytes},
        {"peak_rss_time_ns", run.tree.peak_rss_time_ns},
        {"alive_at_peak", run.tree.alive_at_peak.size()}}},
      {"totals", totals_json(run, stacks.processes())},
      {"moment", run.moments.empty() ? 0 : strings.id(run.moments.front().moment.text)},
      {"directory", run.processes.empty() ? 0 : strings.id(run.processes.front().identity.cwd)},
      {"owners", owners.json(strings)},
      {"processes", processes_json(run, stacks.processes(), owners, budget.processes, strings)},
      {"timeline", timeline_json(run, stacks.processes(), strings)},
      {"moments", std::move(moments)},
      {"stacks", tree.json(budget.share, strings)},
      {"health", health_json(run, stacks.names(), stacks.processes(), strings)}};
  if (check != nullptr) json["check"] = check_json(*check, strings);
  json["strings"] = strings.json();
  return json;
}

}  // namespace memprof::report
