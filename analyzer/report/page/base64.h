#pragma once

#include <string>
#include <string_view>

namespace memprof::report {

/// In the alphabet of RFC 4648, padded.
std::string base64(std::string_view bytes);

}  // namespace memprof::report
