#include "analyzer/report/dhat_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "analyzer/profile/selection.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/stack_export.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

using profile::AddressId;

// Frames are numbered as they come up; the viewer tells stacks apart by these numbers.
class Frames {
 public:
  explicit Frames(const StackExport& stacks)
      : stacks_(stacks), numbers_(stacks.addresses().size()) {
    add("[root]");
  }

  size_t add(const std::string& text) {
    texts_.push_back(text);
    return texts_.size() - 1;
  }

  /// The frames at an address, innermost first. Each place where frames are missing is one of its
  /// own, or stacks that differ only in what is missing would be one, which the viewer refuses.
  std::vector<size_t> at(AddressId address) {
    if (address == profile::kCutAddress) return {add(text_of(address, stacks_.frames(address)[0]))};
    std::vector<size_t>& numbers = numbers_[static_cast<uint32_t>(address)];
    if (numbers.empty()) {
      for (const symbols::Frame& frame : stacks_.frames(address))
        numbers.push_back(add(text_of(address, frame)));
    }
    return numbers;
  }

  const std::vector<std::string>& texts() const { return texts_; }

 private:
  /// As DHAT writes them: "0x109151: main (prog.c:7)", "0x1050: ??? (in /usr/bin/prog)".
  std::string text_of(AddressId address, const symbols::Frame& frame) const {
    if (address == profile::kCutAddress) return frame.function;
    const std::string& module = stacks_.addresses().module(address).path;
    std::string text = fmt::format("{:#x}: {}", stacks_.addresses().offset(address),
                                   stacks_.label(frame, address));
    if (!frame.file.empty()) {
      text += " (" + frame.file + (frame.line == 0 ? ")" : fmt::format(":{})", frame.line));
    } else if (!module.empty()) {
      text += fmt::format(" (in {})", module);
    }
    return printable(text);
  }

  const StackExport& stacks_;
  std::vector<std::vector<size_t>> numbers_;  ///< by address
  std::vector<std::string> texts_;
};

uint64_t microseconds(double time_ns) {
  return static_cast<uint64_t>(time_ns / 1000);
}

Json point_json(const profile::StackRow& row, bool at_moment) {
  const heap::Counts& counts = row.counts;
  const heap::SiteDetails details = row.details ? *row.details : heap::SiteDetails{};
  return {{"tb", counts.bytes_allocated},
          {"tbk", counts.allocations},
          {"tl", microseconds(details.lifetime_ns.sum + details.live_ns)},
          {"mb", details.highest_bytes},
          {"mbk", details.highest_blocks},
          {"gb", at_moment ? counts.at_bytes : counts.peak_bytes},
          {"gbk", at_moment ? counts.at_blocks : counts.peak_blocks},
          {"eb", counts.live_bytes},
          {"ebk", counts.live_blocks}};
}

Json head_json(const profile::Run& run, const StackExport& stacks) {
  const profile::Process& first = run.processes[stacks.processes().front()];
  const bool alone = stacks.processes().size() == 1;
  const uint64_t start_ns = alone ? first.heap.start_ns : 0;
  const uint64_t end_ns = alone ? first.heap.end_ns : run.duration_ns;
  const auto since_start = [start_ns](uint64_t time_ns) {
    return (std::max(time_ns, start_ns) - start_ns) / 1000;
  };
  constexpr int kShortLived = 10;  // microseconds, from which on blocks are not
  return {{"dhatFileVersion", 2},
          {"mode", "heap"},
          {"verb", "Allocated"},
          {"bklt", true},
          {"bkacc", false},
          {"tu", "µs"},
          {"Mtu", "s"},
          {"tuth", kShortLived},
          {"cmd", printable(profile::command_line(first))},
          {"pid", first.identity.pid},
          {"tg", since_start(stacks.moment_ns())},
          {"te", since_start(end_ns)}};
}

}  // namespace

void write_dhat_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options) {
  const StackExport stacks(run, source, options);
  Frames frames(stacks);
  std::string head = dump(head_json(run, stacks));
  head.pop_back();
  out << head << ",\n\"pps\":[";
  bool first = true;
  for (const size_t index : stacks.processes()) {
    const profile::Process& process = run.processes[index];
    size_t outermost = 0;
    if (stacks.processes().size() > 1) {
      outermost = frames.add(fmt::format("{} (pid {})", printable(profile::command_line(process)),
                                         process.identity.pid));
    }
    for (const profile::StackRow& row : stacks.rows(index)) {
      Json point = point_json(row, stacks.at_moment());
      std::vector<size_t> numbers;
      for (const AddressId address : stacks.stack(row)) {
        const std::vector<size_t> here = frames.at(address);
        numbers.insert(numbers.end(), here.begin(), here.end());
      }
      if (outermost != 0) numbers.push_back(outermost);
      point["fs"] = numbers;
      out << (first ? "\n " : ",\n ") << dump(point);
      first = false;
    }
  }
  out << "],\n\"ftbl\":[";
  for (size_t i = 0; i < frames.texts().size(); ++i)
    out << (i == 0 ? "\n " : ",\n ") << dump(frames.texts()[i]);
  out << "]}\n";
}

}  // namespace memprof::report
