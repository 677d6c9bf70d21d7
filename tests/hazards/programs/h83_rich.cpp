// h83_rich LEDGERS LIBRARY: a little of all that a trace can hold: threads that allocate, resize
// and free, a library that comes and goes, marks and phases, a fork. The child starts a thread of
// its own.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>

#include "preload/include/memprof.h"
#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kThreads = 3;
constexpr unsigned kSteps = 400;

ledger::Page* g_page;
pthread_barrier_t g_all_there;

void* work(void* account) {
  const unsigned number = static_cast<unsigned>(reinterpret_cast<uintptr_t>(account));
  ledger::Worker worker(g_page->accounts[number], number);
  memprof_phase_begin("work");
  // By now each has a stream of its own; or one would go on in that of another that has ended.
  pthread_barrier_wait(&g_all_there);
  worker.steps(kSteps);
  memprof_phase_end("work");
  return nullptr;
}

void run_threads(unsigned count) {
  pthread_t threads[kThreads];
  pthread_barrier_init(&g_all_there, nullptr, count);
  for (unsigned i = 0; i < count; ++i) {
    pthread_create(&threads[i], nullptr, work, reinterpret_cast<void*>(uintptr_t{i + 1}));
  }
  for (unsigned i = 0; i < count; ++i) pthread_join(threads[i], nullptr);
}

void use_library(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) exit(98);
  auto* allocate = reinterpret_cast<void* (*)()>(dlsym(library, "allocate_in_first"));
  if (allocate == nullptr) exit(97);
  free(allocate());
  dlclose(library);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(g_page->accounts[0], 5);
  memprof_mark("begin");
  worker.steps(kSteps);
  use_library(argv[2]);
  const pid_t child = fork();
  if (child == 0) {
    g_page = ledger::open_page(argv[1], "child");
    worker.free_inherited();
    run_threads(1);
    _exit(0);
  }
  memprof_phase_begin("threads");
  run_threads(kThreads);
  memprof_phase_end("threads");
  int status = 1;
  waitpid(child, &status, 0);
  memprof_mark("end");
  return status;
}
