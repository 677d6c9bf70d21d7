// h24_churn LEDGERS AT_A_TIME ROUNDS: threads that come and go. Prints, after the first round and
// after the last, how many mappings, descriptors and resident KiB the process has.
#include <dirent.h>
#include <pthread.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kBlocks = 10;
constexpr unsigned kMaxThreads = 2000;

ledger::Page* g_page;
pthread_barrier_t g_barrier;
bool g_together;

/// Threads are many, accounts few: the sum is what counts.
void count(ledger::Account& account, unsigned blocks, size_t bytes) {
  __atomic_fetch_add(&account.allocations, blocks, __ATOMIC_RELAXED);
  __atomic_fetch_add(&account.frees, blocks, __ATOMIC_RELAXED);
  __atomic_fetch_add(&account.bytes_allocated, bytes, __ATOMIC_RELAXED);
  __atomic_fetch_add(&account.bytes_freed, bytes, __ATOMIC_RELAXED);
}

void* live(void* number) {
  const size_t salt = reinterpret_cast<uintptr_t>(number) % 13;
  void* blocks[kBlocks];
  size_t bytes = 0;
  for (unsigned i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(29 + i * salt);
    if (blocks[i] == nullptr) _exit(78);
    bytes += 29 + i * salt;
  }
  if (g_together) pthread_barrier_wait(&g_barrier);
  for (void* block : blocks) free(block);
  count(g_page->accounts[0], kBlocks, bytes);
  return nullptr;
}

unsigned lines_of(const char* path) {
  unsigned lines = 0;
  const int fd = open(path, O_RDONLY);
  char buffer[4096];
  for (ssize_t bytes; (bytes = read(fd, buffer, sizeof buffer)) > 0;) {
    for (ssize_t i = 0; i < bytes; ++i) lines += buffer[i] == '\n';
  }
  close(fd);
  return lines;
}

unsigned descriptors() {
  unsigned count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

unsigned resident_kib() {
  char text[256] = {};
  const int fd = open("/proc/self/statm", O_RDONLY);
  if (read(fd, text, sizeof text - 1) <= 0) exit(97);
  close(fd);
  return static_cast<unsigned>(strtoul(strchr(text, ' '), nullptr, 10)) * 4;
}

void say() {
  char text[128];
  const int bytes = snprintf(text, sizeof text, "%u %u %u\n", lines_of("/proc/self/maps"),
                             descriptors(), resident_kib());
  if (write(1, text, static_cast<size_t>(bytes)) != bytes) exit(96);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  g_page = ledger::open_page(argv[1], "root");
  const auto at_a_time = static_cast<unsigned>(atoi(argv[2]));
  const auto rounds = static_cast<unsigned>(atoi(argv[3]));
  if (at_a_time > kMaxThreads) return 98;
  g_together = at_a_time > 1;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  static pthread_t threads[kMaxThreads];
  for (unsigned round = 0; round < rounds; ++round) {
    pthread_barrier_init(&g_barrier, nullptr, at_a_time);
    for (unsigned i = 0; i < at_a_time; ++i) {
      if (pthread_create(&threads[i], &attributes, live,
                         reinterpret_cast<void*>(uintptr_t{i + round})) != 0) {
        _exit(77);
      }
    }
    for (unsigned i = 0; i < at_a_time; ++i) pthread_join(threads[i], nullptr);
    pthread_barrier_destroy(&g_barrier);
    if (round == 0) say();
  }
  say();
  return 0;
}
