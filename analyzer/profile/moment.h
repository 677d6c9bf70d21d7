#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace memprof::profile {

/// A moment as a user names it:
///
///     start | peak | end | SECONDSs | mark:NAME[#N] | phase:NAME:begin|end|peak[#N]
///
/// #N is the n-th of that name, counted from 1; without it the first is meant.
struct Moment {
  enum class What { kStart, kPeak, kEnd, kTime, kMark, kPhaseBegin, kPhaseEnd, kPhasePeak };
  What what = What::kPeak;
  std::string name;         ///< of the mark or phase
  uint32_t occurrence = 1;  ///< of the name
  uint64_t time_ns = 0;     ///< kTime
  std::string text;         ///< as it was written

  bool is_phase() const {
    return what == What::kPhaseBegin || what == What::kPhaseEnd || what == What::kPhasePeak;
  }
};

/// nullopt when `text` is none.
std::optional<Moment> parse_moment(std::string_view text);

/// "PATH" or "PATH@MOMENT", split at the last @ whose right side is a moment.
std::pair<std::string, std::optional<Moment>> split_moment(const std::string& text);

}  // namespace memprof::profile
