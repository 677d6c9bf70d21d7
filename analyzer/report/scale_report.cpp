#include "analyzer/report/scale_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/compare/shared_stacks.h"
#include "analyzer/compare/trend.h"
#include "analyzer/report/cxx_name.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/place_text.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

using compare::Interval;
using compare::Scaling;

double median_of(const std::vector<uint64_t>& values) {
  return compare::median_of({values.begin(), values.end()});
}

std::string painted(const char* code, const std::string& text, const Options& options) {
  return options.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

class TextWriter {
 public:
  TextWriter(std::ostream& out, const ScaleInput& input, const Options& options)
      : out_(out), input_(input), options_(options) {}

  void write() {
    std::string command;
    for (const std::string& word : input_.command) command += (command.empty() ? "" : " ") + word;
    out_ << painted("1", printable(command), options_) << "\n\n";
    out_ << painted("2",
                    fmt::format("{:>12} {:>12} {:>12} {:>12} {:>12} {:>5}", "value", "heap peak",
                                "by the line", "RSS peak", "by the line", "runs"),
                    options_)
         << "\n";
    for (const ScalePoint& point : input_.points) {
      const double heap = median_of(point.heap_peak_bytes);
      const double rss = median_of(point.rss_peak_bytes);
      out_ << fmt::format(
          "{:>12} {:>12} {:>12} {:>12} {:>12} {:>5}\n", number(point.value), size(heap),
          size(on_line(input_.heap, point.value)), rss == 0 ? "-" : size(rss),
          input_.rss ? size(on_line(*input_.rss, point.value)) : "-", point.heap_peak_bytes.size());
    }
    write_fit("heap", input_.heap);
    if (input_.rss) write_fit("RSS", *input_.rss);
    write_sites();
  }

 private:
  static std::string number(double value) {
    return value == std::floor(value) && value < 1e15 && value >= 0
               ? count_text(static_cast<uint64_t>(value))
               : fmt::format("{:g}", value);
  }

  std::string size(double bytes) const {
    if (std::isinf(bytes)) return bytes < 0 ? "-inf" : "inf";
    const auto whole = static_cast<uint64_t>(std::llround(std::min(std::abs(bytes), 0x1p62)));
    const std::string text = size_text(whole, options_.plain_bytes);
    return bytes < 0 && whole != 0 ? "-" + text : text;
  }

  std::string interval(const Interval& interval) const {
    if (std::isinf(interval.low)) return size(interval.value) + " (no bounds from two values)";
    return fmt::format("{} ({} to {})", size(interval.value), size(interval.low),
                       size(interval.high));
  }

  static double on_line(const Scaling& scaling, double value) {
    return scaling.fixed.value + scaling.per_unit.value * value;
  }

  void write_fit(const std::string& what, const Scaling& scaling) {
    out_ << "\n"
         << painted("1", what, options_) << ": " << compare::shape_name(scaling.shape) << "\n";
    out_ << "  fixed     " << interval(scaling.fixed) << "\n";
    out_ << "  per unit  " << interval(scaling.per_unit) << "\n";
    if (scaling.exponent) {
      out_ << fmt::format("  exponent  {:.3f} ({:.3f} to {:.3f})\n", scaling.exponent->value,
                          scaling.exponent->low, scaling.exponent->high);
    } else {
      out_ << "  exponent  unknown: it takes four values\n";
    }
    if (input_.predict && scaling.prediction) {
      out_ << fmt::format("  {} would take {}\n", number(*input_.predict),
                          interval(*scaling.prediction));
    }
  }

  std::string place(const GroupKey& key) const {
    std::string file = compare::below(key.file, input_.cwd);
    return place_text(printable(file), key.line, printable(short_name(key.function)), 0) +
           (key.module.empty()
                ? ""
                : "  [" + printable(key.module.substr(key.module.rfind('/') + 1)) + "]");
  }

  void write_sites() {
    double sum = 0;
    for (const ScaleSite& site : input_.sites) sum += site.per_unit;
    out_ << "\n" << painted("1", "what a unit costs at the peak, by line", options_) << "\n";
    out_ << painted("2",
                    fmt::format("{:>4} {:>12} {:>8} {:>12} {:>12}  where", "", "per unit", "",
                                "least", "most"),
                    options_)
         << "\n";
    const uint64_t shown = std::min<uint64_t>(input_.sites.size(), options_.row_limit());
    double rest = sum;
    for (size_t i = 0; i < shown; ++i) {
      const ScaleSite& site = input_.sites[i];
      rest -= site.per_unit;
      write_row(std::to_string(i + 1), site.per_unit, sum, size_of(site.bytes.front()),
                size_of(site.bytes.back()), place(site.place));
    }
    if (shown < input_.sites.size()) {
      write_row("", rest, sum, "", "",
                counted(input_.sites.size() - shown, "other row", "other rows"));
    }
    write_row("", sum, sum, "", "", "total");
  }

  std::string size_of(uint64_t bytes) const { return size_text(bytes, options_.plain_bytes); }

  void write_row(const std::string& rank, double per_unit, double sum, const std::string& least,
                 const std::string& most, const std::string& name) {
    const std::string share = sum == 0 ? "-" : fmt::format("{:.1f} %", 100 * per_unit / sum);
    out_ << fmt::format("{:>4} {:>12} {:>8} {:>12} {:>12}  {}\n", rank, size(per_unit), share,
                        least, most, name);
  }

  std::ostream& out_;
  const ScaleInput& input_;
  const Options& options_;
};

/// JSON has no infinity.
Json bound_json(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json interval_json(const Interval& interval) {
  return {{"value", interval.value},
          {"low", bound_json(interval.low)},
          {"high", bound_json(interval.high)}};
}

Json scaling_json(const Scaling& scaling) {
  return {{"shape", compare::shape_name(scaling.shape)},
          {"fixed_bytes", interval_json(scaling.fixed)},
          {"per_unit_bytes", interval_json(scaling.per_unit)},
          {"exponent", scaling.exponent ? interval_json(*scaling.exponent) : Json()},
          {"predicted_bytes", scaling.prediction ? interval_json(*scaling.prediction) : Json()}};
}

}  // namespace

void write_text_scale(std::ostream& out, const ScaleInput& input, const Options& options) {
  TextWriter(out, input, options).write();
}

void write_json_scale(std::ostream& out, const ScaleInput& input, const Options& options) {
  Json points = Json::array();
  for (const ScalePoint& point : input.points) {
    points.push_back({{"value", point.value},
                      {"heap_peak_bytes", point.heap_peak_bytes},
                      {"rss_peak_bytes", point.rss_peak_bytes}});
  }
  out << "{\"schema\":\"memprof-scale/1\",\n\"command\":" << dump(input.command)
      << ",\n\"values\":" << dump(points)
      << ",\n\"predict\":" << dump(input.predict ? Json(*input.predict) : Json())
      << ",\n\"heap\":" << dump(scaling_json(input.heap))
      << ",\n\"rss\":" << dump(input.rss ? scaling_json(*input.rss) : Json()) << ",\n\"sites\":[";
  double other = 0;
  size_t shown = 0;
  for (const ScaleSite& site : input.sites) {
    if (shown >= options.row_limit()) {
      other += site.per_unit;
      continue;
    }
    Json json = place_json(site.place.function, site.place.file, site.place.line);
    json["module"] = site.place.module.empty() ? Json() : Json(site.place.module);
    json["per_unit_bytes"] = site.per_unit;
    json["bytes"] = site.bytes;
    out << (shown++ == 0 ? "\n  " : ",\n  ") << dump(json);
  }
  out << "],\n\"other\":" << dump({{"per_unit_bytes", other}, {"rows", input.sites.size() - shown}})
      << "}\n";
}

}  // namespace memprof::report
