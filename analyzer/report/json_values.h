#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "analyzer/profile/run.h"

namespace memprof::report {

using Json = nlohmann::ordered_json;

/// One line of JSON; bytes that are no UTF-8 become U+FFFD.
std::string dump(const Json& value);

/// The "run" object.
Json run_json(const profile::Run& run);

/// A process up to and without its sites.
Json process_json(const profile::Process& process);

/// The numbers of a site, or of all those cut off.
Json counts_json(const heap::Counts& counts);

}  // namespace memprof::report
