// Lifetimes, sizes and threads of sites, and what lives at the end.
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "analyzer/heap/replay.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;

heap::ProcessHeap replay(const TraceBuilder& trace) {
  heap::ReplayOptions options;
  options.run_start_ns = kStart;
  options.details = true;
  return heap::replay(trace.open(), options);
}

TraceBuilder builder() {
  return TraceBuilder().clock({kStart, kStart});
}

}  // namespace

TEST_CASE("details are there only when they are asked for") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 1, {"f"});
  CHECK(heap::replay(trace.open(), {kStart, {}}).details.empty());
  CHECK(replay(trace).details.size() == 1);
}

TEST_CASE("a site's blocks have lifetimes in time and in allocations, those that ended") {
  TraceBuilder trace = builder();
  trace.stamped();
  trace.at(kStart + 100).alloc(0x1000, 10, {"f"});
  trace.at(kStart + 150).free(0x1000);
  trace.at(kStart + 200).alloc(0x1000, 10, {"f"});
  trace.at(kStart + 210).alloc(0x2000, 10, {"g"});
  trace.at(kStart + 220).alloc(0x3000, 10, {"g"});
  trace.at(kStart + 500).free(0x1000);
  trace.at(kStart + 1000).exit(0);
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.details.size() == 2);
  const heap::SiteDetails& f = heap.details[0];
  CHECK(f.lifetime_ns.count == 2);
  CHECK(f.lifetime_ns.min == 50);
  CHECK(f.lifetime_ns.max == 300);
  CHECK(f.lifetime_ns.mean() == 175);
  CHECK(f.lifetime_allocations.min == 0);
  CHECK(f.lifetime_allocations.max == 2);
  CHECK(f.oldest_live_ns == 0);
  CHECK(heap.details[1].lifetime_ns.count == 0);
  CHECK(heap.details[1].oldest_live_ns == 790);
}

TEST_CASE("a resize ends one block's life and begins another's") {
  TraceBuilder trace = builder();
  trace.stamped();
  trace.at(kStart + 100).alloc(0x1000, 10, {"f"});
  trace.at(kStart + 400).realloc(0x1000, 0x1000, 20, {"f"}, 50);
  trace.at(kStart + 600).free(0x1000);
  const heap::SiteDetails details = replay(trace).details.at(0);
  CHECK(details.lifetime_ns.min == 200);
  CHECK(details.lifetime_ns.max == 250);
  CHECK(details.size_bytes.count == 2);
}

TEST_CASE("threads share a site by what each allocated there, by name where it has one") {
  TraceBuilder trace = builder();
  trace.stamped();
  trace.at(kStart + 1).alloc(0x1000, 10, {"f"});
  trace.thread(7).at(kStart + 2).hand_over(7, "worker").alloc(0x2000, 100, {"f"});
  trace.alloc(0x3000, 100, {"f"});
  const heap::ProcessHeap heap = replay(trace);
  const std::vector<heap::ThreadShare>& shares = heap.details.at(0).threads;
  REQUIRE(shares.size() == 2);
  std::map<std::string, uint64_t> bytes;
  for (const heap::ThreadShare& share : shares)
    bytes[heap.threads.at(share.thread).name] = share.bytes;
  CHECK(bytes == std::map<std::string, uint64_t>{{"", 10}, {"worker", 200}});
}

TEST_CASE("sizes fall into classes of their binary digits, and add up") {
  std::mt19937_64 random(3);
  TraceBuilder trace = builder();
  std::map<uint32_t, uint64_t> expected;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < 500; ++i) {
    const uint64_t size = random() >> (24 + random() % 40);
    uint32_t digits = 0;
    for (uint64_t rest = size; rest != 0; rest /= 2) ++digits;
    ++expected[digits];
    sum += size;
    trace.alloc(0x1000 + i * 16, size, {"f"});
  }
  const heap::ProcessHeap heap = replay(trace);
  const heap::SiteDetails& details = heap.details.at(0);
  std::map<uint32_t, uint64_t> is;
  for (const heap::SizeClass& one : details.sizes) {
    is[one.digits] = one.allocations;
    CHECK(one.smallest() <= one.largest());
  }
  CHECK(is == expected);
  CHECK(details.size_bytes.count == heap.totals.allocations);
  CHECK(sum == heap.totals.bytes_allocated);
}

TEST_CASE("details of sites add up as those of one site would have") {
  heap::SiteDetails both;
  heap::SiteDetails one;
  heap::SiteDetails two;
  std::mt19937_64 random(5);
  for (int i = 0; i < 200; ++i) {
    const uint64_t value = random() % 1000;
    heap::SiteDetails& part = random() % 2 == 0 ? one : two;
    for (heap::SiteDetails* details : {&part, &both}) {
      details->add_size(value);
      details->add_thread(static_cast<uint32_t>(value % 3), value);
      details->lifetime_ns.add(value);
    }
  }
  one += two;
  CHECK(one.size_bytes.min == both.size_bytes.min);
  CHECK(one.size_bytes.max == both.size_bytes.max);
  CHECK(one.size_bytes.mean() == both.size_bytes.mean());
  CHECK(one.lifetime_ns.count == both.lifetime_ns.count);
  REQUIRE(one.sizes.size() == both.sizes.size());
  for (size_t i = 0; i < one.sizes.size(); ++i)
    CHECK(one.sizes[i].allocations == both.sizes[i].allocations);
  REQUIRE(one.threads.size() == 3);
  for (size_t i = 0; i < 3; ++i) CHECK(one.threads[i].bytes == both.threads[i].bytes);
}

TEST_CASE("a site's own highest bytes and all its blocks' lives are those of a plain ledger") {
  std::mt19937_64 random(11);
  TraceBuilder trace = builder();
  trace.stamped();
  struct Block {
    size_t site;
    uint64_t size;
    uint64_t born;
  };
  struct Ledger {
    uint64_t bytes = 0, blocks = 0, highest_bytes = 0, highest_blocks = 0, lives = 0;
  };
  const std::vector<std::string> names = {"f", "g", "h"};
  std::vector<Ledger> ledgers(names.size());
  std::map<uint64_t, Block> live;
  uint64_t now = kStart;
  const auto end = [&](uint64_t address) {
    const Block block = live.at(address);
    ledgers[block.site].bytes -= block.size;
    --ledgers[block.site].blocks;
    ledgers[block.site].lives += now - block.born;
    live.erase(address);
  };
  for (int i = 0; i < 2000; ++i) {
    trace.at(now += 1 + random() % 1000);
    const uint64_t address = 0x1000 + random() % 50 * 16;
    if (live.contains(address)) {
      end(address);
      trace.free(address);
      continue;
    }
    // Each site's first block, in this order, gives it its number.
    const size_t site = i < 3 ? static_cast<size_t>(i) : random() % names.size();
    const uint64_t size = random() % 10'000;
    trace.alloc(address, size, {names[site]});
    live[address] = {site, size, now};
    Ledger& ledger = ledgers[site];
    ledger.bytes += size;
    ++ledger.blocks;
    if (ledger.bytes > ledger.highest_bytes) {
      ledger.highest_bytes = ledger.bytes;
      ledger.highest_blocks = ledger.blocks;
    }
  }
  trace.at(now += 5000).exit(0);
  while (!live.empty()) end(live.begin()->first);
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.details.size() == names.size());
  std::multimap<uint64_t, std::pair<uint64_t, uint64_t>> is;
  std::multimap<uint64_t, std::pair<uint64_t, uint64_t>> expected;
  for (size_t i = 0; i < names.size(); ++i) {
    const heap::SiteDetails& details = heap.details[i];
    is.insert({details.highest_bytes,
               {details.highest_blocks,
                static_cast<uint64_t>(details.lifetime_ns.sum + details.live_ns)}});
    expected.insert({ledgers[i].highest_bytes, {ledgers[i].highest_blocks, ledgers[i].lives}});
  }
  CHECK((is == expected));
}
