#include "analyzer/profile/coverage.h"

#include <catch2/catch.hpp>

using namespace memprof;
using profile::Process;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr char kMissing[] = "/no/such/program";

Process process(uint32_t pid, uint64_t start_ns) {
  Process result;
  result.identity.pid = pid;
  result.identity.exe = "/bin/of-" + std::to_string(pid);
  result.identity.cwd = "/no/such";
  result.heap.start_ns = start_ns;
  result.identity.parent_link = format::ParentLink::kEnviron;
  return result;
}

Process launching(Process launcher, uint32_t pid, uint64_t time_ns, bool own = false,
                  const std::string& path = kMissing) {
  launcher.heap.launches.push_back({path, pid, time_ns, own, heap::Unfollowed::kNo});
  return launcher;
}

}  // namespace

TEST_CASE("A launch whose image appeared is covered") {
  const std::vector<Process> run{launching(process(10, 0), 11, 100), process(11, 150)};
  CHECK(profile::not_covered(run).empty());
}

TEST_CASE("A spawned image may start before its parent announces it") {
  const std::vector<Process> run{launching(process(10, 0), 11, 200), process(11, 150)};
  CHECK(profile::not_covered(run).empty());
}

TEST_CASE("A launch whose image never appeared is listed with the reason") {
  const std::vector<Process> run{launching(process(10, 0), 11, 100)};
  const auto list = profile::not_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == kMissing);
  CHECK(list[0].reason == "not found");
}

TEST_CASE("An exec without an image after it is listed, whatever ran under that pid before") {
  const std::vector<Process> run{process(10, 0), launching(process(11, 50), 0, 100, true)};
  REQUIRE(profile::not_covered(run).size() == 1);
}

TEST_CASE("One image answers to one launch: of spawn, exec, exec the last one is missing") {
  std::vector<Process> run{launching(process(10, 0), 11, 100, false, "/no/first"),
                           launching(process(11, 150), 0, 200, true, "/no/second"),
                           launching(process(11, 250), 0, 300, true, "/no/third")};
  const auto list = profile::not_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == "/no/third");
}

TEST_CASE("An image in the middle that is missing is not answered by a later one of that pid") {
  std::vector<Process> run{
      launching(launching(process(10, 0), 11, 1 * kSecond, false, "/no/static"), 11, 100 * kSecond,
                false, "/no/dynamic"),
      process(11, 100 * kSecond + 5)};
  const auto list = profile::not_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == "/no/static");
}

TEST_CASE("A forked image is nobody's launch") {
  Process forked = process(11, 150);
  forked.identity.parent_link = format::ParentLink::kFork;
  const std::vector<Process> run{launching(process(10, 0), 11, 100), forked};
  CHECK(profile::not_covered(run).size() == 1);
}

TEST_CASE(
    "Equal ones are counted together, and paths are made absolute by the launcher's directory") {
  const std::vector<Process> run{
      launching(launching(process(10, 0), 11, 100, false, "./tool"), 12, 200, false, "./tool")};
  const auto list = profile::not_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == "/no/such/./tool");
  CHECK(list[0].processes == 2);
}

TEST_CASE("What was launched where the library cannot be reached says so") {
  std::vector<Process> run{launching(process(10, 0), 11, 100)};
  run[0].heap.launches[0].unfollowed = heap::Unfollowed::kUnreachable;
  const auto list = profile::not_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].reason == "libmemprof.so or the output directory cannot be reached from there");
}

TEST_CASE("An image whose recording stopped is partly covered") {
  std::vector<Process> run{process(10, 0), process(11, 0)};
  run[1].heap.health.stop_reason = "disk nearly full";
  const auto list = profile::partly_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == "/bin/of-11");
  CHECK(list[0].reason == "recording stopped: disk nearly full");
}

TEST_CASE("An image of another C library is partly covered") {
  std::vector<Process> run{process(10, 0), process(11, 0), process(12, 0)};
  for (Process& one : run) one.heap.modules.edit().resize(1);  // the unknown one
  run[0].heap.totals.allocations = 1;
  run[1].heap.totals.allocations = 1;
  run[1].identity.argv = {"of-11"};
  const auto list = profile::partly_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == "/bin/of-10");
  CHECK(list[0].reason.find("not of glibc") == 0);
}

TEST_CASE("An image left out on request is not covered, and nothing worse") {
  std::vector<Process> run{launching(process(10, 0), 11, 100), process(11, 150)};
  run[1].skipped = true;
  run[1].heap.health.stop_reason = "the process was left out by MEMPROF_ONLY or MEMPROF_SKIP";
  const auto list = profile::not_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == "/bin/of-11");
  CHECK(list[0].reason == "left out by MEMPROF_ONLY or MEMPROF_SKIP");
  CHECK(profile::partly_covered(run).empty());
}

TEST_CASE(
    "Forked children without a trace of their own are listed under their parent's executable") {
  std::vector<Process> run{process(10, 0)};
  run[0].heap.health.lost_children = 3;
  const auto list = profile::not_covered(run);
  REQUIRE(list.size() == 1);
  CHECK(list[0].exe == "/bin/of-10");
  CHECK(list[0].processes == 3);
}
