// What memprof leaks finds lost and reachable, beside LeakSanitizer on the same program.
#include <catch2/catch.hpp>
#include <filesystem>
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
const Blocks kHeld = {{2003, 1}, {2111, 1}, {2203, 1}, {2309, 1}, {2411, 1}, {2503, 1},
                      {2609, 8}, {2707, 1}, {2801, 2}, {2903, 2}, {3001, 1}};

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

TEST_CASE("A profile says what the traces said, folded at once or later", "[reachability]") {
  const TemporaryDirectory folder;
  const auto memprof = [](std::vector<std::string> arguments) {
    Command command;
    command.argv = {MEMPROF_COMMAND};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    const Result result = run(command);
    INFO(result.err);
    REQUIRE(result.status <= 1);
    return result;
  };
  const auto leaks = [&](const std::string& path) {
    return nlohmann::json::parse(memprof({"leaks", path, "--format", "json"}).out);
  };
  const std::string at_once = folder / "at_once.mprof";
  const std::string later = folder / "later.mprof";
  memprof({"run", "-q", "--reachability", "--keep-trace", "-o", at_once, "--",
           test_program("reachable")});
  const std::string traces = at_once + ".traces";
  memprof({"pack", traces, "-o", later});
  const nlohmann::json truth = leaks(traces);
  REQUIRE(truth["totals"]["lost"]["blocks"] == 9);
  for (const std::string& path : {at_once, later}) {
    INFO(path);
    const nlohmann::json packed = leaks(path);
    CHECK(packed["totals"] == truth["totals"]);
    std::map<std::pair<std::string, uint64_t>, uint64_t> lost[2];
    for (const int which : {0, 1}) {
      for (const nlohmann::json& leak : (which == 0 ? truth : packed)["leaks"]) {
        if (leak["state"] != "lost") continue;
        lost[which][{leak["stack"].dump(), leak["bytes"]}] += leak["blocks"].get<uint64_t>();
      }
    }
    CHECK_FALSE(lost[0].empty());
    CHECK(lost[0] == lost[1]);
  }
}

TEST_CASE("The words keep to the limits of the program, which ends as it would have",
          "[reachability]") {
  const TemporaryDirectory folder;
  Command record;
  // 512,000 bytes: enough for the trace, not for 65,536 words. Writing beyond raises SIGXFSZ.
  record.argv = {"/bin/sh", "-c", "ulimit -f 1000; exec \"$0\" large", test_program("reachable")};
  record.with("MEMPROF_REACHABILITY", "1");
  const Result result = run(preloaded(record, library(), folder.path()));
  CHECK_FALSE(result.signalled);
  CHECK(result.status == 0);
  Command leaks;
  leaks.argv = {MEMPROF_COMMAND, "leaks",     folder.path(), "--format",
                "json",          "--process", "reachable"};
  const Result found = run(leaks);
  INFO(found.err);
  const nlohmann::json totals = nlohmann::json::parse(found.out)["totals"];
  CHECK(totals["lost"]["blocks"] == 0);
  CHECK(totals["unknown"]["blocks"] > 0);
}

TEST_CASE("Who does not ask gets no other file", "[reachability]") {
  const bool asks = GENERATE(false, true);
  const TemporaryDirectory folder;
  Command record;
  record.argv = {test_program("reachable")};
  if (asks) record.with("MEMPROF_REACHABILITY", "1");
  REQUIRE(run(preloaded(record, library(), folder.path())).status == 0);
  std::map<std::string, int> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++files[entry.path().extension().string()];
  CHECK(files.at(".mtrace") == 1);
  CHECK(files[".words"] == (asks ? 1 : 0));
  CHECK(files.size() == 2);
}

}  // namespace
}  // namespace memprof::test
