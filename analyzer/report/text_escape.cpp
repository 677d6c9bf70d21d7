#include "analyzer/report/text_escape.h"

#include <algorithm>
#include <cstdint>

namespace memprof::report {
namespace {

constexpr char kReplacement[] = "\xef\xbf\xbd";
constexpr char kEllipsis[] = "\xe2\x80\xa6";

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// Length of the well-formed sequence at the front of `text` (Unicode 15, table 3-7), 0 when there
/// is none.
size_t sequence_bytes(std::string_view text, uint32_t& code_point) {
  const auto first = static_cast<unsigned char>(text[0]);
  size_t bytes = 0;
  uint32_t smallest = 0;
  if (first < 0x80) {
    code_point = first;
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    bytes = 2, smallest = 0x80, code_point = first & 0x1fU;
  } else if ((first & 0xf0) == 0xe0) {
    bytes = 3, smallest = 0x800, code_point = first & 0x0fU;
  } else if (first >= 0xf0 && first <= 0xf4) {
    bytes = 4, smallest = 0x10000, code_point = first & 0x07U;
  } else {
    return 0;
  }
  if (text.size() < bytes) return 0;
  for (size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text[i])) return 0;
    code_point = code_point << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  }
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  return code_point < smallest || code_point > 0x10ffff || surrogate ? 0 : bytes;
}

bool is_control(uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

}  // namespace

std::string printable(std::string_view name) {
  std::string result;
  result.reserve(name.size());
  while (!name.empty()) {
    uint32_t code_point = 0;
    const size_t bytes = sequence_bytes(name, code_point);
    if (bytes == 0 || is_control(code_point)) {
      result += kReplacement;
      name.remove_prefix(bytes == 0 ? 1 : bytes);
    } else {
      result += name.substr(0, bytes);
      name.remove_prefix(bytes);
    }
  }
  return result;
}

std::string escaped(std::string_view name, std::string_view more) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string result;
  result.reserve(name.size());
  while (!name.empty()) {
    uint32_t code_point = 0;
    const size_t bytes = sequence_bytes(name, code_point);
    const std::string_view sequence = name.substr(0, std::max<size_t>(bytes, 1));
    const bool plain = bytes != 0 && !is_control(code_point) && sequence != "\\" &&
                       more.find(sequence) == std::string_view::npos;
    if (plain) {
      result += sequence;
    } else {
      for (const char c : sequence) {
        const auto byte = static_cast<unsigned char>(c);
        result += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
      }
    }
    name.remove_prefix(sequence.size());
  }
  return result;
}

std::string markup(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

size_t columns_of(std::string_view text) {
  size_t columns = 0;
  for (const char byte : text) columns += is_continuation(byte) ? 0 : 1;
  return columns;
}

std::string ellipsize(const std::string& text, size_t columns) {
  const size_t have = columns_of(text);
  if (columns == 0 || have <= columns) return text;
  const size_t keep_back = (columns - 1) / 2;
  const size_t keep_front = columns - 1 - keep_back;
  size_t front_bytes = 0;
  size_t back_begin = text.size();
  size_t column = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_continuation(text[i])) continue;
    if (column == keep_front) front_bytes = i;
    if (column == have - keep_back) back_begin = i;
    ++column;
  }
  return text.substr(0, front_bytes) + kEllipsis + text.substr(back_begin);
}

}  // namespace memprof::report
