#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "preload/format/trace_format.h"
#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"

using memprof::test::Result;
using memprof::test::run_memprof;
using memprof::test::run_program;
using memprof::test::ScratchFolder;
using memprof::test::Setting;
namespace fs = std::filesystem;

namespace {

/// The fake recorder, in a folder to work in.
Setting in(const ScratchFolder& folder, std::map<std::string, std::string> environment = {}) {
  environment.emplace("MEMPROF_LIBRARY", FAKE_RECORDER);
  return {folder.path(), "", std::move(environment)};
}

std::vector<std::string> entries(const std::string& directory, const std::string& suffix = "") {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(suffix)) names.push_back(name);
  }
  return names;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result run_shell(const ScratchFolder& folder, const std::string& script) {
  return run_memprof({"run", "-q", "-o", folder.path("out"), "--", "sh", "-c", script}, in(folder));
}

}  // namespace

TEST_CASE("The command's exit status is ours") {
  const ScratchFolder folder;
  const Result result = run_shell(folder, "exit 7");
  CHECK(result.status == 7);
  CHECK(result.out.empty());
  CHECK(result.err.empty());
  CHECK(entries(folder.path("out"), ".mtrace").size() == 1);
}

TEST_CASE("A command that a signal ends is 128 and the signal, and the report knows it") {
  const ScratchFolder folder;
  CHECK(run_shell(folder, "kill -KILL $$").status == 128 + SIGKILL);
  const auto json =
      nlohmann::json::parse(run_memprof({"report", folder.path("out"), "--format", "json"}).out);
  CHECK(json["processes"][0]["signal"] == SIGKILL);
}

TEST_CASE("A command that does not exist is 127 and leaves nothing behind") {
  const ScratchFolder folder;
  const Result result = run_memprof({"run", "--", "no-such-command-here"}, in(folder));
  CHECK(result.status == 127);
  CHECK(result.err == "memprof: no-such-command-here: command not found\n");
  CHECK(entries(folder.path()).empty());
}

TEST_CASE("A command that cannot be executed is 126") {
  const ScratchFolder folder;
  folder.file("data", "no program");
  fs::permissions(folder.path("data"), fs::perms::owner_read);
  const Result result = run_memprof({"run", "--", "./data"}, in(folder));
  CHECK(result.status == 126);
  CHECK(result.err == "memprof: ./data: Permission denied\n");
}

TEST_CASE("Input and output are the command's, its arguments too, with or without --") {
  const ScratchFolder folder;
  Setting setting = in(folder);
  setting.input = "hello\n";
  CHECK(run_memprof({"run", "-q", "-o", folder.path("1"), "--", "cat", "-"}, setting).out ==
        "hello\n");
  CHECK(run_memprof({"run", "-q", "-o", folder.path("2"), "echo", "-q", "--", "--top"}, setting)
            .out == "-q -- --top\n");
  CHECK(
      run_memprof({"run", "-o", folder.path("3"), "-q", "--top", "3", "echo", "x"}, setting).out ==
      "x\n");
}

TEST_CASE(
    "The command has the descriptors, signal mask and dispositions it would have without us") {
  const ScratchFolder folder;
  const std::vector<std::string> look = {
      "sh", "-c", "ls /proc/self/fd; grep -E '^(SigBlk|SigIgn|SigCgt)' /proc/self/status"};
  std::vector<std::string> recorded = {"run", "-q", "-o", folder.path("out"), "--"};
  recorded.insert(recorded.end(), look.begin(), look.end());
  CHECK(run_memprof(recorded, in(folder)).out == run_program(look, in(folder)).out);
}

TEST_CASE("SIGTERM is passed on, SIGINT is left to the command") {
  const ScratchFolder folder;
  CHECK(run_shell(folder, "trap 'exit 5' TERM; kill -TERM $PPID; while :; do :; done").status == 5);
  const ScratchFolder other;
  CHECK(run_shell(other, "kill -INT $PPID; exit 4").status == 4);
}

TEST_CASE("What outlives the command is not waited for") {
  const ScratchFolder folder;
  CHECK(run_shell(folder, "sleep 1000 & echo $! > pid").status == 0);
  const pid_t daemon = std::stoi(text_of(folder.path("pid")));
  CHECK(::kill(daemon, SIGKILL) == 0);  // it was still there
}

TEST_CASE("The default directory is named for the command and its pid") {
  const ScratchFolder folder;
  const Result result =
      run_memprof({"run", "-q", "--", "sh", "-c", "echo $$; echo $MEMPROF_OUT"}, in(folder));
  std::istringstream lines(result.out);
  std::string pid;
  std::string out;
  lines >> pid >> out;
  CHECK(fs::path(out) == fs::path(folder.path("memprof.sh." + pid)));
  CHECK(fs::is_directory(out));
}

TEST_CASE("An output directory that cannot be used is an error before the command runs") {
  const ScratchFolder folder;
  folder.file("file", "");
  const Result used =
      run_memprof({"run", "-o", folder.path(), "--", "touch", folder.path("ran")}, in(folder));
  CHECK(used.status == 2);
  CHECK(used.err.find("not empty") != std::string::npos);
  const Result no_directory = run_memprof(
      {"run", "-o", folder.path("file"), "--", "touch", folder.path("ran")}, in(folder));
  CHECK(no_directory.status == 3);
  CHECK(no_directory.err.find(folder.path("file")) != std::string::npos);
  const Result impossible =
      run_memprof({"run", "-o", "/proc/nothing", "--", "touch", folder.path("ran")}, in(folder));
  CHECK(impossible.status == 3);
  CHECK_FALSE(fs::exists(folder.path("ran")));
}

TEST_CASE(
    "The recorder comes before what LD_PRELOAD already names, and an outer recording ends here") {
  const ScratchFolder folder;
  const std::string other = folder.path("other.so");
  fs::copy_file(FAKE_RECORDER, other);
  // A sanitized build of ours would insist on being the first preload.
  const Setting setting = in(folder, {{"LD_PRELOAD", other},
                                      {"MEMPROF_PARENT", "x"},
                                      {"MEMPROF_RUN", "y"},
                                      {"FAKE_RECORDER_SILENT", "1"},
                                      {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
  const Result result =
      run_memprof({"run", "-q", "--no-follow", "--", "sh", "-c",
                   "echo $LD_PRELOAD $MEMPROF_FOLLOW \"[$MEMPROF_PARENT$MEMPROF_RUN]\""},
                  setting);
  CHECK(result.out == std::string(FAKE_RECORDER) + ":" + other + " 0 []\n");
}

TEST_CASE("A recorder under a path with a blank is offered by a link that goes away") {
  const ScratchFolder folder;
  fs::create_directory(folder.path("a b"));
  const std::string library = folder.path("a b/libmemprof.so");
  fs::copy_file(FAKE_RECORDER, library);
  const Result result =
      run_memprof({"run", "-q", "-o", folder.path("out"), "--", "sh", "-c", "echo $LD_PRELOAD"},
                  in(folder, {{"MEMPROF_LIBRARY", library}}));
  CHECK(result.err.empty());
  CHECK(result.out.find_first_of(" :") == std::string::npos);
  CHECK(entries(folder.path("out"), ".mtrace").size() == 1);
  CHECK_FALSE(fs::exists(fs::path(result.out).parent_path()));
}

TEST_CASE("A recorder that cannot be found is an error") {
  const ScratchFolder folder;
  const Result result =
      run_memprof({"run", "--", "true"}, in(folder, {{"MEMPROF_LIBRARY", "/no/such.so"}}));
  CHECK(result.status == 3);
  CHECK(result.err.find("/no/such.so") != std::string::npos);
}

TEST_CASE("When nothing was recorded it is said, and why where that can be seen") {
  const ScratchFolder folder;
  const Result result =
      run_memprof({"run", "--", "true"}, in(folder, {{"FAKE_RECORDER_SILENT", "1"}}));
  CHECK(result.status == 0);
  CHECK(result.err == "memprof: warning: nothing was recorded: true wrote no trace\n");
  CHECK(entries(folder.path()).empty());
  const Result linked = run_memprof({"run", "--", STATIC_PROGRAM}, in(folder));
  CHECK(linked.status == 0);
  CHECK(linked.err == "memprof: warning: nothing was recorded: " STATIC_PROGRAM
                      " is statically linked\n");
}

TEST_CASE("Traces of ended processes lose their sparse ends") {
  const ScratchFolder folder;
  CHECK(run_shell(folder, "true").status == 0);
  for (const std::string& name : entries(folder.path("out"), ".mtrace")) {
    CHECK(fs::file_size(folder.path("out/" + name)) == memprof::format::kHeaderBytes);
  }
}

TEST_CASE("Processes are sampled from outside while they run") {
  const ScratchFolder folder;
  // The command waits for its own first sample.
  CHECK(run_shell(folder, "until grep -qs '^r' $MEMPROF_OUT/rss.samples; do :; done; exit 6")
            .status == 6);
  const auto json =
      nlohmann::json::parse(run_memprof({"report", folder.path("out"), "--format", "json"}).out);
  CHECK(json["processes"][0]["rss"]["peak_bytes"] > 0);
  CHECK(json["processes"][0]["status"] == 6);
  CHECK(json["tree"]["peak_rss_bytes"] > 0);
}

TEST_CASE("The summary is on stderr and says where the trace is and what to type next") {
  const ScratchFolder folder;
  const Result result = run_memprof({"run", "-o", folder.path("my out"), "--", "true"}, in(folder));
  CHECK(result.status == 0);
  CHECK(result.out.empty());
  CHECK(result.err.find("fake (pid ") != std::string::npos);
  CHECK(result.err.ends_with("recorded in my out; for more: memprof report 'my out'\n"));
}
