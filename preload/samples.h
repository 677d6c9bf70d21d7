// Resident memory, written down beside the heap.
#pragma once

#include "preload/format/trace_format.h"
#include "preload/stream.h"

namespace memprof {

/// Whether MEMPROF_RSS allows looking. Written once at start.
extern bool g_rss_enabled;

/// What is resident now. Zeros when not allowed, or in a vfork child, whose memory is not its own.
format::RssFields read_rss(bool with_peak);

void write_sample(Stream& s, format::SampleReason reason, bool with_peak);

/// Called now and then where one thread alone runs: a sample when the last one is 10 ms old.
void sample_if_due(Stream& s, uint64_t stamp);

}  // namespace memprof
