#include "sitegen/output/search_index.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "sitegen/base/slug.h"

namespace memprof::sitegen {

std::string search_entry(const Page& page) {
  using Json = nlohmann::ordered_json;
  Json entry;
  entry["title"] = page.title;
  entry["url"] = url_encode(page.output);
  entry["date"] = page.front_matter.date ? Json(day_of(*page.front_matter.date)) : Json();
  entry["terms"] = Json::array();
  for (const auto& [taxonomy, terms] : page.front_matter.terms) {
    for (const std::string& term : terms) entry["terms"].push_back(term);
  }
  entry["headings"] = Json::array();
  for (const Heading& heading : page.content.headings) entry["headings"].push_back(heading.title);
  entry["text"] = page.content.text;
  std::string text = entry.dump();
  text.shrink_to_fit();
  return text;
}

SearchIndex::SearchIndex(size_t entries, size_t bytes) {
  text_.reserve(bytes + 2 * entries + 3);
}

size_t SearchIndex::add(std::string_view entry) {
  if (text_.size() > 1) text_ += ",\n";
  const size_t begin = text_.size();
  text_ += entry;
  return begin;
}

std::string SearchIndex::take() {
  return std::move(text_ += "]\n");
}

}  // namespace memprof::sitegen
