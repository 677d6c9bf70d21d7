// A library that allocates. Built twice, under different names and with different sizes of blocks,
// so that one can be loaded where the other was.
#include <stdlib.h>

extern "C" __attribute__((visibility("default"), noinline)) void* MEMPROF_TEST_FUNCTION() {
  void* block = malloc(MEMPROF_TEST_SIZE);
  asm volatile("" : "+r"(block));  // Or the call would be a jump, and this function in no stack.
  return block;
}
