#include "analyzer/heap/reachability.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <numeric>

#include "preload/format/words_format.h"

namespace memprof::heap {
namespace {

/// Reads a struct; false at the end of the file.
template <typename Value>
bool read_value(std::istream& in, Value& value) {
  in.read(reinterpret_cast<char*>(&value), sizeof value);
  return in.gcount() == static_cast<std::streamsize>(sizeof value);
}

/// Reads one piece; false when it is cut off or makes no sense.
bool read_piece(std::istream& in, const format::WordsPiece& piece, Words& words) {
  for (uint32_t i = 0; i < piece.count; ++i) {
    format::Word word;
    if (!read_value(in, word)) return false;
    switch (static_cast<format::WordsKind>(piece.kind)) {
      case format::WordsKind::kRoot:
        words.roots.push_back(word.value);
        break;
      case format::WordsKind::kLibc:
        words.libc.push_back(word.value);
        break;
      case format::WordsKind::kHeap:
        words.heap.emplace_back(piece.base + uint64_t{word.offset} * sizeof(uint64_t), word.value);
        break;
      default:
        return false;
    }
  }
  return true;
}

/// Blocks by address, to be found by any address within them.
class Blocks {
 public:
  explicit Blocks(const std::vector<LiveBlock>& blocks) : blocks_(blocks), order_(blocks.size()) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::sort(order_.begin(), order_.end(),
              [&](size_t a, size_t b) { return blocks[a].address < blocks[b].address; });
  }

  /// The block that the address is the beginning or part of.
  std::optional<size_t> find(uint64_t address) const {
    const auto after = std::upper_bound(
        order_.begin(), order_.end(), address,
        [&](uint64_t value, size_t block) { return value < blocks_[block].address; });
    if (after == order_.begin()) return std::nullopt;
    const size_t block = *std::prev(after);
    if (address - blocks_[block].address >= std::max<uint64_t>(blocks_[block].size, 1))
      return std::nullopt;
    return block;
  }

 private:
  const std::vector<LiveBlock>& blocks_;
  std::vector<size_t> order_;
};

}  // namespace

std::optional<Words> read_words(const std::string& path, uint64_t trace_id) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  format::WordsHeader header;
  if (!in || !read_value(in, header) || header.magic != format::kWordsMagic ||
      header.trace_id != trace_id)
    return std::nullopt;
  Words words;
  words.complete = header.complete == 1 && header.silent_threads == 0;
  format::WordsPiece piece;
  while (read_value(in, piece)) {
    if (read_piece(in, piece, words)) continue;
    words.complete = false;
    break;
  }
  // The last piece may be cut off within its head.
  if (words.complete && in.gcount() != 0) words.complete = false;
  std::sort(words.heap.begin(), words.heap.end());
  return words;
}

std::vector<bool> reached_from(const std::vector<LiveBlock>& blocks, const Words& words) {
  const Blocks index(blocks);
  std::vector<bool> reached(blocks.size());
  std::vector<size_t> pending;
  const auto reach = [&](std::optional<size_t> block) {
    if (!block || reached[*block]) return;
    reached[*block] = true;
    pending.push_back(*block);
  };
  for (const uint64_t value : words.roots) reach(index.find(value));
  for (const uint64_t value : words.libc) {
    const std::optional<size_t> block = index.find(value);
    if (block && blocks[*block].address == value) reach(block);
  }
  while (!pending.empty()) {
    const LiveBlock& block = blocks[pending.back()];
    pending.pop_back();
    auto word = std::lower_bound(words.heap.begin(), words.heap.end(),
                                 std::pair<uint64_t, uint64_t>{block.address, 0});
    for (; word != words.heap.end() && word->first - block.address < block.size; ++word)
      reach(index.find(word->second));
  }
  return reached;
}

}  // namespace memprof::heap
