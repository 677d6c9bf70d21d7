// Faults planted in a program, one by one: each is named by the command that it is for, and a
// program without faults passes.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

using Settings = std::map<std::string, std::string>;

struct Answer {
  int status;
  nlohmann::json json;
  std::string text;
};

/// Runs this project's command. With "json" as its format the answer is parsed.
Answer memprof(std::vector<std::string> arguments, const Settings& settings = {}) {
  Command command;
  command.argv = {MEMPROF_COMMAND};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  for (const auto& [name, value] : settings) command.with(name, value);
  const Result result = run(command);
  INFO(result.err);
  REQUIRE_FALSE(result.signalled);
  REQUIRE(result.status <= 1);
  Answer answer{result.status, {}, result.out};
  if (answer.text.starts_with("{")) answer.json = nlohmann::json::parse(answer.text);
  return answer;
}

/// Traces of one run of the program with these faults.
class Planted {
 public:
  explicit Planted(const Settings& settings, const std::string& units = "10") {
    Command command;
    command.argv = {test_program("planted"), units};
    for (const auto& [name, value] : settings) command.with(name, value);
    const Result result = run(preloaded(command, library(), traces_.path()));
    REQUIRE(result.status == 0);
  }

  const std::string& path() const { return traces_.path(); }

 private:
  const TemporaryDirectory traces_;
};

bool names_function(const nlohmann::json& stack, const std::string& function) {
  for (const nlohmann::json& frame : stack) {
    if (frame["function"].get<std::string>().find(function) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("A constant leak per build is named by leaks, to the byte", "[planted]") {
  const Planted planted(Settings{{"PLANTED_LEAK", "64"}, {"PLANTED_BUILDS", "5"}});
  const Answer answer = memprof({"leaks", planted.path(), "--format", "json"});
  CHECK(answer.status == 1);
  size_t leaks = 0;
  for (const nlohmann::json& leak : answer.json["leaks"]) {
    if (leak["suppressed"]) continue;
    ++leaks;
    CHECK(leak["bytes"] == 5 * 64);
    CHECK(leak["blocks"] == 5);
    CHECK(names_function(leak["stack"], "lose_block"));
  }
  CHECK(leaks == 1);
}

TEST_CASE("A program that frees everything has no leaks", "[planted]") {
  const Planted planted(
      {{"PLANTED_CACHE", "100"}, {"PLANTED_FIXTURE", "5000"}, {"PLANTED_BUILDS", "3"}});
  const Answer answer = memprof({"leaks", planted.path()});
  CHECK(answer.status == 0);
  CHECK(answer.text.find("verdict: no leaks") != std::string::npos);
  // The pool of libstdc++ is there, and is told as what it is.
  CHECK(memprof({"leaks", planted.path(), "--no-built-in"}).status == 1);
}

TEST_CASE("A leak in a child is the child's", "[planted]") {
  const Planted planted(Settings{{"PLANTED_CHILD", "4096"}, {"PLANTED_LEAK", "32"}});
  const Answer answer =
      memprof({"leaks", planted.path(), "--format", "json", "--process", "planted"});
  for (const nlohmann::json& leak : answer.json["leaks"]) {
    if (!leak["suppressed"]) CHECK(leak["id"] == 1);
  }
}

}  // namespace
}  // namespace memprof::test
