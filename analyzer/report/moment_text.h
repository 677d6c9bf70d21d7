#pragma once

#include <string>

#include "analyzer/profile/moments.h"

namespace memprof::report {

/// "the peak", "2.500 s", "mark loaded #2", "the peak of phase render". Printable.
std::string moment_text(const profile::Moment& moment);

}  // namespace memprof::report
