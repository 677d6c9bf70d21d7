#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

using nlohmann::json;

/// The functions that the report names in the process's sites.
std::string functions_named(const json& process) {
  std::string names;
  for (const json& site : process.at("sites")) {
    for (const json& frame : site.at("stack")) names += frame.at("function").dump() + "\n";
  }
  return names;
}

TEST_CASE("Long paths, empty names, and executables that go or are replaced are told apart",
          "[h77]") {
  const std::string mode = GENERATE("stay", "gone", "replaced");
  const bool long_path = GENERATE(false, true);
  INFO(mode << (long_path ? ", with a long path" : ""));
  const TemporaryDirectory place;
  std::string directory = place.path();
  while (long_path && directory.size() < 3800) {
    directory += "/" + std::string(200, 'd') + "\n\x1b[1m";
    std::filesystem::create_directory(directory);
  }
  const std::string program = directory + "/copy";
  const std::string other = directory + "/other";
  std::filesystem::copy_file(test_program("h77_names"), program);
  std::filesystem::copy_file(test_program("child"), other);
  Scenario scenario("h77_names", {mode, "LEDGERS", program, other});
  CHECK(scenario.run().status == 0);
  const Process& process = scenario.process_of(scenario.ledger(), "copy");
  check_own_counts(process, scenario.ledger());
  CHECK(process.identity.exe == program);
  CHECK(process.identity.argv.at(0).empty());

  Command report;
  report.argv = {MEMPROF_COMMAND, "report", scenario.traces.path(), "--top", "0",
                 "--format",      "json"};
  const Result printed = run(report);
  REQUIRE(printed.status == 0);
  const json document = json::parse(printed.out);  // valid UTF-8, or it throws
  bool found = false;
  for (const json& one : document.at("processes")) {
    if (one.at("pid") != process.identity.pid || one.at("exe") != program) continue;
    found = true;
    CHECK(one.at("argv").at(0) == "");
    const std::string names = functions_named(one);
    CHECK((names.find("h77_work") != std::string::npos) == (mode == "stay"));
    // Nor is anything said by the symbols of what lies there now.
    if (mode == "replaced") CHECK(names.find("\"main\"") == std::string::npos);
  }
  CHECK(found);
  report.argv = {MEMPROF_COMMAND, "report", scenario.traces.path()};
  const Result text = run(report);
  CHECK(text.status == 0);
  CHECK(text.out.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace memprof::test
