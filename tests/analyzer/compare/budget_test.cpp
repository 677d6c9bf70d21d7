#include "analyzer/compare/budget.h"

#include <catch2/catch.hpp>
#include <random>

#include "analyzer/base/error.h"
#include "analyzer/compare/baseline.h"

using namespace memprof;
using compare::Baseline;
using compare::Budget;
using compare::BudgetFigure;
using compare::Limit;
using compare::parse_baseline;
using compare::parse_budget;

namespace {

Limit limit_of(const std::string& lines) {
  const Budget budget = parse_budget("[[limit]]\n" + lines, "dir/b.toml");
  REQUIRE(budget.limits.size() == 1);
  return budget.limits[0];
}

template <typename Parse>
std::string error_of(Parse parse, const std::string& text) {
  try {
    parse(text, "b.toml");
  } catch (const Error& error) {
    CHECK(error.exit() == Error::Exit::kInput);
    return error.what();
  }
  return "";
}

void check_error(const std::string& text, const std::string& place, const std::string& why) {
  const std::string error = error_of(parse_budget, text);
  INFO(error);
  CHECK(error.find("cannot read budget: b.toml" + place + ": ") != std::string::npos);
  CHECK(error.find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("Sizes, counts and shares are read with their units", "[budget]") {
  CHECK(limit_of("figure = 'peak_heap'\nmax = '64 MiB'").max == 64.0 * 1024 * 1024);
  CHECK(limit_of("figure = 'peak_heap'\nmax = '1.5KiB'").max == 1536);
  CHECK(limit_of("figure = 'peak_heap'\nmax = '2 MB'").max == 2e6);
  CHECK(limit_of("figure = 'peak_rss'\nmax = 1_000").max == 1000);
  CHECK(limit_of("figure = 'allocations'\nmax = 12.5").max == 12.5);
  CHECK(limit_of("figure = 'temporary_share'\nmax = '12.5 %'").max == 12.5);
  CHECK_FALSE(limit_of("figure = 'peak_heap'\nmax = 'baseline'").max.has_value());
}

TEST_CASE("The bound is the maximum or baseline and the tolerance", "[budget]") {
  CHECK(limit_of("figure = 'peak_heap'\nmax = 1000\ntolerance = '5 %'").bound(0) == 1050);
  CHECK(limit_of("figure = 'peak_heap'\nmax = 1000\ntolerance = 7").bound(0) == 1007);
  CHECK(limit_of("figure = 'peak_heap'\nmax = 'baseline'\ntolerance = '10 %'").bound(200) == 220);
  CHECK(limit_of("figure = 'peak_heap'\nmax = 'baseline'\ntolerance = '1 KiB'").bound(1) == 1025);
  CHECK(limit_of("figure = 'allocations'\nmax = 'baseline'\ntolerance = '5 %'").bound(16) == 16);
  CHECK(limit_of("figure = 'temporary_share'\nmax = '10 %'\ntolerance = '5 %'").bound(0) == 10.5);
}

TEST_CASE("Scopes and names", "[budget]") {
  const Limit phase = limit_of("figure = 'kept'\nphase = 'render'\nprocess = 'site*'\nmax = 0");
  CHECK(phase.name == "kept of phase render of site*");
  CHECK(phase.scope.phase == "render");
  CHECK(phase.line == 1);
  CHECK(limit_of("figure = 'peak_heap'\nmax = 1").name == "peak_heap of the tree");
  CHECK(limit_of("name = 'n'\nfigure = 'peak_heap'\nmax = 1\noptional = true").optional);
  CHECK(limit_of("figure = 'peak_heap'\nmax = 1").scope.is_tree());
}

TEST_CASE("The baseline lies beside the budget, or where it says", "[budget]") {
  const std::string limit = "[[limit]]\nfigure = 'peak_heap'\nmax = 1\n";
  CHECK(parse_budget(limit, "dir/memory.toml").baseline_path == "dir/memory.baseline.toml");
  CHECK(parse_budget("baseline = '../x.toml'\n" + limit, "dir/b.toml").baseline_path == "x.toml");
  CHECK(parse_budget("baseline = '/abs.toml'\n" + limit, "dir/b.toml").baseline_path ==
        "/abs.toml");
}

TEST_CASE("What is wrong in a budget is named by line and column", "[budget]") {
  check_error("[[limit]\n", ":1:9", "expected");
  check_error("", "", "there is no [[limit]]");
  check_error("limit = 1\n", ":1:9", "written [[limit]]");
  check_error("[[limit]]\nmax = 1\n", ":1:1", "needs a figure");
  check_error("[[limit]]\nfigure = 'peak'\nmax = 1\n", ":2:10", "one of peak_heap, ");
  check_error("[[limit]]\nfigure = 'peak_heap'\n", ":1:1", "needs max");
  check_error("[[limit]]\nfigure = 'peak_heap'\nmax = '5 parsecs'\n", ":3:7",
              "max must be a number");
  check_error("[[limit]]\nfigure = 'peak_heap'\nmax = -1\n", ":3:7", "max must be a number");
  check_error("[[limit]]\nfigure = 'peak_heap'\nmax = nan\n", ":3:7", "max must be a number");
  check_error("[[limit]]\nfigure = 'peak_heap'\nmax = '5 %'\n", ":3:7", "only temporary_share");
  check_error("[[limit]]\nfigure = 'temporary_share'\nmax = 5\n", ":3:7", "is a percentage");
  check_error("[[limit]]\nfigure = 'peak_heap'\nmaximum = 5\n", ":3:1", "no such key as maximum");
  check_error("top = 1\n[[limit]]\nfigure = 'peak_heap'\nmax = 5\n", ":1:1", "no such key as top");
  check_error("[[limit]]\nfigure = 'kept'\nmax = 5\n", ":2:10", "of a phase only");
  check_error("[[limit]]\nfigure = 'peak_rss'\nfunction = 'f'\nmax = 5\n", ":2:10",
              "not known of a function");
  check_error("[[limit]]\nfigure = 'peak_heap'\nfunction = 'f'\nphase = 'p'\nmax = 5\n", ":2:10",
              "not both");
  check_error("[[limit]]\nfigure = 'peak_heap'\nphase = 7\nmax = 5\n", ":3:9",
              "phase must be a text");
  check_error("[[limit]]\nfigure = 'peak_heap'\noptional = 1\nmax = 5\n", ":3:12", "true or false");
}

TEST_CASE("Every prefix and every changed byte of a budget is read or named", "[budget]") {
  const std::string text = compare::starting_budget("b.toml");
  CHECK(parse_budget(text, "b.toml").limits.size() == 4);
  for (size_t size = 0; size < text.size(); ++size) {
    const std::string error = error_of(parse_budget, text.substr(0, size));
    if (!error.empty()) CHECK(error.find("b.toml:") != std::string::npos);
  }
  std::mt19937_64 random(4);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = text;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    const std::string error = error_of(parse_budget, damaged);
    if (!error.empty()) CHECK(error.find("b.toml:") != std::string::npos);
  }
}

TEST_CASE("A baseline comes back as it was written", "[budget]") {
  Baseline baseline;
  baseline.values[{BudgetFigure::kPeakHeap, {}}] = 123456789;
  baseline.values[{BudgetFigure::kKept, {"cc1*", "render \"x\"\n", ""}}] = 7;
  baseline.values[{BudgetFigure::kTemporaryShare, {"", "", "^f$"}}] = 100.0 / 7;  // no round number
  baseline.functions[{"f(char const*, \\)", "a b.cpp", "m"}] = 10;
  baseline.functions[{"g", "", ""}] = 1ull << 40;
  const std::string text = compare::baseline_text(baseline);
  const Baseline again = parse_baseline(text, "b.toml");
  CHECK(again.values == baseline.values);
  CHECK(again.functions == baseline.functions);
  CHECK(compare::baseline_text(again) == text);
}

TEST_CASE("The median of two runs keeps the baseline made of it", "[budget]") {
  Baseline baseline;
  baseline.values[{BudgetFigure::kAllocations, {}}] = 1234.5;
  const Baseline again = parse_baseline(compare::baseline_text(baseline), "b.toml");
  const compare::Limit limit{"", BudgetFigure::kAllocations, {}, {}, 0, 0, false, 1};
  CHECK(limit.bound(again.value(limit).value_or(0)) >= 1234.5);
}

TEST_CASE("A baseline that makes no sense is named by line and column", "[budget]") {
  const std::string head = "schema = 'memprof-baseline/1'\n";
  CHECK(error_of(parse_baseline, head).empty());
  for (const std::string& text :
       {std::string("x = 1\n"), std::string("schema = 'other/1'\n"), head + "value = 3\n",
        head + "[[value]]\nfigure = 'none'\nvalue = 1\n",
        head + "[[value]]\nfigure = 'peak_heap'\n",
        head + "[[value]]\nfigure = 'peak_heap'\nvalue = 'x'\n",
        head + "[[function]]\nfunction = 1\npeak_bytes = 1\n"}) {
    const std::string error = error_of(parse_baseline, text);
    INFO(text << error);
    CHECK(error.find("cannot read baseline: b.toml:") != std::string::npos);
  }
}

TEST_CASE("Of many functions a baseline keeps those that hold most", "[budget]") {
  Baseline baseline;
  for (uint64_t i = 0; i < 1000; ++i)
    baseline.functions[{"f" + std::to_string(i), "", ""}] = 1 + i * 7919 % 1000;
  const Baseline again = parse_baseline(compare::baseline_text(baseline), "b.toml");
  CHECK(again.functions.size() == 200);
  for (const auto& [frame, bytes] : again.functions) CHECK(bytes > 800);
}
