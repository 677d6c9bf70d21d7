// The walker against two others: the compiler's own unwinder, which the program asks at the same
// places, and libunwind.
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/recording.h"
#include "tests/support/run_program.h"

namespace memprof::test {
namespace {

using Addresses = std::vector<uint64_t>;

/// The calls of note() at one stack. The sizes tell stacks.cpp's cases apart.
struct Calls {
  uint64_t count = 0;
  uint64_t bytes = 0;

  bool operator==(const Calls&) const = default;
};

/// By the stack, without note()'s own frame.
using Stacks = std::map<Addresses, Calls>;

// Interrupted at the first instruction of a function, where libunwind 1.6.2 gives up.
constexpr uint64_t kInterruptedAtStart = 2301;

struct Run {
  Stacks printed;
  Stacks recorded;
  std::set<uint64_t> cut_sizes;
};

Stacks parse(const std::string& output) {
  Stacks stacks;
  std::istringstream lines(output);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    uint64_t size = 0;
    char colon = 0;
    words >> size >> colon >> std::hex;
    Addresses addresses;
    uint64_t address = 0;
    while (words >> address) addresses.push_back(address);
    REQUIRE(addresses.size() > 1);
    // note() itself, where the two walks start a few instructions apart.
    addresses.erase(addresses.begin());
    Calls& calls = stacks[addresses];
    ++calls.count;
    calls.bytes += size;
  }
  return stacks;
}

Run run_stacks(const std::string& walker, const std::string& mode = "") {
  const TemporaryDirectory traces;
  Command command;
  command.argv = {MEMPROF_TEST_PROGRAMS "/stacks"};
  if (!mode.empty()) command.argv.push_back(mode);
  command.randomized = false;
  command = preloaded(command, MEMPROF_LIBRARY, traces.path()).with("MEMPROF_UNWIND", walker);
  const Result result = run(command);
  REQUIRE_FALSE(result.timed_out);
  REQUIRE(result.err == "");
  REQUIRE(result.status == 0);
  Run run;
  run.printed = parse(result.out);
  const Recording recording(traces.path());
  const Process& process = recording.process("stacks");
  REQUIRE(process.heap.health.lost_events == 0);
  const Functions functions(process.identity.exe);
  for (const heap::Site& site : process.heap.sites) {
    Addresses addresses;
    const std::vector<heap::Location> frames = process.frames(site);
    const heap::Location& innermost = frames.front();
    if (functions.at(innermost.lookup_address() - process.module_of(innermost).bias) !=
        "(anonymous namespace)::note(unsigned long)") {
      continue;
    }
    for (size_t i = 1; i < frames.size(); ++i) {
      // The cut location is the one without an address.
      if (frames[i].address != 0) addresses.push_back(frames[i].address);
    }
    const heap::Counts& counts = site.counts;
    if (frames.back().address == 0)
      run.cut_sizes.insert(counts.bytes_allocated / counts.allocations);
    Calls& calls = run.recorded[addresses];
    calls.count += counts.allocations;
    calls.bytes += counts.bytes_allocated;
  }
  return run;
}

void say(std::ostringstream& text, const Addresses& addresses, const Calls& calls) {
  text << "size " << calls.bytes / calls.count << ", " << calls.count << " calls:" << std::hex;
  for (size_t i = 0; i < addresses.size() && i < 30; ++i) text << ' ' << addresses[i];
  text << std::dec << '\n';
}

/// The stacks that differ, for messages.
std::string differences(const Stacks& expected, const Stacks& found) {
  std::ostringstream text;
  for (const auto& [addresses, calls] : expected) {
    const auto at = found.find(addresses);
    if (at != found.end() && at->second == calls) continue;
    text << (at == found.end() ? "missing " : "counted otherwise ");
    say(text, addresses, calls);
  }
  for (const auto& [addresses, calls] : found) {
    if (expected.count(addresses) != 0) continue;
    text << "not expected ";
    say(text, addresses, calls);
  }
  return text.str();
}

Stacks without(Stacks stacks, uint64_t size) {
  std::erase_if(stacks,
                [&](const auto& entry) { return entry.second.bytes == entry.second.count * size; });
  return stacks;
}

TEST_CASE("The walker finds the frames that the compiler's unwinder finds", "[stacks]") {
  const Run own = run_stacks("own");
  REQUIRE(own.printed.size() > 90);
  CHECK(differences(own.printed, own.recorded) == "");
  CHECK(own.cut_sizes.empty());
}

TEST_CASE("A stack deeper than is recorded keeps its innermost frames and is marked as cut",
          "[stacks]") {
  const Run own = run_stacks("own", "deep");
  constexpr size_t kOwnFrame = 1;  // note()'s
  constexpr size_t kCut = 1;
  const size_t recorded_frames = format::kMaxFrames - kOwnFrame - kCut;
  bool found = false;
  for (const auto& [addresses, calls] : own.recorded) {
    if (calls.bytes != 3001) continue;
    found = true;
    REQUIRE(addresses.size() == recorded_frames);
    for (const auto& [printed, printed_calls] : own.printed) {
      if (printed_calls.bytes != 3001) continue;
      REQUIRE(printed.size() > recorded_frames);
      CHECK(Addresses(printed.begin(), printed.begin() + static_cast<ptrdiff_t>(recorded_frames)) ==
            addresses);
    }
  }
  CHECK(found);
  CHECK(own.cut_sizes == std::set<uint64_t>{3001});
}

TEST_CASE("The walker finds the frames that libunwind finds", "[stacks]") {
  const Run own = run_stacks("own");
  const Run libunwind = run_stacks("libunwind");
  REQUIRE(libunwind.recorded.size() > 90);
  CHECK(differences(without(libunwind.recorded, kInterruptedAtStart),
                    without(own.recorded, kInterruptedAtStart)) == "");
}

}  // namespace
}  // namespace memprof::test
