#include "analyzer/heap/process_heap.h"

namespace memprof::heap {

Counts& Counts::operator+=(const Counts& other) {
  allocations += other.allocations;
  frees += other.frees;
  bytes_allocated += other.bytes_allocated;
  live_bytes += other.live_bytes;
  live_blocks += other.live_blocks;
  peak_bytes += other.peak_bytes;
  peak_blocks += other.peak_blocks;
  temporary += other.temporary;
  at_bytes += other.at_bytes;
  at_blocks += other.at_blocks;
  return *this;
}

const char* end_name(End end) {
  switch (end) {
    case End::kExit:
      return "exit";
    case End::kExec:
      return "exec";
    case End::kOpen:
      break;
  }
  return "open";
}

std::vector<uint32_t> ProcessHeap::stack(ContextId context) const {
  std::vector<uint32_t> result;
  while (context != kRootContext) {
    const Context& node = contexts[static_cast<uint32_t>(context)];
    result.push_back(node.location);
    context = node.parent;
  }
  return result;
}

}  // namespace memprof::heap
