#include "analyzer/heap/chunk_pipeline.h"

#include <tbb/task_group.h>

#include <algorithm>
#include <utility>

namespace memprof::heap {

namespace {

constexpr size_t kPrefetchDistance = 12;

}  // namespace

struct ChunkPipeline::Order {
  const uint64_t number;
  const trace::Chunk& chunk;
  const std::vector<uint32_t> cuts;
  const When when;
  std::unique_ptr<DecodedChunk> decoded;
  tbb::task_group task = {};
};

void ChunkPipeline::EndOrder::operator()(Order* order) const {
  try {
    order->task.wait();
  } catch (...) {
    // Nobody took it, so nobody misses it.
  }
  delete order;
}

ChunkPipeline::ChunkPipeline(const trace::ChunkReader& reader, const LocationTable& locations)
    : reader_(reader), locations_(locations) {}

ChunkPipeline::~ChunkPipeline() = default;

ChunkPipeline::OrderPtr ChunkPipeline::order(const trace::Chunk& chunk, std::vector<uint32_t> cuts,
                                             When when) {
  std::unique_ptr<DecodedChunk> into;
  if (spare_.empty()) {
    into = std::make_unique<DecodedChunk>();
  } else {
    into = std::move(spare_.back());
    spare_.pop_back();
  }
  OrderPtr order(new Order{next_order_++, chunk, std::move(cuts), when, std::move(into)});
  waiting_.push_back(order.get());
  if (when == When::kAhead) {
    ++ahead_;
    order->task.run([this, order = order.get()] { decode(*order); });
  }
  return order;
}

std::unique_ptr<DecodedChunk> ChunkPipeline::take(OrderPtr order) {
  if (order->when == When::kAhead) {
    --ahead_;
  } else {
    decode(*order);
  }
  for (; !waiting_.empty() && waiting_.front()->number <= order->number; waiting_.pop_front())
    waiting_.front()->task.wait();
  // All are decoded; another thread may still be translating.
  for (uint64_t done; (done = translated_.load(std::memory_order_acquire)) <= order->number;)
    translated_.wait(done, std::memory_order_acquire);
  return std::move(order->decoded);
}

void ChunkPipeline::decode(Order& order) {
  decode_chunk(order.chunk, reader_, locations_, order.cuts, *order.decoded);
  translate_ready(order);
}

void ChunkPipeline::translate_ready(Order& order) {
  std::unique_lock lock(mutex_);
  ready_.emplace(order.number, order.decoded.get());
  if (std::exchange(translating_, true)) return;
  uint64_t next = translated_.load(std::memory_order_relaxed);
  for (auto first = ready_.begin(); first != ready_.end() && first->first == next;
       first = ready_.begin()) {
    DecodedChunk& chunk = *first->second;
    ready_.erase(first);
    lock.unlock();
    translate(chunk);
    translated_.store(++next, std::memory_order_release);
    translated_.notify_all();
    lock.lock();
  }
  translating_ = false;
}

/// No cache holds the process's tree, so it is asked ahead of time, by hashes that need no answer
/// about the parent.
void ChunkPipeline::translate(DecodedChunk& chunk) {
  const std::vector<Context>& nodes = chunk.tree.nodes();
  contexts_.resize(nodes.size());
  contexts_.front() = kRootContext;
  hashes_.resize(nodes.size());
  hashes_.front() = 0;
  const auto hash = [&](size_t i) {
    const uint32_t parent = hashes_[static_cast<uint32_t>(nodes[i].parent)];
    hashes_[i] = tree_.path_hash(parent, nodes[i].location);
    tree_.prefetch(hashes_[i]);
  };
  for (size_t i = 1; i < std::min(nodes.size(), 1 + kPrefetchDistance); ++i) hash(i);
  for (size_t i = 1; i < nodes.size(); ++i) {
    if (i + kPrefetchDistance < nodes.size()) {
      hash(i + kPrefetchDistance);
      tree_.prefetch_node(hashes_[i + kPrefetchDistance / 2]);
    }
    const Context& node = nodes[i];
    contexts_[i] =
        tree_.child(contexts_[static_cast<uint32_t>(node.parent)], node.location, hashes_[i]);
  }
  for (const ContextId site : chunk.tree.sites())
    chunk.sites.push_back(tree_.site_of(contexts_[static_cast<uint32_t>(site)]));
}

}  // namespace memprof::heap
