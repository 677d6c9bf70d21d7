// steady COUNT: after a warm-up, COUNT rounds of malloc and free between two calls of getpgid,
// which no one else makes: what a system call tracer sees between them is what the rounds cost.
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

void* g_blocks[64];

__attribute__((noinline)) void rounds(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    void*& slot = g_blocks[i % 64];
    free(slot);
    slot = malloc(16 + i % 512);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  rounds(1000);
  syscall(SYS_getpgid, 0);
  rounds(static_cast<unsigned>(atoi(argv[1])));
  syscall(SYS_getpgid, 0);
  return 0;
}
