// h42_child: allocates a block of 1009 bytes.
#include <stdlib.h>

int main() {
  void* block = malloc(1009);
  asm volatile("" : "+r"(block));
  free(block);
  return 0;
}
