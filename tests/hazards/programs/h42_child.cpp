// h42_child [BYTES]: allocates a block of 1009 bytes, or so many.
#include <stdlib.h>

int main(int argc, char** argv) {
  void* block = malloc(argc > 1 ? strtoul(argv[1], nullptr, 10) : 1009);
  asm volatile("" : "+r"(block));
  free(block);
  return 0;
}
