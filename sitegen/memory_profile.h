#pragma once

#include <string>
#include <vector>

namespace memprof::sitegen {

/// Runs this program once more with `arguments` under memprof, writes build/memory-profile.json in
/// the current folder (memprof's JSON report) and returns what to print: for each phase what the
/// heap and the resident memory grew by, and who held most of the heap at its peak. Throws Error
/// where memprof is not installed, beside this program or on the PATH, where the run fails, and
/// where the profile cannot be written.
std::string profile_memory(const std::vector<std::string>& arguments);

}  // namespace memprof::sitegen
