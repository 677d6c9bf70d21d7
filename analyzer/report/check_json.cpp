#include <cmath>
#include <utility>

#include "analyzer/report/check_report.h"
#include "analyzer/report/shared_frames.h"

namespace memprof::report {
namespace {

Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

/// Bytes and counts are integers, but for the median of two.
Json number_json(double value) {
  return value == std::floor(value) && std::abs(value) < 0x1p62 ? Json(static_cast<int64_t>(value))
                                                                : Json(value);
}

Json limit_json(const compare::LimitResult& result) {
  const compare::Limit& limit = result.limit;
  const bool known = !result.values.empty();
  Json values = Json::array();
  for (const double value : result.values) values.push_back(number_json(value));
  return {{"name", limit.name},
          {"figure", compare::figure_name(limit.figure)},
          {"process", or_null(limit.scope.process)},
          {"phase", or_null(limit.scope.phase)},
          {"function", or_null(limit.scope.function)},
          {"line", limit.line},
          {"state", state_name(result.state)},
          {"value", known ? number_json(result.value) : Json()},
          {"values", std::move(values)},
          {"limit", number_json(result.bound)},
          {"headroom", known ? number_json(result.headroom()) : Json()},
          {"baseline", result.baseline ? number_json(*result.baseline) : Json()}};
}

}  // namespace

void write_json_check(std::ostream& out, const CheckInput& input, const Options& options) {
  out << "{\"schema\":\"memprof-check/1\",\n\"verdict\":"
      << (input.broken() == 0 ? "\"kept\"" : "\"broken\"")
      << ",\n\"budget\":" << dump(input.budget.path) << ",\n\"command\":" << dump(input.command)
      << ",\n\"runs\":" << dump(input.runs) << ",\n\"limits\":[";
  for (size_t i = 0; i < input.results.size(); ++i)
    out << (i == 0 ? "\n  " : ",\n  ") << dump(limit_json(input.results[i]));
  out << "],\n\"moved\":[";
  for (size_t i = 0; i < input.moved.size() && i < options.row_limit(); ++i) {
    const compare::Moved& moved = input.moved[i];
    Json json = frame_json(moved.function);
    json["before"] = moved.before;
    json["after"] = moved.after;
    json["delta"] = moved.delta();
    out << (i == 0 ? "\n  " : ",\n  ") << dump(json);
  }
  out << "]}\n";
}

}  // namespace memprof::report
