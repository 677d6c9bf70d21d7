#pragma once

#include <sys/types.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "analyzer/profile/rss_samples.h"

namespace memprof::cli {

/// Samples the resident memory of a run's processes from outside, for as long as they live, into
/// the trace directory's rss.samples (see analyzer/profile/rss_samples.h). A process is found when
/// its trace appears. Without inotify there are no samples from outside; the run does not suffer.
class ProcessWatch {
 public:
  /// `on_trace` is called with the path of each trace that appears, once its header is complete.
  ProcessWatch(const std::string& directory, std::function<void(const std::string& path)> on_trace);
  ~ProcessWatch();
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;

  /// Readable when sample() has something to do before its time; -1 when there is no watch.
  int fd() const { return inotify_; }

  /// Whether anything is there to be sampled.
  bool busy() const { return !live_.empty() || !pending_.empty(); }

  /// Takes up new traces, samples each live process once, and forgets those that are gone.
  void sample();

  /// Notes how the process `pid` ended (wait(2)'s status), in the name of its newest image.
  void ended(pid_t pid, int wait_status);

 private:
  struct Image {
    uint64_t trace_id;
    uint64_t start_ticks;  ///< of the process, as /proc has it: tells a reused pid
    uint64_t last_bytes;
  };
  struct Pending {
    std::string path;
    int tries;
  };

  void read_events();
  void take_up_pending();
  bool take_up(const std::string& path);
  void write(profile::OutsideSample::What what, uint64_t trace_id, uint64_t value);

  std::string directory_;
  std::function<void(const std::string&)> on_trace_;
  int inotify_;
  std::ofstream out_;                       // opened with the first sample
  std::vector<Pending> pending_;            // traces whose header is not complete yet
  std::map<uint32_t, Image> live_;          // by pid
  std::map<uint32_t, uint64_t> newest_id_;  // trace id by pid, also of those gone
};

}  // namespace memprof::cli
