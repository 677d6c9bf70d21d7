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

std::string search_index(std::vector<std::string> entries) {
  size_t bytes = 3;
  for (const std::string& entry : entries) bytes += entry.size() + 2;
  std::string index;
  index.reserve(bytes);
  index += "[";
  for (std::string& entry : entries) {
    if (index.size() > 1) index += ",\n";
    index += entry;
    std::exchange(entry, {});
  }
  index += "]\n";
  return index;
}

}  // namespace memprof::sitegen
