#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

constexpr const char* kManySteps = "400000";  // some 5 MB of trace

void set(Command& command, const std::string& name, const std::string& value) {
  std::erase_if(command.environment, [&](const auto& variable) { return variable.first == name; });
  command.with(name, value);
}

unsigned lines_of(const std::string& text) {
  return static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
}

uint64_t bytes_in(const std::string& directory) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    bytes += entry.file_size();
  return bytes;
}

TEST_CASE("An output directory that cannot be made is one line by the first process, and no more",
          "[limits]") {
  const TemporaryDirectory place;
  std::ofstream(place / "file") << "not a directory";
  const std::string mode = GENERATE("system", "fork", "execv");
  Scenario scenario("processes", {mode, "LEDGERS", test_program("child")});
  set(scenario.command, "MEMPROF_OUT", place / "file/traces");
  const Result result = run(scenario.command);
  CHECK(result.status == 0);
  CHECK(result.out.empty());
  CHECK(lines_of(result.err) == 1);
  CHECK(result.err.find("memprof: not recording: ") == 0);
  CHECK(result.err.find(place / "file/traces") != std::string::npos);
  CHECK(scenario.ledger("child").page().finished == 1);
}

TEST_CASE("Values that make no sense are one line, and the defaults", "[limits]") {
  const std::pair<const char*, const char*> bad =
      GENERATE(std::pair{"MEMPROF_REACHABILITY", "yes"}, std::pair{"MEMPROF_RSS", "yes"},
               std::pair{"MEMPROF_FOLLOW", "2"}, std::pair{"MEMPROF_MAX_BYTES", "1Q"},
               std::pair{"MEMPROF_MIN_FREE", "-1"}, std::pair{"MEMPROF_UNWIND", "magic"});
  Scenario scenario("processes", {"system", "LEDGERS", test_program("child")});
  scenario.command.with(bad.first, bad.second);
  const Result result = scenario.run();
  CHECK(result.status == 0);
  CHECK(lines_of(result.err) == 1);
  CHECK(result.err.find(bad.first) != std::string::npos);
  check_own_counts(scenario.process(), scenario.ledger());
  const LedgerReader kept = scenario.ledger("child");
  check_totals(scenario.process_of(kept, "child"), kept);
}

TEST_CASE("MEMPROF_FOLLOW=0 records the first process alone", "[limits]") {
  const std::string mode = GENERATE("fork", "execv", "system", "posix_spawn", "raw_clone");
  Scenario scenario("processes", {mode, "LEDGERS", test_program("child")});
  scenario.command.with("MEMPROF_FOLLOW", "0");
  const Result result = scenario.run();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.recording().processes().size() == 1);
  CHECK(scenario.ledger("child").page().finished == 1);
}

TEST_CASE("MEMPROF_SKIP and MEMPROF_ONLY limit what is recorded, not what is followed",
          "[limits]") {
  const std::pair<const char*, const char*> choice = GENERATE(
      std::pair{"MEMPROF_SKIP", "nothing,*/proc?sses"}, std::pair{"MEMPROF_ONLY", "child"});
  Scenario scenario("processes", {"execv", "LEDGERS", test_program("child")});
  scenario.command.with(choice.first, choice.second);
  CHECK(scenario.run().status == 0);
  CHECK(scenario.process().heap.totals.allocations == 0);
  const LedgerReader kept = scenario.ledger("child");
  check_totals(scenario.process_of(kept, "child"), kept);
}

TEST_CASE("Past MEMPROF_MAX_BYTES events are counted as lost and the program goes on", "[limits]") {
  Scenario scenario("child", {"LEDGERS", "root", kManySteps});
  scenario.command.with("MEMPROF_MAX_BYTES", "1M");
  const Result result = scenario.run();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(scenario.ledger().page().finished == 1);
  check_truncated(scenario.process(), scenario.ledger());
  CHECK(bytes_in(scenario.traces.path()) <= 1024 * 1024);
}

/// A file system of that size, while the object lives; false where we may not mount.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path, const std::string& size) : path_(path) {
    mounted_ = mount("tmpfs", path.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_;
};

TEST_CASE("On a small disk recording ends before the disk is full", "[limits]") {
  const bool with_reserve = GENERATE(true, false);
  Scenario scenario("child", {"LEDGERS", "root", kManySteps});
  const SmallDisk disk(scenario.traces.path(), "3M");
  if (!disk.mounted()) {
    WARN("not allowed to mount: skipped");
    return;
  }
  if (!with_reserve) scenario.command.with("MEMPROF_MIN_FREE", "0");
  const Result result = scenario.run();
  CHECK_FALSE(result.signalled);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(scenario.ledger().page().finished == 1);
  check_truncated(scenario.process(), scenario.ledger());
  struct statvfs status {};
  REQUIRE(statvfs(scenario.traces.path().c_str(), &status) == 0);
  if (with_reserve) CHECK(status.f_bavail * 20 >= status.f_blocks);
}

}  // namespace
}  // namespace memprof::test
