/* h69_unknown LEDGER_FILE: built without unwind information and without frame pointers. Allocates
 * under frames of its own, in code written to memory, and counts in a file of three numbers. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct counts {
  uint64_t allocations, frees, bytes;
};
static struct counts* g_counts;

static __attribute__((noinline)) void* take(size_t size) {
  void* block = malloc(size);
  g_counts->allocations++;
  g_counts->bytes += size;
  return block;
}

static __attribute__((noinline)) void give(void* block) {
  free(block);
  g_counts->frees++;
}

static __attribute__((noinline)) void work(unsigned depth, unsigned seed) {
  volatile char room[200];
  room[seed % 200] = (char)seed;
  void* block = take(17 + seed % 300);
  if (depth > 0) work(depth - 1, seed * 31 + 7);
  give(block);
}

/* mov %rdi,%rdx; mov %rsi,%rdi; sub $72,%rsp; call *%rdx; add $72,%rsp; ret */
static const unsigned char g_code[] = {0x48, 0x89, 0xfa, 0x48, 0x89, 0xf7, 0x48, 0x83, 0xec,
                                       0x48, 0xff, 0xd2, 0x48, 0x83, 0xc4, 0x48, 0xc3};

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  int fd = open(argv[1], O_RDWR | O_CREAT, 0600);
  if (fd < 0 || ftruncate(fd, sizeof *g_counts) != 0) return 98;
  g_counts = mmap(0, sizeof *g_counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (g_counts == MAP_FAILED) return 97;
  close(fd);
  unsigned char* written =
      mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (written == MAP_FAILED) return 96;
  memcpy(written, g_code, sizeof g_code);
  for (unsigned i = 0; i < 2000; ++i) {
    work(i % 20, i);
    void* block = ((void* (*)(void* (*)(size_t), size_t))written)(take, 41 + i % 100);
    give(block);
  }
  return 0;
}
