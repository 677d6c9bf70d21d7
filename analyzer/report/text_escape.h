#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memprof::report {

/// `name` as it may go to a terminal: control characters (C0, DEL, C1) and bytes that are no UTF-8
/// become U+FFFD each. Names come from traces and are not trusted.
std::string printable(std::string_view name);

/// `name` in one line of plain text from which its bytes can be told again: control characters,
/// bytes that are no UTF-8, backslashes and the bytes in `more` become \xNN each.
std::string escaped(std::string_view name, std::string_view more);

/// `text` printable, for the text and the attributes of HTML and XML.
std::string markup(std::string_view text);

/// Code points in `text`. REQUIRES: valid UTF-8.
size_t columns_of(std::string_view text);

/// `text` with its middle replaced by an ellipsis so that it takes at most `columns` (0: as it is).
/// REQUIRES: valid UTF-8.
std::string ellipsize(const std::string& text, size_t columns);

}  // namespace memprof::report
