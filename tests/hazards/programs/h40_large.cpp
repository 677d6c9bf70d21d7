// h40_large LEDGERS CHILD: tries to start a program with larger and larger environments, to the
// size that the kernel refuses and a little beyond; prints which were started.
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr size_t kVariable = 100'000;
constexpr unsigned kMost = 8;
char g_variables[kMost][kVariable + 1];
char* g_environment[kMost + 1];

/// An environment of about `bytes` in all.
void fill(size_t bytes) {
  unsigned count = 0;
  while (bytes > 0 && count < kMost) {
    const size_t part = bytes < kVariable ? bytes : kVariable;
    memset(g_variables[count], 'v', part);
    g_variables[count][1] = '=';
    g_variables[count][part] = '\0';
    g_environment[count] = g_variables[count];
    ++count;
    bytes -= part;
  }
  g_environment[count] = nullptr;
}

int start(char* const* arguments) {
  const pid_t pid = fork();
  if (pid == 0) {
    execve(arguments[0], arguments, g_environment);
    _exit(errno == E2BIG ? 77 : 78);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 40);
  worker.steps(100);
  // A quarter of this is what the kernel lets arguments and environment have.
  const rlimit stack{1 << 20, RLIM_INFINITY};
  if (setrlimit(RLIMIT_STACK, &stack) != 0) return 98;
  char name[] = "child";
  char* const arguments[] = {argv[2], argv[1], name, nullptr};
  constexpr size_t kQuarter = (1 << 20) / 4;
  for (size_t bytes = kQuarter - 6000; bytes < kQuarter + 1000; bytes += 200) {
    fill(bytes);
    char text[64];
    const int length = snprintf(text, sizeof text, "%zu: %d\n", bytes, start(arguments));
    if (write(1, text, static_cast<size_t>(length)) != length) return 97;
  }
  worker.steps(100);
  return 0;
}
