#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sitegen/base/error.h"

namespace memprof::sitegen {

/// The offset of the first byte that may not be in a page: bad UTF-8 (overlong forms and surrogates
/// included) or a control character that HTML forbids. npos when there is none.
size_t find_bad_text(std::string_view text);

/// Throws an Error with the position of the first such byte, for the `text` of `file`.
void check_text(std::string_view text, const std::string& file);

/// How many characters `text` has; each byte that is no UTF-8 continuation counts as one.
size_t count_characters(std::string_view text);

/// The line and column of `offset` in the `text` of `file`. REQUIRES: offset <= text.size().
Position position_at(std::string_view text, size_t offset, const std::string& file);

/// `text` with whatever find_bad_text() finds replaced by '?', to be shown in a message.
std::string printable(std::string_view text);

/// `text` for use in HTML and XML, between tags and in quoted attributes.
std::string escape_html(std::string_view text);

/// At most `characters` of `text`, cut between words, with "..." where something was cut.
std::string shorten(std::string_view text, size_t characters);

}  // namespace memprof::sitegen
