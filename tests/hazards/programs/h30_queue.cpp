// h30_queue LEDGERS: signals that are queued, none merged with another, while the main thread
// allocates; and what they do to calls that wait. Prints what was counted.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kSignals = 8000;

ledger::Page* g_page;
volatile unsigned g_handled = 0;
volatile unsigned g_profiled = 0;
pthread_t g_main_thread;

void* send(void*) {
  for (unsigned i = 0; i < kSignals;) {
    if (pthread_sigqueue(g_main_thread, SIGRTMIN, sigval{}) == 0) {
      ++i;
    } else {
      sched_yield();  // The queue is full.
    }
  }
  return nullptr;
}

void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, nullptr);
}

int g_pipe[2];

// The main thread is about to wait in read().
volatile unsigned g_waits = 0;

/// Signals the main thread once it sleeps; then gives it something to read.
void* wake(void*) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
  while (g_waits == 0) sched_yield();
  for (;;) {
    char text[256] = {};
    const int fd = open(path, O_RDONLY);
    const ssize_t bytes = read(fd, text, sizeof text - 1);
    close(fd);
    const char* name_end = bytes > 0 ? strrchr(text, ')') : nullptr;
    if (name_end != nullptr && name_end[2] == 'S') break;
    sched_yield();
  }
  const unsigned before = g_handled;
  pthread_sigqueue(g_main_thread, SIGRTMIN, sigval{});
  while (g_handled == before) sched_yield();
  if (write(g_pipe[1], "x", 1) != 1) _exit(97);
  return nullptr;
}

void wait_interrupted(const char* what, int flags, char* text) {
  handle(
      SIGRTMIN, [](int) { g_handled = g_handled + 1; }, flags);
  g_waits = 0;
  pthread_t thread;
  pthread_create(&thread, nullptr, wake, nullptr);
  char byte;
  g_waits = 1;
  const ssize_t bytes = read(g_pipe[0], &byte, 1);
  const int error = errno;
  pthread_join(thread, nullptr);
  snprintf(text + strlen(text), 200, "%s: %zd %s\n", what, bytes, bytes < 0 ? strerror(error) : "");
  if (bytes < 0 && read(g_pipe[0], &byte, 1) != 1) _exit(96);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_page = ledger::open_page(argv[1], "root");
  g_main_thread = pthread_self();
  if (pipe(g_pipe) != 0) return 98;
  handle(
      SIGRTMIN, [](int) { g_handled = g_handled + 1; }, SA_RESTART);
  handle(
      SIGPROF, [](int) { g_profiled = g_profiled + 1; }, SA_RESTART);
  const itimerval often{{0, 500}, {0, 500}};
  setitimer(ITIMER_PROF, &often, nullptr);
  pthread_t thread;
  pthread_create(&thread, nullptr, send, nullptr);
  ledger::Worker worker(g_page->accounts[0], 1);
  while (g_handled < kSignals) worker.step();
  pthread_join(thread, nullptr);
  const itimerval never{};
  setitimer(ITIMER_PROF, &never, nullptr);

  char text[1024];
  snprintf(text, sizeof text, "handled %u\n", g_handled);
  wait_interrupted("interrupted", 0, text);
  wait_interrupted("restarted", SA_RESTART, text);
  worker.steps(1000);
  const size_t bytes = strlen(text);
  return write(1, text, bytes) == static_cast<ssize_t>(bytes) ? 0 : 95;
}
