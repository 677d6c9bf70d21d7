#pragma once

#include <cstdint>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "analyzer/profile/run.h"

namespace memprof::profile {

/// `memprof run` watches the processes from outside and leaves what it saw in this file of the
/// trace directory. It is text, so that a cut-off file reads to its last whole line:
///
///     memprof-rss 1
///     r <monotonic ns> <trace id, hex> <resident bytes, the recorder's own included>
///     s <monotonic ns> <trace id, hex> <signal that ended the process>
///     e <monotonic ns> <trace id, hex> <exit status of the process>
///
/// A process's value holds until its next line, so unchanged values are left out. Lines that make
/// no sense are skipped; one longer than any that makes sense ends the reading, as the file may be
/// of any size and kind.
inline constexpr char kRssFileName[] = "rss.samples";
inline constexpr char kRssFileHeading[] = "memprof-rss 1\n";

struct OutsideSample {
  enum class What { kRss, kSignal, kStatus } what = What::kRss;
  uint64_t monotonic_ns = 0;
  uint64_t trace_id = 0;
  uint64_t value = 0;  ///< bytes, the signal's number, or the status
};

void write_sample(std::ostream& out, const OutsideSample& sample);

/// The samples of a file's text, in its order. Without the heading there are none.
std::vector<OutsideSample> read_samples(std::istream& in);

/// Adds the samples to the processes they are of. The recorder's own memory is taken off, as it is
/// from the process's own samples.
void add_samples(const std::vector<OutsideSample>& samples, uint64_t run_start_ns, Run& run);

}  // namespace memprof::profile
