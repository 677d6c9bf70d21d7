#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/profile/names.h"
#include "analyzer/report/json_values.h"

namespace memprof::report {

/// The addresses of a stack that stack_json looks at: of one that is too deep only both ends, as an
/// address has one frame at least.
std::vector<profile::AddressId> shown_of(const std::vector<profile::AddressId>& stack,
                                         uint64_t depth);

/// A stack as a list of frames, innermost first, allocator frames included; a stack of more than
/// `depth` frames keeps both ends around one frame `[...]`. REQUIRES: the names of shown_of() are
/// known.
Json stack_json(const profile::Names& names, const std::vector<profile::AddressId>& stack,
                uint64_t depth);

}  // namespace memprof::report
