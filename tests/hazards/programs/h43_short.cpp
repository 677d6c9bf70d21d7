// h43_short: fifty allocations.
#include <stdlib.h>

int main() {
  for (unsigned i = 0; i < 50; ++i) {
    void* block = malloc(100 + i);
    asm volatile("" : "+r"(block));
    if (i % 2 == 0) free(block);
  }
  return 0;
}
