#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/heap/process_heap.h"

namespace memprof::profile {

/// Numbers in a row for columns that plain SQL need not look into: LEB128, the whole compressed by
/// zstd.
class PackedWriter {
 public:
  void add(uint64_t value);
  void add_text(std::string_view bytes);
  /// The compressed bytes; "" for no numbers at all.
  std::string finish() const;

 private:
  std::string bytes_;
};

/// Reads what PackedWriter wrote. Throws Error for whatever else, with `what` in it; `what` names
/// file and place. Nothing larger than kPackedMax comes out.
class PackedReader {
 public:
  PackedReader(std::string_view packed, std::string what);
  uint64_t next();
  /// A number of things to come, each of which takes a byte at least.
  size_t next_count();
  std::string next_text();
  bool at_end() const { return at_ == bytes_.size(); }
  [[noreturn]] void damaged() const;

 private:
  std::string bytes_;
  std::string what_;
  size_t at_ = 0;
};

inline constexpr size_t kPackedMax = size_t{1} << 30;

// A process's columns of this kind.
std::string pack_steps(const std::vector<heap::Step>& steps);
std::vector<heap::Step> unpack_steps(PackedReader reader);
std::string pack_samples(const std::vector<heap::RssSample>& samples);
std::vector<heap::RssSample> unpack_samples(PackedReader reader);
std::string pack_launches(const std::vector<heap::Launch>& launches);
std::vector<heap::Launch> unpack_launches(PackedReader reader);

/// What each of `sites` rows held at each of a process's kept moments, in their order: of each
/// moment only rows that differ from the moment before.
std::string pack_held(const std::vector<std::vector<heap::Held>>& moments);
/// The moments whose numbers are in `wanted` (ascending), each with `sites` rows.
std::vector<std::vector<heap::Held>> unpack_held(PackedReader reader, size_t sites,
                                                 const std::vector<size_t>& wanted);

/// Arguments as one text for people: one a line, with \\ and \n for backslashes and newlines.
std::string join_arguments(const std::vector<std::string>& arguments);
std::vector<std::string> split_arguments(const std::string& joined);

}  // namespace memprof::profile
