// What forked children inherit.
#include <catch2/catch.hpp>
#include <vector>

#include "analyzer/heap/replay.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;

TraceBuilder image(uint64_t id) {
  return TraceBuilder().clock({kStart, kStart}).trace_id(id);
}

TraceBuilder child_of(const TraceBuilder& parent, uint64_t id) {
  return TraceBuilder().trace_id(id).fork_of(parent);
}

std::vector<heap::ProcessHeap> replay(const std::vector<const TraceBuilder*>& images) {
  std::vector<trace::TraceFile> files;
  for (const TraceBuilder* builder : images) files.push_back(builder->open());
  std::vector<const trace::TraceFile*> pointers;
  for (const trace::TraceFile& file : files) pointers.push_back(&file);
  return heap::replay_run(pointers, {kStart, {}});
}

}  // namespace

TEST_CASE("a child inherits what lived at the fork, and its frees of that are no foreign frees") {
  TraceBuilder parent = image(1);
  parent.alloc(0x1000, 100, {"f"}).alloc(0x2000, 200, {"f"}).alloc(0x3000, 300, {"f"}).free(0x3000);
  TraceBuilder child = child_of(parent, 2);
  child.free(0x1000).free(0x3000).free(0x9000).alloc(0x1000, 5, {"g"});
  parent.at(kStart + 100).free(0x1000).alloc(0x9000, 1, {"f"});
  const auto heaps = replay({&parent, &child});
  CHECK(heaps[1].totals.inherited_blocks == 2);
  CHECK(heaps[1].totals.inherited_bytes == 300);
  CHECK(heaps[1].totals.inherited_frees == 1);
  CHECK(heaps[1].totals.foreign_frees == 2);
  CHECK(heaps[1].totals.allocations == 1);
  CHECK(heaps[1].totals.frees == 0);
  CHECK(heaps[1].totals.live_bytes == 5);
  CHECK(heaps[0].totals.inherited_blocks == 0);
  CHECK(heaps[0].totals.frees == 2);
}

TEST_CASE("a realloc of an inherited block is an inherited free and a birth") {
  TraceBuilder parent = image(1);
  parent.alloc(0x1000, 100, {"f"});
  TraceBuilder child = child_of(parent, 2);
  child.realloc(0x1000, 0x1000, 150, {"g"}).free(0x1000).free(0x1000);
  const auto heaps = replay({&child, &parent});
  CHECK(heaps[0].totals.inherited_frees == 1);
  CHECK(heaps[0].totals.allocations == 1);
  CHECK(heaps[0].totals.frees == 1);
  // The last one is of a block that is gone twice already.
  CHECK(heaps[0].totals.foreign_frees == 1);
}

TEST_CASE(
    "an inherited block's place that another thread takes at once is not taken for its birth") {
  TraceBuilder parent = image(1);
  parent.alloc(0x1000, 100, {"f"});
  TraceBuilder child = child_of(parent, 2);
  child.stamped().at(kStart + 100).free(0x1000);
  child.thread(2).at(kStart + 200).alloc(0x1000, 5, {"g"});
  const auto heaps = replay({&parent, &child});
  CHECK(heaps[1].totals.inherited_frees == 1);
  CHECK(heaps[1].totals.live_blocks == 1);
}

TEST_CASE("alone, or without its parent's file, a child's unknown frees are foreign") {
  TraceBuilder parent = image(1);
  parent.alloc(0x1000, 100, {"f"});
  TraceBuilder child = child_of(parent, 2);
  child.free(0x1000);
  CHECK(heap::replay(child.open(), {kStart, {}}).totals.foreign_frees == 1);
  const auto heaps = replay({&child});
  CHECK(heaps[0].totals.foreign_frees == 1);
  CHECK(heaps[0].totals.inherited_blocks == 0);
}

TEST_CASE("a grandchild inherits through its parent what the parent had not freed") {
  TraceBuilder first = image(1);
  first.alloc(0x1000, 100, {"f"}).alloc(0x2000, 200, {"f"}).alloc(0x3000, 300, {"f"});
  TraceBuilder second = child_of(first, 2);
  second.free(0x1000).alloc(0x4000, 40, {"g"});
  TraceBuilder third = child_of(second, 3);
  second.free(0x2000);  // after the fork: not the grandchild's affair
  third.free(0x1000).free(0x2000).free(0x3000).free(0x4000);
  const auto heaps = replay({&third, &second, &first});
  CHECK(heaps[0].totals.inherited_blocks == 3);
  CHECK(heaps[0].totals.inherited_bytes == 540);
  CHECK(heaps[0].totals.inherited_frees == 3);
  CHECK(heaps[0].totals.foreign_frees == 1);
  CHECK(heaps[1].totals.inherited_blocks == 3);
  CHECK(heaps[1].totals.inherited_bytes == 600);
  CHECK(heaps[1].totals.inherited_frees == 2);
  CHECK(heaps[1].totals.foreign_frees == 0);
}

TEST_CASE("the cut is a place in each stream, whatever the stamps say") {
  TraceBuilder parent = image(1);
  parent.stamped();
  parent.at(kStart + 100).alloc(0x1000, 100, {"f"}).alloc(0x2000, 200, {"f"});
  parent.thread(2).at(kStart + 900).alloc(0x3000, 300, {"f"});
  TraceBuilder child = child_of(parent, 2);
  child.free(0x1000).free(0x2000).free(0x3000).free(0x4000);
  // Stamped before thread 2's last event, but not yet written when the fork came.
  parent.thread(1).at(kStart + 500).free(0x1000).alloc(0x4000, 1, {"f"});
  const auto heaps = replay({&parent, &child});
  CHECK(heaps[1].totals.inherited_blocks == 3);
  CHECK(heaps[1].totals.inherited_bytes == 600);
  CHECK(heaps[1].totals.inherited_frees == 3);
  CHECK(heaps[1].totals.foreign_frees == 1);
}

TEST_CASE("a stream that began after the fork is not inherited from") {
  TraceBuilder parent = image(1);
  parent.stamped();
  parent.at(kStart + 100).alloc(0x1000, 100, {"f"});
  TraceBuilder child = child_of(parent, 2);
  child.free(0x1000).free(0x2000);
  // Its stamp lies before the parent's last event before the fork.
  parent.thread(2).at(kStart + 50).alloc(0x2000, 200, {"f"});
  const auto heaps = replay({&parent, &child});
  CHECK(heaps[1].totals.inherited_blocks == 1);
  CHECK(heaps[1].totals.inherited_frees == 1);
  CHECK(heaps[1].totals.foreign_frees == 1);
}

TEST_CASE("a child of a process in the middle of its chunks knows its place in the right one") {
  TraceBuilder parent = image(1);
  for (uint64_t i = 0; i < 10; ++i) parent.alloc(0x1000 + i * 16, 1, {"f"}).new_chunk();
  TraceBuilder child = child_of(parent, 2);
  for (uint64_t i = 10; i < 20; ++i) parent.alloc(0x1000 + i * 16, 1, {"f"}).new_chunk();
  for (uint64_t i = 0; i < 20; ++i) child.free(0x1000 + i * 16);
  const auto heaps = replay({&parent, &child});
  CHECK(heaps[1].totals.inherited_blocks == 10);
  CHECK(heaps[1].totals.inherited_frees == 10);
  CHECK(heaps[1].totals.foreign_frees == 10);
}

TEST_CASE("cuts that name what is not there do no harm") {
  TraceBuilder parent = image(1);
  parent.alloc(0x1000, 1, {"f"});
  TraceBuilder child = TraceBuilder().trace_id(2).parent(1, format::ParentLink::kFork);
  SECTION("no cut") {}
  SECTION("of a stream that never was") {
    child.cut({77, 0, 64});
  }
  SECTION("beyond the end") {
    child.cut({0, 5, 1000}).cut({0, 0, 64});
  }
  SECTION("in the middle of a record") {
    child.cut({0, 0, 65});
  }
  child.free(0x1000);
  const auto heaps = replay({&parent, &child});
  CHECK(heaps[1].totals.inherited_frees + heaps[1].totals.foreign_frees == 1);
  CHECK(heaps[1].totals.inherited_frees <= heaps[1].totals.inherited_blocks);
}

TEST_CASE("files that name each other or themselves as parents are read all the same") {
  TraceBuilder a = image(1);
  TraceBuilder b = image(2);
  TraceBuilder self = image(3);
  a.parent(2, format::ParentLink::kFork).cut({0, 0, 64}).alloc(0x1000, 1, {"f"});
  b.parent(1, format::ParentLink::kFork).cut({0, 0, 64}).free(0x1000);
  self.parent(3, format::ParentLink::kFork).cut({0, 0, 64}).alloc(0x1000, 1, {"f"});
  TraceBuilder twin = image(1);
  const auto heaps = replay({&a, &b, &self, &twin});
  CHECK(heaps[0].totals.allocations == 1);
  CHECK(heaps[1].totals.foreign_frees + heaps[1].totals.inherited_frees == 1);
  CHECK(heaps[2].totals.allocations == 1);
}

TEST_CASE("the results of a run come in the order of its files") {
  std::vector<TraceBuilder> images;
  for (uint64_t i = 0; i < 40; ++i) {
    images.push_back(image(i + 1));
    for (uint64_t block = 0; block <= i; ++block)
      images.back().alloc(0x1000 + block * 16, 1, {"f"});
  }
  std::vector<const TraceBuilder*> pointers;
  for (const TraceBuilder& builder : images) pointers.push_back(&builder);
  const auto heaps = replay(pointers);
  for (size_t i = 0; i < heaps.size(); ++i) CHECK(heaps[i].totals.allocations == i + 1);
}
