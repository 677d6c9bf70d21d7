// stack_use: prints how many bytes of stack each allocation function touches, its first call apart
// from the later ones.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

namespace {

constexpr size_t kStackBytes = 256 * 1024;
constexpr unsigned char kPaint = 0xa5;

alignas(4096) unsigned char g_stack[kStackBytes];
ucontext_t g_main;
ucontext_t g_fiber;
void* g_block;

/// Paints what lies below, calls, and counts what has been touched.
__attribute__((noinline)) size_t measure(void (*call)()) {
  unsigned char* here = static_cast<unsigned char*>(__builtin_frame_address(0));
  // Below our own frame and what the painting itself needs.
  unsigned char* const top = here - 512;
  for (unsigned char* at = g_stack; at < top; ++at) *at = kPaint;
  call();
  const unsigned char* at = g_stack;
  while (at < top && *at == kPaint) ++at;
  return static_cast<size_t>(here - at);
}

void say(const char* what, void (*call)()) {
  const size_t first = measure(call);
  size_t later = 0;
  for (unsigned i = 0; i < 100; ++i) {
    const size_t bytes = measure(call);
    if (bytes > later) later = bytes;
  }
  printf("%s %zu %zu\n", what, first, later);
}

void measure_all() {
  say("malloc", [] { g_block = malloc(100); });
  say("free", [] {
    free(g_block);
    g_block = nullptr;
  });
  say("calloc", [] { g_block = calloc(3, 100); });
  say("realloc", [] { g_block = realloc(g_block, 300); });
}

}  // namespace

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  free(malloc(1));
  getcontext(&g_fiber);
  g_fiber.uc_stack.ss_sp = g_stack;
  g_fiber.uc_stack.ss_size = kStackBytes;
  g_fiber.uc_link = &g_main;
  makecontext(&g_fiber, measure_all, 0);
  swapcontext(&g_main, &g_fiber);
  return 0;
}
