#pragma once

#include <string>
#include <string_view>

namespace memprof::sitegen {

/// GitHub-flavoured Markdown (tables, strikethrough, task lists, autolinks, footnotes) as HTML.
/// Raw HTML and links to javascript: and the like are left out, as cmark does by default.
/// REQUIRES: `text` is valid UTF-8. May be called from several threads at once, which then parse
/// one after the other: cmark changes state of the process meanwhile.
std::string markdown_to_html(std::string_view text);

}  // namespace memprof::sitegen
