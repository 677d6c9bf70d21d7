#pragma once

#include <optional>
#include <string_view>

#include "sitegen/output/html_links.h"

namespace memprof::sitegen {

/// The links and anchors of `html`, if it is so plain that they can be read off its tags; nullopt
/// when only a parser can tell. What it gives is what parse_links() gives.
std::optional<HtmlLinks> scan_plain_html(std::string_view html);

}  // namespace memprof::sitegen
