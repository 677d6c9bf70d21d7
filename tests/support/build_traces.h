#pragma once

#include <cstdint>
#include <string>

namespace memprof::test {

/// What a profile of written traces must say, summed over all processes.
struct BuildTruth {
  uint64_t processes = 0;
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t bytes_allocated = 0;
  uint64_t live_bytes = 0;
  uint64_t peak_bytes = 0;
};

/// Writes the traces of a build into a directory: a make that lives throughout, and `processes` - 1
/// others of it, two at a time: shells, compilers, assemblers and linkers, each executable with
/// one set of code that all its processes share, at load addresses of their own. Most of the
/// `events` of each process are the compilers'. The same arguments give the same traces.
BuildTruth write_build(const std::string& directory, uint32_t processes, uint32_t events);

}  // namespace memprof::test
