// h66_deep LEDGERS LIBRARY: uses a library that is loaded with RTLD_DEEPBIND and so gets an
// allocator other than the program's.
#include <dlfcn.h>

#include "tests/e2e/programs/bookkeeping.h"

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 66);
  worker.steps(500);
  void* library = dlopen(argv[2], RTLD_NOW | RTLD_DEEPBIND);
  if (library == nullptr) return 98;
  auto* const work = reinterpret_cast<unsigned (*)(unsigned)>(dlsym(library, "h66_work"));
  if (work == nullptr) return 97;
  const unsigned done = work(1000);
  worker.steps(500);
  char text[64];
  const int bytes = snprintf(text, sizeof text, "%u of its own\n", done);
  return write(1, text, static_cast<size_t>(bytes)) == bytes ? 0 : 96;
}
