// The commands whose exit status is a verdict: their options, errors and formats.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

using memprof::test::Result;
using memprof::test::run_memprof;
using memprof::test::ScratchFolder;
using memprof::test::TraceBuilder;
using nlohmann::json;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// One line on standard error, nothing on standard output.
void check_error(const Result& result, int status, const std::string& part) {
  INFO(result.err);
  CHECK(result.status == status);
  CHECK(contains(result.err, part));
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK(result.out.empty());
}

/// f never frees `bytes`, g frees what it has.
void write_trace(const std::string& path, uint64_t bytes) {
  TraceBuilder trace;
  trace.module("/no/such/program", "build-id").alloc(0x2000, 50, {"main", "g"}).free(0x2000);
  if (bytes != 0) trace.alloc(0x1000, bytes, {"main", "f"});
  trace.exit(0).write(path);
}

}  // namespace

TEST_CASE("leaks exits with 1 when something was not freed, with 0 when all was", "[judging]") {
  const ScratchFolder folder;
  write_trace(folder.path("leaky.mtrace"), 100);
  write_trace(folder.path("clean.mtrace"), 0);
  CHECK(run_memprof({"leaks", folder.path("clean.mtrace")}).status == 0);
  const Result leaky = run_memprof({"leaks", folder.path("leaky.mtrace")});
  CHECK(leaky.status == 1);
  CHECK(contains(leaky.out, "never freed: 100 B in 1 block"));
  CHECK(leaky.err.empty());
  CHECK(run_memprof({"leaks", folder.path("leaky.mtrace"), "--fail-on", "lost"}).status == 0);
  const Result both = run_memprof(
      {"leaks", folder.path("clean.mtrace"), folder.path("leaky.mtrace"), "--format", "json"});
  CHECK(both.status == 1);
  const json report = json::parse(both.out);
  CHECK(report["runs"].size() == 2);
  REQUIRE(report["leaks"].size() == 1);
  CHECK(report["leaks"][0]["run"] == 1);
}

TEST_CASE("leaks names bad suppressions by file and line, and bad usage in a line", "[judging]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"), 100);
  const std::string bad = folder.file("bad.supp", "leak:a\nleek:b\n");
  check_error(run_memprof({"leaks", folder.path("x.mtrace"), "--suppressions", bad}), 3,
              bad + ":2: ");
  check_error(run_memprof({"leaks", folder.path("x.mtrace"), "--suppressions", "/no/such"}), 3,
              "/no/such");
  check_error(run_memprof({"leaks"}), 2, "PATH");
  check_error(run_memprof({"leaks", folder.path("x.mtrace"), "--fail-on", "all"}), 2, "--fail-on");
  check_error(run_memprof({"leaks", folder.path("none")}), 3, folder.path("none"));
  const std::string good = folder.file("good.supp", "leak:no/such/program\n");
  CHECK(run_memprof({"leaks", folder.path("x.mtrace"), "--suppressions", good}).status == 0);
}

TEST_CASE("leaks writes SARIF to a file, the same each time", "[judging]") {
  const ScratchFolder folder;
  write_trace(folder.path("x.mtrace"), 100);
  std::string texts[2];
  for (std::string& text : texts) {
    const Result result = run_memprof(
        {"leaks", folder.path("x.mtrace"), "--format", "sarif", "-o", folder.path("out.sarif")});
    CHECK(result.status == 1);
    CHECK(result.out.empty());
    std::ifstream in(folder.path("out.sarif"));
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  CHECK(texts[0] == texts[1]);
  CHECK(json::parse(texts[0])["runs"][0]["results"].size() == 1);
}

TEST_CASE("repeat needs a command that succeeds, and leaves no traces", "[judging]") {
  const ScratchFolder folder;
  const memprof::test::Setting setting{folder.path(), "", {{"TMPDIR", folder.path()}}};
  check_error(run_memprof({"repeat"}, setting), 2, "no command given");
  check_error(run_memprof({"repeat", "-n", "0", "--", "true"}, setting), 2, "-n");
  const Result failed = run_memprof({"repeat", "-n", "2", "--", "sh", "-c", "exit 7"}, setting);
  check_error(failed, 3, "run 1 of 2: the command ended with status 7");
  const Result fine =
      run_memprof({"repeat", "-n", "2", "--format", "json", "--", "echo", "words"}, setting);
  CHECK(fine.status == 0);
  CHECK(json::parse(fine.out)["verdict"] == "inconclusive");
  CHECK(fine.err == "words\nwords\n");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("repeat keeps traces where it is told to, that a report can be made of", "[judging]") {
  const ScratchFolder folder;
  const Result result =
      run_memprof({"repeat", "-n", "2", "--keep", folder.path("traces"), "--", "true"});
  INFO(result.err);
  CHECK(result.status == 0);
  CHECK(run_memprof({"report", folder.path("traces/run2")}).status == 0);
  check_error(run_memprof({"repeat", "-n", "2", "--keep", folder.path("traces"), "--", "true"}), 2,
              "exists and is not empty");
}

TEST_CASE("check makes a budget and its baseline, keeps to them, and breaks on more", "[judging]") {
  const ScratchFolder folder;
  write_trace(folder.path("a.mtrace"), 100'000);
  write_trace(folder.path("b.mtrace"), 120'000);
  const std::string budget = folder.path("memory.toml");
  check_error(run_memprof({"check", folder.path("a.mtrace"), "--budget", budget}), 3, budget);
  // Nobody measured the RSS of such traces, so the usual budget is no use.
  check_error(
      run_memprof({"check", folder.path("a.mtrace"), "--budget", budget, "--write-baseline"}), 2,
      "peak_rss of the tree: nothing of the kind was recorded");
  CHECK_FALSE(std::filesystem::exists(budget));
  folder.file("memory.toml",
              "[[limit]]\nfigure = 'peak_heap'\nmax = 'baseline'\ntolerance = '10 %'\n");
  check_error(run_memprof({"check", folder.path("a.mtrace"), "--budget", budget}), 2,
              budget + ":1: peak_heap of the tree has no baseline");
  const Result written =
      run_memprof({"check", folder.path("a.mtrace"), "--budget", budget, "--write-baseline"});
  CHECK(written.status == 0);
  CHECK(contains(written.err, "memory.baseline.toml"));
  CHECK(run_memprof({"check", folder.path("a.mtrace"), "--budget", budget}).status == 0);
  const Result broken = run_memprof({"check", folder.path("b.mtrace"), "--budget", budget});
  CHECK(broken.status == 1);
  CHECK(contains(broken.out,
                 budget + ":1: peak_heap of the tree: 117 KiB is over the limit of 107 KiB"));
  CHECK(contains(broken.out, "what moved most"));
  // The median of three, of which one is over.
  CHECK(run_memprof({"check", folder.path("a.mtrace"), folder.path("b.mtrace"),
                     folder.path("a.mtrace"), "--budget", budget})
            .status == 0);
  const std::string a = folder.path("a.mtrace");
  const Result junit = run_memprof({"check", a, "--budget", budget, "--format", "junit"});
  CHECK(junit.out.starts_with("<?xml"));
  CHECK(contains(run_memprof({"check", a, "--budget", budget, "--format", "markdown"}).out,
                 "| kept |"));
  CHECK(json::parse(
            run_memprof({"check", a, "--budget", budget, "--format", "json"}).out)["verdict"] ==
        "kept");
}

TEST_CASE("check names what is wrong in budget and baseline by place", "[judging]") {
  const ScratchFolder folder;
  write_trace(folder.path("a.mtrace"), 1000);
  const std::string bad = folder.file("bad.toml", "[[limit]]\nfigure = 'peek'\n");
  check_error(run_memprof({"check", folder.path("a.mtrace"), "--budget", bad}), 3, bad + ":2:10: ");
  const std::string good =
      folder.file("good.toml", "[[limit]]\nfigure = 'peak_heap'\nmax = '1 MiB'\n");
  CHECK(run_memprof({"check", folder.path("a.mtrace"), "--budget", good}).status == 0);
  const std::string baseline = folder.file("good.baseline.toml", "schema = 1\n");
  check_error(run_memprof({"check", folder.path("a.mtrace"), "--budget", good}), 3,
              baseline + ":1:10: ");
  check_error(run_memprof({"check", folder.path("a.mtrace")}), 2, "--budget");
}

TEST_CASE("scale needs values, a place for them, and a command that succeeds", "[judging]") {
  check_error(run_memprof({"scale", "--", "true", "{}"}), 2, "--values");
  check_error(run_memprof({"scale", "--values", "1,2"}), 2, "no command given");
  check_error(run_memprof({"scale", "--values", "1,2", "--", "true"}), 2, "no {}");
  check_error(run_memprof({"scale", "--values", "1", "--", "true", "{}"}), 2, "two values");
  check_error(run_memprof({"scale", "--values", "1,x", "--", "true", "{}"}), 2, "x is no number");
  check_error(run_memprof({"scale", "--values", "1,1.0", "--", "true", "{}"}), 2, "given twice");
  check_error(run_memprof({"scale", "--values", "1,2", "--", "sh", "-c", "exit {}"}), 3,
              "ended with status 1");
  const Result text = run_memprof(
      {"scale", "--values", "1,2", "--runs", "1", "--predict", "7", "--", "echo", "x{}x"});
  CHECK(text.status == 0);
  CHECK(text.err == "x1x\nx2x\n");
  CHECK(contains(text.out, "no bounds from two values"));
}

TEST_CASE("check and repeat add to a history, which history shows", "[judging]") {
  const ScratchFolder folder;
  const std::string db = folder.path("history.db");
  write_trace(folder.path("a.mtrace"), 1000);
  write_trace(folder.path("b.mtrace"), 5000);
  const std::string budget = folder.file("b.toml", "[[limit]]\nfigure = 'peak_heap'\nmax = 2000\n");
  check_error(run_memprof({"history", db}), 3, db);
  CHECK(run_memprof(
            {"check", folder.path("a.mtrace"), "--budget", budget, "--db", db, "--commit", "one"})
            .status == 0);
  CHECK(run_memprof(
            {"check", folder.path("b.mtrace"), "--budget", budget, "--db", db, "--commit", "two"})
            .status == 1);
  CHECK(run_memprof({"repeat", "-n", "2", "--db", db, "--commit", "three", "--", "true"}).status ==
        0);
  const json history = json::parse(run_memprof({"history", db, "--format", "json"}).out);
  REQUIRE(history["entries"].size() == 3);
  CHECK(history["entries"][0]["verdict"] == "kept");
  CHECK(history["entries"][0]["commit"] == "one");
  CHECK(history["entries"][0]["values"][0]["value"] == 1000);
  CHECK(history["entries"][1]["verdict"] == "broken");
  CHECK(history["entries"][2]["kind"] == "repeat");
  CHECK(history["entries"][2]["command"] == "true");
  CHECK(history["entries"][2]["values"].size() == 5);
  CHECK(contains(run_memprof({"history", db}).out, "repeat: true"));
  CHECK(run_memprof({"history", db, "--format", "html", "-o", folder.path("h.html")}).status == 0);
  CHECK(std::filesystem::file_size(folder.path("h.html")) > 1000);
}

TEST_CASE("The commit of an entry is the one that is checked out", "[judging]") {
  const ScratchFolder folder;
  const memprof::test::Setting here{folder.path(), "", {}};
  const std::string db = folder.path("history.db");
  const auto commit = [&] {
    CHECK(run_memprof({"repeat", "-n", "1", "--db", db, "--", "true"}, here).status == 0);
    return json::parse(run_memprof({"history", db, "--format", "json"}).out)["entries"]
        .back()["commit"];
  };
  CHECK(commit().is_null());
  const auto git = [&](const std::string& arguments) {
    return memprof::test::run_program(
        {"/bin/sh", "-c", "git -c user.name=n -c user.email=e " + arguments}, here);
  };
  REQUIRE(git("init -q .").status == 0);
  REQUIRE(git("commit -q --allow-empty -m x").status == 0);
  CHECK(commit() == git("rev-parse HEAD | tr -d '\\n'").out);
}
