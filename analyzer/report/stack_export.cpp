#include "analyzer/report/stack_export.h"

#include <algorithm>
#include <limits>

#include "analyzer/profile/selection.h"
#include "analyzer/report/groups.h"
#include "analyzer/report/metric.h"
#include "analyzer/report/ordered_stacks.h"

namespace memprof::report {

using profile::AddressId;

StackExport::StackExport(const profile::Run& run, profile::FrameSource& source,
                         const Options& options)
    : run_(run),
      options_(options),
      moment_(run.moments.empty() ? nullptr : &run.moments.front()),
      processes_(profile::select_processes(run, options.process)),
      addresses_(run),
      names_(addresses_, source) {
  resolve_names();
}

/// All at once: the symbolizer is fast for many addresses of a module.
void StackExport::resolve_names() {
  std::vector<bool> wanted(addresses_.size());
  for (const size_t process : processes_) {
    const heap::ProcessHeap& heap = run_.processes[process].heap;
    std::vector<bool> seen(heap.contexts.size());
    for (const heap::Site& site : heap.sites) {
      auto at = static_cast<uint32_t>(site.context);
      while (at != 0 && !seen[at]) {
        seen[at] = true;
        const uint32_t location = heap.contexts[at].location;
        if (location != 0) wanted[static_cast<uint32_t>(addresses_.at(process, location))] = true;
        at = static_cast<uint32_t>(heap.contexts[at].parent);
      }
    }
  }
  std::vector<AddressId> ids;
  for (uint32_t id = 0; id < wanted.size(); ++id) {
    if (wanted[id]) ids.push_back(AddressId{id});
  }
  names_.resolve(ids);
}

std::vector<profile::StackRow> StackExport::rows(size_t process) const {
  const size_t only[] = {process};
  const profile::HeldOf held = moment_ != nullptr ? profile::held_of(*moment_) : profile::HeldOf();
  OrderedStacks ordered =
      order_stacks(run_, addresses_, profile::stack_rows(run_, addresses_, only, held),
                   metric_of(options_.by, at_moment()), std::numeric_limits<uint64_t>::max());
  // Without it the totals would not be those of the run.
  if (ordered.folded.allocations != 0 || ordered.folded.at_bytes != 0)
    ordered.rows.push_back({process, heap::kRootContext, ordered.folded, nullptr, true});
  return std::move(ordered.rows);
}

std::vector<AddressId> StackExport::stack(const profile::StackRow& row) const {
  std::vector<AddressId> stack;
  const auto& contexts = run_.processes[row.process].heap.contexts;
  for (heap::ContextId at = row.context; at != heap::kRootContext;) {
    const heap::Context& inner = contexts[static_cast<uint32_t>(at)];
    stack.push_back(inner.location == 0 ? profile::kCutAddress
                                        : addresses_.at(row.process, inner.location));
    at = inner.parent;
  }
  const auto depth = static_cast<size_t>(options_.depth);
  if (stack.size() > depth) {
    const auto outer = static_cast<std::ptrdiff_t>((depth - 1) / 2);
    const auto inner = static_cast<std::ptrdiff_t>(depth - 1) - outer;
    stack[static_cast<size_t>(inner)] = profile::kCutAddress;
    stack.erase(stack.begin() + inner + 1, stack.end() - outer);
  }
  if (stack.empty()) stack.push_back(profile::kCutAddress);
  return stack;
}

bool StackExport::at_moment() const {
  return moment_ != nullptr || (options_.process.empty() && run_.processes.size() > 1);
}

uint64_t StackExport::moment_ns() const {
  if (moment_ != nullptr) {
    const auto own = moment_->processes.find(processes_.front());
    return moment_->own_clocks && own != moment_->processes.end() ? own->second.time_ns
                                                                  : moment_->time_ns;
  }
  return at_moment() ? run_.tree.peak_time_ns
                     : run_.processes[processes_.front()].heap.totals.peak_time_ns;
}

const std::vector<symbols::Frame>& StackExport::frames(AddressId address) const {
  static const std::vector<symbols::Frame> missing = {{"[...]", "", 0, false}};
  return address == profile::kCutAddress ? missing : names_.frames(address);
}

std::string StackExport::label(const symbols::Frame& frame, AddressId address) const {
  if (address == profile::kCutAddress) return frame.function;
  return function_label(frame, addresses_.module(address), addresses_.offset(address));
}

}  // namespace memprof::report
