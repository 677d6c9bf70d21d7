#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analyzer/heap/event.h"
#include "preload/format/trace_format.h"

namespace memprof::heap {

/// What a forked child took over, found out without a copy of its parent's live set: the child is
/// replayed first and collects the addresses it freed without having seen them born; the parent's
/// replay, when it comes to the fork's cut, is asked which of them lived there. What the parent did
/// not allocate it may itself have inherited: such a question goes on to the grandparent, at the
/// parent's own cut.
class Heritage {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Question {
    uint64_t address;
    StreamPlace place;           ///< of our own free; unused for a question passed on by a child
    bool own;                    ///< we freed it; else only descendants did
    bool live = false;           ///< the answer, once settled
    uint64_t size = 0;           ///< when live
    uint32_t passed_on = kNone;  ///< index of the parent's question that answers it
  };

  /// The rows of our file that say how far each stream of the parent had come.
  std::vector<format::CutRecord> cuts;

  /// What the parent's replay found: its own live blocks at the cut.
  uint64_t parent_blocks = 0;
  uint64_t parent_bytes = 0;
  /// For each of the parent's streams (by its place in the file's list) how many cuts of children
  /// lie before ours.
  std::unordered_map<uint32_t, uint32_t> rank_in_stream;

  /// Settled, from the oldest ancestor down.
  uint64_t inherited_blocks = 0;
  uint64_t inherited_bytes = 0;
  uint64_t inherited_frees = 0;

  std::vector<Question>& questions() { return questions_; }

  /// We freed a block that we never saw born. Only the first free of an address can be of an
  /// inherited block.
  void freed_unknown(uint64_t address, StreamPlace place);

  /// A child of ours asks for a block that we did not allocate. Gives the index of the question.
  uint32_t ask_for_child(uint64_t address);

  /// Null when it was not asked.
  const Question* find(uint64_t address) const;

  /// Whether an event of the parent at this place lies before our cut.
  bool is_before_cut(StreamPlace parents_place) const {
    const auto rank = rank_in_stream.find(parents_place.stream);
    return rank != rank_in_stream.end() && parents_place.passed <= rank->second;
  }

  /// REQUIRES: both files have been replayed and `parent` is settled (null: it inherited nothing).
  void settle(const Heritage* parent);

 private:
  std::vector<Question> questions_;
  std::unordered_map<uint64_t, uint32_t> by_address_;
};

}  // namespace memprof::heap
