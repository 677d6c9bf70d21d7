// Faults planted in a program, one by one: each is named by the command that it is for, and a
// program without faults passes.
#include <catch2/catch.hpp>
#include <fstream>
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

TEST_CASE("A constant leak per build is named by leaks, to the byte", "[planted_leaks]") {
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

TEST_CASE("A program that frees everything has no leaks", "[planted_leaks]") {
  const Planted planted(
      {{"PLANTED_CACHE", "100"}, {"PLANTED_FIXTURE", "5000"}, {"PLANTED_BUILDS", "3"}});
  const Answer answer = memprof({"leaks", planted.path()});
  CHECK(answer.status == 0);
  CHECK(answer.text.find("verdict: no leaks") != std::string::npos);
  // The pool of libstdc++ is there, and is told as what it is.
  CHECK(memprof({"leaks", planted.path(), "--no-built-in"}).status == 1);
}

TEST_CASE("A leak in a child is the child's", "[planted_leaks]") {
  const Planted planted(Settings{{"PLANTED_CHILD", "4096"}, {"PLANTED_LEAK", "32"}});
  const Answer answer =
      memprof({"leaks", planted.path(), "--format", "json", "--process", "planted"});
  for (const nlohmann::json& leak : answer.json["leaks"]) {
    if (!leak["suppressed"]) CHECK(leak["id"] == 1);
  }
}

Answer repeat(Settings settings, const std::vector<std::string>& options = {}) {
  settings.emplace("PLANTED_NOISE", "7");
  std::vector<std::string> arguments{"repeat", "--format", "json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), {"--", test_program("planted")});
  return memprof(arguments, settings);
}

TEST_CASE("A constant leak per build is growth by its slope, in one process", "[planted_repeat]") {
  const Answer answer = repeat({{"PLANTED_LEAK", "64"}, {"PLANTED_BUILDS", "10"}});
  CHECK(answer.status == 1);
  CHECK(answer.json["verdict"] == "growth");
  CHECK(answer.json["iterations"]["kind"] == "phase");
  CHECK(answer.json["iterations"]["count"] == 10);
  REQUIRE(answer.json["sites"].size() == 1);
  const nlohmann::json& site = answer.json["sites"][0];
  CHECK(site["slope_bytes"] == 64);
  CHECK(site["spread"] == 0);
  CHECK(names_function(site["stack"], "lose_block"));
  CHECK(site["values"][9] == 640);
}

TEST_CASE("A cache that is never emptied is growth, though all of it is freed in the end",
          "[planted_repeat]") {
  const Answer answer = repeat({{"PLANTED_CACHE", "1000"}, {"PLANTED_BUILDS", "10"}});
  CHECK(answer.status == 1);
  REQUIRE(answer.json["sites"].size() == 1);
  CHECK(answer.json["sites"][0]["slope_bytes"] == 1000);
  CHECK(names_function(answer.json["sites"][0]["stack"], "fill_cache"));
}

TEST_CASE("What is made before the builds, spikes and children that end are no growth",
          "[planted_repeat]") {
  for (const char* fault : {"PLANTED_FIXTURE", "PLANTED_SPIKE", "PLANTED_CHILD"}) {
    INFO(fault);
    const Answer answer = repeat({{fault, "300000"}, {"PLANTED_BUILDS", "10"}});
    CHECK(answer.status == 0);
    CHECK(answer.json["verdict"] == "clean");
    CHECK(answer.json["sites"].empty());
  }
}

TEST_CASE("What is suppressed does not grow", "[planted_repeat]") {
  const TemporaryDirectory folder;
  std::ofstream(folder / "list") << "leak:lose_block\n";
  const Answer answer = repeat({{"PLANTED_LEAK", "64"}, {"PLANTED_BUILDS", "10"}},
                               {"--suppressions", folder / "list"});
  CHECK(answer.status == 0);
  CHECK(answer.json["suppressed"]["live_bytes"].get<uint64_t>() >= 640);
}

TEST_CASE("Ten processes that each lose the same do not grow from run to run", "[planted_repeat]") {
  const Answer answer = repeat({{"PLANTED_LEAK", "64"}}, {"-n", "5"});
  CHECK(answer.status == 0);
  CHECK(answer.json["verdict"] == "clean");
  CHECK(answer.json["iterations"]["kind"] == "run");
  const nlohmann::json& live = answer.json["figures"]["live_bytes"];
  CHECK(live["values"].size() == 5);
  CHECK(live["slope"] == 0);
}

TEST_CASE("What grows from run to run is found at its peak", "[planted_repeat]") {
  // Each run reads what the one before has left, and adds to it.
  const TemporaryDirectory folder;
  std::ofstream(folder / "build.sh")
      << "echo one more line >> " << (folder / "state") << "\n"
      << test_program("planted") << " $(wc -l < " << (folder / "state") << ")\n";
  const Answer answer =
      memprof({"repeat", "-n", "6", "--format", "json", "--", "/bin/sh", folder / "build.sh"});
  CHECK(answer.status == 1);
  CHECK(answer.json["verdict"] == "growth");
  REQUIRE(!answer.json["sites"].empty());
  CHECK(answer.json["sites"][0]["figure"] == "peak");
  CHECK(answer.json["sites"][0]["slope_bytes"] == 1000);
  CHECK(names_function(answer.json["sites"][0]["stack"], "build"));
  CHECK(answer.json["processes"].size() >= 3);
}

/// Checks a run with faults against a baseline without.
Answer check(const Settings& faults, const std::string& limit) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "budget.toml") << "[[limit]]\nmax = 'baseline'\ntolerance = '1 %'\n"
                                        << limit;
  const Planted good(Settings{});
  const Planted bad(faults);
  const std::string budget = folder / "budget.toml";
  CHECK(memprof({"check", good.path(), "--budget", budget, "--write-baseline"}).status == 0);
  CHECK(memprof({"check", good.path(), "--budget", budget}).status == 0);
  return memprof({"check", bad.path(), "--budget", budget, "--format", "json"});
}

TEST_CASE("A spike within one phase breaks the phase's budget and is named", "[planted_check]") {
  const Settings spike{{"PLANTED_SPIKE", "500000"}};
  const Answer render = check(spike, "figure = 'peak_heap'\nphase = 'render'\n");
  CHECK(render.status == 1);
  CHECK(render.json["moved"][0]["function"].get<std::string>().find("spike") != std::string::npos);
  CHECK(render.json["moved"][0]["delta"] == 500000);
  CHECK(check(spike, "figure = 'peak_heap'\nphase = 'parse'\n").status == 0);
  // What is transient is not kept.
  CHECK(check(spike, "figure = 'kept'\nphase = 'build'\n").status == 0);
}

TEST_CASE("What is made before the build is not the build's", "[planted_check]") {
  const Settings fixture{{"PLANTED_FIXTURE", "500000"}};
  CHECK(check(fixture, "figure = 'peak_heap_delta'\nphase = 'build'\n").status == 0);
  CHECK(check(fixture, "figure = 'peak_heap'\nphase = 'build'\n").status == 1);
  CHECK(check(fixture, "figure = 'peak_heap'\n").status == 1);
}

TEST_CASE("Memory that a child holds is the tree's, and the child's own", "[planted_check]") {
  const Settings child{{"PLANTED_CHILD", "5000000"}};
  const Answer tree = check(child, "figure = 'peak_heap'\n");
  CHECK(tree.status == 1);
  CHECK(tree.json["limits"][0]["value"].get<uint64_t>() >= 5000000);
  // The parent alone, which measuring the parent would have seen.
  CHECK(check(child, "figure = 'peak_heap'\nphase = 'build'\n").status == 0);
  const TemporaryDirectory folder;
  std::ofstream(folder / "budget.toml")
      << "[[limit]]\nfigure = 'peak_heap'\nprocess = 'planted-child*'\nmax = '1 MiB'\n";
  const Planted planted(child);
  const Answer own =
      memprof({"check", planted.path(), "--budget", folder / "budget.toml", "--format", "json"});
  CHECK(own.status == 1);
  CHECK(own.json["limits"][0]["value"].get<uint64_t>() >= 5000000);
}

TEST_CASE("What a phase leaves behind breaks a budget on what it keeps", "[planted_check]") {
  CHECK(check({{"PLANTED_LEAK", "640"}}, "figure = 'kept'\nphase = 'build'\n").status == 1);
  CHECK(check({{"PLANTED_CACHE", "640"}}, "figure = 'kept'\nphase = 'build'\n").status == 1);
}

TEST_CASE("What a unit costs comes out to the byte, with the line that costs it",
          "[planted_scale]") {
  const Answer answer =
      memprof({"scale", "--values", "50,400,100,200", "--predict", "5000", "--runs", "2",
               "--format", "json", "--", test_program("planted"), "{}"});
  CHECK(answer.status == 0);
  // 1,000 bytes and a pointer in a vector that doubles.
  const nlohmann::json& heap = answer.json["heap"];
  CHECK(heap["shape"] == "linear");
  CHECK(heap["per_unit_bytes"]["low"] <= 1016);
  CHECK(heap["per_unit_bytes"]["high"] >= 1000);
  CHECK(heap["per_unit_bytes"]["value"].get<double>() == Approx(1012).margin(12));
  CHECK(heap["predicted_bytes"]["value"].get<double>() == Approx(5000 * 1012.0).epsilon(0.05));
  REQUIRE(!answer.json["sites"].empty());
  const nlohmann::json& site = answer.json["sites"][0];
  CHECK(site["function"].get<std::string>().find("build") != std::string::npos);
  // 1,000 bytes each, and a vector's 64, 128, 256 and 512 pointers.
  CHECK(site["bytes"] == nlohmann::json({50'512, 101'024, 202'048, 404'096}));
  CHECK(site["per_unit_bytes"].get<double>() == Approx(1010).margin(6));
  CHECK(answer.json["values"][3]["value"] == 400);
  CHECK(answer.json["values"][3]["heap_peak_bytes"].size() == 2);
}

TEST_CASE("A constant cost is no cost per unit", "[planted_scale]") {
  const Answer answer = memprof({"scale", "--values", "1,2,3,4", "--runs", "1", "--format", "json",
                                 "--", "/bin/sh", "-c", test_program("planted") + " 100 # {}"});
  CHECK(answer.json["heap"]["shape"] == "constant");
}

}  // namespace
}  // namespace memprof::test
