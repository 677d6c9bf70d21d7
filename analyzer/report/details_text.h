#pragma once

#include <string>
#include <vector>

#include "analyzer/heap/site_details.h"

namespace memprof::report {

/// What is known of some blocks besides their number, as lines of text: sizes, lifetimes, threads.
std::vector<std::string> details_lines(const heap::SiteDetails& details, bool plain_bytes);

}  // namespace memprof::report
