// sharing PAIRS: a second thread makes so many pairs of malloc and free while nothing that the
// recorder's threads share can be written: its library's variables and its file's header are
// read-only meanwhile. Prints what a write hit, and fails.
//
// What a thread needs once in a while (room for records, an address not seen before) does write
// there. So the thread goes on before until all its addresses are known and its chunk has room.
#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/format/trace_format.h"

namespace {

using memprof::format::ChunkHeader;

struct Range {
  uintptr_t begin;
  uintptr_t end;
};

Range g_shared[16];
int g_shared_count;
const volatile ChunkHeader* g_chunk;  // the second thread's
sem_t g_ready;
sem_t g_go;
sem_t g_done;
long g_pairs;

volatile size_t g_size = 24;

__attribute__((noinline)) void pair() {
  void* volatile block = malloc(g_size);
  free(block);
}

__attribute__((noinline)) void one_caller() {
  pair();
  asm volatile("");
}

__attribute__((noinline)) void another_caller() {
  for (int i = 0; i < 2; ++i) pair();
  asm volatile("");
}

void pairs(long count) {
  for (long i = 0; i < count; i += 3) {
    one_caller();
    another_caller();
  }
}

/// Calls `use` with each line of the process's mappings, without allocating.
template <typename Use>
void each_mapping(Use use) {
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[4400];
  while (maps != nullptr && fgets(line, sizeof line, maps) != nullptr) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char access[8] = "";
    unsigned long offset = 0;
    if (sscanf(line, "%lx-%lx %7s %lx", &begin, &end, access, &offset) == 4) {
      use(Range{begin, end}, access, offset, line);
    }
  }
  if (maps != nullptr) fclose(maps);
}

void add_shared(Range range) {
  if (g_shared_count < 16) g_shared[g_shared_count++] = range;
}

int add_variables(dl_phdr_info* object, size_t, void*) {
  if (strstr(object->dlpi_name, "libmemprof") == nullptr) return 0;
  constexpr uintptr_t kPage = 4096;
  Range relocated_only{0, 0};
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    const uintptr_t begin = object->dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_GNU_RELRO) relocated_only = {begin, begin + part.p_memsz};
  }
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
    uintptr_t begin = object->dlpi_addr + part.p_vaddr;
    const uintptr_t end = begin + part.p_memsz;
    if (begin >= relocated_only.begin && begin < relocated_only.end) begin = relocated_only.end;
    add_shared({begin & ~(kPage - 1), (end + kPage - 1) & ~(kPage - 1)});
  }
  return 1;
}

void find_shared() {
  dl_iterate_phdr(add_variables, nullptr);
  each_mapping([&](Range range, const char* access, unsigned long offset, const char* line) {
    if (access[1] == 'w' && strstr(line, ".mtrace") != nullptr && offset == 0) add_shared(range);
  });
}

void find_chunk(uint32_t tid) {
  each_mapping([&](Range range, const char*, unsigned long offset, const char* line) {
    if (strstr(line, ".mtrace") == nullptr || offset == 0) return;
    if (range.end - range.begin < memprof::format::kChunkBytes) return;
    const auto* chunk = reinterpret_cast<const volatile ChunkHeader*>(range.begin);
    if (chunk->magic == memprof::format::kChunkMagic && chunk->tid == tid) g_chunk = chunk;
  });
}

void protect(int protection) {
  for (int i = 0; i < g_shared_count; ++i) {
    mprotect(reinterpret_cast<void*>(g_shared[i].begin), g_shared[i].end - g_shared[i].begin,
             protection);
  }
}

void on_fault(int, siginfo_t* info, void*) {
  protect(PROT_READ | PROT_WRITE);
  char text[96];
  const int bytes = snprintf(text, sizeof text, "a write to %p, shared from %p on\n", info->si_addr,
                             reinterpret_cast<void*>(g_shared[0].begin));
  if (write(STDOUT_FILENO, text, static_cast<size_t>(bytes)) < 0) _exit(2);
  _exit(1);
}

void* worker(void*) {
  // Room comes in steps that double; past the middle of the chunk there is all the room of the
  // rest.
  constexpr uint32_t kPastMiddle = memprof::format::kChunkBytes / 2 + 4096;
  const auto tid = static_cast<uint32_t>(syscall(SYS_gettid));
  // One call for both: the place that it is made from is an address, too.
  for (bool measured = false;;) {
    pairs(measured ? g_pairs : 3);
    if (measured) break;
    if (g_chunk == nullptr || g_chunk->used >= kPastMiddle + 4096) find_chunk(tid);
    if (g_chunk == nullptr) break;
    if (g_chunk->used < kPastMiddle || g_chunk->used >= kPastMiddle + 4096) continue;
    sem_post(&g_ready);
    sem_wait(&g_go);
    measured = true;
  }
  if (g_chunk == nullptr) sem_post(&g_ready);
  sem_post(&g_done);
  sem_wait(&g_go);  // What the end of a thread writes is not looked at.
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_pairs = strtol(argv[1], nullptr, 10);
  pair();
  sem_init(&g_ready, 0, 0);
  sem_init(&g_go, 0, 0);
  sem_init(&g_done, 0, 0);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, worker, nullptr) != 0) return 98;
  sem_wait(&g_ready);
  find_shared();
  if (g_chunk == nullptr || g_shared_count < 2) return 97;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
  protect(PROT_READ);
  sem_post(&g_go);
  sem_wait(&g_done);
  protect(PROT_READ | PROT_WRITE);
  sem_post(&g_go);
  pthread_join(thread, nullptr);
  return 0;
}
