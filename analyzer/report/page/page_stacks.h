#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "analyzer/heap/context_tree.h"
#include "analyzer/heap/site_details.h"
#include "analyzer/report/page/page_strings.h"

namespace memprof::report {

/// What a frame is, as the page's code knows it by number.
enum class PageFrameKind : uint8_t {
  kCode = 0,
  kAllocator = 1,  ///< only passes an allocation on
  kSmaller = 2,    ///< stands for stacks that were summed up for the page
  kFolded = 3,     ///< stands for stacks that a profile file did not keep
  kMissing = 4,    ///< frames are missing from here on
  kProgram = 5,    ///< no frame: the executable whose stacks follow
};

struct PageFrame {
  std::string function;  ///< raw bytes, as the rest
  std::string file;
  uint32_t line = 0;
  std::string module;
  PageFrameKind kind = PageFrameKind::kCode;

  auto operator<=>(const PageFrame&) const = default;
};

/// The calling-context tree of a page, root first, and its rows: what an owner (a process, or
/// several) holds at a node itself. A row has `columns` amounts that add up, and what was held at
/// each of `moments`.
class PageStacks {
 public:
  PageStacks(std::vector<std::string> columns, size_t moments);

  uint32_t frame(PageFrame frame);
  heap::ContextId child(heap::ContextId parent, uint32_t frame) {
    return tree_.child(parent, frame);
  }

  /// The amounts of that row, to be added to: columns, then moments. Valid until the next call.
  std::span<uint64_t> row(uint32_t owner, heap::ContextId node);
  void add_details(uint32_t owner, heap::ContextId node, const heap::SiteDetails& details);

  /// Frames, nodes and rows as the page reads them (docs/page.md). A node whose stacks have less
  /// than `share` of every column and of every moment is summed up, by owner, in one below its
  /// parent.
  Json json(double share, PageStrings& strings) const;

 private:
  struct Folding;
  Folding fold(double share) const;
  Json frames_json(const Folding& folding, PageStrings& strings) const;
  Json rows_json(const Folding& folding) const;

  size_t width() const { return columns_.size() + moments_; }

  const std::vector<std::string> columns_;
  const size_t moments_;
  std::map<PageFrame, uint32_t> frame_ids_;
  std::vector<const PageFrame*> frames_;
  heap::ContextTree tree_;                          ///< of frames
  std::unordered_map<uint64_t, uint32_t> row_ids_;  ///< by owner and node
  struct Row {
    uint32_t owner;
    uint32_t node;
    std::shared_ptr<heap::SiteDetails> details;
  };
  std::vector<Row> rows_;
  std::vector<uint64_t> values_;  ///< width() for each row
};

}  // namespace memprof::report
