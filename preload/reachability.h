// What may still be reached when the process exits (MEMPROF_REACHABILITY=1).
#pragma once

namespace memprof {

/// Whether it was asked for; written at start.
extern bool g_reachability;

/// Writes all words of this process's memory that may be addresses of blocks (words_format.h), for
/// the analyzer to mark from. The other threads are stopped meanwhile, by a signal whose handler
/// waits; one that does not come within a second is counted and passed over. What cannot be written
/// is left out, and the file says so. Once, at exit, outside of any event.
void write_words();

}  // namespace memprof
