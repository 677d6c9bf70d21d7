// The formats for other tools as commands, against the JSON report of the same trace.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

using memprof::test::run_memprof;
using memprof::test::run_program;
using memprof::test::ScratchFolder;
using memprof::test::TraceBuilder;
using nlohmann::json;

namespace {

/// f holds 1,124 bytes at the peak in two blocks; g `late` at
/// the end.
void write_trace(const std::string& path, uint64_t late = 7) {
  TraceBuilder()
      .module("/no/such/program", "build-id")
      .alloc(0x1000, 100, {"main", "f"})
      .mark("middle")
      .alloc(0x3000, 1024, {"main", "f"})
      .free(0x3000)
      .alloc(0x4000, late, {"main", "g"})
      .exit(0)
      .write(path);
}

/// What the command writes in that format, to a file.
std::string written(const ScratchFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"-o", folder.path("out")});
  const auto result = run_memprof(arguments);
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK(result.out.empty());
  return folder.path("out");
}

json profile_of(const std::string& path) {
  const auto result = run_program({DECODE_PROFILE, path});
  INFO(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

int64_t sum(const json& profile, size_t value) {
  int64_t sum = 0;
  for (const json& sample : profile["samples"]) sum += sample["values"][value].get<int64_t>();
  return sum;
}

}  // namespace

TEST_CASE("report writes profiles for pprof, of any moment and process", "[formats]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"));
  const json profile =
      profile_of(written(folder, {"report", folder.path("x.mtrace"), "--format", "pprof"}));
  CHECK(sum(profile, 0) == 3);
  CHECK(sum(profile, 1) == 1131);
  CHECK(sum(profile, 2) == 2);
  CHECK(sum(profile, 3) == 107);
  CHECK(sum(profile, 4) == 2);
  CHECK(sum(profile, 5) == 1124);
  const json at = profile_of(written(
      folder, {"report", folder.path("x.mtrace"), "--format", "pprof", "--at", "mark:middle"}));
  CHECK(at["default_sample_type"] == "at_space");
  CHECK(sum(at, 7) == 100);
  const auto none =
      run_memprof({"report", folder.path("x.mtrace"), "--format", "pprof", "--by", "temporary"});
  CHECK(none.status == 2);
  CHECK(none.err.find("--by temporary") != std::string::npos);
}

TEST_CASE("diff writes profiles for pprof", "[formats]") {
  const ScratchFolder folder;
  write_trace(folder.path("a.mtrace"));
  write_trace(folder.path("b.mtrace"), 70);
  const json profile =
      profile_of(written(folder, {"diff", folder.path("a.mtrace") + "@end",
                                  folder.path("b.mtrace") + "@end", "--format", "pprof"}));
  CHECK(profile["samples"].size() == 4);
  CHECK(sum(profile, 0) == 0);
  CHECK(sum(profile, 1) == 63);
}

TEST_CASE("report writes folded stacks and DHAT files", "[formats]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"));
  const auto folded =
      run_memprof({"report", folder.path("x.mtrace"), "--format", "folded", "--by", "live"});
  CHECK(folded.status == 0);
  std::istringstream lines(folded.out);
  std::vector<std::string> ends;
  for (std::string line; std::getline(lines, line);) ends.push_back(line.substr(line.rfind(' ')));
  CHECK(ends == std::vector<std::string>{" 100", " 7"});
  std::ifstream in(written(folder, {"report", folder.path("x.mtrace"), "--format", "dhat"}));
  const json dhat = json::parse(in);
  REQUIRE(dhat["pps"].size() == 2);
  CHECK(dhat["pps"][0]["gb"] == 1124);
  CHECK(dhat["pps"][0]["mb"] == 1124);
  CHECK(dhat["pps"][0]["mbk"] == 2);
  CHECK(dhat["pps"][1]["mb"] == 7);
  CHECK(dhat["pps"][1]["gb"] == 0);
}

TEST_CASE("A format that a command has not is wrong usage, and nothing is written", "[formats]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"tree", folder.path("x.mtrace"), "--format", "pprof"},
        {"diff", folder.path("x.mtrace"), folder.path("x.mtrace"), "--format", "dhat"},
        {"report", folder.path("x.mtrace"), "--format", "svg"}}) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"-o", folder.path("out")});
    CHECK(run_memprof(all).status == 2);
    CHECK_FALSE(std::filesystem::exists(folder.path("out")));
  }
}
