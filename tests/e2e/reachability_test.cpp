// What memprof leaks finds lost and reachable, beside LeakSanitizer on the same program.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

/// How many blocks there are of each size.
using Blocks = std::map<uint64_t, uint64_t>;

Blocks lost_by_leak_sanitizer() {
  Command command;
  command.argv = {test_program("reachable_lsan")};
  const Result result = run(command);
  INFO(result.err);
  REQUIRE(result.err.find("SUMMARY: LeakSanitizer") != std::string::npos);
  const std::regex leak("leak of ([0-9]+) byte\\(s\\) in ([0-9]+) object");
  Blocks blocks;
  for (std::sregex_iterator at(result.err.begin(), result.err.end(), leak), end; at != end; ++at) {
    const uint64_t count = std::stoull((*at)[2]);
    blocks[std::stoull((*at)[1]) / count] += count;
  }
  return blocks;
}

struct Found {
  int status;
  std::map<std::string, Blocks> by_state;  ///< without what is suppressed
};

Found found_by_memprof(const std::vector<std::string>& run_options,
                       const std::vector<std::string>& program,
                       const std::vector<std::string>& leaks_options = {}) {
  const TemporaryDirectory folder;
  Command record;
  record.argv = {MEMPROF_COMMAND, "run", "-q", "-o", folder / "trace"};
  record.argv.insert(record.argv.end(), run_options.begin(), run_options.end());
  record.argv.insert(record.argv.end(), {"--", test_program("reachable")});
  record.argv.insert(record.argv.end(), program.begin(), program.end());
  REQUIRE(run(record).status == 0);
  Command leaks;
  leaks.argv = {MEMPROF_COMMAND, "leaks", folder / "trace", "--format", "json"};
  leaks.argv.insert(leaks.argv.end(), leaks_options.begin(), leaks_options.end());
  const Result result = run(leaks);
  INFO(result.err);
  REQUIRE(result.status <= 1);
  Found found{result.status, {}};
  const nlohmann::json report = nlohmann::json::parse(result.out);
  for (const nlohmann::json& leak : report["leaks"]) {
    if (leak["suppressed"]) continue;
    // All blocks of one stack are of one size in this program.
    const uint64_t count = leak["blocks"];
    found.by_state[leak["state"]][leak["bytes"].get<uint64_t>() / count] += count;
  }
  return found;
}

/// What the program holds in all ways.
const Blocks kHeld = {{2003, 1}, {2111, 1}, {2203, 1}, {2309, 1}, {2411, 1},
                      {2503, 1}, {2609, 8}, {2707, 1}, {2801, 2}, {2903, 2}};

TEST_CASE("The same blocks are lost as LeakSanitizer finds, and the same reachable",
          "[reachability]") {
  const Found found = found_by_memprof({"--reachability"}, {});
  CHECK(found.status == 1);
  const Blocks lost = lost_by_leak_sanitizer();
  CHECK(lost ==
        Blocks{{1001, 3}, {1103, 1}, {1207, 1}, {1301, 1}, {1409, 1}, {1511, 1}, {1616, 1}});
  CHECK(found.by_state.at("lost") == lost);
  // LeakSanitizer passes over the rest, so all of it is reachable to it.
  CHECK(found.by_state.at("reachable") == kHeld);
  CHECK(found.by_state.count("unknown") == 0);
}

TEST_CASE("Without being asked nobody knows what is reachable", "[reachability]") {
  const Found found = found_by_memprof({}, {}, {"--fail-on", "lost"});
  CHECK(found.status == 0);
  CHECK(found.by_state.size() == 1);
  CHECK(found.by_state.at("unknown").size() == 7 + kHeld.size());
}

TEST_CASE("Where a thread does not answer, what was not reached is unknown", "[reachability]") {
  const Found found = found_by_memprof({"--reachability"}, {"deaf"});
  CHECK(found.by_state.count("lost") == 0);
  CHECK(found.by_state.at("unknown").at(1001) == 3);
  CHECK(found.by_state.at("reachable").at(2003) == 1);
}

}  // namespace
}  // namespace memprof::test
