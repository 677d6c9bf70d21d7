#pragma once

#include <cstdint>

namespace memprof::heap {

/// Where an event stands with respect to forks: its stream (by place in the file's list of
/// streams), and how many of the cuts of forked children that stream had passed.
struct StreamPlace {
  uint32_t stream;
  uint32_t passed;
};

enum class EventType : uint32_t { kBirth, kDeath, kThread, kItem };

/// What the merge applies: a record taken out of its stream, its stack resolved to a site. Resizes
/// are two.
struct Event {
  uint64_t stamp;  ///< never falls within a stream
  uint64_t address;
  uint64_t size;
  uint32_t number;  ///< kBirth: for StreamCursor::site; kThread: the thread's serial; kItem: for
                    ///< StreamCursor::item
  EventType type;
};

}  // namespace memprof::heap
