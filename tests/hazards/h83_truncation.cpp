#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "analyzer/base/error.h"
#include "analyzer/profile/open_run.h"
#include "analyzer/report/json_report.h"
#include "analyzer/report/text_report.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

namespace fs = std::filesystem;

/// A process with threads, a library that comes and goes, marks and phases, and the child it forks,
/// as recorded now.
class Recorded {
 public:
  Recorded() : scenario_("h83_rich", {"LEDGERS", test_program("libfirst.so")}) {
    REQUIRE(scenario_.run().status == 0);
    const Process& parent = scenario_.process();
    allocations = parent.heap.totals.allocations;
    frees = parent.heap.totals.frees;
    for (const auto& entry : fs::directory_iterator(scenario_.traces.path())) {
      const std::string path = entry.path();
      const bool is_parent =
          trace::TraceFile::open(path).identity().trace_id == parent.identity.trace_id;
      (is_parent ? parent_file : child_file) = path;
    }
    REQUIRE_FALSE(child_file.empty());
    find_ends();
  }

  std::string directory() const { return scenario_.traces.path(); }

  std::string parent_file;
  std::string child_file;
  uint64_t allocations = 0;
  uint64_t frees = 0;
  /// Each chunk's first byte and the end of what was committed to it.
  std::vector<std::pair<uint64_t, uint64_t>> committed;

 private:
  void find_ends() {
    const trace::TraceFile file = trace::TraceFile::open(parent_file);
    uint64_t bytes = 0;
    for (const trace::Chunk& chunk : file.chunks()) {
      committed.emplace_back(chunk.offset, chunk.offset + chunk.header.used);
      bytes += chunk.header.used;
    }
    std::sort(committed.begin(), committed.end());
    REQUIRE(committed.size() >= 4);
    REQUIRE(bytes > 20'000);
  }

  Scenario scenario_;
};

profile::FrameSource& frames() {
  static const auto source = profile::frames_from_files();
  return *source;
}

/// Both reports; each must be whole.
void check_reports(const profile::Run& run) {
  std::ostringstream text;
  report::write_text_report(text, run, frames(), {});
  REQUIRE(text.str().ends_with('\n'));
  std::ostringstream json;
  report::write_json_report(json, run, frames(), {});
  REQUIRE(json.str().starts_with('{'));
  REQUIRE(json.str().ends_with("}\n"));
}

/// The lengths to cut at, falling: every one within what was committed, some of what lies between.
std::vector<uint64_t> lengths_of(const Recorded& recorded) {
  constexpr uint64_t kStride = 1021;
  std::vector<uint64_t> lengths;
  const uint64_t size = fs::file_size(recorded.parent_file);
  for (uint64_t length = format::kHeaderBytes; length <= size; ++length) {
    const bool in_records = std::any_of(
        recorded.committed.begin(), recorded.committed.end(),
        [length](const auto& chunk) { return chunk.first <= length && length <= chunk.second; });
    if (in_records || length % kStride == 0 || length == size) lengths.push_back(length);
  }
  std::reverse(lengths.begin(), lengths.end());
  return lengths;
}

TEST_CASE("A real trace cut at any byte gives a report, and a shorter one never says more",
          "[h83]") {
  const Recorded recorded;
  const unsigned report_each = long_run() ? 1 : 61;
  uint64_t allocations = recorded.allocations;
  uint64_t frees = recorded.frees;
  uint64_t reports = 0;
  for (const uint64_t length : lengths_of(recorded)) {
    INFO("length " << length);
    fs::resize_file(recorded.parent_file, length);
    const trace::TraceFile file = trace::TraceFile::open(recorded.parent_file);
    const heap::ProcessHeap heap = heap::replay(file, {});
    REQUIRE(heap.totals.allocations <= allocations);
    REQUIRE(heap.totals.frees <= frees);
    REQUIRE(heap.totals.allocations - heap.totals.frees == heap.totals.live_blocks);
    allocations = heap.totals.allocations;
    frees = heap.totals.frees;
    if (length % report_each != 0) continue;
    const profile::Run run = profile::open_run(recorded.parent_file);
    REQUIRE(run.processes.front().heap.totals.allocations == allocations);
    check_reports(run);
    ++reports;
  }
  CHECK(allocations == 0);
  CHECK(reports > 250);
}

TEST_CASE("A trace cut within its header is refused by name", "[h83]") {
  const Recorded recorded;
  const uint64_t stride = long_run() ? 1 : 97;
  for (uint64_t length = format::kHeaderBytes; length-- > 0;) {
    // What the header says lies at its front; the rest of it is room.
    if (length > sizeof(format::FileHeader) && length % stride != 0) continue;
    fs::resize_file(recorded.parent_file, length);
    std::string message;
    try {
      trace::TraceFile::open(recorded.parent_file);
    } catch (const Error& error) {
      message = error.what();
    }
    INFO("length " << length << ": " << message);
    REQUIRE(message.starts_with("not a memprof trace: " + recorded.parent_file + ": "));
  }
}

TEST_CASE(
    "A child's trace reads beside its parent's cut at any place, and a parent's beside its child's",
    "[h83]") {
  const Recorded recorded;
  const std::string cut = GENERATE(true, false) ? recorded.parent_file : recorded.child_file;
  const std::string whole =
      cut == recorded.parent_file ? recorded.child_file : recorded.parent_file;
  const heap::ProcessHeap expected = heap::replay(trace::TraceFile::open(whole), {});
  for (uint64_t length = fs::file_size(cut); length > 0;
       length -= std::min<uint64_t>(length, 1709)) {
    INFO("length " << length);
    fs::resize_file(cut, length);
    const profile::Run run = profile::open_run(recorded.directory());
    const bool readable = length >= format::kHeaderBytes;
    REQUIRE(run.processes.size() == (readable ? 2 : 1));
    REQUIRE(run.unreadable.size() == (readable ? 0 : 1));
    const bool kept =
        std::any_of(run.processes.begin(), run.processes.end(), [&](const auto& process) {
          return process.heap.totals.allocations == expected.totals.allocations &&
                 process.heap.totals.frees == expected.totals.frees;
        });
    REQUIRE(kept);
    if (length % 5 == 0) check_reports(run);
  }
}

TEST_CASE("The command reports on a cut trace or says in one line that it is none", "[h83]") {
  const Recorded recorded;
  const uint64_t size = fs::file_size(recorded.parent_file);
  unsigned reported = 0;
  unsigned refused = 0;
  for (unsigned i = 0; i < 40; ++i) {
    // More of them where the records are.
    const auto [begin, end] = recorded.committed[recorded.committed.size() - 1 - i % 4];
    const uint64_t length =
        i % 8 == 7 ? size / 40 * (40 - i) / 8 : begin + (end - begin) * (40 - i) / 41;
    const std::string path = recorded.directory() + "/cut";
    fs::copy_file(recorded.parent_file, path, fs::copy_options::overwrite_existing);
    fs::resize_file(path, length);
    INFO("length " << length);
    Command command;
    command.argv = {MEMPROF_COMMAND, "report", path};
    command.patience = std::chrono::seconds(10);
    const Result result = run(command);
    REQUIRE_FALSE(result.timed_out);
    REQUIRE_FALSE(result.signalled);
    if (length >= format::kHeaderBytes) {
      REQUIRE(result.status == 0);
      REQUIRE_FALSE(result.out.empty());
      ++reported;
    } else {
      REQUIRE(result.status == 3);
      REQUIRE(result.out.empty());
      REQUIRE(std::count(result.err.begin(), result.err.end(), '\n') == 1);
      REQUIRE(result.err.find(path) != std::string::npos);
      ++refused;
    }
  }
  CHECK(reported > 20);
  CHECK(refused > 0);
}

}  // namespace
}  // namespace memprof::test
