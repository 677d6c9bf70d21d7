#include "analyzer/compare/budget.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>

#include "analyzer/base/error.h"
#include "analyzer/compare/small_file.h"
#include "analyzer/compare/toml_file.h"

namespace memprof::compare {
namespace {

constexpr char kWhat[] = "budget";

struct FigureName {
  BudgetFigure figure;
  const char* name;
};

constexpr std::array kFigures{FigureName{BudgetFigure::kPeakHeap, "peak_heap"},
                              FigureName{BudgetFigure::kPeakHeapDelta, "peak_heap_delta"},
                              FigureName{BudgetFigure::kPeakRss, "peak_rss"},
                              FigureName{BudgetFigure::kPeakRssDelta, "peak_rss_delta"},
                              FigureName{BudgetFigure::kAllocations, "allocations"},
                              FigureName{BudgetFigure::kLiveAtExit, "live_at_exit"},
                              FigureName{BudgetFigure::kKept, "kept"},
                              FigureName{BudgetFigure::kTemporaryShare, "temporary_share"}};

/// Why nothing is known of a figure in such a scope; "" when something is.
std::string why_unknown(BudgetFigure figure, const BudgetScope& scope) {
  const bool of_phase = figure == BudgetFigure::kPeakHeapDelta || figure == BudgetFigure::kKept;
  if (!scope.phase.empty() && !scope.function.empty())
    return "a limit is of a phase or of a function, not both";
  if (of_phase && scope.phase.empty()) return "is known of a phase only";
  if (figure == BudgetFigure::kPeakRssDelta && scope.is_tree())
    return "is known of a process or a phase only";
  if (!scope.phase.empty() &&
      (figure == BudgetFigure::kLiveAtExit || figure == BudgetFigure::kTemporaryShare))
    return "is not known of a phase";
  if (!scope.function.empty() &&
      (figure == BudgetFigure::kPeakRss || figure == BudgetFigure::kPeakRssDelta))
    return "is not known of a function";
  return "";
}

/// A number with a unit.
struct Amount {
  double value;
  bool percent;
};

/// "64 MiB", "1.5GB", "12 %", "1000".
std::optional<Amount> parse_amount(const std::string& text) {
  size_t end = 0;
  double value = 0;
  if (text.empty() || text.find_first_not_of("0123456789.") == 0) return std::nullopt;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  std::string unit = text.substr(end);
  unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
  if (unit == "%") return Amount{value, true};
  constexpr std::array kUnits{
      std::pair{"", 1.0},       std::pair{"B", 1.0},      std::pair{"KiB", 0x1p10},
      std::pair{"MiB", 0x1p20}, std::pair{"GiB", 0x1p30}, std::pair{"TiB", 0x1p40},
      std::pair{"kB", 1e3},     std::pair{"MB", 1e6},     std::pair{"GB", 1e9}};
  for (const auto& [name, factor] : kUnits) {
    if (unit == name && std::isfinite(value)) return Amount{value * factor, false};
  }
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::string path) : path_(std::move(path)) {}

  Budget parse(const std::string& text) {
    const toml::table table = parse_toml(text, path_, kWhat);
    check_keys(table, {"limit", "baseline"}, path_, kWhat);
    Budget budget{path_, usual_baseline_path(path_), {}};
    if (const toml::node* baseline = table.get("baseline")) {
      const std::string name = text_of(*baseline, "baseline");
      budget.baseline_path =
          (std::filesystem::path(path_).parent_path() / name).lexically_normal().string();
    }
    const toml::node* limits = table.get("limit");
    if (limits == nullptr)
      throw Error("cannot read budget: " + path_ + ": there is no [[limit]] in it");
    const toml::array* list = limits->as_array();
    if (list == nullptr) fail_at(*limits, path_, kWhat, "limits are written [[limit]]");
    for (const toml::node& one : *list) {
      if (!one.is_table()) fail_at(one, path_, kWhat, "limits are written [[limit]]");
      budget.limits.push_back(limit_of(*one.as_table()));
    }
    return budget;
  }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& why) const {
    fail_at(node, path_, kWhat, why);
  }

  std::string text_of(const toml::node& node, const char* key) const {
    const auto text = node.value_exact<std::string>();
    if (!text || text->empty()) fail(node, fmt::format("{} must be a text", key));
    return *text;
  }

  std::string text_of(const toml::table& table, const char* key) const {
    const toml::node* node = table.get(key);
    return node == nullptr ? "" : text_of(*node, key);
  }

  Amount amount_of(const toml::node& node, const char* key) const {
    std::optional<Amount> amount;
    if (const auto number = node.value<double>(); number && node.is_number()) {
      amount = Amount{*number, false};
    } else if (const auto text = node.value_exact<std::string>()) {
      amount = parse_amount(*text);
    }
    if (!amount || !(amount->value >= 0))
      fail(node, fmt::format("{} must be a number, or a text such as \"64 MiB\" or \"5 %\"", key));
    return *amount;
  }

  void read_max(const toml::table& table, Limit& limit) const {
    const toml::node* node = table.get("max");
    if (node == nullptr)
      fail(table, "a limit needs max: a number, a size such as \"64 MiB\", or \"baseline\"");
    if (node->value_exact<std::string>() == "baseline") return;
    const Amount amount = amount_of(*node, "max");
    if (amount.percent != (limit.figure == BudgetFigure::kTemporaryShare))
      fail(*node, amount.percent ? "only temporary_share is a percentage"
                                 : "temporary_share is a percentage, such as \"12 %\"");
    limit.max = amount.value;
  }

  Limit limit_of(const toml::table& table) const {
    check_keys(table,
               {"name", "figure", "process", "phase", "function", "max", "tolerance", "optional"},
               path_, kWhat);
    Limit limit;
    limit.line = table.source().begin.line;
    const toml::node* figure = table.get("figure");
    if (figure == nullptr) fail(table, "a limit needs a figure, such as \"peak_heap\"");
    const auto known = figure_named(text_of(*figure, "figure"));
    if (!known) {
      std::string names;
      for (const FigureName& one : kFigures)
        names += (names.empty() ? "" : ", ") + std::string(one.name);
      fail(*figure, "figure must be one of " + names);
    }
    limit.figure = *known;
    limit.scope = {text_of(table, "process"), text_of(table, "phase"), text_of(table, "function")};
    if (const std::string why = why_unknown(limit.figure, limit.scope); !why.empty())
      fail(*figure, std::string(figure_name(limit.figure)) + ": " + why);
    limit.name = text_of(table, "name");
    if (limit.name.empty())
      limit.name = std::string(figure_name(limit.figure)) + " of " + scope_text(limit.scope);
    read_max(table, limit);
    if (const toml::node* node = table.get("tolerance")) {
      const Amount amount = amount_of(*node, "tolerance");
      (amount.percent ? limit.tolerance_percent : limit.tolerance_absolute) = amount.value;
    }
    if (const toml::node* node = table.get("optional")) {
      const auto optional = node->value_exact<bool>();
      if (!optional) fail(*node, "optional must be true or false");
      limit.optional = *optional;
    }
    return limit;
  }

  std::string path_;
};

}  // namespace

const char* figure_name(BudgetFigure figure) {
  for (const FigureName& one : kFigures) {
    if (one.figure == figure) return one.name;
  }
  return "";
}

std::optional<BudgetFigure> figure_named(const std::string& name) {
  for (const FigureName& one : kFigures) {
    if (one.name == name) return one.figure;
  }
  return std::nullopt;
}

bool is_bytes(BudgetFigure figure) {
  return figure != BudgetFigure::kAllocations && figure != BudgetFigure::kTemporaryShare;
}

std::string scope_text(const BudgetScope& scope) {
  std::string text;
  if (!scope.function.empty()) text = "function " + scope.function;
  if (!scope.phase.empty()) text = "phase " + scope.phase;
  if (!scope.process.empty())
    text += text.empty() ? "process " + scope.process : " of " + scope.process;
  return text.empty() ? "the tree" : text;
}

double Limit::bound(double baseline) const {
  const double from = max.value_or(baseline);
  const double limit = from * (1 + tolerance_percent / 100) + tolerance_absolute;
  if (figure == BudgetFigure::kTemporaryShare) return limit;
  // Bytes and counts are whole, and 5 % of 20 is 1 whatever the binary fraction says.
  return std::floor(limit + 1e-6);
}

Budget parse_budget(const std::string& text, const std::string& path) {
  return Parser(path).parse(text);
}

Budget read_budget(const std::string& path) {
  return parse_budget(read_small_file(path, kWhat), path);
}

std::string usual_baseline_path(const std::string& budget_path) {
  std::filesystem::path path(budget_path);
  return path.replace_extension(".baseline.toml").string();
}

std::string starting_budget(const std::string& path) {
  std::string text = fmt::format(
      "# Limits on memory; memprof check holds runs to them. The baseline is in\n"
      "# {} and is made anew by memprof check --write-baseline.\n",
      std::filesystem::path(usual_baseline_path(path)).filename().string());
  struct Start {
    const char* figure;
    const char* tolerance;
  };
  for (const Start& start : {Start{"peak_heap", "5 %"}, Start{"peak_rss", "10 %"},
                             Start{"allocations", "5 %"}, Start{"live_at_exit", "5 %"}}) {
    text += fmt::format("\n[[limit]]\nfigure = \"{}\"\nmax = \"baseline\"\ntolerance = \"{}\"\n",
                        start.figure, start.tolerance);
  }
  return text;
}

}  // namespace memprof::compare
