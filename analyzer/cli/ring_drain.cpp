#include "analyzer/cli/ring_drain.h"

#include <chrono>

#include "analyzer/cli/trace_directory.h"

namespace memprof::cli {
namespace {

/// At 150 MB/s, which is much for a thread that does nothing but allocate, a trace grows by 1.5 MB
/// between two looks.
constexpr std::chrono::milliseconds kLookEvery{10};

/// Looks until it is found out which processes have ended.
constexpr int kLooksPerEnd = 10;

}  // namespace

RingDrain::RingDrain() : thread_([this] { run(); }) {}

RingDrain::~RingDrain() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void RingDrain::add(const std::string& trace_path) {
  {
    const std::lock_guard lock(mutex_);
    new_paths_.push_back(trace_path);
  }
  changed_.notify_one();
}

void RingDrain::run() {
  for (int looks = 1;; ++looks) {
    bool last = false;
    {
      std::unique_lock lock(mutex_);
      const auto wanted = [this] { return stop_ || (readers_.empty() && !new_paths_.empty()); };
      if (readers_.empty()) {
        changed_.wait(lock, wanted);
      } else {
        changed_.wait_for(lock, kLookEvery, wanted);
      }
      for (std::string& path : new_paths_) readers_.emplace_back(std::move(path));
      new_paths_.clear();
      last = stop_;
    }
    look(last || looks % kLooksPerEnd == 0);
    if (last) return;
  }
}

void RingDrain::look(bool at_ends) {
  std::erase_if(readers_, [&](trace::RingReader& reader) {
    const bool wants = reader.wants_drain();
    if (!wants && !at_ends) return false;
    if (trace_has_ended(reader.path())) {
      reader.finish();
      return true;
    }
    if (wants) reader.drain();
    return false;
  });
}

}  // namespace memprof::cli
