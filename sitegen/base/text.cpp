#include "sitegen/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace memprof::sitegen {
namespace {

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// The length of the well-formed character at the start of `text`; 0 when there is none. The second
/// byte's bounds, which depend on the first, are what excludes overlong forms, surrogates and
/// everything past U+10FFFF (table 3-7 of the Unicode standard).
size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < low || second > high) return 0;
  return std::all_of(text.begin() + 2, text.begin() + static_cast<ptrdiff_t>(length),
                     is_continuation)
             ? length
             : 0;
}

/// C0 and C1 controls; of them HTML allows only white space.
bool is_forbidden_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) {
    const bool white_space = first == '\t' || first == '\n' || first == '\f' || first == '\r';
    return (first < 0x20 && !white_space) || first == 0x7F;
  }
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

/// Of a character that HTML gives a meaning to; empty for others.
std::string_view reference_for(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

size_t find_bad_text(std::string_view text) {
  size_t offset = 0;
  while (offset < text.size()) {
    // Nearly all of most texts.
    if (text[offset] >= 0x20 && text[offset] < 0x7F) {
      ++offset;
      continue;
    }
    const size_t length = character_length(text.substr(offset));
    if (length == 0 || is_forbidden_control(text.substr(offset, length))) return offset;
    offset += length;
  }
  return std::string_view::npos;
}

void check_text(std::string_view text, const std::string& file) {
  const size_t offset = find_bad_text(text);
  if (offset == std::string_view::npos) return;
  const bool control = character_length(text.substr(offset)) != 0;
  throw Error(position_at(text, offset, file),
              fmt::format("{} 0x{:02X}", control ? "control character" : "invalid UTF-8: byte",
                          static_cast<unsigned char>(text[offset])));
}

size_t count_characters(std::string_view text) {
  const auto continuations = std::count_if(text.begin(), text.end(), is_continuation);
  return text.size() - static_cast<size_t>(continuations);
}

Position position_at(std::string_view text, size_t offset, const std::string& file) {
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {.file = file,
          .line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = count_characters(before.substr(line_start)) + 1};
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (size_t offset = find_bad_text(result); offset != std::string::npos;) {
    result[offset] = '?';
    const size_t next = find_bad_text(std::string_view(result).substr(offset));
    offset = next == std::string::npos ? next : offset + next;
  }
  // A file name may hold a line break, which would look like a second message.
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c == '\n' || c == '\r'; }, '?');
  return result;
}

std::string escape_html(std::string_view text) {
  std::string result;
  size_t taken = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view reference = reference_for(text[i]);
    if (reference.empty()) continue;
    result.append(text, taken, i - taken).append(reference);
    taken = i + 1;
  }
  return result.append(text, taken);
}

std::string shorten(std::string_view text, size_t characters) {
  if (count_characters(text) <= characters) return std::string(text);
  size_t end = 0;
  for (size_t count = 0; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && count++ == characters) break;
  }
  const size_t space = text.substr(0, end).rfind(' ');
  if (space != std::string_view::npos && space > 0) end = space;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace memprof::sitegen
