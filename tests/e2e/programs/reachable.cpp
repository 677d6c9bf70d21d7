// reachable [deaf]: blocks that are lost and blocks that are not, in all the ways that a program
// can hold them. Each kind has a size of its own. Built twice, once with LeakSanitizer. When deaf,
// its threads have all signals blocked.
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
pthread_key_t g_key;
sem_t g_started;
sem_t g_never;

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

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
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
  for (int i = 0; i < 2; ++i) {
    pthread_t thread;
    pthread_create(&thread, nullptr, hold_in_thread, nullptr);
    sem_wait(&g_started);
  }
  forget();
  exit(0);
}
