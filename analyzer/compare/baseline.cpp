#include "analyzer/compare/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "analyzer/compare/small_file.h"
#include "analyzer/compare/toml_file.h"

namespace memprof::compare {
namespace {

constexpr char kWhat[] = "baseline";
constexpr char kSchema[] = "memprof-baseline/1";

/// Functions that a baseline keeps: enough to say what moved, few enough to review.
constexpr size_t kFunctionsKept = 200;

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

std::string text_in(const toml::table& table, const char* key, const std::string& path) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return "";
  const auto text = node->value_exact<std::string>();
  if (!text) fail_at(*node, path, kWhat, fmt::format("{} must be a text", key));
  return *text;
}

double number_in(const toml::table& table, const char* key, const std::string& path) {
  const toml::node* node = table.get(key);
  if (node == nullptr) fail_at(table, path, kWhat, fmt::format("{} is missing", key));
  const auto number = node->is_number() ? node->value<double>() : std::nullopt;
  if (!number || !(*number >= 0) || !std::isfinite(*number))
    fail_at(*node, path, kWhat, fmt::format("{} must be a number", key));
  return *number;
}

/// Calls `each` with every table of a list.
template <typename Each>
void visit(const toml::table& table, const char* key, const std::string& path, Each each) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return;
  const toml::array* list = node->as_array();
  if (list == nullptr) fail_at(*node, path, kWhat, fmt::format("{} must be a list", key));
  for (const toml::node& one : *list) {
    if (!one.is_table()) fail_at(one, path, kWhat, fmt::format("{} must be a list of tables", key));
    each(*one.as_table());
  }
}

}  // namespace

std::optional<double> Baseline::value(const Limit& limit) const {
  const auto found = values.find({limit.figure, limit.scope});
  if (found == values.end()) return std::nullopt;
  return found->second;
}

Baseline parse_baseline(const std::string& text, const std::string& path) {
  const toml::table table = parse_toml(text, path, kWhat);
  check_keys(table, {"schema", "value", "function"}, path, kWhat);
  if (text_in(table, "schema", path) != kSchema)
    fail_at(table, path, kWhat, fmt::format("schema must be \"{}\"", kSchema));
  Baseline baseline;
  visit(table, "value", path, [&](const toml::table& one) {
    check_keys(one, {"figure", "process", "phase", "function", "value"}, path, kWhat);
    const auto figure = figure_named(text_in(one, "figure", path));
    if (!figure) fail_at(one, path, kWhat, "there is no such figure");
    const BudgetScope scope{text_in(one, "process", path), text_in(one, "phase", path),
                            text_in(one, "function", path)};
    baseline.values[{*figure, scope}] = number_in(one, "value", path);
  });
  visit(table, "function", path, [&](const toml::table& one) {
    check_keys(one, {"function", "file", "module", "peak_bytes"}, path, kWhat);
    const Frame frame{text_in(one, "function", path), text_in(one, "file", path),
                      text_in(one, "module", path)};
    baseline.functions[frame] =
        static_cast<uint64_t>(std::min(number_in(one, "peak_bytes", path), 0x1p62));
  });
  return baseline;
}

Baseline read_baseline(const std::string& path) {
  return parse_baseline(read_small_file(path, kWhat), path);
}

Baseline baseline_of(const Budget& budget) {
  std::error_code error;
  return std::filesystem::exists(budget.baseline_path, error) ? read_baseline(budget.baseline_path)
                                                              : Baseline();
}

std::string baseline_text(const Baseline& baseline) {
  std::string text = fmt::format(
      "# Made by memprof check --write-baseline, to be committed beside the budget.\n"
      "schema = \"{}\"\n",
      kSchema);
  const auto add = [&text](const char* key, const std::string& value) {
    if (!value.empty()) text += fmt::format("{} = {}\n", key, quoted(value));
  };
  for (const auto& [key, value] : baseline.values) {
    const auto& [figure, scope] = key;
    text += fmt::format("\n[[value]]\nfigure = \"{}\"\n", figure_name(figure));
    add("process", scope.process);
    add("phase", scope.phase);
    add("function", scope.function);
    // What is written has to hold for the run that it was measured of: no digit is lost, and half a
    // byte, the median of two runs, counts as one.
    text += figure == BudgetFigure::kTemporaryShare
                ? fmt::format("value = {}\n", value)
                : fmt::format("value = {:.0f}\n", std::ceil(value));
  }
  std::vector<std::pair<Frame, uint64_t>> functions(baseline.functions.begin(),
                                                    baseline.functions.end());
  std::stable_sort(functions.begin(), functions.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  functions.resize(std::min(functions.size(), kFunctionsKept));
  for (const auto& [frame, bytes] : functions) {
    text += "\n[[function]]\n";
    add("function", frame.function);
    add("file", frame.file);
    add("module", frame.module);
    text += fmt::format("peak_bytes = {}\n", bytes);
  }
  return text;
}

}  // namespace memprof::compare
