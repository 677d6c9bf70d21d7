#include "analyzer/report/page/page_stacks.h"

#include <algorithm>
#include <utility>

namespace memprof::report {

/// Where each node goes.
struct PageStacks::Folding {
  std::vector<uint32_t> node;  ///< by node: its number on the page
  struct Shown {
    uint32_t parent;
    uint32_t frame;    ///< index into frames_; kSmallerFrame for what was summed up
    uint32_t smaller;  ///< how many nodes were
  };
  static constexpr uint32_t kSmallerFrame = UINT32_MAX;
  std::vector<Shown> shown;  ///< a parent before its children
};

PageStacks::PageStacks(std::vector<std::string> columns, size_t moments)
    : columns_(std::move(columns)), moments_(moments) {}

uint32_t PageStacks::frame(PageFrame frame) {
  const auto [found, is_new] =
      frame_ids_.emplace(std::move(frame), static_cast<uint32_t>(frames_.size()));
  if (is_new) frames_.push_back(&found->first);
  return found->second;
}

std::span<uint64_t> PageStacks::row(uint32_t owner, heap::ContextId node) {
  const uint64_t key = uint64_t{owner} << 32 | static_cast<uint32_t>(node);
  const auto [found, is_new] = row_ids_.emplace(key, static_cast<uint32_t>(rows_.size()));
  if (is_new) {
    rows_.push_back({owner, static_cast<uint32_t>(node), nullptr});
    values_.resize(values_.size() + width());
  }
  return std::span(values_).subspan(found->second * width(), width());
}

void PageStacks::add_details(uint32_t owner, heap::ContextId node,
                             const heap::SiteDetails& details) {
  const uint64_t key = uint64_t{owner} << 32 | static_cast<uint32_t>(node);
  std::shared_ptr<heap::SiteDetails>& sum = rows_.at(row_ids_.at(key)).details;
  if (sum == nullptr) {
    sum = std::make_shared<heap::SiteDetails>(details);
  } else {
    *sum += details;
  }
}

PageStacks::Folding PageStacks::fold(double share) const {
  const auto& nodes = tree_.nodes();
  std::vector<bool> kept(nodes.size());
  kept[0] = true;
  std::vector<uint64_t> sums(nodes.size());
  for (size_t column = 0; column < width(); ++column) {
    std::fill(sums.begin(), sums.end(), 0);
    for (size_t i = 0; i < rows_.size(); ++i) sums[rows_[i].node] += values_[i * width() + column];
    for (size_t i = nodes.size() - 1; i > 0; --i)
      sums[static_cast<uint32_t>(nodes[i].parent)] += sums[i];
    const double least = static_cast<double>(sums[0]) * share;
    for (size_t i = 1; i < nodes.size(); ++i) {
      if (sums[i] != 0 && static_cast<double>(sums[i]) >= least) kept[i] = true;
    }
  }
  Folding folding;
  folding.node.resize(nodes.size());
  folding.shown.push_back({0, Folding::kSmallerFrame, 0});
  std::vector<uint32_t> smaller_of(nodes.size());  // by kept node: what sums up below it; 0: none
  std::vector<uint32_t> kept_above(nodes.size());
  for (uint32_t i = 1; i < nodes.size(); ++i) {
    const auto parent = static_cast<uint32_t>(nodes[i].parent);
    kept_above[i] = kept[i] ? i : kept_above[parent];
    if (kept[i]) {
      folding.node[i] = static_cast<uint32_t>(folding.shown.size());
      folding.shown.push_back({folding.node[parent], nodes[i].location, 0});
      continue;
    }
    uint32_t& smaller = smaller_of[kept_above[i]];
    if (smaller == 0) {
      smaller = static_cast<uint32_t>(folding.shown.size());
      folding.shown.push_back({folding.node[kept_above[i]], Folding::kSmallerFrame, 0});
    }
    folding.node[i] = smaller;
    ++folding.shown[smaller].smaller;
  }
  return folding;
}

Json PageStacks::json(double share, PageStrings& strings) const {
  const Folding folding = fold(share);
  Json json = frames_json(folding, strings);
  json["rows"] = rows_json(folding);
  json["share"] = share;
  return json;
}

Json PageStacks::frames_json(const Folding& folding, PageStrings& strings) const {
  std::vector<uint32_t> numbers(frames_.size());
  Json function = Json::array({0, strings.id("smaller")});
  Json file = Json::array({0, 0});
  Json line = Json::array({0, 0});
  Json module = Json::array({0, 0});
  Json kind = Json::array({0, static_cast<int>(PageFrameKind::kSmaller)});
  Json parent = Json::array();
  Json frame = Json::array();
  Json smaller = Json::array();
  for (const Folding::Shown& shown : folding.shown) {
    parent.push_back(shown.parent);
    smaller.push_back(shown.smaller);
    if (shown.frame == Folding::kSmallerFrame) {
      frame.push_back(parent.size() == 1 ? 0 : 1);
      continue;
    }
    uint32_t& number = numbers[shown.frame];
    if (number == 0) {
      const PageFrame& one = *frames_[shown.frame];
      number = static_cast<uint32_t>(function.size());
      function.push_back(strings.id(one.function));
      file.push_back(strings.id(one.file));
      line.push_back(one.line);
      module.push_back(strings.id(one.module));
      kind.push_back(static_cast<int>(one.kind));
    }
    frame.push_back(number);
  }
  return {{"frames",
           {{"function", function},
            {"file", file},
            {"line", line},
            {"module", module},
            {"kind", kind}}},
          {"nodes", {{"parent", parent}, {"frame", frame}, {"smaller", smaller}}}};
}

namespace {

/// The rows of a page in the order of owner and node.
struct MergedRow {
  std::vector<uint64_t> values;
  std::shared_ptr<heap::SiteDetails> details;
};

Json details_json(const std::vector<const MergedRow*>& rows) {
  Json json = Json::array();
  for (size_t i = 0; i < rows.size(); ++i) {
    const heap::SiteDetails* details = rows[i]->details.get();
    if (details == nullptr) continue;
    Json sizes = Json::array();
    for (const heap::SizeClass& size : details->sizes) {
      sizes.push_back(size.digits);
      sizes.push_back(size.allocations);
    }
    // What the page takes apart by place: docs/page.md.
    json.push_back({i, details->size_bytes.min, details->size_bytes.mean(), details->size_bytes.max,
                    details->lifetime_ns.count, details->lifetime_ns.min,
                    details->lifetime_ns.mean(), details->lifetime_ns.max,
                    details->lifetime_allocations.min, details->lifetime_allocations.mean(),
                    details->lifetime_allocations.max, details->oldest_live_ns, std::move(sizes)});
  }
  return json;
}

}  // namespace

Json PageStacks::rows_json(const Folding& folding) const {
  std::map<std::pair<uint32_t, uint32_t>, MergedRow> merged;
  for (size_t i = 0; i < rows_.size(); ++i) {
    MergedRow& row = merged[{rows_[i].owner, folding.node[rows_[i].node]}];
    row.values.resize(width());
    for (size_t column = 0; column < width(); ++column)
      row.values[column] += values_[i * width() + column];
    if (rows_[i].details == nullptr) continue;
    if (row.details == nullptr) row.details = std::make_shared<heap::SiteDetails>();
    *row.details += *rows_[i].details;
  }
  Json owner = Json::array();
  Json node = Json::array();
  std::vector<Json> columns(columns_.size(), Json::array());
  Json changes = Json::array();
  Json at = Json::array();
  Json held = Json::array();
  std::vector<const MergedRow*> rows;
  for (const auto& [key, row] : merged) {
    owner.push_back(key.first);
    node.push_back(key.second);
    rows.push_back(&row);
    for (size_t column = 0; column < columns_.size(); ++column)
      columns[column].push_back(row.values[column]);
    uint64_t last = 0;
    uint32_t count = 0;
    for (size_t moment = 0; moment < moments_; ++moment) {
      const uint64_t value = row.values[columns_.size() + moment];
      if (value == last) continue;
      at.push_back(moment);
      held.push_back(value);
      last = value;
      ++count;
    }
    changes.push_back(count);
  }
  Json json = {{"owner", std::move(owner)}, {"node", std::move(node)}};
  for (size_t column = 0; column < columns_.size(); ++column)
    json[columns_[column]] = std::move(columns[column]);
  json["changes"] = std::move(changes);
  json["change_moment"] = std::move(at);
  json["change_bytes"] = std::move(held);
  json["details"] = details_json(rows);
  return json;
}

}  // namespace memprof::report
