// A library for a namespace of its own, where it gets a C library of its own. It allocates when
// loaded, when called and when unloaded.
#include <stdlib.h>
#include <string.h>

namespace {

void* g_block;

__attribute__((constructor)) void load() {
  g_block = malloc(1021);
}

__attribute__((destructor)) void unload() {
  free(g_block);
  free(malloc(1021));
}

}  // namespace

/// The C library's malloc as it is here.
extern "C" __attribute__((visibility("default"))) const void* h65_malloc() {
  return reinterpret_cast<const void*>(&malloc);
}

extern "C" __attribute__((visibility("default"))) unsigned h65_work(unsigned rounds) {
  unsigned good = 0;
  for (unsigned i = 0; i < rounds; ++i) {
    const size_t size = 1021 + i % 100;
    auto* block = static_cast<char*>(calloc(1, size));
    if (block == nullptr) return good;
    memset(block, 'h', size);
    block = static_cast<char*>(realloc(block, 2 * size));
    good += block != nullptr && block[size - 1] == 'h';
    free(block);
  }
  return good;
}
