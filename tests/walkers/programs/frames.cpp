// frames ALLOCATIONS SEED [THREADS]: so many allocations in each thread, at the ends of random
// chains. Prints how many there were, and how many of them in signal handlers.
#include "tests/walkers/programs/frames.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

// One list for each way of compiling frame_kinds.cpp.
#define FRAMES_SET(name) extern const frames::Kind frames_kinds_##name[];
FRAMES_SETS
#undef FRAMES_SET

namespace frames {

thread_local State t_state;

namespace {

#define FRAMES_SET(name) frames_kinds_##name,
const Kinds kSets[] = {FRAMES_SETS};
#undef FRAMES_SET
constexpr uint32_t kSetCount = sizeof kSets / sizeof kSets[0];

volatile size_t g_size;

__attribute__((noinline)) void allocate() {
  --t_state.left;
  if (t_state.handlers != 0) ++t_state.handled;
  const size_t size = choose(512) + 1;
  void* volatile block = nullptr;
  switch (choose(6)) {
    case 0:
      block = calloc(1, size);
      break;
    case 1:
      block = malloc(size);
      if (t_state.left > 0) {
        --t_state.left;
        if (t_state.handlers != 0) ++t_state.handled;
        block = realloc(block, size * 3);
      }
      break;
    case 2:
      block = aligned_alloc(64, size);
      break;
    case 3: {
      char* volatile made = new char[size];
      delete[] made;
      break;
    }
    default:
      block = malloc(size);
      break;
  }
  free(block);
}

Kind one_of(Kinds kinds) {
  unsigned count = 0;
  while (kinds[count] != nullptr) ++count;
  return kinds[choose(count)];
}

void run(uint64_t allocations, uint64_t seed) {
  // Apart from the stack, or further out in it: from a handler there the stack pointer goes down.
  constexpr size_t kSignalStackBytes = 512 * 1024;
  char inside[kSignalStackBytes];
  static thread_local char* outside;
  if (outside == nullptr) {
    void* memory = mmap(nullptr, kSignalStackBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) abort();
    outside = static_cast<char*>(memory);
  }
  use_signal_stack(seed % 2 == 0 ? outside : inside, kSignalStackBytes);
  t_state.random = seed * 0x9e3779b97f4a7c15ULL + 1;
  t_state.left = allocations;
  while (t_state.left > 0) next(4 + choose(24));
  finish_fibers();
  use_signal_stack(outside, kSignalStackBytes);
}

uint64_t g_allocations;
uint64_t g_seed;
uint64_t g_handled;

void* run_thread(void* number) {
  run(g_allocations, g_seed + reinterpret_cast<uintptr_t>(number));
  __atomic_fetch_add(&g_handled, t_state.handled, __ATOMIC_RELAXED);
  return nullptr;
}

/// Runs after main, called by exit().
void run_at_exit() {
  run(100, g_seed + 1000);
}

}  // namespace

uint32_t random_number() {
  uint64_t& state = t_state.random;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return static_cast<uint32_t>(state >> 16);
}

__attribute__((noinline)) void next(unsigned depth) {
  if (t_state.left == 0) return;
  if (depth == 0 || choose(8) == 0) {
    allocate();
    if (depth == 0) return;
  }
  // Most are what compilers make; the others take long.
  const uint32_t choice = choose(40);
  Kind kind;
  if (choice == 0) {
    kind = one_of(kLibcKinds);
  } else if (choice == 1) {
    kind = one_of(kContextKinds);
  } else {
    kind = one_of(kSets[choose(kSetCount)]);
  }
  kind(depth - 1);
}

}  // namespace frames

int main(int argc, char** argv) {
  using namespace frames;
  if (argc < 3) return 99;
  g_allocations = strtoull(argv[1], nullptr, 10);
  g_seed = strtoull(argv[2], nullptr, 10);
  const int threads = argc > 3 ? atoi(argv[3]) : 0;
  constexpr int kMostThreads = 64;
  if (threads > kMostThreads) return 98;
  prepare_handlers();
  if (atexit(run_at_exit) != 0) return 97;
  uint64_t runs = 1;
  if (threads == 0) {
    run(g_allocations, g_seed);
    g_handled = t_state.handled;
  } else {
    pthread_t ids[kMostThreads];
    for (int i = 0; i < threads; ++i) {
      void* number = reinterpret_cast<void*>(static_cast<uintptr_t>(i));
      if (pthread_create(&ids[i], nullptr, run_thread, number) != 0) return 96;
    }
    for (int i = 0; i < threads; ++i) pthread_join(ids[i], nullptr);
    runs = static_cast<uint64_t>(threads);
  }
  printf("%llu %llu\n", static_cast<unsigned long long>(runs * g_allocations + 100),
         static_cast<unsigned long long>(g_handled));
  fflush(stdout);
  return 0;
}
