#pragma once

#include <vector>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/page/page_strings.h"

namespace memprof::report {

/// The lines of the text report's health section, about these processes (indexes into
/// Run::processes). Comes when all names have been looked up.
Json health_json(const profile::Run& run, profile::Names& names,
                 const std::vector<size_t>& processes, PageStrings& strings);

}  // namespace memprof::report
