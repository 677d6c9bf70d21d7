#include "sitegen/output/search_index.h"

#include <nlohmann/json.hpp>

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
  return entry.dump();
}

std::string search_index(const std::vector<std::string>& entries) {
  std::string index = "[";
  for (const std::string& entry : entries) {
    if (index.size() > 1) index += ",\n";
    index += entry;
  }
  return index + "]\n";
}

}  // namespace memprof::sitegen
