// Stacks made to mislead a walker that remembers its last walk.
//
//   stale slots: the same call is reached twice with the stack pointer at the same place, once
//   through one caller more. The second time the frame between lies over the first's,
//   uninitialized: every return address of the first stack is still where it was. Only rbp differs.
//
//   stale random N: N allocations at the ends of random chains of functions of all kinds.
#include <alloca.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

namespace {

volatile size_t g_size;

__attribute__((noinline)) void leaf() {
  void* volatile block = malloc(g_size);
  free(block);
}

/// Calls leaf() with the stack pointer at the same distance from `low`, wherever it was called.
__attribute__((noinline, optimize("no-omit-frame-pointer"))) void level(const char* low) {
  const char* frame = static_cast<const char*>(__builtin_frame_address(0));
  char* volatile space = static_cast<char*>(alloca(static_cast<size_t>(frame - low)));
  leaf();
  (void)space;
}

__attribute__((noinline, optimize("no-omit-frame-pointer"))) void between(const char* low) {
  char* volatile space = static_cast<char*>(alloca(96));
  level(low);
  asm volatile("" : : "r"(space) : "memory");
}

void slots() {
  const char* low = static_cast<const char*>(__builtin_frame_address(0)) - 4096;
  for (int i = 0; i < 100; ++i) {
    g_size = 1009;
    between(low);
    g_size = 1013;
    level(low);
  }
}

uint64_t g_state = 88172645463325252ULL;

uint32_t random_number() {
  g_state ^= g_state << 13;
  g_state ^= g_state >> 7;
  g_state ^= g_state << 17;
  return static_cast<uint32_t>(g_state >> 16);
}

void next(unsigned depth);

__attribute__((noinline)) void plain(unsigned depth) {
  next(depth);
  asm volatile("" : : : "memory");
}

__attribute__((noinline)) void plain_twice(unsigned depth) {
  next(depth);
  asm volatile("" : : : "memory");
  next(depth / 2);
  asm volatile("" : : : "memory");
}

__attribute__((noinline)) void variable(unsigned depth) {
  char* volatile space = static_cast<char*>(alloca(random_number() % 200));
  next(depth);
  asm volatile("" : : "r"(space) : "memory");
}

__attribute__((noinline, optimize("no-omit-frame-pointer"))) void with_frame_pointer(
    unsigned depth) {
  next(depth);
  asm volatile("" : : : "memory");
}

/// rbp holds something else, and is saved.
__attribute__((noinline)) void uses_rbp(unsigned depth) {
  const uint64_t value = random_number();
  asm volatile("" : : "r"(value) : "rbx", "r12", "r13", "r14", "r15", "memory");
  next(depth);
  asm volatile("" : : "r"(value) : "rbx", "r12", "r13", "r14", "r15", "memory");
}

__attribute__((noinline)) void realigned(unsigned depth) {
  alignas(64) char space[128];
  asm volatile("" : : "r"(&space) : "memory");
  next(depth);
  asm volatile("" : : "r"(&space) : "memory");
}

__attribute__((noinline)) void realigned_and_variable(unsigned depth) {
  alignas(64) char space[64];
  char* volatile more = static_cast<char*>(alloca(random_number() % 300));
  asm volatile("" : : "r"(&space) : "memory");
  next(depth);
  asm volatile("" : : "r"(&space), "r"(more) : "memory");
}

int compare(const void* depth, const void*) {
  next(*static_cast<const unsigned*>(depth));
  return 0;
}

__attribute__((noinline)) void through_libc(unsigned depth) {
  unsigned pair[2] = {depth, depth};
  qsort(pair, 2, sizeof pair[0], compare);
}

unsigned g_left;

__attribute__((noinline)) void next(unsigned depth) {
  if (g_left == 0) return;
  if (depth == 0 || random_number() % 8 == 0) {
    --g_left;
    g_size = random_number() % 512;
    leaf();
    if (depth == 0) return;
  }
  void (*const kinds[])(unsigned) = {plain,
                                     plain_twice,
                                     variable,
                                     with_frame_pointer,
                                     uses_rbp,
                                     realigned,
                                     plain,
                                     realigned_and_variable,
                                     with_frame_pointer,
                                     through_libc};
  kinds[random_number() % (sizeof kinds / sizeof kinds[0])](depth - 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "slots") == 0) {
    slots();
  } else if (argc == 3 && strcmp(argv[1], "random") == 0) {
    g_left = static_cast<unsigned>(atoi(argv[2]));
    while (g_left > 0) next(8 + random_number() % 20);
  } else {
    return 99;
  }
  return 0;
}
