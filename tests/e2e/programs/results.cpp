// results [full|tight]: calls each allocation function at its edges and prints what it returned and
// left in errno. The output must be the same whether or not somebody listens. full: after more
// calls than a limited trace can hold; tight: with hardly any address space or mappings left.
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <new>

namespace {

constexpr int kUntouched = 12345;
constexpr size_t kLargeAlignment = size_t{1} << 20;

const size_t kSizes[] = {0,
                         1,
                         24,
                         25,
                         4096,
                         131072,
                         20 << 20,
                         PTRDIFF_MAX - 100,
                         static_cast<size_t>(PTRDIFF_MAX) + 1,
                         SIZE_MAX - 4096,
                         SIZE_MAX};
const size_t kAlignments[] = {0, 1, 3, 8, 16, 24, 64, 4096, kLargeAlignment, size_t{1} << 62};

/// Whether there is a block, what it can hold, how it is aligned, and whether errno is as it was.
void say(const char* call, size_t a, size_t b, void* block) {
  const int error = errno;
  printf("%s(%zx, %zx): %s errno %d", call, a, b, block != nullptr ? "block" : "null", error);
  // How much of a mapping is left behind a block with a large alignment is a matter of its address.
  if (block != nullptr && a < kLargeAlignment) printf(" usable %zu", malloc_usable_size(block));
  if (block != nullptr && reinterpret_cast<uintptr_t>(block) % 4096 == 0) printf(" page-aligned");
  errno = kUntouched;
  free(block);
  printf(" after free %d\n", errno);
}

void try_plain(size_t size) {
  errno = kUntouched;
  say("malloc", size, 0, malloc(size));
  errno = kUntouched;
  say("calloc", size, 1, calloc(size, 1));
  errno = kUntouched;
  say("calloc", size, 3, calloc(size, 3));
  errno = kUntouched;
  say("realloc null", size, 0, realloc(nullptr, size));
  errno = kUntouched;
  say("valloc", size, 0, valloc(size));
  errno = kUntouched;
  say("pvalloc", size, 0, pvalloc(size));
  errno = kUntouched;
  say("new nothrow", size, 0, ::operator new(size, std::nothrow));
}

void try_again(size_t size, size_t count) {
  char* block = static_cast<char*>(malloc(100));
  memset(block, 'x', 100);
  errno = kUntouched;
  void* fresh = count == 0 ? realloc(block, size) : reallocarray(block, count, size);
  const int error = errno;
  const size_t kept = size * (count == 0 ? 1 : count) < 100 ? size : 100;
  bool same = true;
  if (fresh != nullptr) {
    for (size_t i = 0; i < kept; ++i) same = same && static_cast<char*>(fresh)[i] == 'x';
  } else if (error == ENOMEM) {
    for (size_t i = 0; i < 100; ++i) same = same && block[i] == 'x';
    free(block);
  }
  errno = error;
  printf("contents %s, ", same ? "kept" : "lost");
  errno = error;
  say(count == 0 ? "realloc" : "reallocarray", size, count, fresh);
}

void try_aligned(size_t alignment, size_t size) {
  errno = kUntouched;
  say("aligned_alloc", alignment, size, aligned_alloc(alignment, size));
  errno = kUntouched;
  say("memalign", alignment, size, memalign(alignment, size));
  errno = kUntouched;
  void* const before = &errno;
  void* block = before;
  const int error = posix_memalign(&block, alignment, size);
  printf("returned %d, ", error);
  if (error != 0) printf("pointer %s, ", block == before ? "kept" : "changed");
  say("posix_memalign", alignment, size, error == 0 ? block : nullptr);
}

}  // namespace

/// Whether errno was as it was after each of many calls.
bool make_many_calls() {
  for (unsigned i = 0; i < 100'000; ++i) {
    errno = kUntouched;
    void* block = malloc(24 + i % 512);
    if (block == nullptr || errno != kUntouched) return false;
    block = realloc(block, 700);
    if (block == nullptr || errno != kUntouched) return false;
    free(block);
    if (errno != kUntouched) return false;
  }
  return true;
}

/// Leaves room for what the heap has already, and no more.
void use_up_address_space() {
  for (size_t bytes = size_t{1} << 40; bytes >= 4096; bytes /= 2) {
    while (mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) !=
           MAP_FAILED) {
    }
  }
}

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IONBF, 0);
  if (argc > 1) {
    const bool tight = strcmp(argv[1], "tight") == 0;
    if (tight) {
      const rlimit limit{256 << 20, 256 << 20};
      if (setrlimit(RLIMIT_AS, &limit) != 0) return 99;
      use_up_address_space();
    }
    if (!make_many_calls()) return 98;
    if (tight) return puts("tight") < 0;
  }
  // Otherwise it moves with the sizes of freed mappings, and those of aligned ones depend on their
  // addresses.
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  errno = kUntouched;
  free(nullptr);
  printf("free null: errno %d\n", errno);
  printf("usable size of null: %zu\n", malloc_usable_size(nullptr));
  for (size_t size : kSizes) {
    try_plain(size);
    try_again(size, 0);
    try_again(size, 1);
    try_again(size, 3);
    for (size_t alignment : kAlignments) try_aligned(alignment, size);
  }
  try {
    // Volatile, or the compiler would see a size that cannot be.
    static volatile size_t too_large = SIZE_MAX - 4096;
    say("new", too_large, 0, ::operator new[](too_large));
  } catch (const std::bad_alloc& error) {
    printf("new: %s\n", error.what());
  }
  return 0;
}
