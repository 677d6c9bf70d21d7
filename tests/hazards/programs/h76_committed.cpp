// h76_committed LEDGERS THREADS [ROOM]: so many threads that allocate at the same time, with no
// more than ROOM KiB of address space left for what they begin. Prints how many KiB of its mappings
// the kernel counts as promised memory that must be there, and how many are huge pages.
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kMaxThreads = 60;

ledger::Page* g_page;
pthread_barrier_t g_barrier;

void* allocate(void* account) {
  auto& own = *static_cast<ledger::Account*>(account);
  pthread_barrier_wait(&g_barrier);  // All threads are there.
  pthread_barrier_wait(&g_barrier);  // There may be a limit now.
  for (unsigned i = 0; i < 10; ++i) {
    void* block = ledger::take(own, 101 + i);
    if (block == nullptr) _exit(78);
    ledger::give(own, block, 101 + i);
  }
  pthread_barrier_wait(&g_barrier);
  return nullptr;
}

void limit_address_space(rlim_t room) {
  char text[256] = {};
  const int fd = open("/proc/self/statm", O_RDONLY);
  if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) _exit(97);
  close(fd);
  const rlim_t now = strtoul(text, nullptr, 10) * 4096;
  const rlimit limit{now + room, RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(96);
}

void run_threads(unsigned count, const char* room) {
  // Threads are to need no memory of their own: all take from what this leaves.
  mallopt(M_ARENA_MAX, 1);
  ledger::give(g_page->accounts[0], ledger::take(g_page->accounts[0], 100'000), 100'000);
  static pthread_t threads[kMaxThreads];
  pthread_barrier_init(&g_barrier, nullptr, count + 1);
  for (unsigned i = 0; i < count; ++i) {
    if (pthread_create(&threads[i], nullptr, allocate, &g_page->accounts[i + 1]) != 0) _exit(77);
  }
  pthread_barrier_wait(&g_barrier);
  if (room != nullptr) limit_address_space(strtoul(room, nullptr, 10) * 1024);
  pthread_barrier_wait(&g_barrier);
  pthread_barrier_wait(&g_barrier);
  for (unsigned i = 0; i < count; ++i) pthread_join(threads[i], nullptr);
  if (room != nullptr) {
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &none);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[1], "root");
  const auto count = static_cast<unsigned>(atoi(argv[2]));
  if (count > kMaxThreads) return 98;
  ledger::Worker worker(g_page->accounts[0], 1);
  worker.steps(20'000, g_page);
  if (count > 0) run_threads(count, argc > 3 ? argv[3] : nullptr);

  const int maps = open("/proc/self/smaps", O_RDONLY);
  if (maps < 0) return 95;
  static char buffer[1 << 20];
  size_t bytes = 0;
  for (ssize_t got; (got = read(maps, buffer + bytes, sizeof buffer - 1 - bytes)) > 0;) {
    bytes += static_cast<size_t>(got);
  }
  close(maps);
  unsigned long size = 0;
  unsigned long committed = 0;
  unsigned long huge = 0;
  unsigned long value = 0;
  char* rest = nullptr;
  for (const char* line = strtok_r(buffer, "\n", &rest); line != nullptr;
       line = strtok_r(nullptr, "\n", &rest)) {
    if (sscanf(line, "Size: %lu kB", &value) == 1) size = value;
    if (sscanf(line, "AnonHugePages: %lu kB", &value) == 1) huge += value;
    if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " ac ") != nullptr) committed += size;
  }
  static char out[256];
  const int length = snprintf(out, sizeof out, "%lu %lu\n", committed, huge);
  return write(1, out, static_cast<size_t>(length)) == length ? 0 : 94;
}
