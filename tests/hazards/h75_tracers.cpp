#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <regex>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

const char* const kStrace = "/usr/bin/strace";
const char* const kGdb = "/usr/bin/gdb";

bool is_there(const char* tool) {
  if (access(tool, X_OK) == 0) return true;
  WARN(tool << " is not installed: not tested");
  return false;
}

/// The scenario's program under strace, which is not recorded itself.
Command under_strace(const Scenario& scenario, bool recorded) {
  Command command;
  command.argv = {kStrace, "-f", "-qq", "-o", "/dev/null"};
  if (recorded) {
    for (const auto& [name, value] : scenario.command.environment) {
      command.argv.insert(command.argv.end(), {"-E", name + "=" + value});
    }
  }
  command.argv.insert(command.argv.end(), scenario.command.argv.begin(),
                      scenario.command.argv.end());
  return command;
}

TEST_CASE("Under strace -f a recorded program does what it does there alone", "[h75]") {
  if (!is_there(kStrace)) return;
  const bool prints = GENERATE(true, false);
  const std::string program = prints ? "state" : "threads";
  Scenario scenario =
      prints ? Scenario(program, {"an argument"}) : Scenario(program, {"work", "LEDGERS", "4"});
  DYNAMIC_SECTION(program) {
    const Result expected = run(under_strace(scenario, false));
    if (expected.err.find("ptrace") != std::string::npos) {
      WARN("no program may be traced here: not tested");
      return;
    }
    CHECK(run(under_strace(scenario, true)) == expected);
    const Process& process = scenario.recording().process(program);
    CHECK(process.heap.totals.allocations > 0);
    if (!prints) check_own_counts(process, scenario.ledger());
  }
}

/// The last line that gdb prints, without the process's number.
std::string last_line(const Result& result) {
  const size_t end = result.out.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const size_t begin = result.out.rfind('\n', end);
  const std::string line = result.out.substr(begin + 1, end - begin);
  return std::regex_replace(line, std::regex("process [0-9]+"), "process");
}

TEST_CASE("In gdb a recorded program is stepped through malloc and ends as it does there alone",
          "[h75]") {
  if (!is_there(kGdb)) return;
  Scenario scenario("endings", {"return", "LEDGERS"});
  const auto in_gdb = [&](bool recorded) {
    Command command;
    command.argv = {kGdb, "-batch", "-nx", "-ex", "set startup-with-shell off"};
    const auto say = [&](const std::string& line) {
      command.argv.insert(command.argv.end(), {"-ex", line});
    };
    say("set debuginfod enabled off");
    for (const auto& [name, value] : scenario.command.environment) {
      if (recorded) say("set environment " + name + " " + value);
    }
    // Interrupted at its entry, before each of some hundred instructions, and at its end.
    for (const char* line : {"break main", "run", "break malloc", "continue", "stepi 300",
                             "continue", "finish", "continue", "stepi 50", "delete", "continue"}) {
      say(line);
    }
    command.argv.push_back("--args");
    command.argv.insert(command.argv.end(), scenario.command.argv.begin(),
                        scenario.command.argv.end());
    return run(command);
  };
  const std::string expected = last_line(in_gdb(false));
  if (expected.find("exited") == std::string::npos) {
    WARN("no program may be traced here: not tested");
    return;
  }
  CHECK(last_line(in_gdb(true)) == expected);
  check_totals(scenario.recording().process("endings"), scenario.ledger());
}

/// The kernel's letter for what a process does, 'Z' when it has ended.
char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const size_t end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() ? 'Z' : stat[end + 2];
}

/// Waits until `done`; false when that takes too long to be true.
template <typename Done>
bool wait_until(Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    usleep(100);
  }
  return true;
}

TEST_CASE("A program that is stopped and continued at any instants goes on", "[h75]") {
  Scenario scenario("threads", {"work", "LEDGERS", "8"});
  RunningProgram program(scenario.command);
  unsigned stops = 0;
  for (unsigned round = 0; round < 100 && state_of(program.pid()) != 'Z'; ++round) {
    program.kill(SIGSTOP);
    REQUIRE(wait_until([&] {
      const char state = state_of(program.pid());
      return state == 'T' || state == 'Z';
    }));
    ++stops;
    program.kill(SIGCONT);
  }
  CHECK(stops > 1);
  const Result result = program.finish();
  CHECK_FALSE(result.signalled);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  check_own_counts(scenario.recording().process("threads"), scenario.ledger());
}

TEST_CASE("A debugger may come and go while a recorded program runs", "[h75]") {
  if (!is_there(kGdb)) return;
  Scenario scenario("killed", {"LEDGERS"});
  RunningProgram program(scenario.command);
  const std::string path = scenario.ledgers / "root.ledger";
  const auto calls = [&] { return scenario.ledger().sum().allocations; };
  REQUIRE(wait_until([&] {
    std::ifstream file(path, std::ios::ate);
    return file && file.tellg() == std::streampos(sizeof(ledger::Page)) && calls() > 1000;
  }));
  const std::string attach = std::string(kGdb) +
                             " -batch -nx -iex 'set debuginfod enabled off' -p " +
                             std::to_string(program.pid()) +
                             " -ex 'thread apply all backtrace' -ex 'stepi 20' -ex detach"
                             " >/dev/null 2>&1";
  CHECK(std::system(attach.c_str()) == 0);
  const uint64_t before = calls();
  CHECK(wait_until([&] { return calls() > before + 1000; }));
  program.kill(SIGKILL);
  program.finish();
  const Process& process = scenario.recording().process("killed");
  const ledger::Account truth = scenario.ledger().sum();
  CHECK(process.own_counts().allocations >= truth.allocations);
  CHECK(process.own_counts().allocations <= truth.allocations_begun);
  CHECK(process.heap.health.lost_events == 0);
  CHECK(process.heap.health.damaged_bytes == 0);
}

}  // namespace
}  // namespace memprof::test
