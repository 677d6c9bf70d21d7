#include <map>
#include <set>
#include <string>

#include "analyzer/report/pprof_report.h"
#include "analyzer/report/pprof_writer.h"

namespace memprof::report {
namespace {

/// A frame as it compares between runs has no address: its number is its location, its module's
/// name the mapping.
class Writer {
 public:
  Writer(std::ostream& out, const DiffInput& input, const Options& options)
      : input_(input),
        depth_(static_cast<size_t>(options.depth)),
        diff_(compare::compare(input.before, input.after)),
        writer_(out) {}

  void write() {
    writer_.sample_type({"inuse_objects", "count"});
    writer_.sample_type({"inuse_space", "bytes"});
    const PprofWriter::Label base[] = {{"pprof::base", "true"}};
    for (const compare::StackChange& row : diff_.rows) {
      const std::vector<uint64_t> stack = locations(row.stack);
      write_held(stack, row.change.before, -1, base);
      write_held(stack, row.change.after, 1, {});
    }
    std::map<std::string, uint64_t> mappings;
    for (const compare::FrameId id : used_) {
      const compare::Frame& frame = diff_.stacks.frame(id);
      const PprofWriter::Line line[] = {{writer_.function(frame.function, frame.file), 0}};
      writer_.location({location_of(id), mapping(frame.module, mappings), 0}, line);
    }
    if (left_out_) {
      const PprofWriter::Line line[] = {{writer_.function("[...]", ""), 0}};
      writer_.location({kLeftOut, 0, 0}, line);
    }
    const profile::Run& after = input_.after.run;
    writer_.finish(after.start_unix_ns, after.duration_ns, "inuse_space");
  }

 private:
  static constexpr uint64_t kLeftOut = 1;
  static uint64_t location_of(compare::FrameId id) {
    return static_cast<uint32_t>(id) + uint64_t{2};
  }

  void write_held(const std::vector<uint64_t>& stack, const heap::Held& held, int64_t sign,
                  std::span<const PprofWriter::Label> labels) {
    if (held.blocks == 0) return;
    const int64_t values[] = {sign * pprof_value(held.blocks), sign * pprof_value(held.bytes)};
    writer_.sample(stack, values, labels);
  }

  /// As in reports, a deep stack keeps both ends around one frame that says so.
  std::vector<uint64_t> locations(compare::StackNumber stack) {
    const std::vector<compare::FrameId> frames = diff_.stacks.frames_of(stack);
    std::vector<uint64_t> result;
    for (size_t i = 0; i < frames.size(); ++i) {
      if (frames.size() > depth_ && i == depth_ / 2) {
        left_out_ = true;
        result.push_back(kLeftOut);
        i = frames.size() - (depth_ - 1 - depth_ / 2) - 1;
        continue;
      }
      used_.insert(frames[i]);
      result.push_back(location_of(frames[i]));
    }
    return result;
  }

  uint64_t mapping(const std::string& module, std::map<std::string, uint64_t>& mappings) {
    if (module.empty()) return 0;
    const auto [known, is_new] = mappings.emplace(module, mappings.size() + 1);
    if (is_new) writer_.mapping({known->second, 0, 1, module, ""});
    return known->second;
  }

  const DiffInput& input_;
  const size_t depth_;
  const compare::Diff diff_;
  PprofWriter writer_;
  std::set<compare::FrameId> used_;
  bool left_out_ = false;
};

}  // namespace

void write_pprof_diff(std::ostream& out, const DiffInput& input, const Options& options) {
  Writer(out, input, options).write();
}

}  // namespace memprof::report
