// Real programs, walked by us and by libunwind in two runs at the same addresses: the stacks must
// be the same.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/recording.h"
#include "tests/support/run_program.h"

namespace memprof::test {
namespace {

/// One stack in words that do not depend on where modules are: "module+offset module+offset ...".
std::string words_of(const Process& process, const heap::Site& site) {
  std::string words;
  for (const heap::Location& location : process.frames(site)) {
    char offset[32];
    snprintf(offset, sizeof offset, "+%lx ", location.address - process.module_of(location).bias);
    words += location.address == 0 ? "[...] " : process.module_name(location) + offset;
  }
  return words;
}

/// What opening libunwind at run time allocates is not the program's.
bool is_recorders_own(const std::string& words) {
  return words.find("libmemprof.so") != std::string::npos;
}

struct Recorded {
  std::map<std::string, std::set<std::string>> stacks;  ///< by executable
  uint64_t allocations = 0;
};

Recorded record(Command command, const std::string& walker) {
  const TemporaryDirectory traces;
  command.randomized = false;
  command = preloaded(command, MEMPROF_LIBRARY, traces.path()).with("MEMPROF_UNWIND", walker);
  const Result result = run(command);
  INFO(result.out << result.err);
  REQUIRE_FALSE(result.timed_out);
  REQUIRE_FALSE(result.signalled);
  REQUIRE(result.status == 0);
  Recorded recorded;
  const Recording recording(traces.path());
  for (const Process& process : recording.processes()) {
    CHECK(process.heap.health.lost_events == 0);
    recorded.allocations += process.heap.totals.allocations;
    std::set<std::string>& stacks = recorded.stacks[process.exe_name()];
    for (const heap::Site& site : process.heap.sites) {
      const std::string words = words_of(process, site);
      if (!is_recorders_own(words)) stacks.insert(words);
    }
  }
  return recorded;
}

/// `exceptions`: how many stacks may differ, for programs whose path depends on where their blocks
/// lie (what libunwind allocates moves them) or on the time.
void check_same_stacks(const Command& command, size_t exceptions = 0) {
  if (access(command.argv[0].c_str(), X_OK) != 0) {
    WARN(command.argv[0] << " is not installed: skipped");
    return;
  }
  const Recorded libunwind = record(command, "libunwind");
  const Recorded own = record(command, "own");
  REQUIRE(own.allocations > 100);
  REQUIRE(own.stacks.size() == libunwind.stacks.size());
  for (const auto& [exe, expected] : libunwind.stacks) {
    const auto found = own.stacks.find(exe);
    REQUIRE(found != own.stacks.end());
    std::vector<std::string> missing;
    std::set_difference(expected.begin(), expected.end(), found->second.begin(),
                        found->second.end(), std::back_inserter(missing));
    std::vector<std::string> extra;
    std::set_difference(found->second.begin(), found->second.end(), expected.begin(),
                        expected.end(), std::back_inserter(extra));
    INFO(exe << ": " << expected.size() << " stacks; libunwind alone has " << missing.size()
             << ", the first: " << (missing.empty() ? "" : missing[0]) << "; the walker alone has "
             << extra.size() << ", the first: " << (extra.empty() ? "" : extra[0]));
    CHECK(missing.size() <= exceptions);
    CHECK(extra.size() <= exceptions);
  }
}

TEST_CASE("A compiler's stacks are those that libunwind finds", "[real_programs]") {
  const TemporaryDirectory place;
  std::ofstream(place / "file.cpp")
      << "#include <map>\n#include <string>\n"
         "std::map<std::string, int> m; int f() { return m[\"x\"]; }\n";
  Command command;
  // Its random names are made from the seed then, and its garbage collector runs at the same
  // moments.
  command.argv = {"/usr/bin/g++",
                  "-c",
                  "-O1",
                  "-frandom-seed=1",
                  "--param=ggc-min-heapsize=131072",
                  place / "file.cpp",
                  "-o",
                  place / "file.o"};
  // Some of its tables hash addresses. One in five thousand.
  check_same_stacks(command, 4);
}

TEST_CASE("An interpreter's stacks are those that libunwind finds", "[real_programs]") {
  Command command;
  command.argv = {"/usr/bin/python3", "-c",
                  "import re\nd = {str(i): [i] * 10 for i in range(500)}\n"
                  "print(sorted(d, key=lambda k: re.sub('1', '2', k))[:3])"};
  command.with("PYTHONMALLOC", "malloc").with("PYTHONHASHSEED", "0");
  command.with("PYTHONDONTWRITEBYTECODE", "1");
  check_same_stacks(command);
}

TEST_CASE("A shell's stacks, and its children's, are those that libunwind finds",
          "[real_programs]") {
  Command command;
  command.argv = {"/bin/bash", "-c",
                  "for i in 1 2 3; do a[$i]=$(echo $i | sed s/1/2/); done; declare -A m; m[x]=1; "
                  "echo ${a[@]} ${m[x]}"};
  check_same_stacks(command);
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
  // Its dictionary hashes with a number drawn from the time, and so grows at one call or another.
  check_same_stacks(command, 2);
}

}  // namespace
}  // namespace memprof::test
