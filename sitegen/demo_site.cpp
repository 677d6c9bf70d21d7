#include "sitegen/demo_site.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include "sitegen/base/error.h"
#include "sitegen/base/output_folder.h"
#include "sitegen/base/text.h"
#include "sitegen/render/builtin_layouts.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTextBytes = 330;
constexpr size_t kPagesPerSection = 10;

constexpr std::array<std::string_view, 48> kWords = {
    "alder",  "amber",   "anchor",  "basin",  "birch",  "bridge", "candle", "cedar",
    "cliff",  "copper",  "delta",   "dune",   "ember",  "falcon", "fern",   "field",
    "garden", "glacier", "harbor",  "hazel",  "heron",  "island", "ivory",  "juniper",
    "kettle", "lantern", "ledger",  "lichen", "maple",  "marble", "meadow", "mill",
    "north",  "orchard", "otter",   "pebble", "quarry", "river",  "saddle", "sparrow",
    "spruce", "summit",  "thistle", "timber", "valley", "walnut", "willow", "winter"};

/// SplitMix64: the same numbers everywhere, which <random>'s distributions do not promise.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
  }

  size_t below(size_t limit) { return next() % limit; }

  std::string_view word() { return kWords[below(kWords.size())]; }

 private:
  uint64_t state_;
};

std::string capitalized(std::string_view word) {
  std::string result(word);
  result.front() = static_cast<char>(result.front() - 'a' + 'A');
  return result;
}

std::string sentence(Random& random) {
  std::string text = capitalized(random.word());
  const size_t words = 4 + random.below(4);
  const size_t emphasized = random.below(words);
  for (size_t i = 0; i < words; ++i) {
    const std::string_view word = random.word();
    text += i == emphasized ? fmt::format(" *{}*", word) : fmt::format(" {}", word);
  }
  return text + ".";
}

/// One of each kind of block, by turns, so that a build goes through all of the Markdown parser.
std::string feature(size_t page, Random& random) {
  // Drawn ahead of use, here and below: arguments may be evaluated in any order.
  const std::array words = {random.word(), random.word(), random.word()};
  const auto& [first, second, third] = words;
  const size_t number = random.below(1000);
  switch (page % 5) {
    case 0:
      return fmt::format("- {}\n- **{}**\n- `{}`\n", first, second, third);
    case 1:
      return fmt::format("| {} | {} |\n|---|--:|\n| {} | {} |\n", first, second, third, number);
    case 2:
      return fmt::format("```cpp\nint {} = {};\n```\n", first, number);
    case 3:
      return fmt::format("- [x] {}\n- [ ] ~~{}~~ {}\n", first, second, third);
    default:
      return fmt::format("> {} & {}[^1]\n\n[^1]: See https://example.com/{}\n", first, second,
                         third);
  }
}

/// "Amber river".
std::string name(Random& random) {
  std::string words = capitalized(random.word());
  return words.append(" ").append(random.word());
}

std::string demo_text(size_t page, Random& random) {
  std::string text = "## " + name(random) + "\n\n";
  text += sentence(random) + "\n\n";
  text += feature(page, random) + "\n";
  // A sentence has some 45 bytes: stop where the next one would lead further from the mark.
  text += sentence(random);
  while (text.size() + 22 < kTextBytes) text += " " + sentence(random);
  return text + "\n";
}

std::string demo_page(size_t page, Random& random) {
  const std::chrono::year_month_day date =
      std::chrono::sys_days(std::chrono::year(2020) / 1 / 1) + std::chrono::days(page);
  const std::string title = fmt::format("{} {}", name(random), page);
  const size_t weight = random.below(10);
  return fmt::format(
      "---\ntitle: {}\ndate: {:04}-{:02}-{:02}\nweight: {}\ntags: [tag-{}, topic-{}]\n---\n\n{}",
      title, static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), weight, page % 10, page % 20, demo_text(page, random));
}

void require_empty(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;  // Creating it will tell what is wrong, if anything is.
  const std::string name = printable(folder.native());
  if (!fs::is_directory(status)) throw Error(name + ": cannot write a site: not a folder");
  const bool empty = fs::is_empty(folder, error);
  if (error) throw Error(name + ": cannot write a site: " + error.message());
  if (!empty) throw Error(name + ": cannot write a site: the folder is not empty");
}

}  // namespace

void write_demo_site(const fs::path& folder, const DemoOptions& options) {
  assert(options.pages <= kMaxDemoPages);
  require_empty(folder);
  OutputFolder site(folder);
  for (const BuiltinLayout& layout : builtin_layouts()) {
    site.write(fmt::format("layouts/{}.mustache", layout.name), layout.text);
  }
  for (size_t page = 0; page < options.pages; ++page) {
    // Seeded by page, so that a larger site has the pages of a smaller one.
    Random random(Random(options.seed).next() + page);
    site.write(fmt::format("content/section-{}/page-{}.md", page / kPagesPerSection, page),
               demo_page(page, random));
  }
}

}  // namespace memprof::sitegen
