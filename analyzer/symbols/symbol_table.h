#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "analyzer/symbols/elf_file.h"
#include "analyzer/symbols/range_map.h"

namespace memprof::symbols {

/// The functions of one ELF symbol table, by address. Names point into the file, which must outlive
/// this.
class SymbolTable {
 public:
  struct Symbol {
    uint64_t address = 0;
    const char* name = "";  ///< mangled; may carry a version ("memcpy@@GLIBC_2.14")
  };

  /// Reads the first table of `section_type` (SHT_SYMTAB or SHT_DYNSYM); stays empty when there is
  /// none.
  void load(const ElfFile& file, uint32_t section_type);

  /// The function over `address`; nullptr when there is none. Among names of one address global
  /// ones come before weak and local ones, then those with fewer leading underscores, then the
  /// alphabet decides. A symbol without a size ends at the next one or with its section.
  const Symbol* find(uint64_t address) const { return symbols_.find(address); }

  bool empty() const { return symbols_.empty(); }

 private:
  RangeMap<Symbol> symbols_;
};

/// The first of `names` that the file defines as a function; "" when there is none of them, or no
/// symbol table.
std::string_view first_defined(const ElfFile& file, std::span<const std::string_view> names);

}  // namespace memprof::symbols
