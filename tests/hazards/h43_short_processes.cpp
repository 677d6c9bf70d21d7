#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A short process costs little disk, however many there are", "[h43]") {
  const size_t count = long_run() ? 2000 : 200;
  Scenario scenario("h43_many", {std::to_string(count), test_program("h43_short")});
  const auto begin = std::chrono::steady_clock::now();
  const Result alone = run(native(scenario.command));
  const auto middle = std::chrono::steady_clock::now();
  CHECK(scenario.run() == alone);
  const std::chrono::duration<double, std::milli> native_ms = middle - begin;
  const std::chrono::duration<double, std::milli> recorded_ms =
      std::chrono::steady_clock::now() - middle;
  // To be read, not checked: the machine has other things to do.
  std::printf("%zu short processes: %.2f ms each alone, %.2f ms recorded: %.2f times\n", count,
              native_ms.count() / static_cast<double>(count),
              recorded_ms.count() / static_cast<double>(count), recorded_ms / native_ms);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scenario.traces.path())) {
    struct stat status {};
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    CHECK(status.st_blocks * 512 < 100'000);
    // Trimmed to what is used and a little more, so that copies of it are small, too.
    CHECK(status.st_size < 2'000'000);
    ++files;
  }
  CHECK(files == count + 1);
  size_t recorded = 0;
  for (const Process& process : scenario.recording().processes()) {
    if (process.exe_name() != "h43_short") continue;
    recorded += process.own_counts().allocations == 50 && process.own_counts().frees == 25;
  }
  CHECK(recorded == count);
}

}  // namespace
}  // namespace memprof::test
