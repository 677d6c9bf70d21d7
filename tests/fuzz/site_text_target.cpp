// A text through all that reads what authors write: front matter with the page behind it, TOML,
// YAML and JSON.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/error.h"
#include "sitegen/base/text.h"
#include "sitegen/content/front_matter.h"
#include "sitegen/content/json_reader.h"
#include "sitegen/content/page_text.h"
#include "sitegen/content/toml_reader.h"
#include "sitegen/content/yaml_reader.h"
#include "sitegen/output/html_links.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/text_mutator.h"

namespace {

using namespace memprof::sitegen;
using memprof::fuzz::require;

constexpr std::array<std::string_view, 34> kTokens = {"---\n",   "+++\n",
                                                      "title: ", "date: 2024-01-01\n",
                                                      "tags: [", "]",
                                                      "{",       "}",
                                                      ": ",      "- ",
                                                      "\"",      "'",
                                                      "\\u0000", "{{< ",
                                                      " >}}",    "{{< /",
                                                      "[x](",    "a.md)",
                                                      "\n\n",    "# ",
                                                      "```\n",   "|---|\n",
                                                      "| ",      "> ",
                                                      "<b>",     "<!--",
                                                      "[^1]",    "&",
                                                      "*anchor", "= \"\"\"",
                                                      "[[",      "\n",
                                                      "* ",      "\xF0\x9F\x98\x80"};

const std::string kFile = "text";
const std::vector<std::string> kTaxonomies = {"tags"};

/// What `read` says is wrong is said of a place in the file.
template <typename Read>
void reads_or_says_where(Read read) {
  try {
    read();
  } catch (const Error& error) {
    const std::string_view message = error.what();
    require(message.starts_with(kFile + ":") && message.size() > kFile.size() + 1 &&
                message[kFile.size() + 1] >= '1' && message[kFile.size() + 1] <= '9',
            "an error has its place");
  }
}

void convert(std::string_view text) {
  const Document document = parse_document(text, kFile, kTaxonomies);
  PageTextOptions options;
  options.file = kFile;
  options.body_line = document.body_line;
  options.find_page = [](std::string_view url) {
    return url.starts_with("a") ? std::string("found.html") : std::string();
  };
  options.render_shortcode = [](const Shortcode& shortcode, const std::string& inner,
                                const std::function<Position()>&) {
    return "<div>" + escape_html(shortcode.name) + inner + "</div>";
  };
  const ConvertedText converted = convert_page_text(document.body, options);
  require(converted.html.find("<script") == std::string::npos, "HTML in a text is escaped");
  const std::string html = "<!DOCTYPE html><html><head><title>x</title></head><body>" +
                           converted.html + "</body></html>";
  require(find_links(html) == parse_links(html), "links are read as a parser reads them");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  reads_or_says_where([&] { convert(text); });
  if (find_bad_text(text) != std::string::npos) return 0;
  reads_or_says_where([&] { read_toml(text, kFile); });
  reads_or_says_where([&] { read_json(text, kFile); });
  reads_or_says_where([&] { read_yaml_data(text + "\n", kFile); });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  return memprof::fuzz::damage_text(data, size, max_size, seed, kTokens);
}
