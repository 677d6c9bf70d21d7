#include "analyzer/report/quantity.h"

#include <fmt/format.h>

#include <array>

namespace memprof::report {

std::string count_text(uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string size_text(uint64_t bytes, bool plain) {
  if (plain) return fmt::format("{}", bytes);
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.5 would print as 1024, which is the next unit's 1.00.
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  // The limits are where rounding to the digits shown would add a fourth.
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, kUnits[unit]);
}

std::string size_change_text(uint64_t begin, uint64_t end, bool plain) {
  if (begin == end) return size_text(0, plain);
  return end > begin ? "+" + size_text(end - begin, plain) : "-" + size_text(begin - end, plain);
}

std::string share_text(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string duration_text(uint64_t time_ns) {
  const double seconds = static_cast<double>(time_ns) / 1e9;
  if (seconds < 0.001) return fmt::format("{:.2f} ms", seconds * 1e3);
  if (seconds < 1) return fmt::format("{:.1f} ms", seconds * 1e3);
  const uint64_t whole = time_ns / 1'000'000'000;
  if (whole < 60) return fmt::format("{:.3f} s", seconds);
  if (whole < 3600) return fmt::format("{} m {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} m", whole / 3600, whole / 60 % 60);
}

std::string counted(uint64_t count, const std::string& singular, const std::string& plural) {
  return count_text(count) + " " + (count == 1 ? singular : plural);
}

}  // namespace memprof::report
