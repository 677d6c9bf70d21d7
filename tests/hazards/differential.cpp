#include "tests/hazards/differential.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>
#include <string>

namespace memprof::test {

namespace {

/// A list for LD_PRELOAD without the recorder.
std::string without_recorder(const std::string& libraries) {
  std::istringstream list(libraries);
  std::string rest;
  for (std::string one; std::getline(list, one, ':');) {
    if (one != library()) rest += (rest.empty() ? "" : ":") + one;
  }
  return rest;
}

}  // namespace

Command native(const Command& command) {
  Command bare = command;
  for (auto& [name, value] : bare.environment) {
    if (name == "LD_PRELOAD") value = without_recorder(value);
  }
  std::erase_if(bare.environment, [](const auto& variable) {
    return (variable.first == "LD_PRELOAD" && variable.second.empty()) ||
           variable.first.starts_with("MEMPROF_");
  });
  return bare;
}

void preload_also(Command& command, const std::string& other, bool before) {
  for (auto& [name, value] : command.environment) {
    if (name == "LD_PRELOAD") value = before ? other + ":" + value : value + ":" + other;
  }
}

bool long_run() {
  return std::getenv("MEMPROF_LONG") != nullptr;
}

namespace {

/// The first line in which two outputs differ, "" when they are the same.
std::string difference(const std::string& expected, const std::string& actual) {
  std::istringstream one(expected);
  std::istringstream other(actual);
  std::string line;
  std::string other_line;
  for (unsigned number = 1;; ++number) {
    const bool more = static_cast<bool>(std::getline(one, line));
    const bool other_more = static_cast<bool>(std::getline(other, other_line));
    if (!more && !other_more) return expected == actual ? "" : "the last line's end";
    if (more && other_more && line == other_line) continue;
    return "line " + std::to_string(number) + ": expected \"" + (more ? line : "") +
           "\", found \"" + (other_more ? other_line : "") + "\"";
  }
}

}  // namespace

void check_same(Scenario& scenario) {
  const Result expected = run(native(scenario.command));
  REQUIRE_FALSE(expected.timed_out);
  REQUIRE(Recording(scenario.traces.path()).processes().empty());
  const Result actual = scenario.run();
  CHECK(difference(expected.out, actual.out) == "");
  CHECK(difference(expected.err, actual.err) == "");
  CHECK(actual.signalled == expected.signalled);
  CHECK(actual.status == expected.status);
  CHECK(actual.dumped_core == expected.dumped_core);
}

}  // namespace memprof::test
