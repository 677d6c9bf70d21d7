#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

using memprof::test::Result;
using memprof::test::run_memprof;
using memprof::test::ScratchFolder;
using memprof::test::TraceBuilder;

namespace {

void write_trace(const ScratchFolder& folder) {
  TraceBuilder()
      .module("/no/such/program")
      .alloc(0x1000, 100, {"main", "f"})
      .alloc(0x2000, 50, {"main"})
      .free(0x1000)
      .exit(0)
      .write(folder.path("x.mtrace"));
}

bool contains(const std::string& text, const std::string& part) {
  UNSCOPED_INFO("in: " << text);
  return text.find(part) != std::string::npos;
}

/// One line on stderr that begins as all errors do, nothing on stdout.
bool is_error(const Result& result, int status, const std::string& part) {
  UNSCOPED_INFO("status " << result.status << ", out: " << result.out << ", err: " << result.err);
  return result.status == status && result.out.empty() &&
         result.err.starts_with("memprof: error: ") &&
         result.err.find('\n') == result.err.size() - 1 &&
         result.err.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("--help names the commands there are, --version the version") {
  const Result help = run_memprof({"--help"});
  CHECK(help.status == 0);
  CHECK(contains(help.out, "run"));
  CHECK(contains(help.out, "report"));
  CHECK(contains(help.out, "diff"));
  CHECK(contains(help.out, "tree"));
  CHECK(contains(help.out, "leaks"));
  CHECK(contains(help.out, "repeat"));
  const Result version = run_memprof({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("memprof "));
}

TEST_CASE("Wrong usage is one line and status 2") {
  const ScratchFolder folder;
  write_trace(folder);
  CHECK(is_error(run_memprof({}), 2, "subcommand"));
  CHECK(is_error(run_memprof({"reprot"}), 2, ""));
  CHECK(is_error(run_memprof({"report"}), 2, "PATH"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--bogus"}), 2, "--bogus"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--by", "size"}), 2, "peak|live"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--top", "-1"}), 2, "--top"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--depth", "0"}), 2, "--depth"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--process", "nobody"}), 2, "nobody"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--at", "noon"}), 2, "noon is no moment"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--at", "mark:x"}), 2, "no marks"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--phase", "x"}), 2, "no phases"));
  CHECK(is_error(run_memprof({"report", folder.path(), "--at", "end", "--phase", "x"}), 2, "--at"));
  CHECK(is_error(run_memprof({"diff", folder.path()}), 2, "AFTER"));
  CHECK(is_error(run_memprof({"diff", folder.path(), folder.path() + "@9s"}), 2, "9s"));
  CHECK(is_error(run_memprof({"tree"}), 2, "PATH"));
}

TEST_CASE("Input that cannot be read is one line that names it and status 3") {
  const ScratchFolder folder;
  CHECK(is_error(run_memprof({"report", folder.path("missing")}), 3, "missing"));
  CHECK(is_error(run_memprof({"report", folder.path()}), 3, folder.path()));
  const std::string foreign = folder.file("foreign", "#!/bin/sh\necho this is no trace\n");
  CHECK(is_error(run_memprof({"report", foreign}), 3, foreign));
  CHECK(is_error(run_memprof({"report", "/dev/null"}), 3, "/dev/null"));
  CHECK(is_error(run_memprof({"diff", foreign, foreign + "@end"}), 3, foreign));
  CHECK(is_error(run_memprof({"tree", folder.path("missing")}), 3, "missing"));
  CHECK(is_error(run_memprof({"report", folder.path("evil\x1b[2J")}), 3, "evil\xef\xbf\xbd[2J"));
}

TEST_CASE("A report goes to stdout, or to a file that is complete") {
  const ScratchFolder folder;
  write_trace(folder);
  const Result text = run_memprof({"report", folder.path(), "--bytes"});
  CHECK(text.status == 0);
  CHECK(text.err.empty());
  CHECK(contains(text.out, "program (pid 100)"));
  CHECK(contains(text.out, "health"));
  CHECK(text.out.find('\x1b') == std::string::npos);
  const Result to_file =
      run_memprof({"report", folder.path(), "--bytes", "-o", folder.path("report.txt")});
  CHECK(to_file.status == 0);
  CHECK(to_file.out.empty());
  std::ifstream in(folder.path("report.txt"));
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == text.out);
}

TEST_CASE("JSON is valid, the same each time, and adds up") {
  const ScratchFolder folder;
  write_trace(folder);
  const Result first = run_memprof({"report", folder.path(), "--format", "json", "--top", "1"});
  REQUIRE(first.status == 0);
  CHECK(run_memprof({"report", folder.path(), "--format=json", "--top=1"}).out == first.out);
  const auto json = nlohmann::json::parse(first.out);
  const auto& process = json["processes"][0];
  CHECK(process["totals"]["peak_bytes"] == 150);
  CHECK(process["totals"]["live_bytes"] == 50);
  CHECK(process["end"] == "exit");
  CHECK(process["sites"][0]["peak_bytes"] == 100);
  CHECK(process["other"]["peak_bytes"] == 50);
}

TEST_CASE("Colour is there when asked for") {
  const ScratchFolder folder;
  write_trace(folder);
  CHECK(contains(run_memprof({"report", folder.path(), "--color", "always"}).out, "\x1b[1m"));
  CHECK(contains(run_memprof({"report", folder.path()}, {"", "", {{"CLICOLOR_FORCE", "1"}}}).out,
                 "\x1b[1m"));
  const Result refused = run_memprof({"report", folder.path()},
                                     {"", "", {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}});
  CHECK(refused.out.find('\x1b') == std::string::npos);
}

TEST_CASE("A report that cannot be written is status 3") {
  const ScratchFolder folder;
  write_trace(folder);
  CHECK(is_error(run_memprof({"report", folder.path(), "-o", "/no/such/folder/r"}), 3,
                 "/no/such/folder/r"));
}
