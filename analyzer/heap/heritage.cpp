#include "analyzer/heap/heritage.h"

namespace memprof::heap {

void Heritage::freed_unknown(uint64_t address, StreamPlace place) {
  const auto next = static_cast<uint32_t>(questions_.size());
  if (by_address_.try_emplace(address, next).second) questions_.push_back({address, place, true});
}

uint32_t Heritage::ask_for_child(uint64_t address) {
  const auto next = static_cast<uint32_t>(questions_.size());
  const auto [entry, is_new] = by_address_.try_emplace(address, next);
  if (is_new) questions_.push_back({address, {}, false});
  return entry->second;
}

const Heritage::Question* Heritage::find(uint64_t address) const {
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : &questions_[found->second];
}

void Heritage::settle(const Heritage* parent) {
  inherited_blocks = parent_blocks;
  inherited_bytes = parent_bytes;
  if (parent != nullptr) {
    inherited_blocks += parent->inherited_blocks;
    inherited_bytes += parent->inherited_bytes;
    for (const Question& freed : parent->questions_) {
      if (!freed.own || !freed.live || !is_before_cut(freed.place)) continue;
      --inherited_blocks;
      inherited_bytes -= freed.size;
    }
  }
  for (Question& question : questions_) {
    if (parent != nullptr && question.passed_on != kNone) {
      question.live = parent->questions_[question.passed_on].live;
      question.size = parent->questions_[question.passed_on].size;
    }
    if (question.own && question.live) ++inherited_frees;
  }
}

}  // namespace memprof::heap
