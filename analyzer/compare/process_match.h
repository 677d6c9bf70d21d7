#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/profile/run.h"

namespace memprof::compare {

/// A process of one run and its like in the other, by index into Run::processes; one of them may be
/// missing.
struct ProcessPair {
  std::optional<size_t> before;
  std::optional<size_t> after;
};

/// `argument` with what differs from run to run taken out of it: names in /tmp, /var/tmp and
/// /dev/shm become "*" with their extension, and so do names that a compiler or mkstemp made up, as
/// far as they can be told ("ccXXXXXX.o"). "-o", "/tmp/ccAb12Cd.o" is "-o", "/tmp/*.o".
std::string without_temporary_names(const std::string& argument);

/// Matches the processes with these indexes by executable and arguments, temporary names ignored,
/// several equal ones in the order of their start. Those left over are matched by the executable's
/// name and the arguments relative to their working directories, so that another checkout of the
/// same tree compares. In the order of `before`, then what is only in `after`.
std::vector<ProcessPair> match_processes(const profile::Run& before,
                                         const std::vector<size_t>& of_before,
                                         const profile::Run& after,
                                         const std::vector<size_t>& of_after);

}  // namespace memprof::compare
