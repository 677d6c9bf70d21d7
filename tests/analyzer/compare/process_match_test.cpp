#include "analyzer/compare/process_match.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "tests/analyzer/profile/run_builder.h"

using namespace memprof;
using compare::match_processes;
using compare::without_temporary_names;
using test::FakeFrames;
using test::ProcessBuilder;

namespace {

struct Like {
  std::string exe;
  std::vector<std::string> argv;
  std::string cwd = "/src";
};

profile::Run run_of(const std::vector<Like>& processes) {
  FakeFrames frames;
  std::vector<profile::Process> list;
  for (const Like& like : processes)
    list.push_back(ProcessBuilder(frames).exe(like.exe).argv(like.argv).cwd(like.cwd).process);
  return test::run_of(std::move(list));
}

/// "0=1 1=- -=0": who is matched with whom.
std::string matches(const std::vector<Like>& before, const std::vector<Like>& after) {
  const profile::Run run_before = run_of(before);
  const profile::Run run_after = run_of(after);
  std::vector<size_t> of_before(before.size());
  std::vector<size_t> of_after(after.size());
  std::iota(of_before.begin(), of_before.end(), size_t{0});
  std::iota(of_after.begin(), of_after.end(), size_t{0});
  std::string text;
  for (const auto& pair : match_processes(run_before, of_before, run_after, of_after)) {
    if (!text.empty()) text += ' ';
    text += pair.before ? std::to_string(*pair.before) : "-";
    text += '=';
    text += pair.after ? std::to_string(*pair.after) : "-";
  }
  return text;
}

}  // namespace

TEST_CASE("Names that are made up for one run are taken out of arguments") {
  CHECK(without_temporary_names("/tmp/ccAb12Cd.o") == "/tmp/*.o");
  CHECK(without_temporary_names("-plugin-opt=-fresolution=/tmp/ccXyZ.res") ==
        "-plugin-opt=-fresolution=/tmp/*.res");
  CHECK(without_temporary_names("/tmp/build.17/src/a.cpp") == "/tmp/*.17/src/a.cpp");
  CHECK(without_temporary_names("@/var/tmp/ccresponse") == "@/var/tmp/*");
  CHECK(without_temporary_names("a:/tmp/x.s,/dev/shm/y.s") == "a:/tmp/*.s,/dev/shm/*.s");
  CHECK(without_temporary_names("build/ccQ3t9Zz.ltrans0.o") == "build/*.ltrans0.o");
  CHECK(without_temporary_names("out/tmpab3_x9f1") == "out/*");
}

TEST_CASE("Other arguments stay as they are") {
  for (const char* argument :
       {"", "-O2", "src/compiler.cpp", "ccache", "cclibrar.o", "/home/tmp/x.o", "tmp/x.o", "/tmp",
        "/tmp/", "template", "/src/ccmain.cpp", "-I/usr/include", "tmpfiles.conf"}) {
    CHECK(without_temporary_names(argument) == argument);
  }
}

TEST_CASE("Processes match by executable and arguments, whatever their order and temporary names") {
  CHECK(matches({{"/bin/make", {"make"}},
                 {"/bin/cc1", {"cc1", "a.c", "-o", "/tmp/cc1234Ab.s"}},
                 {"/bin/cc1", {"cc1", "b.c", "-o", "/tmp/ccQQQQQQ.s"}}},
                {{"/bin/make", {"make"}},
                 {"/bin/cc1", {"cc1", "b.c", "-o", "/tmp/ccZZZZZZ.s"}},
                 {"/bin/cc1", {"cc1", "a.c", "-o", "/tmp/ccYYYYYY.s"}}}) == "0=0 1=2 2=1");
}

TEST_CASE("Equal processes match in order, and what is left over stands alone") {
  const Like sh{"/bin/sh", {"sh", "-c", "true"}};
  CHECK(matches({sh, sh, sh}, {sh, sh}) == "0=0 1=1 2=-");
  CHECK(matches({sh}, {{"/bin/ls", {"ls"}}, sh, sh}) == "0=1 -=0 -=2");
  CHECK(matches({}, {sh}) == "-=0");
}

TEST_CASE("Another checkout of the same tree matches by names relative to it") {
  CHECK(matches({{"/a/build/gen", {"/a/build/gen", "-I/a/include", "/a/x.y"}, "/a"},
                 {"/a/build/gen", {"/a/build/gen", "/a/z.y"}, "/a"}},
                {{"/b/c/build/gen", {"build/gen", "/b/c/z.y"}, "/b/c"},
                 {"/b/c/build/gen", {"build/gen", "-I/b/c/include", "/b/c/x.y"}, "/b/c"}}) ==
        "0=1 1=0");
}

TEST_CASE("A single program matches itself whatever its arguments, another program does not") {
  CHECK(matches({{"/bin/app", {"app", "--old"}}}, {{"/opt/app", {"app", "--new"}}}) == "0=0");
  CHECK(matches({{"/bin/app", {"app"}}}, {{"/bin/other", {"other"}}}) == "0=- -=0");
}
