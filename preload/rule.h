// The unwind rule of an ordinary frame, packed into 32 bits.
#pragma once

#include <cstdint>

namespace memprof {

/// How to get from a frame to its caller.
enum class Step : uint32_t {
  kFromSp = 0,  ///< CFA = rsp + offset
  kFromBp = 1,  ///< CFA = rbp + offset
  kSlow = 2,    ///< needs the interpreter: signal frames, expressions, other registers
  kEnd = 3,     ///< the outermost frame
  kNoInfo = 4,  ///< nothing is known about this code: the stack ends here, cut
};

struct Rule {
  uint32_t bits;

  static constexpr uint32_t kMaxCfaWords = 0xffff;
  static constexpr uint32_t kMaxBpWords = 0x1fff;
  /// The CFA lies this close to an rbp that it is derived from.
  static constexpr uint32_t kMaxWordsFromBp = 32;

  static constexpr Rule make(Step step, uint32_t cfa_words = 0, uint32_t bp_words = 0) {
    return {static_cast<uint32_t>(step) | (bp_words << 3) | (cfa_words << 16)};
  }
  constexpr Step step() const { return static_cast<Step>(bits & 7); }
  /// In bytes.
  constexpr uint32_t cfa_offset() const { return (bits >> 16) * 8; }
  /// The caller's rbp is saved this many bytes below the CFA and not below what the CFA is derived
  /// from; 0: it is unchanged.
  constexpr uint32_t bp_offset() const { return bits & (kMaxBpWords << 3); }
};

}  // namespace memprof
