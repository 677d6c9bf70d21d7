#include "analyzer/report/text_report.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "analyzer/profile/open_run.h"
#include "tests/analyzer/profile/run_builder.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

using namespace memprof;
using report::Options;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

std::string text_of(const profile::Run& run, FakeFrames& frames, const Options& options = {}) {
  std::ostringstream out;
  report::write_text_report(out, run, frames, options);
  return out.str();
}

bool contains(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) UNSCOPED_INFO("no \"" << part << "\" in:\n" << text);
  return found;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The first line in which `part` occurs.
std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(part) != std::string::npos) return line;
  }
  return "";
}

}  // namespace

TEST_CASE("One process begins with heap and RSS side by side") {
  FakeFrames frames;
  ProcessBuilder builder(frames);
  builder.argv({"sitegen", "build"}).pid(4711).peak({"main"}, 14575206);
  builder.process.heap.totals.live_bytes = 14470348;
  builder.process.heap.rss.baseline_bytes = 5976883;
  builder.process.heap.rss.peak_bytes = 43201331;
  builder.process.heap.rss.end_bytes = 43201331;
  CHECK(lines_of(text_of(test::run_of({builder.process}), frames))[0] ==
        "sitegen build (pid 4711)   heap Δ +13.8 MiB (peak 13.9 MiB) | RSS Δ +35.5 MiB (peak 41.2 "
        "MiB)");
}

TEST_CASE("RSS that was never sampled is called unknown, not zero") {
  FakeFrames frames;
  CHECK(contains(text_of(test::run_of({ProcessBuilder(frames).peak({"main"}, 1).process}), frames),
                 "RSS unknown"));
}

TEST_CASE("A row shows amount, share, blocks and line; callers follow without allocator frames") {
  FakeFrames frames;
  frames.define("grow",
                {{"std::vector<int>::grow()", "/usr/include/c++/12/bits/vector.tcc", 5, false}});
  const profile::Run run =
      test::run_of({ProcessBuilder(frames)
                        .peak({"main", "build", "grow", "render", "grow"}, 3 * 1024)
                        .peak({"main"}, 1024)
                        .process});
  const std::string text = text_of(run, frames);
  const std::string row = line_with(text, "render.cpp:1  render");
  CHECK(contains(row, "3.00 KiB"));
  CHECK(contains(row, "75.0 %"));
  CHECK(contains(row, " 1  render.cpp:1"));
  CHECK(contains(text, "\n       build.cpp:1  build\n       main.cpp:1  main\n"));
  CHECK(line_with(text, "vector").empty());
  CHECK(contains(line_with(text, "total"), "4.00 KiB 100.0 %"));
}

TEST_CASE("Rows cut off are one line, so that everything adds up") {
  FakeFrames frames;
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames).peak({"a"}, 50).peak({"b"}, 30).peak({"c"}, 20).process});
  Options options;
  options.top = 1;
  options.plain_bytes = true;
  const std::string text = text_of(run, frames, options);
  CHECK(contains(line_with(text, "a.cpp:1"), " 50 "));
  CHECK(contains(line_with(text, "other rows"), " 50 "));
  CHECK(contains(line_with(text, "other rows"), "2 other rows"));
  CHECK(contains(line_with(text, "total"), " 100 "));
}

TEST_CASE(
    "Several processes are the tree in a line, executables, then the sites at the tree's peak") {
  FakeFrames frames;
  profile::Run run = test::run_of(
      {ProcessBuilder(frames)
           .exe("/usr/bin/make")
           .argv({"make", "-j8"})
           .peak({"main"}, 1024)
           .process,
       ProcessBuilder(frames).exe("/usr/lib/cc1plus").peak({"main", "parse"}, 4096).process,
       ProcessBuilder(frames).exe("/usr/lib/cc1plus").peak({"main", "parse"}, 2048).process});
  run.duration_ns = 92'000'000'000;
  run.tree.peak_time_ns = 1'500'000'000;
  const std::string text = text_of(run, frames);
  CHECK(contains(lines_of(text)[0], "make -j8: 3 processes in 1 m 32 s"));
  CHECK(contains(text, "heap peak 7.00 KiB (at 1.500 s) | RSS unknown"));
  const std::string executable = line_with(text, "cc1plus x2");
  CHECK(contains(executable, "4.00 KiB"));
  CHECK(contains(executable, "6.00 KiB"));
  CHECK(text.find("make x1") > text.find("cc1plus x2"));
  CHECK(contains(text, "top allocators at the tree's peak (after 1.500 s, 3 processes alive)"));
  CHECK(contains(line_with(text, "parse.cpp:1  parse"), "6.00 KiB"));
}

TEST_CASE("--process shows that process's own view") {
  FakeFrames frames;
  const profile::Run run = test::run_of(
      {ProcessBuilder(frames).exe("/usr/bin/make").argv({"make"}).peak({"main"}, 1).process,
       ProcessBuilder(frames).exe("/bin/cc1").argv({"cc1"}).peak({"main", "parse"}, 4096).process});
  Options options;
  options.process = "cc1";
  const std::string text = text_of(run, frames, options);
  CHECK(contains(lines_of(text)[0], "cc1 (pid 100)"));
  CHECK(contains(text, "top allocators at the peak"));
  CHECK(line_with(text, "make").empty());
}

TEST_CASE("--group stack prints whole stacks, deep ones with both ends") {
  FakeFrames frames;
  test::Frames stack;
  for (int i = 0; i < 100; ++i) stack.push_back("f" + std::to_string(i));
  Options options;
  options.group = report::Group::kStack;
  options.depth = 10;
  const std::string text =
      text_of(test::run_of({ProcessBuilder(frames).peak(stack, 8).process}), frames, options);
  CHECK(contains(text, "f99.cpp:1  f99\n"));
  CHECK(contains(text, "[90 frames]"));
  CHECK(contains(text, "f0.cpp:1  f0\n"));
  CHECK(line_with(text, "f50").empty());
}

TEST_CASE("Names never bring a control character or a broken byte to the terminal") {
  FakeFrames frames;
  frames.define("evil", {{"\x1b[2J\x07\xff" + std::string(100'000, 'x') + "\xc2\x9b",
                          "/src/\x1b[31m.cpp", 1, false}});
  frames.without_symbols("gone");
  ProcessBuilder builder(frames);
  builder.peak({"main", "evil"}, 8).peak({"gone"}, 2).argv({"a\x1b[0m", "b\nc"}).exe("/bin/\x9b");
  builder.process.heap.phases.push_back({"ph\x1b", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  builder.process.heap.marks.push_back({"mark\x7f", 0, 0, 0});
  builder.process.heap.health.truncated = true;
  builder.process.heap.health.stop_reason = "\x1b";
  profile::Run run = test::run_of({builder.process, builder.process});
  run.not_covered.push_back({"/x\x1b", "\x1b why", 1});
  run.partly_covered.push_back({"/y\x1b", "\x1b why", 1});
  run.unreadable.push_back({"/z\x1b", "bad\x1b"});
  Options own;
  own.process = "*";
  for (const Options& options : {Options(), own}) {
    const std::string text = text_of(run, frames, options);
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      REQUIRE((byte == '\n' || (byte >= 0x20 && byte != 0x7f)));
      REQUIRE(byte != 0xff);
      if (byte == 0xc2) REQUIRE(static_cast<unsigned char>(text.at(i + 1)) >= 0xa0);
    }
  }
}

TEST_CASE("Names are whole in a pipe and shortened on a terminal") {
  FakeFrames frames;
  const std::string name = "a_function_with_a_name_" + std::string(100, 'x') + "_and_its_end";
  const profile::Run run = test::run_of({ProcessBuilder(frames).peak({name}, 8).process});
  CHECK(contains(text_of(run, frames), name));
  Options terminal;
  terminal.width = 90;
  const std::string text = text_of(run, frames, terminal);
  CHECK_FALSE(line_with(text, "…").empty());
  CHECK(line_with(text, name).empty());
}

TEST_CASE("Colour changes nothing but escapes") {
  FakeFrames frames;
  const profile::Run run = test::run_of({ProcessBuilder(frames).peak({"main"}, 8).process});
  Options colour;
  colour.color = true;
  std::string text = text_of(run, frames, colour);
  CHECK(contains(text, "\x1b[1m"));
  for (const std::string code : {"\x1b[0m", "\x1b[1m", "\x1b[2m"}) {
    for (size_t at; (at = text.find(code)) != std::string::npos;) text.erase(at, code.size());
  }
  CHECK(text == text_of(run, frames));
}

TEST_CASE("Every report ends with its health") {
  FakeFrames frames;
  frames.without_symbols("gone");
  ProcessBuilder builder(frames);
  builder.peak({"main", "gone"}, 8);
  SECTION("good") {
    const std::string text =
        text_of(test::run_of({ProcessBuilder(frames).peak({"main"}, 8).process}), frames);
    CHECK(contains(text, "health\n  no event lost\n  symbols for all 1 frame\n"));
  }
  SECTION("bad") {
    builder.process.heap.health = {12, 1, 300, 2, 1, true, "the disk was full", 0};
    builder.process.heap.rss.own_bytes = 2048;
    profile::Run run = test::run_of({builder.process});
    run.not_covered.push_back({"/usr/bin/go", "statically linked", 12});
    run.unreadable.push_back({"x.mtrace", "not a memprof trace: x.mtrace: too short"});
    const std::string text = text_of(run, frames);
    CHECK(contains(text, "12 events lost"));
    CHECK(contains(text, "1 of 1 allocation with a cut stack (100.0 %)"));
    CHECK(contains(text, "300 bytes of trace cut off or damaged"));
    CHECK(contains(text, "2 blocks ended as lost"));
    CHECK(contains(text, "recording stopped: the disk was full"));
    CHECK(contains(text, "1 of 2 frames without symbols (50.0 %)"));
    CHECK(contains(text, "no symbols in: program"));
    CHECK(contains(text, "not covered: /usr/bin/go x12: statically linked"));
    CHECK(contains(text, "unreadable: not a memprof trace: x.mtrace: too short"));
    CHECK(contains(text, "memprof's own memory: 2.00 KiB"));
    CHECK(line_with(text, "no event lost").empty());
  }
}

TEST_CASE("A trace cut off anywhere gives a report, and what is missing is said") {
  const test::ScratchFolder folder;
  test::TraceBuilder builder;
  builder.module(FakeFrames::kModule);
  for (uint64_t i = 0; i < 200; ++i)
    builder.alloc(0x1000 + i * 0x40, 10 + i, {"main", "f" + std::to_string(i % 7)});
  builder.exit(0).write(folder.path("x.mtrace"));
  const auto whole = std::filesystem::file_size(folder.path("x.mtrace"));
  bool said = false;
  for (uint64_t cut = 1; whole - cut > format::kHeaderBytes; cut += 97) {
    std::filesystem::resize_file(folder.path("x.mtrace"), whole - cut);
    FakeFrames frames;
    const std::string text = text_of(profile::open_run(folder.path()), frames);
    REQUIRE(contains(text, "health"));
    if (text.find("cut off or damaged") == std::string::npos) continue;
    said = true;
    REQUIRE(contains(text, "truncated: program (pid 100): parts of the trace are missing"));
  }
  CHECK(said);
}

TEST_CASE("The summary is the report's first line and top rows") {
  FakeFrames frames;
  const profile::Run run =
      test::run_of({ProcessBuilder(frames).peak({"a"}, 50).peak({"main", "b"}, 30).process});
  Options options;
  options.top = 1;
  std::ostringstream out;
  report::write_summary(out, run, frames, options);
  CHECK(lines_of(out.str())[0] == lines_of(text_of(run, frames, options))[0]);
  CHECK(contains(out.str(), "a.cpp:1  a"));
  CHECK(contains(out.str(), "1 other row"));
  CHECK(line_with(out.str(), "health").empty());
}
