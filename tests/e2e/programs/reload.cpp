// reload FIRST SECOND: loads the first library, has it allocate, unloads it, and does the same with
// the second, several times. Prints "same" when both were at the same address in each round.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

namespace {

/// The address of the library's function after its block has been allocated; the block stays.
void* use(const char* path, const char* function) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) exit(98);
  auto* allocate = reinterpret_cast<void* (*)()>(dlsym(library, function));
  if (allocate == nullptr || allocate() == nullptr) exit(97);
  if (dlclose(library) != 0) exit(96);
  return reinterpret_cast<void*>(allocate);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  bool same = true;
  for (int round = 0; round < 5; ++round) {
    same = use(argv[1], "allocate_in_first") == use(argv[2], "allocate_in_second") && same;
  }
  puts(same ? "same" : "different");
  return 0;
}
