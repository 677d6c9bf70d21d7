// What was lost or reachable, from traces and from a profile file.
#include <catch2/catch.hpp>
#include <filesystem>

#include "analyzer/base/error.h"
#include "analyzer/profile/file/database.h"
#include "analyzer/profile/file/trace_packer.h"
#include "analyzer/profile/open_run.h"
#include "analyzer/profile/stack_rows.h"
#include "preload/format/words_format.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using heap::Held;
using profile::Reached;
using test::ScratchFolder;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;
constexpr uint64_t kLargeBytes = uint64_t{1} << 20;

class NoNames : public profile::FrameSource {
 public:
  void resolve(std::vector<symbols::Lookup>& lookups) override {
    for (symbols::Lookup& lookup : lookups) lookup.frames.assign(lookup.offsets.size(), {{}});
  }
  std::string problem(const symbols::ModuleKey&) const override { return ""; }
};

template <typename Value>
void put(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// One root each.
std::string words(uint64_t trace_id, const std::vector<uint64_t>& roots, bool complete = true) {
  std::string bytes;
  put(bytes, format::WordsHeader{format::kWordsMagic, trace_id, complete ? 1u : 0u, 0});
  put(bytes, format::WordsPiece{0x100, static_cast<uint32_t>(format::WordsKind::kRoot),
                                static_cast<uint32_t>(roots.size())});
  for (const uint64_t root : roots) put(bytes, format::Word{0, root});
  return bytes;
}

/// "large" holds a block of a megabyte; of the three of "small" one is reachable.
TraceBuilder parent() {
  TraceBuilder trace;
  trace.clock({kStart, kStart}).trace_id(7).process(1, 0).module("/bin/program");
  trace.alloc(0x100000, kLargeBytes, {"main", "large"});
  for (uint64_t i = 0; i < 3; ++i) trace.alloc(0x1000 + 0x100 * i, 10 + i, {"main", "small"});
  trace.alloc(0x2000, 77, {"main", "freed"}).free(0x2000);
  return trace;
}

constexpr uint64_t kSmallSite = 0x1100;

profile::Run open(const std::string& path) {
  profile::RunRequest request;
  request.reachability = true;
  return profile::open_run(path, request);
}

Reached sum_of(const profile::Process& process) {
  Reached sum;
  const auto add = [](Held& to, const Held& held) {
    to.bytes += held.bytes;
    to.blocks += held.blocks;
  };
  for (const Reached& site : process.reached.value()) {
    add(sum.lost, site.lost);
    add(sum.reachable, site.reachable);
    add(sum.unknown, site.unknown);
  }
  return sum;
}

std::string pack(const ScratchFolder& folder, double fold_percent) {
  NoNames names;
  profile::PackJob job;
  job.directory = folder.path();
  job.file = folder.path("run.mprof");
  job.fold_percent = fold_percent;
  job.policy.has_ended = [](const std::string&) { return true; };
  job.policy.remove = true;
  REQUIRE(profile::pack_traces(job, names) == 0);
  return job.file;
}

}  // namespace

TEST_CASE("what is reachable, and what is lost, is the same from traces and from a profile") {
  const double fold_percent = GENERATE(0.0, 5.0, 100.0);
  const ScratchFolder folder;
  parent().exit(0).write(folder.path("a.mtrace"));
  const std::string file = folder.file("0000000000000007.words", words(7, {0x100010, kSmallSite}));
  const Reached truth{{22, 2}, {kLargeBytes + 11, 2}, {0, 0}};
  CHECK(sum_of(open(folder.path()).processes.front()) == truth);
  CHECK_FALSE(profile::open_run(folder.path()).processes.front().reached);
  const profile::Run packed = open(pack(folder, fold_percent));
  CHECK(sum_of(packed.processes.front()) == truth);
  // What lost a block keeps its stack, however small.
  const heap::ProcessHeap& heap = packed.processes.front().heap;
  for (size_t i = 0; i < heap.sites.size(); ++i) {
    if (packed.processes.front().reached->at(i).lost.blocks != 0) CHECK(i != heap.folded_site);
  }
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("what is not reached is unknown where memory could not be read, and in a forked child") {
  const ScratchFolder folder;
  TraceBuilder first = parent();
  TraceBuilder child;
  child.trace_id(8).fork_of(first);
  child.process(2, 1).alloc(0x3000, 5, {"main", "child"}).alloc(0x3100, 6, {"main", "child"});
  child.exit(0).write(folder.path("b.mtrace"));
  first.exit(0).write(folder.path("a.mtrace"));
  folder.file("0000000000000007.words", words(7, {kSmallSite}, false));
  folder.file("0000000000000008.words", words(8, {0x3000}));
  const auto check = [](const profile::Run& run) {
    REQUIRE(run.processes.size() == 2);
    for (const profile::Process& process : run.processes) {
      const bool is_child = process.identity.trace_id == 8;
      const Reached truth =
          is_child ? Reached{{}, {5, 1}, {6, 1}} : Reached{{}, {11, 1}, {kLargeBytes + 22, 3}};
      CHECK(sum_of(process) == truth);
    }
  };
  check(open(folder.path()));
  check(open(pack(folder, 0)));
}

TEST_CASE("a process without words says nothing, nor does its part of a profile") {
  const ScratchFolder folder;
  parent().exit(0).write(folder.path("a.mtrace"));
  folder.file("0000000000000007.words", words(6, {kSmallSite}));
  CHECK_FALSE(open(folder.path()).processes.front().reached);
  CHECK_FALSE(open(pack(folder, 0)).processes.front().reached);
}

TEST_CASE("a profile whose states do not add up to what was live is damaged") {
  const std::string change =
      GENERATE("UPDATE reached SET lost_bytes = lost_bytes + 1",
               "UPDATE reached SET unknown_blocks = unknown_blocks - 1",
               "UPDATE reached SET number = number + 100", "DELETE FROM reached WHERE number = 0",
               "UPDATE reached SET process_id = 99");
  const ScratchFolder folder;
  parent().exit(0).write(folder.path("a.mtrace"));
  folder.file("0000000000000007.words", words(7, {kSmallSite}));
  const std::string path = pack(folder, 0);
  CHECK_NOTHROW(open(path));
  profile::Database(path, profile::Database::Mode::kWrite).run(change.c_str());
  CHECK_THROWS_WITH(open(path),
                    Catch::Contains("run.mprof") && Catch::Contains("could be reached is damaged"));
}
