#include "analyzer/symbols/symbol_table.h"

#include <gelf.h>

#include <algorithm>
#include <cstring>
#include <tuple>
#include <vector>

namespace memprof::symbols {
namespace {

struct Candidate {
  SymbolTable::Symbol symbol;
  uint64_t size = 0;
  uint64_t section_end = 0;
  int rank = 0;  // 0 global, 1 weak, 2 local
};

int rank_of(unsigned char binding) {
  if (binding == STB_GLOBAL || binding == STB_GNU_UNIQUE) return 0;
  return binding == STB_WEAK ? 1 : 2;
}

bool before(const Candidate& a, const Candidate& b) {
  const auto key = [](const Candidate& c) {
    return std::tuple(c.symbol.address, c.size == 0, c.rank, std::strspn(c.symbol.name, "_"));
  };
  if (key(a) != key(b)) return key(a) < key(b);
  return std::strcmp(a.symbol.name, b.symbol.name) < 0;
}

/// Ends of all sections by index; UINT64_MAX where a section says nothing sensible.
std::vector<uint64_t> section_ends(Elf* elf) {
  std::vector<uint64_t> ends;
  Elf_Scn* scan = nullptr;
  while ((scan = elf_nextscn(elf, scan)) != nullptr) {
    GElf_Shdr header;
    const bool good =
        gelf_getshdr(scan, &header) != nullptr && header.sh_addr + header.sh_size >= header.sh_addr;
    ends.resize(elf_ndxscn(scan) + 1, UINT64_MAX);
    ends.back() = good ? header.sh_addr + header.sh_size : UINT64_MAX;
  }
  return ends;
}

std::vector<Candidate> functions_of(Elf* elf, const GElf_Shdr& header, Elf_Data* data) {
  const std::vector<uint64_t> ends = section_ends(elf);
  const size_t count = data->d_size / gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
  std::vector<Candidate> found;
  for (size_t i = 0; i < count && i < INT32_MAX; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (type != STT_FUNC && type != STT_GNU_IFUNC) continue;
    if (symbol.st_shndx == SHN_UNDEF) continue;
    const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name == nullptr || *name == '\0') continue;
    const uint64_t end = symbol.st_shndx < ends.size() ? ends[symbol.st_shndx] : UINT64_MAX;
    found.push_back(
        {{symbol.st_value, name}, symbol.st_size, end, rank_of(GELF_ST_BIND(symbol.st_info))});
  }
  return found;
}

Elf_Scn* table_of_type(Elf* elf, uint32_t section_type, GElf_Shdr& header) {
  Elf_Scn* scan = nullptr;
  while ((scan = elf_nextscn(elf, scan)) != nullptr) {
    if (gelf_getshdr(scan, &header) != nullptr && header.sh_type == section_type) return scan;
  }
  return nullptr;
}

}  // namespace

void SymbolTable::load(const ElfFile& file, uint32_t section_type) {
  GElf_Shdr header;
  Elf_Scn* section = table_of_type(file.handle(), section_type, header);
  Elf_Data* data = section != nullptr ? elf_getdata(section, nullptr) : nullptr;
  if (data == nullptr) return;
  std::vector<Candidate> found = functions_of(file.handle(), header, data);
  std::sort(found.begin(), found.end(), before);

  uint64_t next = UINT64_MAX;  // the lowest address above the candidate's
  for (size_t i = found.size(); i-- > 0;) {
    const Candidate& candidate = found[i];
    const uint64_t address = candidate.symbol.address;
    if (i + 1 < found.size() && found[i + 1].symbol.address > address) {
      next = found[i + 1].symbol.address;
    }
    if (i > 0 && found[i - 1].symbol.address == address) continue;  // an alias ranks before it
    const uint64_t end =
        candidate.size > 0 ? address + candidate.size : std::min(next, candidate.section_end);
    symbols_.add(address, end, candidate.symbol);
  }
  symbols_.build();
}

std::string_view first_defined(const ElfFile& file, std::span<const std::string_view> names) {
  size_t first = names.size();
  for (const uint32_t section_type : {uint32_t{SHT_SYMTAB}, uint32_t{SHT_DYNSYM}}) {
    GElf_Shdr header;
    Elf_Scn* section = table_of_type(file.handle(), section_type, header);
    Elf_Data* data = section != nullptr ? elf_getdata(section, nullptr) : nullptr;
    if (data == nullptr) continue;
    for (const Candidate& candidate : functions_of(file.handle(), header, data)) {
      const auto found = std::find(names.begin(), names.end(), candidate.symbol.name);
      first = std::min(first, static_cast<size_t>(found - names.begin()));
    }
  }
  return first < names.size() ? names[first] : std::string_view();
}

}  // namespace memprof::symbols
