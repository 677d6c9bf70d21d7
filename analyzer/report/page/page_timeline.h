#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/profile/run.h"
#include "analyzer/report/page/page_strings.h"

namespace memprof::report {

inline constexpr size_t kTimelinePointsMax = 2000;

/// Heap and RSS of these processes over time, by process, or by executable where there are many: at
/// most kTimelinePointsMax points; each shows the moment within its interval at which all together
/// had most. So the largest heap is the tree's peak. Phases and marks besides.
Json timeline_json(const profile::Run& run, const std::vector<size_t>& processes,
                   PageStrings& strings);

}  // namespace memprof::report
