#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "preload/format/trace_format.h"

namespace memprof::test {

/// Appends records to the bytes of one chunk, as the format says and by the plainest means. It is
/// the tests' own writer: the recorder's is written for speed, and the two are compared through the
/// decoder.
class RecordEncoder {
 public:
  /// How a birth's stack differs from the one before: `pops` frames gone, then `pushes` new.
  struct StackChange {
    uint32_t pops = 0;
    std::vector<uint32_t> pushes;  ///< location ids, outermost first
    uint32_t repeats = 0;          ///< so many of the last ones are left out
  };

  struct Resize {
    uint64_t old_address;
    uint64_t new_address;
    uint64_t size;
    uint32_t ticks;  ///< end minus begin, in stamps
  };

  explicit RecordEncoder(const format::ChunkHeader& header);

  void death(uint64_t address, uint64_t stamp);
  void birth(uint64_t address, uint64_t size, format::Kind kind, const StackChange& change,
             uint64_t stamp);
  void resize(const Resize& resize, const StackChange& change, uint64_t stamp);
  void time(uint64_t stamp);
  void stamps(bool on, uint64_t stamp);

  /// A control record: the struct's bytes, then `tail`, then a NUL if the length would be odd.
  template <typename Payload>
  void control(format::Control kind, const Payload& payload, std::string_view tail = {}) {
    control_bytes(kind, std::as_bytes(std::span(&payload, 1)), tail);
  }
  void control_bytes(format::Control kind, std::span<const std::byte> payload,
                     std::string_view tail);

  void raw(std::span<const std::byte> bytes);

  const std::vector<std::byte>& bytes() const { return bytes_; }
  bool stamped() const { return stamped_; }

 private:
  template <typename T>
  void put(T value) {
    raw(std::as_bytes(std::span(&value, 1)));
  }
  bool reaches(uint64_t address, int64_t min, int64_t max, int64_t* delta) const;
  int32_t delta_to(uint64_t address, int64_t min, int64_t max);
  uint32_t stamp_delta(uint64_t stamp);
  void frames(const StackChange& change);

  std::vector<std::byte> bytes_;
  uint64_t last_address_ = 0;
  uint64_t last_stamp_;
  bool stamped_;
};

}  // namespace memprof::test
