// Real programs, each of whose stacks is walked by us and by libunwind: a process in which the two
// differ at one frame aborts.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "tests/support/recording.h"
#include "tests/support/run_program.h"

namespace memprof::test {
namespace {

/// What opening libunwind has allocated shows that it was opened.
bool has_opened_libunwind(const Process& process) {
  for (const heap::Site& site : process.heap.sites) {
    for (const heap::Location& location : process.frames(site)) {
      if (location.address != 0 && process.module_name(location) == "libmemprof.so") return true;
    }
  }
  return false;
}

void check_same_stacks(const Command& command, size_t least_stacks) {
  if (access(command.argv[0].c_str(), X_OK) != 0) {
    WARN(command.argv[0] << " is not installed: skipped");
    return;
  }
  const TemporaryDirectory traces;
  const Result result =
      run(preloaded(command, MEMPROF_LIBRARY, traces.path()).with("MEMPROF_UNWIND", "compare"));
  INFO(result.out << result.err);
  REQUIRE_FALSE(result.timed_out);
  REQUIRE_FALSE(result.signalled);
  REQUIRE(result.status == 0);
  CHECK(result.err.find("stacks differ") == std::string::npos);
  size_t stacks = 0;
  const Recording recording(traces.path());
  for (const Process& process : recording.processes()) {
    INFO(process.exe_name());
    CHECK(process.heap.health.lost_events == 0);
    // A forked child has it from its parent.
    if (process.identity.parent_link != format::ParentLink::kFork) {
      CHECK(has_opened_libunwind(process));
    }
    stacks += process.heap.sites.size();
  }
  CHECK(stacks >= least_stacks);
}

TEST_CASE("A compiler's stacks are those that libunwind finds", "[real_programs]") {
  const TemporaryDirectory place;
  std::ofstream(place / "file.cpp")
      << "#include <map>\n#include <string>\n"
         "std::map<std::string, int> m; int f() { return m[\"x\"]; }\n";
  Command command;
  command.argv = {"/usr/bin/g++", "-c", "-O1", place / "file.cpp", "-o", place / "file.o"};
  check_same_stacks(command, 5000);
}

TEST_CASE("An interpreter's stacks are those that libunwind finds", "[real_programs]") {
  Command command;
  command.argv = {"/usr/bin/python3", "-c",
                  "import re\nd = {str(i): [i] * 10 for i in range(500)}\n"
                  "print(sorted(d, key=lambda k: re.sub('1', '2', k))[:3])"};
  command.with("PYTHONMALLOC", "malloc").with("PYTHONHASHSEED", "0");
  command.with("PYTHONDONTWRITEBYTECODE", "1");
  check_same_stacks(command, 1000);
}

TEST_CASE("A shell's stacks, and its children's, are those that libunwind finds",
          "[real_programs]") {
  Command command;
  command.argv = {"/bin/bash", "-c",
                  "for i in 1 2 3; do a[$i]=$(echo $i | sed s/1/2/); done; declare -A m; m[x]=1; "
                  "echo ${a[@]} ${m[x]}"};
  check_same_stacks(command, 300);
}

TEST_CASE("A parser's stacks are those that libunwind finds", "[real_programs]") {
  const TemporaryDirectory place;
  std::ofstream file(place / "file.xml");
  file << "<a>";
  for (int i = 0; i < 300; ++i) file << "<b c=\"" << i << "\"><d>text</d></b>";
  file << "</a>\n";
  file.close();
  Command command;
  command.argv = {"/usr/bin/xmllint", "--xpath", "count(//b[@c > 10]/d)", place / "file.xml"};
  check_same_stacks(command, 100);
}

}  // namespace
}  // namespace memprof::test
