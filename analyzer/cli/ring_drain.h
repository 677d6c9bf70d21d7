#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/trace/ring_reader.h"

namespace memprof::cli {

/// A thread that keeps the traces of running processes small, each by a trace::RingReader. It has
/// the priority of any other process: were it lower, a busy machine would let the traces grow.
/// Start it after all forks. Thread-safe.
class RingDrain {
 public:
  RingDrain();
  /// Looks at all traces once more and ends the thread.
  ~RingDrain();
  RingDrain(const RingDrain&) = delete;
  RingDrain& operator=(const RingDrain&) = delete;

  /// From now on until nobody writes to it any more, this trace is looked after.
  void add(const std::string& trace_path);

 private:
  void run();
  void look(bool at_ends);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> new_paths_;
  bool stop_ = false;
  std::list<trace::RingReader> readers_;  // the thread's own
  std::thread thread_;                    // last: it uses the others
};

}  // namespace memprof::cli
