// A preload that counts what a process allocates and frees, and nothing else: a second opinion on
// the recorder's totals that shares no code with it. Preloaded behind the recorder it is given the
// calls that the recorder passes on, and those as well that the recorder does not intercept.
//
// Each process image has a file of its own, mapped shared, so that it survives any death. The files
// lie beside the library: no environment has to say where. A forked child is known by a page that
// the kernel wipes in it, however it was forked; a vfork child counts for its parent.
//
// What counts is what succeeds. free(NULL) is nothing. realloc of a block frees one and allocates
// one; realloc(block, 0) frees, and has allocated if it returns a block.
#define _GNU_SOURCE
#include "tests/real_programs/counter.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

// The functions behind ours: the program's own allocator's, where it has one.
static struct {
  void* (*malloc)(size_t);
  void (*free)(void*);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void* (*aligned_alloc)(size_t, size_t);
  void* (*memalign)(size_t, size_t);
  int (*posix_memalign)(void**, size_t, size_t);
  void* (*valloc)(size_t);
  void* (*pvalloc)(size_t);
} next;

// Of this image; a forked child has them from its parent, and asks no loader or /proc again.
static char directory[4096];
static char exe[4096];

// Where a process counts that cannot have a file. Nobody reads it: the test finds the file missing.
static struct counts nowhere;

// This process's counts, in a page that is zero in a forked child.
static struct counts** mine;

static void find(void* function, const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  memcpy(function, &found, sizeof found);
}

// The first call of an image comes while it has one thread: from the loader or the C library.
static void begin_image(void) {
  find(&next.malloc, "malloc");
  find(&next.free, "free");
  find(&next.calloc, "calloc");
  find(&next.realloc, "realloc");
  find(&next.aligned_alloc, "aligned_alloc");
  find(&next.memalign, "memalign");
  find(&next.posix_memalign, "posix_memalign");
  find(&next.valloc, "valloc");
  find(&next.pvalloc, "pvalloc");
  Dl_info self;
  if (dladdr(&nowhere, &self) != 0 && strlen(self.dli_fname) < sizeof directory) {
    strcpy(directory, self.dli_fname);
    *strrchr(directory, '/') = 0;
  }
  const ssize_t bytes = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (bytes < 0) exe[0] = 0;
  const size_t page_bytes = 4096;
  void* page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || madvise(page, page_bytes, MADV_WIPEONFORK) != 0) abort();
  __atomic_store_n(&mine, page, __ATOMIC_RELEASE);
}

// A file for this process. Two threads of a new child may each make one: the test adds them up.
static struct counts* begin_process(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char path[sizeof directory + 64];
  snprintf(path, sizeof path, "%s/%d.%ld.%09ld.%p.counts", directory, getpid(), now.tv_sec,
           now.tv_nsec, (void*)&now);
  const int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return &nowhere;
  struct counts* counts = MAP_FAILED;
  if (ftruncate(file, sizeof *counts) == 0) {
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  close(file);
  if (counts == MAP_FAILED) return &nowhere;
  counts->pid = getpid();
  strcpy(counts->exe, exe);
  return counts;
}

static struct counts* my_counts(void) {
  struct counts* counts = __atomic_load_n(mine, __ATOMIC_ACQUIRE);
  if (counts != NULL) return counts;
  const int error = errno;
  counts = begin_process();
  __atomic_store_n(mine, counts, __ATOMIC_RELEASE);
  errno = error;
  return counts;
}

static void ready(void) {
  if (__atomic_load_n(&mine, __ATOMIC_ACQUIRE) != NULL) return;
  const int error = errno;
  begin_image();
  errno = error;
}

static void* counted(void* block, size_t size) {
  if (block == NULL) return NULL;
  struct counts* counts = my_counts();
  __atomic_fetch_add(&counts->allocations, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&counts->bytes, size, __ATOMIC_RELAXED);
  return block;
}

static void count_free(void) {
  __atomic_fetch_add(&my_counts()->frees, 1, __ATOMIC_RELAXED);
}

static void* resize(void* block, size_t size) {
  void* fresh = next.realloc(block, size);
  if (block != NULL && (fresh != NULL || size == 0)) count_free();
  return counted(fresh, size);
}

EXPORT void* malloc(size_t size) {
  ready();
  return counted(next.malloc(size), size);
}

EXPORT void* calloc(size_t count, size_t size) {
  ready();
  return counted(next.calloc(count, size), count * size);
}

EXPORT void free(void* block) {
  ready();
  if (block != NULL) count_free();
  next.free(block);
}

EXPORT void* realloc(void* block, size_t size) {
  ready();
  return resize(block, size);
}

EXPORT void* reallocarray(void* block, size_t count, size_t size) {
  ready();
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return NULL;
  }
  return resize(block, total);
}

EXPORT void* aligned_alloc(size_t alignment, size_t size) {
  ready();
  return counted(next.aligned_alloc(alignment, size), size);
}

EXPORT void* memalign(size_t alignment, size_t size) {
  ready();
  return counted(next.memalign(alignment, size), size);
}

EXPORT int posix_memalign(void** block, size_t alignment, size_t size) {
  ready();
  const int error = next.posix_memalign(block, alignment, size);
  if (error == 0) counted(*block, size);
  return error;
}

EXPORT void* valloc(size_t size) {
  ready();
  return counted(next.valloc(size), size);
}

EXPORT void* pvalloc(size_t size) {
  ready();
  return counted(next.pvalloc(size), size);
}
