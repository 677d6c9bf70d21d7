// The programs that a build is made of.
#include <catch2/catch.hpp>

#include "tests/real_programs/real_program.h"

namespace memprof::test {
namespace {

const char kHelloC[] =
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
    "static int work(int n) { char *p = malloc(n); memset(p, n, n); int r = p[n / 2]; free(p);\n"
    "  return r; }\n"
    "int main(void) { int sum = 0; for (int i = 1; i < 100; ++i) sum += work(i);\n"
    "  printf(\"%d\\n\", sum); return 0; }\n";

const char kHelloCpp[] =
    "#include <cstdio>\n#include <map>\n#include <vector>\n"
    "int main() { std::map<int, std::vector<int>> m;\n"
    "  for (int i = 0; i < 1000; ++i) m[i % 37].push_back(i);\n"
    "  std::printf(\"%zu %zu\\n\", m.size(), m[5].size()); }\n";

TEST_CASE("bash", "[bash]") {
  check_real_program({
      .needs = {"bash"},
      .script = "exec bash script",
      .files =
          {{"script",
            "declare -A lengths\n"
            "for word in alpha beta gamma delta; do lengths[$word]=${#word}; done\n"
            "for word in \"${!lengths[@]}\"; do echo $word ${lengths[$word]}; done | sort\n"
            "f() { local i; for ((i = 0; i < 200; ++i)); do printf -v a[$i] '%05d' $i; done; }\n"
            "f; echo ${a[@]:190}\n"
            "diff <(seq 1 50) <(seq 1 50 | sed s/7/x/) | grep -c '^>'\n"
            "x=$(echo $(echo $(echo nested))); echo $x\n"
            "(echo subshell; exit 3) || echo status $?\n"
            "cat <<< \"${x^^}\"; [[ abc123 =~ ([a-z]+)([0-9]+) ]] && echo ${BASH_REMATCH[@]}\n"
            "sleep 100 & kill $!; wait $! 2>/dev/null; echo killed: $?\n"
            "coproc cat; echo to cat >&${COPROC[1]}; read -u ${COPROC[0]} back; echo $back\n"
            "exec bash -c 'echo $BASHPID is $$ | sed s/[0-9]*//g; exit 0'\n"}},
      .recorded = {"bash", "sed", "diff"},
  });
}

TEST_CASE("make", "[make]") {
  check_real_program({
      .needs = {"make"},
      .script = "make -s -j2 all && cat all && make -q all && make -n -B all | wc -l",
      .files = {{"Makefile",
                 "parts := $(foreach n,1 2 3 4 5 6 7 8 9 10 11 12,part$(n))\n"
                 "words := $(shell seq 1 100)\n"
                 "all: $(parts)\n\tcat $(sort $^) > $@\n"
                 "part%: source\n\t@sed s/x/$*/ $< > $@\n"
                 "source:\n\t@echo x $(words) | tr ' ' '\\n' > $@\n"}},
      .recorded = {"make", "sed", "cat"},
  });
}

TEST_CASE("cmake", "[cmake]") {
  check_real_program({
      .needs = {"cmake", "ninja", "gcc"},
      .script = "cmake -G Ninja -S . -B build -DCMAKE_BUILD_TYPE=Release && "
                "cmake --build build -- --quiet && build/hello && cmake -P loop.cmake 2>&1",
      .files = {{"CMakeLists.txt",
                 "cmake_minimum_required(VERSION 3.20)\nproject(hello C)\n"
                 "add_executable(hello hello.c)\n"},
                {"loop.cmake",
                 "foreach(i RANGE 500)\n  list(APPEND l item${i})\nendforeach()\n"
                 "list(FILTER l INCLUDE REGEX 7)\nlist(LENGTH l n)\nmessage(\"${n}\")\n"},
                {"hello.c", kHelloC}},
      .recorded = {"cmake", "ninja", "cc1", "hello"},
      .varying = {"done \\([0-9.]+s\\)"},
  });
}

TEST_CASE("ninja", "[ninja]") {
  std::string rules = "rule copy\n  command = sed s/line/$out/ $in > $out\n";
  std::string last;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "out" + std::to_string(i);
    rules += "build " + name + ": copy " + (i % 3 == 0 ? "in" : last) + "\n";
    last = name;
  }
  check_real_program({
      .needs = {"ninja"},
      .script = "ninja --quiet -j2 && cat out* | cksum && ninja && ninja -t targets all | sort",
      .files = {{"build.ninja", rules}, {"in", "a line\nand another line\n"}},
      .recorded = {"ninja", "sed"},
  });
}

TEST_CASE("gcc", "[gcc]") {
  check_real_program({
      .needs = {"gcc", "g++"},
      .script = "g++ -O1 -g -Wall -frandom-seed=1 -c hello.cpp && cksum hello.o && "
                "g++ -o hello hello.o && ./hello && "
                "gcc -O2 -flto -frandom-seed=1 -pipe -o plain hello.c && ./plain && "
                "! gcc -c wrong.c",
      .files = {{"hello.cpp", kHelloCpp},
                {"hello.c", kHelloC},
                {"wrong.c", "int main(void) { retrun 0; }\n"}},
      .recorded = {"cc1plus", "cc1", "collect2", "x86_64-linux-gnu-as", "x86_64-linux-gnu-ld.bfd",
                   "lto1", "hello", "plain"},
  });
}

TEST_CASE("clang", "[clang]") {
  check_real_program({
      .needs = {"clang"},
      .script = "clang -O2 -g -c hello.c && cksum hello.o && clang -o hello hello.o && ./hello && "
                "! clang -c wrong.c",
      .files = {{"hello.c", kHelloC}, {"wrong.c", "int main(void) { retrun 0; }\n"}},
      .recorded = {"clang", "x86_64-linux-gnu-ld.bfd", "hello"},
  });
}

}  // namespace
}  // namespace memprof::test
