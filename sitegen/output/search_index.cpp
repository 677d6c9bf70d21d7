#include "sitegen/output/search_index.h"

#include <nlohmann/json.hpp>

#include "sitegen/base/slug.h"

namespace memprof::sitegen {

std::string search_index(const Site& site) {
  using Json = nlohmann::ordered_json;
  Json index = Json::array();
  for (const Page* page : site.listed) {
    Json entry;
    entry["title"] = page->title;
    entry["url"] = url_encode(page->output);
    entry["date"] = page->front_matter.date ? Json(day_of(*page->front_matter.date)) : Json();
    entry["terms"] = Json::array();
    for (const auto& [taxonomy, terms] : page->front_matter.terms) {
      for (const std::string& term : terms) entry["terms"].push_back(term);
    }
    entry["headings"] = Json::array();
    for (const Heading& heading : page->content.headings) {
      entry["headings"].push_back(heading.title);
    }
    entry["text"] = page->content.text;
    index.push_back(std::move(entry));
  }
  return index.dump() + "\n";
}

}  // namespace memprof::sitegen
