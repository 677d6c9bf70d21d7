#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace memprof::sitegen {

/// SplitMix64: the same numbers everywhere, which <random>'s distributions do not promise.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next();
  size_t below(size_t limit) { return next() % limit; }
  std::string_view word();

 private:
  uint64_t state_;
};

/// "Amber river".
std::string demo_name(Random& random);

/// Five to eight words, one of them emphasized, some 45 bytes.
std::string demo_sentence(Random& random);

/// `sentences` of them.
std::string demo_paragraph(size_t sentences, Random& random);

/// A block of Markdown, of another kind by turns of `turn`: list, table, code, task list, quotation
/// with a footnote. So a build goes through all of the Markdown parser.
std::string demo_block(size_t turn, Random& random);

}  // namespace memprof::sitegen
