#include "analyzer/report/folded_report.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "analyzer/heap/context_tree.h"
#include "analyzer/profile/selection.h"
#include "analyzer/report/metric.h"
#include "analyzer/report/stack_export.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

/// Stacks of labels, root first, and what was counted at each.
class LabelTree {
 public:
  uint32_t label(const std::string& text) {
    const auto [known, is_new] = labels_.emplace(text, static_cast<uint32_t>(labels_.size()));
    if (is_new) texts_.push_back(&known->first);
    return known->second;
  }

  heap::ContextId child(heap::ContextId parent, uint32_t label) {
    return tree_.child(parent, label);
  }

  void add(heap::ContextId stack, uint64_t amount) {
    amounts_.resize(std::max(amounts_.size(), tree_.nodes().size()));
    amounts_[index(stack)] += amount;
  }

  void write(std::ostream& out) {
    amounts_.resize(tree_.nodes().size());
    std::vector<std::vector<heap::ContextId>> children(tree_.nodes().size());
    for (uint32_t i = 1; i < tree_.nodes().size(); ++i)
      children[index(tree_.nodes()[i].parent)].push_back(heap::ContextId{i});
    for (auto& list : children) {
      // Backwards, as the stack below hands them out from its end.
      std::sort(list.begin(), list.end(), [this](heap::ContextId a, heap::ContextId b) {
        return *texts_[tree_.nodes()[index(a)].location] >
               *texts_[tree_.nodes()[index(b)].location];
      });
    }
    // Stacks are too deep for recursion. A node's line is its parent's, up to there, and its label.
    struct Turn {
      heap::ContextId node;
      size_t line_bytes;
    };
    std::string line;
    std::vector<Turn> turns;
    for (const heap::ContextId root : children[0]) turns.push_back({root, 0});
    while (!turns.empty()) {
      const Turn turn = turns.back();
      turns.pop_back();
      line.resize(turn.line_bytes);
      if (turn.line_bytes != 0) line += ';';
      line += *texts_[tree_.nodes()[index(turn.node)].location];
      if (const uint64_t amount = amounts_[index(turn.node)]; amount != 0)
        out << line << ' ' << amount << '\n';
      for (const heap::ContextId child : children[index(turn.node)])
        turns.push_back({child, line.size()});
    }
  }

 private:
  static size_t index(heap::ContextId id) { return static_cast<uint32_t>(id); }

  std::map<std::string, uint32_t> labels_;
  std::vector<const std::string*> texts_;
  heap::ContextTree tree_;  ///< of labels
  std::vector<uint64_t> amounts_;
};

}  // namespace

void write_folded_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                         const Options& options) {
  const StackExport stacks(run, source, options);
  const Metric metric = metric_of(options.by, stacks.at_moment());
  LabelTree tree;
  std::vector<std::vector<uint32_t>> labels(stacks.addresses().size());  // innermost first
  for (const size_t index : stacks.processes()) {
    const std::string name = profile::base_name(run.processes[index].identity.exe);
    const heap::ContextId root =
        tree.child(heap::kRootContext, tree.label(escaped(name.empty() ? "[process]" : name, ";")));
    for (const profile::StackRow& row : stacks.rows(index)) {
      const uint64_t amount = amounts_of(row.counts, metric).first;
      if (amount == 0) continue;
      heap::ContextId at = root;
      const std::vector<profile::AddressId> stack = stacks.stack(row);
      for (auto address = stack.rbegin(); address != stack.rend(); ++address) {
        std::vector<uint32_t>& known = labels[static_cast<uint32_t>(*address)];
        if (known.empty()) {
          for (const symbols::Frame& frame : stacks.frames(*address))
            known.push_back(tree.label(escaped(stacks.label(frame, *address), ";")));
        }
        for (auto label = known.rbegin(); label != known.rend(); ++label)
          at = tree.child(at, *label);
      }
      tree.add(at, amount);
    }
  }
  tree.write(out);
}

}  // namespace memprof::report
