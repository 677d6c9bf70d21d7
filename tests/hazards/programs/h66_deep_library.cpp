// A library that is linked to an allocator, and says how many of its blocks came from there.
#include <stdint.h>
#include <stdlib.h>

extern "C" bool h66_is_mine(const void* block);

extern "C" __attribute__((visibility("default"))) unsigned h66_work(unsigned rounds) {
  unsigned mine = 0;
  for (unsigned i = 0; i < rounds; ++i) {
    void* block = malloc(100 + i % 7);
    mine += h66_is_mine(block);
    free(block);
  }
  return mine;
}
