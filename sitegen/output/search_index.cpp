#include "sitegen/output/search_index.h"

#include <utility>

#include "sitegen/base/slug.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kSeparator = ",\n";

/// `text`, which is UTF-8, in quotes. It is nearly all of a site, so it is taken in runs.
void append_json(std::string& json, std::string_view text) {
  json += '"';
  size_t taken = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    json.append(text, taken, i - taken);
    taken = i + 1;
    constexpr std::string_view kHex = "0123456789abcdef";
    if (byte < 0x20) {
      json.append("\\u00").append({kHex[byte >> 4], kHex[byte & 15]});
    } else {
      json.append({'\\', text[i]});
    }
  }
  json.append(text, taken).append(1, '"');
}

void append_item(std::string& json, std::string_view text) {
  if (!json.ends_with('[')) json += ',';
  append_json(json, text);
}

}  // namespace

std::string search_entry(const Page& page) {
  std::string json;
  json.reserve(page.content.text.size() + 512);
  append_json(json += "{\"title\":", page.title);
  append_json(json += ",\"url\":", url_encode(page.output));
  json += ",\"date\":";
  if (page.front_matter.date) {
    append_json(json, day_of(*page.front_matter.date));
  } else {
    json += "null";
  }
  json += ",\"terms\":[";
  for (const auto& [taxonomy, terms] : page.front_matter.terms) {
    for (const std::string& term : terms) append_item(json, term);
  }
  json += "],\"headings\":[";
  for (const Heading& heading : page.content.headings) append_item(json, heading.title);
  append_json(json += "],\"text\":", page.content.text);
  json += '}';
  json.shrink_to_fit();
  return json;
}

void SearchIndex::separate() {
  if (std::exchange(is_empty_, false)) return;
  pieces_.push_back({.bytes = kSeparator});
  size_ += kSeparator.size();
}

size_t SearchIndex::add(std::string_view entry) {
  separate();
  pieces_.push_back({.bytes = entry});
  return std::exchange(size_, size_ + entry.size());
}

size_t SearchIndex::add_in_place(size_t offset, size_t size) {
  OutputFolder::Piece& last = pieces_.back();
  if (last.bytes.empty() && last.offset + last.size + kSeparator.size() == offset) {
    // Neighbours then are so still, with what was between them.
    last.size += kSeparator.size() + size;
    size_ += kSeparator.size() + size;
    return size_ - size;
  }
  separate();
  pieces_.push_back({.offset = offset, .size = size});
  return std::exchange(size_, size_ + size);
}

std::vector<OutputFolder::Piece> SearchIndex::take() {
  pieces_.push_back({.bytes = "]\n"});
  return std::move(pieces_);
}

}  // namespace memprof::sitegen
