#include "analyzer/profile/moment.h"

#include <algorithm>
#include <charconv>

namespace memprof::profile {
namespace {

using What = Moment::What;

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr size_t kDecimals = 9;

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "12", "1.5": whole nanoseconds, what lies below them is cut off.
std::optional<uint64_t> seconds(std::string_view text) {
  const size_t point = text.find('.');
  const auto whole = whole_number<uint64_t>(text.substr(0, point));
  if (!whole || *whole >= UINT64_MAX / kNsPerSecond) return std::nullopt;
  if (point == std::string_view::npos) return *whole * kNsPerSecond;
  std::string decimals(text.substr(point + 1));
  const bool digits =
      !decimals.empty() && decimals.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) return std::nullopt;
  decimals.resize(kDecimals, '0');
  return *whole * kNsPerSecond + *whole_number<uint64_t>(decimals);
}

/// Takes "#N" off the end.
std::optional<uint32_t> take_occurrence(std::string_view& text) {
  const size_t hash = text.rfind('#');
  if (hash == std::string_view::npos) return std::nullopt;
  const auto number = whole_number<uint32_t>(text.substr(hash + 1));
  if (!number || *number == 0) return std::nullopt;
  text.remove_suffix(text.size() - hash);
  return number;
}

/// Takes ":begin", ":end" or ":peak" off the end.
std::optional<What> take_edge(std::string_view& text) {
  constexpr std::pair<std::string_view, What> kEdges[] = {
      {":begin", What::kPhaseBegin}, {":end", What::kPhaseEnd}, {":peak", What::kPhasePeak}};
  for (const auto& [word, what] : kEdges) {
    if (!text.ends_with(word)) continue;
    text.remove_suffix(word.size());
    return what;
  }
  return std::nullopt;
}

/// NAME:begin#2 and NAME#2:begin both say the second one.
std::optional<Moment> parse_phase(std::string_view text) {
  Moment moment;
  const auto after_edge = take_occurrence(text);
  const auto edge = take_edge(text);
  if (!edge) return std::nullopt;
  moment.what = *edge;
  moment.occurrence = after_edge ? *after_edge : take_occurrence(text).value_or(1);
  moment.name = text;
  if (moment.name.empty()) return std::nullopt;
  return moment;
}

std::optional<Moment> parse_mark(std::string_view text) {
  Moment moment;
  moment.what = What::kMark;
  moment.occurrence = take_occurrence(text).value_or(1);
  moment.name = text;
  if (moment.name.empty()) return std::nullopt;
  return moment;
}

std::optional<Moment> parse(std::string_view text) {
  constexpr std::string_view kMark = "mark:";
  constexpr std::string_view kPhase = "phase:";
  if (text == "start") return Moment{What::kStart, "", 1, 0, ""};
  if (text == "peak") return Moment{What::kPeak, "", 1, 0, ""};
  if (text == "end") return Moment{What::kEnd, "", 1, 0, ""};
  if (text.starts_with(kMark)) return parse_mark(text.substr(kMark.size()));
  if (text.starts_with(kPhase)) return parse_phase(text.substr(kPhase.size()));
  if (!text.ends_with("s")) return std::nullopt;
  const auto time_ns = seconds(text.substr(0, text.size() - 1));
  if (!time_ns) return std::nullopt;
  return Moment{What::kTime, "", 1, *time_ns, ""};
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
  std::optional<Moment> moment = parse(text);
  if (moment) moment->text = text;
  return moment;
}

std::pair<std::string, std::optional<Moment>> split_moment(const std::string& text) {
  for (size_t at = text.rfind('@'); at != std::string::npos && at > 0;
       at = text.rfind('@', at - 1)) {
    if (auto moment = parse_moment(std::string_view(text).substr(at + 1))) {
      return {text.substr(0, at), std::move(moment)};
    }
  }
  return {text, std::nullopt};
}

}  // namespace memprof::profile
