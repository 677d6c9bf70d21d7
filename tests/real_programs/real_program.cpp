#include "tests/real_programs/real_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "analyzer/profile/open_run.h"
#include "tests/real_programs/counter.h"

namespace memprof::test {
namespace {

namespace fs = std::filesystem;

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// Where programs are looked for. Rust's and Go's lie where their installers put them.
std::vector<std::string> program_directories() {
  std::vector<std::string> directories = {"/usr/local/bin", "/usr/bin", "/bin",
                                          "/usr/local/go/bin"};
  if (const char* home = getenv("HOME")) directories.push_back(std::string(home) + "/.cargo/bin");
  const fs::path servers = "/usr/lib/postgresql";
  if (fs::exists(servers)) {
    for (const auto& version : fs::directory_iterator(servers)) {
      directories.push_back(version.path() / "bin");
    }
  }
  return directories;
}

std::string search_path() {
  std::string path;
  for (const std::string& directory : program_directories()) {
    path += (path.empty() ? "" : ":") + directory;
  }
  return path;
}

/// What is counted of a process image, or of several with the same pid and executable.
struct Sums {
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t bytes = 0;
};
struct Image {
  uint32_t pid;
  std::string exe;
  auto operator<=>(const Image&) const = default;
};
using SumsByImage = std::map<Image, Sums>;

SumsByImage read_counters(const std::string& directory) {
  SumsByImage sums;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() != ".counts") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    counts read{};
    file.read(reinterpret_cast<char*>(&read), sizeof read);
    REQUIRE(file.gcount() == sizeof read);
    Sums& sum = sums[{static_cast<uint32_t>(read.pid), read.exe}];
    sum.allocations += read.allocations;
    sum.frees += read.frees;
    sum.bytes += read.bytes;
  }
  return sums;
}

SumsByImage recorded_sums(const profile::Run& run) {
  SumsByImage sums;
  for (const profile::Process& process : run.processes) {
    const heap::Totals& totals = process.heap.totals;
    Sums& sum = sums[{process.identity.pid, process.identity.exe}];
    sum.allocations += totals.allocations;
    sum.frees += totals.frees + totals.foreign_frees + totals.inherited_frees;
    sum.bytes += totals.bytes_allocated;
  }
  return sums;
}

void check_near(uint64_t counted, uint64_t recorded, unsigned in_flight) {
  const uint64_t difference = std::max(counted, recorded) - std::min(counted, recorded);
  CHECK(difference <= in_flight);
}

void check_sums(const profile::Run& run, const std::string& counter_directory, unsigned in_flight) {
  const SumsByImage counted = read_counters(counter_directory);
  const SumsByImage recorded = recorded_sums(run);
  std::set<Image> images;
  for (const auto& [image, sums] : counted) images.insert(image);
  for (const auto& [image, sums] : recorded) images.insert(image);
  for (const Image& image : images) {
    INFO(image.exe << " of pid " << image.pid);
    // A process that has allocated nothing may have a file of one alone.
    const auto by_counter = counted.find(image);
    const auto by_recorder = recorded.find(image);
    const Sums expected = by_counter == counted.end() ? Sums{} : by_counter->second;
    const Sums actual = by_recorder == recorded.end() ? Sums{} : by_recorder->second;
    INFO("counted: " << expected.allocations << " allocations, " << expected.frees << " frees, "
                     << expected.bytes << " bytes; recorded: " << actual.allocations << ", "
                     << actual.frees << ", " << actual.bytes);
    check_near(expected.allocations, actual.allocations, in_flight);
    check_near(expected.frees, actual.frees, in_flight);
    if (expected.allocations == actual.allocations) CHECK(expected.bytes == actual.bytes);
  }
}

void check_processes(const RealProgram& program, const profile::Run& run) {
  CHECK(run.unreadable.empty());
  std::map<std::string, uint64_t> allocations;
  for (const profile::Process& process : run.processes) {
    INFO(process.identity.exe << " of pid " << process.identity.pid);
    const heap::Health& health = process.heap.health;
    CHECK(health.lost_events == 0);
    const std::string name = base_name(process.identity.exe);
    const bool may_lose_children =
        std::count(program.not_covered.begin(), program.not_covered.end(), name) != 0;
    allocations[name] += process.heap.totals.allocations;
    CHECK((health.lost_children == 0 || may_lose_children));
    CHECK(health.damaged_bytes == 0);
    CHECK(health.reused_live == 0);
    CHECK_FALSE(health.truncated);
  }
  for (const std::string& name : program.recorded) {
    INFO(name);
    CHECK(allocations[name] > 0);
  }
  std::set<std::string> not_covered;
  for (const profile::Uncovered& one : run.not_covered) not_covered.insert(base_name(one.exe));
  for (const std::string& name : program.not_covered) {
    INFO(name);
    CHECK(not_covered.contains(name));
  }
}

std::string without_varying(std::string text, const std::vector<std::string>& varying) {
  for (const std::string& pattern : varying) {
    text = std::regex_replace(text, std::regex(pattern), "<varies>");
  }
  return text;
}

void open_to(const RealProgram& program, const std::string& directory) {
  if (program.user) REQUIRE(chown(directory.c_str(), *program.user, *program.user) == 0);
}

/// Both runs happen in a directory of the same name, fresh for each.
void make_directory(const RealProgram& program, const std::string& path) {
  fs::remove_all(path);
  fs::create_directory(path);
  for (const auto& [name, contents] : program.files) {
    fs::create_directories(fs::path(path + "/" + name).parent_path());
    std::ofstream(path + "/" + name, std::ios::binary) << contents;
  }
  open_to(program, path);
}

}  // namespace

bool is_installed(const std::string& name) {
  for (const std::string& directory : program_directories()) {
    if (access((directory + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

void check_real_program(const RealProgram& program) {
  for (const std::string& name : program.needs) {
    if (!is_installed(name)) {
      WARN(name << " is not installed: skipped");
      return;
    }
  }
  if (program.user && geteuid() != 0) {
    WARN("becoming another user takes root: skipped");
    return;
  }
  const TemporaryDirectory place;
  const TemporaryDirectory traces;
  const TemporaryDirectory counters;
  for (const TemporaryDirectory* directory : {&place, &traces, &counters}) {
    open_to(program, directory->path());
  }
  Command command;
  command.argv = {"/bin/sh", "-ec", program.script};
  command.directory = place / "w";
  command.user = program.user;
  const char* home = getenv("HOME");
  command.environment = {{"PATH", search_path()},
                         {"LANG", "C"},
                         {"HOME", place / "w"},
                         {"TMPDIR", place / "w"},
                         {"USER_HOME", home != nullptr ? home : "/"}};
  make_directory(program, command.directory);
  const Result alone = run(command);
  INFO("alone: " << alone.out << alone.err);
  if (program.privileged && (alone.signalled || alone.status != 0)) {
    WARN(program.needs.front() << " cannot run here, alone: skipped");
    return;
  }
  REQUIRE_FALSE(alone.timed_out);
  REQUIRE_FALSE(alone.signalled);
  REQUIRE(alone.status == 0);
  REQUIRE_FALSE(alone.out.empty());

  make_directory(program, command.directory);
  // The counter counts beside itself. A user of the recorder may have it in a directory of his own.
  const std::string counter = counters / "counter.so";
  const std::string recorder = counters / base_name(MEMPROF_LIBRARY);
  fs::copy_file(MEMPROF_COUNTER, counter);
  fs::copy_file(MEMPROF_LIBRARY, recorder);
  const Result actual = run(preloaded(command, recorder + ":" + counter, traces.path()));
  INFO("preloaded: " << actual.out << actual.err);
  CHECK(without_varying(actual.out, program.varying) ==
        without_varying(alone.out, program.varying));
  CHECK(without_varying(actual.err, program.varying) ==
        without_varying(alone.err, program.varying));
  CHECK_FALSE(actual.timed_out);
  CHECK_FALSE(actual.signalled);
  CHECK(actual.status == alone.status);
  const profile::Run recorded = profile::open_run(traces.path());
  check_processes(program, recorded);
  check_sums(recorded, counters.path(), program.in_flight);
}

}  // namespace memprof::test
