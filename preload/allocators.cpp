#include "preload/allocators.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>

#include <cstring>

#include "preload/modules.h"
#include "preload/process.h"

// operator new, where the program has one. Weak: many have none, and we need none.
extern "C" void* _Znwm(size_t size) __attribute__((weak));

namespace memprof {
namespace {

/// What a symbol lookup needs of an object. Pointers in the dynamic section have been relocated.
struct Symbols {
  const ElfW(Sym) * table;
  const char* names;
  const uint32_t* hash;  // DT_GNU_HASH
};

Symbols symbols_of(const link_map* map) {
  Symbols symbols{};
  for (const ElfW(Dyn)* entry = map->l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    const void* at = reinterpret_cast<const void*>(entry->d_un.d_ptr);
    if (entry->d_tag == DT_SYMTAB) symbols.table = static_cast<const ElfW(Sym)*>(at);
    if (entry->d_tag == DT_STRTAB) symbols.names = static_cast<const char*>(at);
    if (entry->d_tag == DT_GNU_HASH) symbols.hash = static_cast<const uint32_t*>(at);
  }
  return symbols;
}

uint32_t gnu_hash(const char* name) {
  uint32_t hash = 5381;
  for (; *name != '\0'; ++name) hash = hash * 33 + static_cast<uint8_t>(*name);
  return hash;
}

/// Whether the object has a function of that name for others. A program at a fixed address may have
/// an undefined symbol with an address, its own jump to the function: that is none.
bool defines(const link_map* map, const char* name) {
  const Symbols symbols = symbols_of(map);
  if (symbols.table == nullptr || symbols.names == nullptr || symbols.hash == nullptr) return false;
  const uint32_t bucket_count = symbols.hash[0];
  const uint32_t first = symbols.hash[1];
  const uint32_t bloom_words = symbols.hash[2];
  if (bucket_count == 0) return false;
  const uint32_t* buckets = symbols.hash + 4 + bloom_words * 2;
  const uint32_t* chains = buckets + bucket_count;
  const uint32_t hash = gnu_hash(name);
  uint32_t index = buckets[hash % bucket_count];
  if (index < first) return false;
  for (;; ++index) {
    const uint32_t entry = chains[index - first];
    const ElfW(Sym)& symbol = symbols.table[index];
    if ((entry | 1) == (hash | 1) && symbol.st_shndx != SHN_UNDEF &&
        strcmp(symbols.names + symbol.st_name, name) == 0) {
      return true;
    }
    if ((entry & 1) != 0) return false;
  }
}

/// The object that holds `function`, when that is not us and has a malloc of its own.
const char* owner(uintptr_t function, uintptr_t our_begin) {
  LoadedObject object;
  if (function == 0 || !find_object(function, &object) || object.begin == our_begin) return "";
  if (!defines(static_cast<const link_map*>(object.link_map), "malloc")) return "";
  return object.name[0] != '\0' ? object.name : executable_path();
}

}  // namespace

OtherAllocators find_other_allocators() {
  LoadedObject us;
  if (!find_object(reinterpret_cast<uintptr_t>(&g_state), &us)) return {"", ""};
  return {owner(reinterpret_cast<uintptr_t>(&malloc), us.begin),
          owner(reinterpret_cast<uintptr_t>(&_Znwm), us.begin)};
}

}  // namespace memprof
