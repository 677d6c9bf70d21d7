#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "analyzer/profile/run.h"

namespace memprof::report {

using Json = nlohmann::ordered_json;

/// One line of JSON; bytes that are no UTF-8 become U+FFFD.
std::string dump(const Json& value);

/// The "run" object.
Json run_json(const profile::Run& run);

/// The "tree" object up to and without its sites.
Json tree_json(const profile::Tree& tree);

/// Who a process was, when it lived and how it ended.
Json identity_json(const profile::Process& process);

/// A phase of a process, without what was live at its peak.
Json phase_json(const heap::Phase& phase);

/// A process up to and without its phases and sites.
Json process_json(const profile::Process& process);

/// The numbers of a site, or of all those cut off; at_bytes and at_blocks where a moment was asked
/// for.
Json counts_json(const heap::Counts& counts, bool at_moment);

/// Adds what is known of a site's blocks to its row. `process`: whose site it is.
void add_details(Json& row, const heap::SiteDetails& details, const heap::ProcessHeap& process);

/// A frame or group as {"function", "file", "line"}; what is not known is null.
Json place_json(const std::string& function, const std::string& file, uint32_t line);

}  // namespace memprof::report
