// h36_threads MODE LEDGERS: forks children that start threads. "fork" and "_Fork" say how;
// "among_threads" forks while others allocate; "by_thread" lets one of the child's threads fork a
// grandchild, which starts threads, too; in the child of "begun_by_thread" the first event is a
// thread's, and the one that forked goes on beside it.
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

#include <atomic>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kThreads = 8;
const char* g_directory;
volatile bool g_stop = false;

int wait_for(pid_t pid) {
  int status = 0;
  if (pid <= 0 || waitpid(pid, &status, 0) != pid) return 90;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 91;
}

void* work(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 36);
  worker.steps(3000);
  return nullptr;
}

void* churn(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 37);
  while (!g_stop) worker.step();
  return nullptr;
}

bool start(pthread_t* thread, void* (*run)(void*), void* argument) {
  return pthread_create(thread, nullptr, run, argument) == 0;
}

/// Threads at once, and as many again once they have ended.
void work_in_threads(const char* name) {
  ledger::Page* page = ledger::open_page(g_directory, name);
  for (unsigned round = 0; round < 2; ++round) {
    pthread_t threads[kThreads];
    for (unsigned i = 0; i < kThreads; ++i) {
      if (!start(&threads[i], work, &page->accounts[round * kThreads + i])) _exit(92);
    }
    ledger::Worker worker(page->accounts[40 + round], 38);
    worker.steps(3000);
    for (pthread_t thread : threads) pthread_join(thread, nullptr);
  }
  page->finished = 1;
}

void* fork_grandchild(void*) {
  const pid_t pid = fork();
  if (pid == 0) {
    work_in_threads("grandchild");
    exit(0);
  }
  if (wait_for(pid) != 0) _exit(93);
  return nullptr;
}

void* ended(void*) {
  return nullptr;
}

struct Beginner {
  ledger::Account* account;
  std::atomic<bool> has_begun{false};
};

void* begin(void* argument) {
  Beginner& beginner = *static_cast<Beginner*>(argument);
  ledger::Worker worker(*beginner.account, 40);
  worker.step();
  beginner.has_begun = true;
  worker.steps(100'000);
  return nullptr;
}

int child_begun_by_thread() {
  ledger::Page* page = ledger::open_page(g_directory, "child");
  Beginner beginner{&page->accounts[1]};
  pthread_t thread;
  // On the stack that glibc has kept of an ended thread: that takes no allocation.
  if (!start(&thread, begin, &beginner)) return 95;
  while (!beginner.has_begun) {
  }
  ledger::Worker worker(page->accounts[0], 41);
  worker.steps(100'000);
  pthread_join(thread, nullptr);
  page->finished = 1;
  return 0;
}

int child(bool with_grandchild) {
  work_in_threads("child");
  pthread_t thread;
  if (with_grandchild) {
    if (!start(&thread, fork_grandchild, nullptr)) return 94;
    pthread_join(thread, nullptr);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  const auto is = [&](const char* name) { return strcmp(argv[1], name) == 0; };
  g_directory = argv[2];
  ledger::Page* page = ledger::open_page(g_directory, "root");
  ledger::Worker worker(page->accounts[0], 39);
  worker.steps(3000);
  pthread_t threads[3];
  if (is("among_threads")) {
    for (unsigned i = 0; i < 3; ++i) {
      if (!start(&threads[i], churn, &page->accounts[i + 1])) return 98;
    }
  }
  if (is("begun_by_thread")) {
    if (!start(&threads[0], ended, nullptr)) return 97;
    pthread_join(threads[0], nullptr);
  }
  const pid_t pid = is("_Fork") ? _Fork() : fork();
  if (pid == 0) exit(is("begun_by_thread") ? child_begun_by_thread() : child(is("by_thread")));
  const int result = wait_for(pid);
  g_stop = true;
  if (is("among_threads")) {
    for (pthread_t thread : threads) pthread_join(thread, nullptr);
  }
  worker.steps(3000);
  return result;
}
