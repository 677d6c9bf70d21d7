#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "analyzer/heap/context_tree.h"
#include "analyzer/heap/decoded_chunk.h"
#include "analyzer/heap/survey.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::heap {

/// Decodes the chunks of a process, ahead of time on other threads where there are any, and
/// translates each chunk's numbers to the process's. Chunks are decoded in any order and translated
/// in the order in which they were ordered, by whichever thread has just decoded one; so the
/// numbers are the same in every replay.
///
/// One thread orders and takes; it executes what nobody else has begun. An Order must not outlive
/// the pipeline.
class ChunkPipeline {
 public:
  struct Order;
  struct EndOrder {
    void operator()(Order* order) const;
  };
  using OrderPtr = std::unique_ptr<Order, EndOrder>;

  /// Both must stay.
  ChunkPipeline(const trace::ChunkReader& reader, const LocationTable& locations);
  ~ChunkPipeline();
  ChunkPipeline(const ChunkPipeline&) = delete;
  ChunkPipeline& operator=(const ChunkPipeline&) = delete;

  enum class When { kAhead, kWhenTaken };

  /// `chunk` must stay. `cuts`: as of decode_chunk.
  OrderPtr order(const trace::Chunk& chunk, std::vector<uint32_t> cuts, When when);

  /// How many orders of kAhead have not been taken.
  size_t ahead() const { return ahead_; }

  /// Waits for the chunk and all that were ordered before. Throws what decoding one of them threw;
  /// the pipeline may only be destroyed then.
  std::unique_ptr<DecodedChunk> take(OrderPtr order);

  /// Gives a chunk's memory back, for the next one.
  void give_back(std::unique_ptr<DecodedChunk> chunk) { spare_.push_back(std::move(chunk)); }

  /// The process's tree. REQUIRES: all orders have been taken.
  ContextTree& tree() { return tree_; }

 private:
  void decode(Order& order);
  void translate_ready(Order& order);
  void translate(DecodedChunk& chunk);

  const trace::ChunkReader& reader_;
  const LocationTable& locations_;

  // Of the thread that orders.
  std::vector<std::unique_ptr<DecodedChunk>> spare_;
  std::deque<Order*> waiting_;  ///< not taken, nor waited for
  uint64_t next_order_ = 0;
  size_t ahead_ = 0;

  std::mutex mutex_;
  std::map<uint64_t, DecodedChunk*> ready_;  ///< decoded, not translated; guarded by mutex_
  bool translating_ = false;                 ///< guarded by mutex_
  std::atomic<uint64_t> translated_ = 0;     ///< how many; changed by the thread that translates

  // Of the thread that translates.
  ContextTree tree_;
  std::vector<uint32_t> hashes_;
  std::vector<ContextId> contexts_;
};

}  // namespace memprof::heap
