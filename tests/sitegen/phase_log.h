#pragma once

#include <string>
#include <vector>

namespace memprof::sitegen {

/// The phases that this process has begun ("+build") and ended ("-build") since the last call. The
/// test program defines memprof's weak functions itself, as the recorder would.
std::vector<std::string> take_phase_log();

}  // namespace memprof::sitegen
