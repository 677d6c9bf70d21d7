// Real programs, each of whose stacks is walked by us with replay and without, by libunwind and by
// libgcc: a process in which two of them differ aborts.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "tests/hazards/differential.h"
#include "tests/walkers/compared_run.h"

namespace memprof::test {
namespace {

/// How much a program is given to do.
int rounds() {
  return long_run() ? 10 : 1;
}

/// A compiler, at work on a standard header.
void compare_compiler(const std::string& compiler, uint64_t least) {
  const TemporaryDirectory place;
  std::ofstream source(place / "file.cpp");
  source << (long_run() ? "#include <map>\n#include <regex>\n" : "");
  source << "#include <utility>\nstd::pair<int, long> f(int i) { return {i, i}; }\n";
  source.close();
  Command command;
  command.argv = {compiler, "-c", "-O1", place / "file.cpp", "-o", place / "file.o"};
  compare_stacks(command, least);
}

TEST_CASE("A compiler's stacks are those that other unwinders find", "[gcc]") {
  compare_compiler("/usr/bin/g++", 20'000);
}

TEST_CASE("Another compiler's stacks are those that other unwinders find", "[clang]") {
  compare_compiler("/usr/bin/clang++", 15'000);
}

TEST_CASE("An interpreter's stacks are those that other unwinders find", "[python]") {
  Command command;
  command.argv = {"/usr/bin/python3", "-c",
                  "import re\nfor round in range(" + std::to_string(rounds()) +
                      "):\n"
                      "  d = {str(i): [i] * 10 for i in range(8000)}\n"
                      "  s = sorted(d, key=lambda k: re.sub('1', '2', k))[:3]\n"
                      "  try: d[0]\n"
                      "  except KeyError: print(s)"};
  command.with("PYTHONMALLOC", "malloc").with("PYTHONHASHSEED", "0");
  command.with("PYTHONDONTWRITEBYTECODE", "1");
  compare_stacks(command, 100'000);
}

TEST_CASE("A language's stacks are those that other unwinders find", "[perl]") {
  Command command;
  command.argv = {"/usr/bin/perl", "-e",
                  "for my $round (1.." + std::to_string(rounds()) +
                      ") {\n"
                      "my %h; for my $i (1..18000) { $h{\"k$i\"} = [1, \"x$i\", {a => $i}]; }\n"
                      "my $n = 0; for my $k (sort { $a cmp $b } keys %h) {\n"
                      "  $n += length($k) if $k =~ /^k(\\d+)5$/;\n"
                      "  eval { die [$k] if length($k) < 4 }; my @p = split(/1/, $k); $n += @p; }\n"
                      "print \"$n\\n\"; }"};
  compare_stacks(command, 110'000);
}

TEST_CASE("A shell's stacks, and its children's, are those that other unwinders find", "[shell]") {
  Command command;
  command.argv = {"/bin/bash", "-c",
                  "for i in 1 2 3; do a[$i]=$(echo $i | sed s/1/2/); done; declare -A m\n"
                  "for i in {1.." +
                      std::to_string(1200 * rounds()) +
                      "}; do m[k$i]=${i/1/2}; a[$i]=$((i * 3)); done\n"
                      "echo ${#m[@]} ${a[77]}"};
  compare_stacks(command, 100'000);
}

TEST_CASE("A database's stacks are those that other unwinders find", "[sqlite]") {
  Command command;
  command.argv = {
      "/usr/bin/sqlite3", ":memory:",
      "create table t(a integer primary key, b text);"
      "with recursive c(x) as (select 1 union all select x + 1 from c where x < " +
          std::to_string(16'000 * rounds()) +
          ") insert into t select x, 'text' || x || hex(zeroblob(60)) from c;"
          "create index i on t(b); select count(*), sum(length(b)) from t where b like 'text1%';"
          "select max(substr(replace(b, 't', 'u'), 2) || printf('%d-%s', a, upper(b))) from t;"
          "select count(*) from (select distinct lower(b) || a as d from t order by d desc);"};
  compare_stacks(command, 60'000);
}

TEST_CASE("A parser's stacks are those that other unwinders find", "[xml]") {
  const TemporaryDirectory place;
  std::ofstream file(place / "file.xml");
  file << "<a>";
  for (int i = 0; i < 7000 * rounds(); ++i) file << "<b c=\"" << i << "\"><d>text</d></b>";
  file << "</a>\n";
  file.close();
  Command command;
  command.argv = {"/usr/bin/xmllint", "--xpath", "count(//b[@c > 10]/d)", place / "file.xml"};
  compare_stacks(command, 110'000);
}

}  // namespace
}  // namespace memprof::test
