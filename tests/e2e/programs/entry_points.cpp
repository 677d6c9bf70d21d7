// entry_points: every function that allocates, each called once by a function named for it, with a
// size of its own. What the trace must say of each is in entry_points_test.cpp.
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <new>

namespace {

// The compiler must not see through it: sizes like these are refused with a warning otherwise.
template <typename T>
T hidden(T value) {
  asm volatile("" : "+r"(value));
  return value;
}

constexpr size_t kHuge = SIZE_MAX / 2 + 1;

}  // namespace

#define CALL(name) extern "C" __attribute__((noinline)) void name()

CALL(call_malloc) {
  free(malloc(101));
}
CALL(call_malloc_zero) {
  free(malloc(0));
}
CALL(call_malloc_kept) {
  hidden(malloc(103));
}
CALL(call_malloc_huge) {
  free(malloc(hidden(kHuge)));
}
CALL(call_malloc_mapped) {
  free(malloc(17 * 1024 * 1024 + 1));
}
CALL(call_free_null) {
  free(nullptr);
}
CALL(call_calloc) {
  free(calloc(7, 109));
}
CALL(call_calloc_zero) {
  free(calloc(0, 109));
}
CALL(call_calloc_overflow) {
  free(calloc(hidden(SIZE_MAX / 2), 3));
}
CALL(call_realloc_null) {
  free(realloc(nullptr, 113));
}
CALL(call_realloc_null_zero) {
  free(realloc(nullptr, 0));
}
CALL(call_realloc_grow) {
  free(realloc(malloc(127), 131071));
}
CALL(call_realloc_zero) {
  hidden(realloc(malloc(137), 0));
}
CALL(call_realloc_fails) {
  void* block = malloc(139);
  if (realloc(block, hidden(kHuge)) == nullptr) free(block);
}
CALL(call_realloc_fails_kept) {
  hidden(realloc(hidden(malloc(149)), hidden(kHuge)));
}
CALL(call_realloc_chain) {
  void* block = nullptr;
  for (size_t size = 1; size <= 10; ++size) block = realloc(block, size * 1009);
  free(block);
}
CALL(call_reallocarray) {
  free(reallocarray(nullptr, 3, 151));
}
CALL(call_reallocarray_grow) {
  free(reallocarray(malloc(157), 3, 163));
}
CALL(call_reallocarray_overflow) {
  void* block = malloc(167);
  if (reallocarray(block, hidden(SIZE_MAX / 2), 3) == nullptr) free(block);
}
CALL(call_reallocarray_zero) {
  hidden(reallocarray(malloc(173), 0, 3));
}
CALL(call_aligned_alloc) {
  free(aligned_alloc(64, 179));
}
CALL(call_memalign) {
  free(memalign(hidden(size_t{4096}), 181));
}
CALL(call_memalign_odd) {
  free(memalign(hidden(size_t{3}), 191));
}
CALL(call_posix_memalign) {
  void* block = nullptr;
  if (posix_memalign(&block, 128, 193) == 0) free(block);
}
CALL(call_posix_memalign_bad) {
  void* block = nullptr;
  if (posix_memalign(&block, hidden(size_t{3}), 197) == 0) free(block);
}
CALL(call_posix_memalign_huge) {
  void* block = nullptr;
  if (posix_memalign(&block, 64, hidden(kHuge)) == 0) free(block);
}
CALL(call_valloc) {
  free(valloc(199));
}
CALL(call_pvalloc) {
  free(pvalloc(211));
}
CALL(call_pvalloc_huge) {
  free(pvalloc(hidden(SIZE_MAX)));
}
CALL(call_usable_size) {
  char* block = static_cast<char*>(malloc(223));
  memset(block, 1, malloc_usable_size(block));
  free(block);
}
CALL(call_new) {
  ::operator delete(::operator new(227));
}
CALL(call_new_array) {
  ::operator delete[](::operator new[](229));
}
CALL(call_new_sized_delete) {
  ::operator delete (::operator new(233), size_t{233});
}
CALL(call_new_nothrow) {
  ::operator delete(::operator new(239, std::nothrow));
}
CALL(call_new_aligned) {
  ::operator delete (::operator new (256, std::align_val_t{64}), std::align_val_t{64});
}
CALL(call_new_fails) {
  try {
    ::operator delete(::operator new(hidden(kHuge)));
  } catch (const std::bad_alloc&) {
  }
}
CALL(call_new_nothrow_fails) {
  ::operator delete(::operator new(hidden(kHuge), std::nothrow));
}
CALL(call_strdup) {
  free(strdup("a string of 24 characters"));
}
CALL(call_strndup) {
  free(strndup("a string that is cut", 8));
}
CALL(call_asprintf) {
  char* text = nullptr;
  if (asprintf(&text, "%s-%d", "number", 241) > 0) free(text);
}
CALL(call_getline) {
  char* line = nullptr;
  size_t bytes = 0;
  char text[] = "one line\n";
  FILE* file = fmemopen(text, sizeof text - 1, "r");
  if (getline(&line, &bytes, file) > 0) free(line);
  fclose(file);
}
CALL(call_realpath) {
  free(realpath("/", nullptr));
}
CALL(call_open_memstream) {
  char* text = nullptr;
  size_t bytes = 0;
  FILE* file = open_memstream(&text, &bytes);
  fputs("text", file);
  fclose(file);
  free(text);
}

int main() {
  void (*const calls[])() = {call_malloc,
                             call_malloc_zero,
                             call_malloc_kept,
                             call_malloc_huge,
                             call_malloc_mapped,
                             call_free_null,
                             call_calloc,
                             call_calloc_zero,
                             call_calloc_overflow,
                             call_realloc_null,
                             call_realloc_null_zero,
                             call_realloc_grow,
                             call_realloc_zero,
                             call_realloc_fails,
                             call_realloc_fails_kept,
                             call_realloc_chain,
                             call_reallocarray,
                             call_reallocarray_grow,
                             call_reallocarray_overflow,
                             call_reallocarray_zero,
                             call_aligned_alloc,
                             call_memalign,
                             call_memalign_odd,
                             call_posix_memalign,
                             call_posix_memalign_bad,
                             call_posix_memalign_huge,
                             call_valloc,
                             call_pvalloc,
                             call_pvalloc_huge,
                             call_usable_size,
                             call_new,
                             call_new_array,
                             call_new_sized_delete,
                             call_new_nothrow,
                             call_new_aligned,
                             call_new_fails,
                             call_new_nothrow_fails,
                             call_strdup,
                             call_strndup,
                             call_asprintf,
                             call_getline,
                             call_realpath,
                             call_open_memstream};
  for (void (*call)() : calls) call();
  return 0;
}
