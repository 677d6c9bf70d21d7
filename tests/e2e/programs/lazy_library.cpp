// A library whose function is found at its first call, so that a program's code can run inside the
// loader's resolver, whose frame no ordinary rule describes.
#include "tests/e2e/programs/lazy_library.h"

void (*lazy_binding_hook)() = nullptr;

namespace {

void implementation() {}

}  // namespace

extern "C" {

[[gnu::used]] static void (*resolve_lazily_bound())() {
  if (lazy_binding_hook != nullptr) lazy_binding_hook();
  return implementation;
}

__attribute__((ifunc("resolve_lazily_bound"))) void lazily_bound();

}  // extern "C"
