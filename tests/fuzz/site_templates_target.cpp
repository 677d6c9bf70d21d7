// Three templates that may include each other, `main`, `partial` and `other`, with a line of five
// equals signs between them: they are refused when they are loaded, or then render.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sitegen/base/error.h"
#include "sitegen/render/template_set.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/text_mutator.h"

namespace {

using namespace memprof::sitegen;
using memprof::fuzz::require;
using Data = kainjow::mustache::data;

constexpr std::string_view kBetween = "=====\n";
constexpr std::array<std::string_view, 20> kTokens = {
    "{{",  "}}",  "{{#", "{{/",   "{{^",       "{{> ",    "{{!",    "{{{", "}}}",     "{{&",
    "{{=", "=}}", "a",   "items", "partial}}", "other}}", "main}}", "\n",  "=====\n", "{{#asset}}"};

Data some_data() {
  Data inner;
  inner["b"] = "text & more";
  inner["name"] = "name";
  Data data;
  data["title"] = "<title>";
  data["html"] = "<p>html</p>";
  data["items"] = kainjow::mustache::list{inner};
  data["a"] = Data(inner);
  data["nothing"] = false;
  return data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const AssetMap assets = {{"style.css", "assets/style.0.css"}};
  static const Data values = some_data();
  const std::filesystem::path folder =
      std::filesystem::path(memprof::fuzz::scratch_directory()) / "layouts";
  std::filesystem::create_directories(folder);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (const char* name : {"main", "partial", "other"}) {
    const size_t end = std::min(rest.find(kBetween), rest.size());
    std::ofstream(folder / (std::string(name) + ".mustache"), std::ios::binary)
        << rest.substr(0, end);
    rest.remove_prefix(std::min(end + kBetween.size(), rest.size()));
  }
  try {
    const TemplateSet templates(folder, assets);
    // Whatever was loaded can be rendered, and gives the same each time.
    const std::string html = templates.render("main", values);
    require(templates.render("main", values) == html, "a template renders twice alike");
  } catch (const Error& error) {
    require(std::string_view(error.what()).find(".mustache") != std::string_view::npos,
            "an error names the template");
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  return memprof::fuzz::damage_text(data, size, max_size, seed, kTokens);
}
