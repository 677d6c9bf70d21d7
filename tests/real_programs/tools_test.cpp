// Tools of all kinds: version control, compression, debugging, sandboxes.
#include <catch2/catch.hpp>

#include "tests/real_programs/real_program.h"

namespace memprof::test {
namespace {

TEST_CASE("git commit, clone and gc", "[git]") {
  check_real_program({
      .needs = {"git"},
      .script =
          "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
          "GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='1700000000 +0000' "
          "GIT_COMMITTER_DATE='1700000000 +0000' GIT_CONFIG_NOSYSTEM=1\n"
          "git init -q -b main a && cd a\n"
          "for i in 1 2 3 4; do seq $i 500 > file$i; git add .; git commit -q -m \"number $i\"; "
          "done\n"
          "git checkout -q -b side HEAD~2; echo side > side; git add side; git commit -q -m side\n"
          "git merge -q -m merged main; git log --oneline --stat --graph | cat; cd ..\n"
          "git clone a b 2>&1; git clone -q --bare file://$PWD/a c; cd b\n"
          "git -c pack.threads=2 gc -q; git repack -q -a -d -f --depth=10; git fsck --full\n"
          "git rev-list --all --objects | cksum; git blame file1 | tail -1; git grep -c 99\n"
          "git archive HEAD | tar tf -; git diff HEAD~1 | git apply -R --stat\n",
      .recorded = {"git"},
  });
}

TEST_CASE("xz with two threads", "[xz]") {
  check_real_program({
      .needs = {"xz"},
      .script = "seq 1 200000 > numbers && xz -k -2 -T2 --block-size=256KiB numbers && "
                "cksum numbers.xz && xz -dc -T2 numbers.xz | cksum && xz -l --robot numbers.xz",
      .recorded = {"xz"},
  });
}

TEST_CASE("gdb", "[gdb]") {
  check_real_program({
      .needs = {"gdb", "gcc"},
      .script = "gcc -g -O0 -o hello hello.c && gdb -nx -batch -ex 'break inner if n == 3' -ex run "
                "-ex 'backtrace' -ex 'print text' -ex 'watch n' -ex finish -ex next -ex next "
                "-ex 'info breakpoints' -ex delete -ex continue ./hello 2>&1 | "
                "sed -E 's/0x[0-9a-f]+/0x/g; s/process [0-9]+/process/' > seen\n"
                "grep -E '^(#|Breakpoint|Run till|\\$|[0-9])|exited' seen",
      .files =
          {{"hello.c",
            "#include <stdio.h>\n#include <stdlib.h>\n"
            "static int inner(int n, const char *text) { return n + text[0]; }\n"
            "int main(void) { int sum = 0; for (int n = 0; n < 6; ++n) {\n"
            "  char *p = malloc(10 + n); p[0] = 'a'; p[1] = 0; sum += inner(n, p); free(p); }\n"
            "  return sum % 100; }\n"}},
      .recorded = {"gdb", "hello"},
      .privileged = true,
  });
}

TEST_CASE("bwrap", "[bwrap]") {
  check_real_program({
      .needs = {"bwrap"},
      .script = "bwrap --unshare-all --bind / / --proc /proc --dev /dev --die-with-parent "
                "sh -c 'seq 1 5 | sort -r; echo $$'",
      .recorded = {"bwrap", "dash", "sort"},
      .privileged = true,
  });
}

TEST_CASE("bwrap with a read-only root, whose programs cannot have a trace", "[bwrap]") {
  check_real_program({
      .needs = {"bwrap"},
      .script = "bwrap --unshare-all --ro-bind / / --die-with-parent cat /etc/os-release",
      .recorded = {"bwrap"},
      .not_covered = {"bwrap"},
      .privileged = true,
  });
}

}  // namespace
}  // namespace memprof::test
