// block_graph SEED: blocks that point to each other and are pointed to from globals, thread-local
// variables and stacks, all at random. Each has a size and a stack of its own. Built twice, once
// with LeakSanitizer, whose word on the same graph is the truth.
#include <pthread.h>
#include <semaphore.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

constexpr size_t kBlocks = 60;
constexpr size_t kRoots = 3;  ///< of each kind

// Disguised: what is in here must not count.
uintptr_t g_disguised[kBlocks];
constexpr uintptr_t kDisguise = 0x5555000000000000;

// LeakSanitizer's allocator has an address of its own for where each of its size classes begins,
// and marks from it: the blocks there are held for good.
constexpr size_t kClasses[] = {1024, 1280, 1536, 1792, 2048};
void* volatile g_first[sizeof kClasses / sizeof kClasses[0]];

void* volatile g_roots[kRoots];
thread_local void* volatile t_roots[kRoots];
sem_t g_started;
sem_t g_never;
uint64_t g_state;

uint64_t random(uint64_t below) {
  g_state = g_state * 6364136223846793005 + 1442695040888963407;
  return (g_state >> 33) % below;
}

size_t size_of(size_t block) {
  return 1000 + 16 * block + block % 16;
}

/// A block, by as many frames as its number.
[[gnu::noinline]] void* make(size_t block, size_t depth) {
  if (depth != 0) {
    void* made = make(block, depth - 1);
    asm volatile("" ::: "memory");
    return made;
  }
  void* made = malloc(size_of(block));
  memset(made, 0, size_of(block));
  return made;
}

char* block_at(size_t block) {
  return reinterpret_cast<char*>(g_disguised[block] ^ kDisguise);
}

/// An address of a random block: its beginning, its middle, or just behind it.
void* some_address() {
  const size_t block = random(kBlocks);
  const uint64_t kind = random(4);
  const size_t end = (size_of(block) + 7) / 8 * 8;
  return block_at(block) + (kind < 2 ? 0 : kind == 2 ? random(size_of(block)) : end);
}

[[gnu::noinline]] void connect() {
  for (size_t i = 0; i < sizeof kClasses / sizeof kClasses[0]; ++i)
    g_first[i] = malloc(kClasses[i]);
  for (size_t i = 0; i < kBlocks; ++i)
    g_disguised[i] = reinterpret_cast<uintptr_t>(make(i, i)) ^ kDisguise;
  for (uint64_t edges = kBlocks + random(2 * kBlocks); edges > 0; --edges) {
    const size_t from = random(kBlocks);
    void* to = some_address();
    // Unaligned words are no pointers.
    const size_t at = random(size_of(from) / 8 - 2) * 8 + (random(5) == 0 ? 3 : 0);
    memcpy(block_at(from) + at, &to, sizeof to);
  }
}

/// Overwrites what calls before have left on the stack and in registers.
[[gnu::noinline]] void forget() {
  volatile uintptr_t room[8192];
  for (auto& word : room) word = 0;
  asm volatile(
      "xor %%ebx, %%ebx\n xor %%r12d, %%r12d\n xor %%r13d, %%r13d\n xor %%r14d, %%r14d\n"
      "xor %%r15d, %%r15d" ::
          : "rbx", "r12", "r13", "r14", "r15");
}

[[gnu::noinline]] void set_roots() {
  for (void* volatile& root : g_roots) root = random(2) == 0 ? some_address() : nullptr;
  for (void* volatile& root : t_roots) root = random(2) == 0 ? some_address() : nullptr;
}

void* hold_in_thread(void*) {
  void* volatile on_stack[kRoots];
  for (void* volatile& root : on_stack) root = random(2) == 0 ? some_address() : nullptr;
  for (void* volatile& root : t_roots) root = random(2) == 0 ? some_address() : nullptr;
  forget();
  sem_post(&g_started);
  while (true) sem_wait(&g_never);
  return on_stack[0];
}

}  // namespace

int main(int argc, char** argv) {
  g_state = argc > 1 ? strtoul(argv[1], nullptr, 10) : 1;
  sem_init(&g_started, 0, 0);
  sem_init(&g_never, 0, 0);
  connect();
  set_roots();
  for (int i = 0; i < 2; ++i) {
    pthread_t thread;
    pthread_create(&thread, nullptr, hold_in_thread, nullptr);
    sem_wait(&g_started);
  }
  forget();
  exit(0);
}
