#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

constexpr const char* kTracer = "/usr/bin/strace";

/// How often each system call was made between the program's two markers.
std::map<std::string, unsigned> calls_between_markers(const std::string& log) {
  std::map<std::string, unsigned> counts;
  std::ifstream lines(log);
  std::string line;
  unsigned markers = 0;
  while (std::getline(lines, line)) {
    const std::string name = line.substr(0, line.find('('));
    if (name == "getpgid") {
      ++markers;
    } else if (markers == 1) {
      ++counts[name];
    }
  }
  REQUIRE(markers == 2);
  return counts;
}

TEST_CASE("Three hundred thousand allocations cost three system calls a chunk and no other",
          "[system_calls]") {
  if (access(kTracer, X_OK) != 0) {
    WARN("strace is not installed: skipped");
    return;
  }
  const TemporaryDirectory traces;
  const std::string log = traces / "log";
  Command command;
  command.argv = {kTracer, "-o", log, test_program("steady"), "300000"};
  Result result = run(command);
  REQUIRE(result.status == 0);
  const std::map<std::string, unsigned> native = calls_between_markers(log);

  const std::string out = traces / "out";
  command.argv = {kTracer,
                  "-o",
                  log,
                  "-E",
                  "LD_PRELOAD=" + library(),
                  "-E",
                  "MEMPROF_OUT=" + out,
                  "-E",
                  "MEMPROF_RSS=0",
                  test_program("steady"),
                  "300000"};
  result = run(command);
  REQUIRE(result.status == 0);
  const Recording recording(out);
  const Process& process = recording.process("steady");
  CHECK(process.heap.totals.allocations == 301000);
  // 12 bytes a pair at least: there was something to map.
  std::map<std::string, unsigned> counts = calls_between_markers(log);
  for (const auto& [name, count] : native) {
    INFO(name);
    CHECK(counts[name] >= count);
    counts[name] -= count;
  }
  const unsigned chunks = counts["mremap"];
  CHECK(chunks >= 300000 * 12 / format::kChunkBytes);
  CHECK(chunks <= 300000 * 24 / format::kChunkBytes);
  CHECK(counts["munmap"] == chunks);
  CHECK(counts["madvise"] <= chunks + 4);  // The first chunk gets its memory in steps.
  for (const auto& [name, count] : counts) {
    INFO(name);
    CHECK((count == 0 || name == "mremap" || name == "munmap" || name == "madvise"));
  }
}

}  // namespace
}  // namespace memprof::test
