#include "sitegen/demo_text.h"

#include <fmt/format.h>

#include <array>

namespace memprof::sitegen {
namespace {

constexpr std::array<std::string_view, 48> kWords = {
    "alder",  "amber",   "anchor",  "basin",  "birch",  "bridge", "candle", "cedar",
    "cliff",  "copper",  "delta",   "dune",   "ember",  "falcon", "fern",   "field",
    "garden", "glacier", "harbor",  "hazel",  "heron",  "island", "ivory",  "juniper",
    "kettle", "lantern", "ledger",  "lichen", "maple",  "marble", "meadow", "mill",
    "north",  "orchard", "otter",   "pebble", "quarry", "river",  "saddle", "sparrow",
    "spruce", "summit",  "thistle", "timber", "valley", "walnut", "willow", "winter"};

std::string capitalized(std::string_view word) {
  std::string result(word);
  result.front() = static_cast<char>(result.front() - 'a' + 'A');
  return result;
}

}  // namespace

uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15;
  uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

std::string_view Random::word() {
  return kWords[below(kWords.size())];
}

std::string demo_sentence(Random& random) {
  std::string text = capitalized(random.word());
  const size_t words = 4 + random.below(4);
  const size_t emphasized = random.below(words);
  for (size_t i = 0; i < words; ++i) {
    const std::string_view word = random.word();
    text += i == emphasized ? fmt::format(" *{}*", word) : fmt::format(" {}", word);
  }
  return text + ".";
}

std::string demo_block(size_t turn, Random& random) {
  // Drawn ahead of use, here and below: arguments may be evaluated in any order.
  const std::array words = {random.word(), random.word(), random.word()};
  const auto& [first, second, third] = words;
  const size_t number = random.below(1000);
  switch (turn % 5) {
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

std::string demo_name(Random& random) {
  std::string words = capitalized(random.word());
  return words.append(" ").append(random.word());
}

std::string demo_paragraph(size_t sentences, Random& random) {
  std::string text;
  for (size_t i = 0; i < sentences; ++i) {
    if (i > 0) text += ' ';
    text += demo_sentence(random);
  }
  return text;
}

}  // namespace memprof::sitegen
