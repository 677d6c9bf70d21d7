// h40_images HOW PROGRAM LIBRARIES LEDGERS: becomes PROGRAM, with odd arguments and an environment
// in an odd order that preloads LIBRARIES. Under fork_ before HOW a child that has done nothing
// does so.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/e2e/programs/bookkeeping.h"

extern "C" char** environ;

namespace {

void become(const char* how, const char* program, char** arguments, char** environment) {
  const auto is = [&](const char* name) { return strcmp(how, name) == 0; };
  char* const end = nullptr;
  if (is("execve")) execve(program, arguments, environment);
  if (is("execvpe")) execvpe(program, arguments, environment);
  if (is("execle")) execle(program, "zeroth", "", "a b", end, environment);
  if (is("fexecve")) fexecve(open(program, O_RDONLY | O_CLOEXEC), arguments, environment);
  if (is("execveat")) {
    execveat(open(program, O_PATH | O_CLOEXEC), "", arguments, environment, AT_EMPTY_PATH);
  }
  // Past every hook, with what the process was given.
  if (is("raw")) syscall(SYS_execve, program, arguments, environ);
  if (is("raw_execveat")) syscall(SYS_execveat, AT_FDCWD, program, arguments, environ, 0);
  _exit(96);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 99;
  ledger::Page* page = ledger::open_page(argv[4], "root");
  ledger::Worker worker(page->accounts[0], 41);
  worker.steps(500);
  // Failed attempts change nothing.
  char* arguments[] = {const_cast<char*>("zeroth"), const_cast<char*>(""), const_cast<char*>("a b"),
                       nullptr};
  char libraries[8192];
  snprintf(libraries, sizeof libraries, "LD_PRELOAD=%s", argv[3]);
  char* environment[] = {const_cast<char*>("Z=last"),
                         const_cast<char*>("A="),
                         libraries,
                         const_cast<char*>("no equals sign"),
                         const_cast<char*>("A=second"),
                         const_cast<char*>("PATH=/nowhere"),
                         nullptr};
  const int errors[] = {
      (execve("/nonexistent/program", arguments, environment), errno),
      (execve("/etc/passwd", arguments, environment), errno),
      (execve("/", arguments, environment), errno),
      (fexecve(-1, arguments, environment), errno),
      (execvpe("no-such-program", arguments, environment), errno),
  };
  for (const int error : errors) printf("%d\n", error);
  fflush(stdout);
  worker.steps(500);
  const bool forked = strncmp(argv[1], "fork_", 5) == 0;
  const char* how = argv[1] + (forked ? 5 : 0);
  if (!forked) become(how, argv[2], arguments, environment);
  const pid_t pid = fork();
  if (pid == 0) become(how, argv[2], arguments, environment);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}
