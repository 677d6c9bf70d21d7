// reachable [deaf|large]: blocks that are lost and blocks that are not, in all the ways that a
// program can hold them. Each kind has a size of its own. Built twice, once with LeakSanitizer.
// When deaf, its threads have all signals blocked; when large, half a megabyte of pointers is
// reachable.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

struct Node {
  Node* next;
  char rest[1];
};

void* volatile g_global;
void* volatile g_interior;
void* volatile g_end;
thread_local void* volatile t_local;
Node* volatile g_list;
void* volatile g_array[8];
void* volatile g_large[65536];
pthread_key_t g_key;
sem_t g_started;
sem_t g_never;
bool g_deaf;

[[gnu::noinline]] void* make(size_t bytes) {
  void* block = malloc(bytes);
  memset(block, 0, bytes);
  return block;
}

/// Overwrites what calls before have left on the stack and in registers.
[[gnu::noinline]] void forget() {
  volatile uintptr_t room[4096];
  for (auto& word : room) word = 0;
  asm volatile(
      "xor %%ebx, %%ebx\n xor %%r12d, %%r12d\n xor %%r13d, %%r13d\n xor %%r14d, %%r14d\n"
      "xor %%r15d, %%r15d" ::
          : "rbx", "r12", "r13", "r14", "r15");
}

[[gnu::noinline]] void lose() {
  for (int i = 0; i < 3; ++i) make(1001);
  // Lost indirectly: only a lost block points there.
  auto* head = static_cast<Node*>(make(1103));
  head->next = static_cast<Node*>(make(1207));
  head->next->next = static_cast<Node*>(make(1301));
  // A circle that nobody else points to.
  auto* circle = static_cast<Node*>(make(1409));
  circle->next = static_cast<Node*>(make(1511));
  circle->next->next = circle;
  // Its end is not within it.
  g_end = static_cast<char*>(make(1616)) + 1616;
}

[[gnu::noinline]] void hold() {
  g_global = make(2003);
  g_interior = static_cast<char*>(make(2111)) + 1000;
  t_local = make(2203);
  g_list = static_cast<Node*>(make(2309));
  g_list->next = static_cast<Node*>(make(2411));
  g_list->next->next = static_cast<Node*>(make(2503));
  g_list->next->next->next = g_list;
  for (void* volatile& one : g_array) one = make(2609);
  pthread_setspecific(g_key, make(2707));
}

[[gnu::noinline]] void wait_forever() {
  sem_post(&g_started);
  while (true) sem_wait(&g_never);
}

/// Held by the thread's stack alone, and by its own thread-local variable.
void* hold_in_thread(void*) {
  void* volatile on_stack = make(2801);
  t_local = make(2903);
  wait_forever();
  return on_stack;
}

void wait_in_handler(int) {
  wait_forever();
}

/// Held by the thread's own stack alone while it runs on another one.
void* hold_beside(void*) {
  void* volatile on_stack = make(3001);
  static char room[65536];
  stack_t other = {};
  other.ss_sp = room;
  other.ss_size = sizeof room;
  sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_handler = wait_in_handler;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
  // Nothing handles the signals of one that is deaf.
  if (g_deaf) wait_forever();
  pthread_kill(pthread_self(), SIGUSR1);
  return on_stack;
}

using Body = void* (*)(void*);

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "deaf") == 0) {
    g_deaf = true;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
  }
  pthread_key_create(&g_key, nullptr);
  sem_init(&g_started, 0, 0);
  sem_init(&g_never, 0, 0);
  hold();
  lose();
  forget();
  if (argc > 1 && strcmp(argv[1], "large") == 0) {
    for (void* volatile& one : g_large) one = g_global;
  }
  const Body bodies[] = {hold_in_thread, hold_in_thread, hold_beside};
  for (const Body body : bodies) {
    pthread_t thread;
    pthread_create(&thread, nullptr, body, nullptr);
    sem_wait(&g_started);
  }
  forget();
  exit(0);
}
