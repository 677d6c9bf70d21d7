#include "analyzer/profile/stack_rows.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/analyzer/profile/run_builder.h"

using namespace memprof;
using profile::Addresses;
using profile::StackRow;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

/// Stacks as text, for comparing.
std::string text_of(const profile::Run& run, const Addresses& addresses, const StackRow& row) {
  std::string text;
  for (const auto id : profile::addresses_of(run, addresses, row)) {
    text += addresses.module(id).path + "+" + std::to_string(addresses.offset(id)) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("The same code loaded at different addresses is one address") {
  FakeFrames frames;
  const profile::Run run =
      test::run_of({ProcessBuilder(frames, 0x10000).peak({"main", "f"}, 1).process,
                    ProcessBuilder(frames, 0x7f0000000000).peak({"main", "f"}, 2).process});
  const Addresses addresses(run);
  CHECK(addresses.size() == 3);  // the cut address, main and f
  CHECK(addresses.at(0, 1) == addresses.at(1, 1));
  CHECK(addresses.offset(addresses.at(0, 1)) == frames.offset_of("main") - 1);
  CHECK(addresses.at(0, 0) == profile::kCutAddress);
}

TEST_CASE("Equal stacks of several processes are one row with the sum of their counts") {
  FakeFrames frames;
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames, 0x10000).peak({"main", "f"}, 10).peak({"main"}, 5).process,
       ProcessBuilder(frames, 0x20000).peak({"g", "f"}, 7).peak({"main", "f"}, 20).process});
  const Addresses addresses(run);
  const size_t both[] = {0, 1};
  std::vector<StackRow> rows = profile::stack_rows(run, addresses, both);
  REQUIRE(rows.size() == 3);
  const auto largest =
      std::max_element(rows.begin(), rows.end(), [](const StackRow& a, const StackRow& b) {
        return a.counts.peak_bytes < b.counts.peak_bytes;
      });
  CHECK(largest->counts.peak_bytes == 30);
  CHECK(largest->counts.peak_blocks == 2);
}

TEST_CASE("A module loaded twice in one process does not split a stack") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  builder.peak({"main", "plugin"}, 10);
  // The same offset of the same file, mapped elsewhere after a dlclose.
  heap::ProcessHeap& heap = builder.process.heap;
  heap.modules.push_back({FakeFrames::kModule, "", 0x900000});
  heap.locations.push_back({0x900000 + frames.offset_of("plugin"), 2, false});
  heap.contexts.push_back({heap::ContextId{1}, static_cast<uint32_t>(heap.locations.size() - 1)});
  heap.sites.push_back({heap::ContextId{3}, heap.sites[0].counts});
  const profile::Run run = test::run_of({builder.process});
  const Addresses addresses(run);
  CHECK(addresses.has_duplicates(0));
  const size_t only[] = {0};
  const auto rows = profile::stack_rows(run, addresses, only);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].counts.peak_bytes == 20);
}

TEST_CASE("Stacks are ordered by their addresses from the innermost outwards, shorter ones first") {
  FakeFrames frames;
  for (const char* name : {"a", "b", "c"}) frames.offset_of(name);  // in this order
  const profile::Run run =
      test::run_of({ProcessBuilder(frames, 0x10000)
                        .peak({"b", "a"}, 1)
                        .peak({"a"}, 2)
                        .peak({"a", "c"}, 3)
                        .process,
                    ProcessBuilder(frames, 0x20000).peak({"a", "a"}, 4).process});
  const Addresses addresses(run);
  const size_t both[] = {0, 1};
  std::vector<StackRow> rows = profile::stack_rows(run, addresses, both);
  std::sort(rows.begin(), rows.end(), [&](const StackRow& x, const StackRow& y) {
    return profile::compare_stacks(run, addresses, x, y) < 0;
  });
  std::vector<uint64_t> order;
  for (const StackRow& row : rows) order.push_back(row.counts.peak_bytes);
  CHECK(order == std::vector<uint64_t>{2, 4, 1, 3});
  CHECK(profile::compare_stacks(run, addresses, rows[0], rows[0]) == 0);
}

TEST_CASE("The marker of a cut stack is no frame, but tells stacks apart") {
  FakeFrames frames;
  const profile::Run run =
      test::run_of({ProcessBuilder(frames).peak({"[cut]", "f"}, 1).peak({"f"}, 2).process});
  const Addresses addresses(run);
  const size_t only[] = {0};
  const auto rows = profile::stack_rows(run, addresses, only);
  REQUIRE(rows.size() == 2);
  CHECK(text_of(run, addresses, rows[0]) == text_of(run, addresses, rows[1]));
  CHECK(profile::compare_stacks(run, addresses, rows[0], rows[1]) != 0);
}
