#include "analyzer/report/pprof_report.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "analyzer/base/error.h"
#include "analyzer/profile/selection.h"
#include "analyzer/report/pprof_writer.h"
#include "analyzer/report/stack_export.h"

namespace memprof::report {
namespace {

using profile::AddressId;
using symbols::ModuleKey;

std::string default_type(By by, bool moment) {
  switch (by) {
    case By::kPeak:
      return moment ? "at_space" : "peak_space";
    case By::kLive:
      return "inuse_space";
    case By::kAllocated:
      return "alloc_space";
    case By::kAllocations:
      return "alloc_objects";
    case By::kTemporary:
      break;
  }
  throw Error("--by temporary: a pprof profile has no count of temporary blocks",
              Error::Exit::kUsage);
}

/// Gives each module a range of addresses of its own: processes loaded it at different ones.
class Mappings {
 public:
  explicit Mappings(const profile::Addresses& addresses) : addresses_(addresses) {}

  void use(AddressId address) {
    const ModuleKey& module = addresses_.module(address);
    if (module.path.empty()) return;
    uint64_t& limit = used_[&module].limit;
    limit = std::max(limit, addresses_.offset(address));
  }

  /// `main` gets the first one, if it was used: to readers that is the program.
  void write(PprofWriter& writer, const std::string& main) {
    constexpr uint64_t kPage = 4096;
    std::vector<const ModuleKey*> modules;
    for (const ModuleKey& module : addresses_.modules()) {
      if (used_.contains(&module)) modules.push_back(&module);
    }
    std::stable_partition(modules.begin(), modules.end(),
                          [&](const ModuleKey* module) { return module->path == main; });
    uint64_t next = kPage;
    for (const ModuleKey* module : modules) {
      Range& range = used_[module];
      const uint64_t bytes = range.limit | (kPage - 1);  // the last one's offset
      // An offset that no file has, of a broken trace, leaves no room; it may overlap others.
      range.start = bytes < std::numeric_limits<uint64_t>::max() - next - 1 ? next : 0;
      range.limit = range.start + bytes;
      range.id = ++count_;
      if (range.start != 0) next = range.limit + 1;
      writer.mapping({range.id, range.start, std::max(range.limit, range.limit + 1), module->path,
                      module->build_id});
    }
  }

  PprofWriter::Location place(AddressId address) const {
    const uint64_t id = static_cast<uint32_t>(address) + uint64_t{1};
    const auto used = used_.find(&addresses_.module(address));
    if (used == used_.end()) return {id, 0, addresses_.offset(address)};
    return {id, used->second.id, used->second.start + addresses_.offset(address)};
  }

 private:
  struct Range {
    uint64_t id = 0;
    uint64_t start = 0;
    uint64_t limit = 0;  ///< the highest address
  };
  const profile::Addresses& addresses_;
  std::unordered_map<const ModuleKey*, Range> used_;
  uint64_t count_ = 0;
};

void write_samples(PprofWriter& writer, const profile::Run& run, const StackExport& stacks,
                   bool moment, std::vector<bool>& used) {
  std::vector<uint64_t> locations;
  for (const size_t index : stacks.processes()) {
    const profile::Process& process = run.processes[index];
    const std::string name = profile::base_name(process.identity.exe);
    const PprofWriter::Label labels[] = {
        {"process", name},
        {"pid", "", static_cast<int64_t>(process.identity.pid), "pid"},
        {"process_id", "", static_cast<int64_t>(process.id), "id"}};
    for (const profile::StackRow& row : stacks.rows(index)) {
      locations.clear();
      for (const AddressId address : stacks.stack(row)) {
        used[static_cast<uint32_t>(address)] = true;
        locations.push_back(static_cast<uint32_t>(address) + uint64_t{1});
      }
      const heap::Counts& counts = row.counts;
      std::vector<int64_t> values;
      for (const uint64_t count : {counts.allocations, counts.bytes_allocated, counts.live_blocks,
                                   counts.live_bytes, counts.peak_blocks, counts.peak_bytes})
        values.push_back(pprof_value(count));
      if (moment) {
        values.push_back(pprof_value(counts.at_blocks));
        values.push_back(pprof_value(counts.at_bytes));
      }
      writer.sample(locations, values, labels);
    }
  }
}

}  // namespace

void write_pprof_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                        const Options& options) {
  const bool moment = !run.moments.empty();
  const std::string shown_first = default_type(options.by, moment);
  const StackExport stacks(run, source, options);
  PprofWriter writer(out);
  for (const char* what : {"alloc", "inuse", "peak", "at"}) {
    if (!moment && std::string(what) == "at") continue;
    writer.sample_type({std::string(what) + "_objects", "count"});
    writer.sample_type({std::string(what) + "_space", "bytes"});
  }
  std::vector<bool> used(stacks.addresses().size());
  write_samples(writer, run, stacks, moment, used);

  Mappings mappings(stacks.addresses());
  for (uint32_t id = 0; id < used.size(); ++id) {
    if (used[id]) mappings.use(AddressId{id});
  }
  mappings.write(writer, run.processes[stacks.processes().front()].identity.exe);
  std::vector<PprofWriter::Line> lines;
  for (uint32_t id = 0; id < used.size(); ++id) {
    if (!used[id]) continue;
    lines.clear();
    for (const symbols::Frame& frame : stacks.frames(AddressId{id})) {
      lines.push_back(
          {writer.function(stacks.label(frame, AddressId{id}), frame.file), frame.line});
    }
    writer.location(mappings.place(AddressId{id}), lines);
  }
  writer.finish(run.start_unix_ns, run.duration_ns, shown_first);
}

}  // namespace memprof::report
