#include <filesystem>

#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("However a program is linked, it is recorded the same", "[h07]") {
  const char* const way = GENERATE("lazy", "now", "fixed", "gold", "lld");
  DYNAMIC_SECTION(way) {
    const std::string program = std::string("h07_") + way;
    if (!std::filesystem::exists(test_program(program))) {
      WARN("no such linker here: skipped");
      return;
    }
    Scenario scenario(program, {"LEDGERS"});
    if (GENERATE(false, true)) scenario.command.with("LD_BIND_NOW", "1");
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger());
  }
}

TEST_CASE("A program started by the loader's own command is recorded", "[h07]") {
  Scenario scenario("child", {"LEDGERS", "root"});
  std::vector<std::string>& argv = scenario.command.argv;
  const bool preload_option = GENERATE(false, true);
  argv.insert(argv.begin(), "/lib64/ld-linux-x86-64.so.2");
  if (preload_option) {
    std::erase_if(scenario.command.environment,
                  [](const auto& variable) { return variable.first == "LD_PRELOAD"; });
    argv.insert(argv.begin() + 1, {"--preload", library()});
  }
  const Result result = run(scenario.command);
  CHECK(result.status == 0);
  CHECK(result.out + result.err == "");
  const Recording recording(scenario.traces.path());
  REQUIRE(recording.processes().size() == 1);
  check_totals(recording.processes()[0], scenario.ledger());
}

TEST_CASE("A static-pie program is left alone", "[h07]") {
  Scenario scenario("h07_static_pie", {"LEDGERS"});
  const Result alone = run(native(scenario.command));
  CHECK(alone.status == 0);
  CHECK(run(scenario.command) == alone);
  CHECK(Recording(scenario.traces.path()).processes().empty());
}

TEST_CASE("The recorder's directory may lie in paths with odd names", "[h07]") {
  Scenario scenario("child", {"LEDGERS", "root"});
  const std::string odd = scenario.traces / "a b:c\n\xff/deep";
  scenario.command.with("MEMPROF_OUT", odd);
  // The later one counts for neither getenv nor us; there is only one then.
  std::erase_if(scenario.command.environment, [&](const auto& variable) {
    return variable.first == "MEMPROF_OUT" && variable.second != odd;
  });
  const Result result = run(scenario.command);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  const Recording recording(odd);
  check_totals(recording.process("child"), scenario.ledger());
}

TEST_CASE("A program may lie in a path with odd names", "[h07]") {
  const TemporaryDirectory directory;
  const std::string program = directory / "a b:c/d e";
  std::filesystem::create_directory(directory / "a b:c");
  std::filesystem::copy_file(test_program("child"), program);
  Scenario scenario("child", {"LEDGERS", "root"});
  scenario.command.argv[0] = program;
  const Result result = run(scenario.command);
  CHECK(result.status == 0);
  CHECK(result.out + result.err == "");
  const Recording recording(scenario.traces.path());
  const Process& process = recording.process("d e");
  CHECK(process.identity.exe == program);
  check_totals(process, scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
