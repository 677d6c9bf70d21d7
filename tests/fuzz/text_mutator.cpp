#include "tests/fuzz/text_mutator.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

namespace memprof::fuzz {
namespace {

/// One change of `text`: bytes, spans of it, tokens.
void damage_once(std::string& text, std::mt19937& random,
                 std::span<const std::string_view> tokens) {
  const auto pick = [&random](size_t below) { return below == 0 ? 0 : random() % below; };
  const size_t at = pick(text.size() + 1);
  switch (pick(7)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(random());
      return;
    case 1:
      if (at < text.size()) text[at] ^= static_cast<char>(1u << pick(8));
      return;
    case 2:
      text.erase(at, pick(16));
      return;
    case 3:
      text.resize(at);
      return;
    case 4: {
      const std::string copy = text.substr(pick(text.size()), pick(64));
      text.insert(at, copy);
      return;
    }
    case 5:
      for (size_t times = 1 + pick(100); times > 0; --times) {
        text.insert(at, tokens[pick(tokens.size())]);
        if (pick(4) != 0) return;
      }
      return;
    default:
      text.insert(at, tokens[pick(tokens.size())]);
  }
}

}  // namespace

size_t damage_text(uint8_t* data, size_t size, size_t max_size, unsigned seed,
                   std::span<const std::string_view> tokens) {
  std::mt19937 random(seed);
  std::string text(reinterpret_cast<const char*>(data), size);
  for (size_t times = 1 + random() % 4; times > 0; --times) damage_once(text, random, tokens);
  text.resize(std::min(text.size(), max_size));
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

}  // namespace memprof::fuzz
