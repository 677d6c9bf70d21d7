// An ELF file with its debug info through the symbolizer, asked for addresses all over its code.
#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <vector>

#include "analyzer/symbols/symbolizer.h"
#include "tests/fuzz/target.h"

namespace {

using namespace memprof;
using fuzz::require;

constexpr size_t kAddresses = 96;

using Bytes = std::span<const uint8_t>;

/// The structure at an offset of the file, if it lies within.
template <typename T>
bool read_at(Bytes file, uint64_t offset, T& value) {
  if (offset > file.size() || file.size() - offset < sizeof value) return false;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return true;
}

/// Addresses evenly over what the file says is code, and a few that are nowhere.
std::vector<uint64_t> addresses_of(Bytes file) {
  std::vector<uint64_t> addresses = {0, 1, UINT64_MAX};
  Elf64_Ehdr header;
  Elf64_Phdr segment;
  if (!read_at(file, 0, header)) return addresses;
  for (size_t i = 0; i < std::min<size_t>(header.e_phnum, 32); ++i) {
    if (!read_at(file, header.e_phoff + i * sizeof segment, segment)) break;
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    for (size_t k = 0; k < kAddresses; ++k) {
      addresses.push_back(segment.p_vaddr + segment.p_memsz / kAddresses * k + k % 7);
    }
  }
  return addresses;
}

class Damage {
 public:
  Damage(std::span<uint8_t> file, unsigned seed) : file_(file), random_(seed) {
    Elf64_Ehdr header;
    Elf64_Shdr section;
    if (!read_at(file_, 0, header)) return;
    headers_ = header.e_shoff;
    for (size_t i = 0; i < header.e_shnum; ++i) {
      if (!read_at(file_, header.e_shoff + i * sizeof section, section)) break;
      // Debug info and tables of symbols: what is not loaded, or says where to find names.
      const bool read = section.sh_addr == 0 || section.sh_type == SHT_DYNSYM ||
                        section.sh_type == SHT_STRTAB || section.sh_type == SHT_NOTE;
      if (section.sh_type == SHT_NOBITS || section.sh_size == 0 || !read) continue;
      if (section.sh_offset > file_.size() || section.sh_size > file_.size() - section.sh_offset)
        continue;
      sections_.push_back(file_.subspan(section.sh_offset, section.sh_size));
    }
    count_ = header.e_shnum;
  }

  void once() {
    if (file_.empty()) return;
    std::span<uint8_t> where = sections_.empty() ? file_ : sections_[pick(sections_.size())];
    switch (pick(8)) {
      case 0:
        where = file_;
        break;
      case 1:
        where = file_.first(std::min(file_.size(), sizeof(Elf64_Ehdr) + 16 * sizeof(Elf64_Phdr)));
        break;
      case 2:
        return edit_section_header();
      case 3:
        // Each section begins with a header that says how to read the rest.
        where = where.first(std::min<size_t>(where.size(), 64));
        break;
      default:
        break;
    }
    if (where.empty()) return;
    const size_t at = pick(where.size());
    switch (pick(5)) {
      case 4: {
        // What is an offset or a code elsewhere may be one here too.
        const size_t from = pick(where.size());
        const size_t bytes = std::min(where.size() - from, where.size() - at);
        std::memmove(&where[at], &where[from], std::min(bytes, size_t{1} << pick(4)));
        break;
      }
      case 0:
        where[at] ^= static_cast<uint8_t>(1U << pick(8));
        break;
      case 1:
        where[at] = static_cast<uint8_t>(random_());
        break;
      default:
        put(where.subspan(at), edge(), size_t{1} << pick(4));
    }
  }

  size_t pick(size_t below) { return below == 0 ? 0 : random_() % below; }

 private:
  uint64_t edge() {
    constexpr uint64_t kEdges[] = {0,          1,          0x7f,       0x80,       0xff,
                                   0x7fff,     0xffff,     0x7fffffff, 0x80000000, 0xfffffff0,
                                   UINT32_MAX, 1ULL << 40, INT64_MAX,  1ULL << 63, ~0ULL};
    const uint64_t value = kEdges[pick(std::size(kEdges))];
    return pick(2) == 0 ? value : value + pick(file_.size());
  }

  static void put(std::span<uint8_t> where, uint64_t value, size_t bytes) {
    std::memcpy(where.data(), &value, std::min({bytes, where.size(), sizeof value}));
  }

  void edit_section_header() {
    constexpr std::pair<size_t, size_t> kFields[] = {
        {offsetof(Elf64_Shdr, sh_name), 4},      {offsetof(Elf64_Shdr, sh_type), 4},
        {offsetof(Elf64_Shdr, sh_flags), 8},     {offsetof(Elf64_Shdr, sh_offset), 8},
        {offsetof(Elf64_Shdr, sh_size), 8},      {offsetof(Elf64_Shdr, sh_link), 4},
        {offsetof(Elf64_Shdr, sh_addralign), 8}, {offsetof(Elf64_Shdr, sh_entsize), 8}};
    const uint64_t section = headers_ + pick(count_) * sizeof(Elf64_Shdr);
    const auto [offset, bytes] = kFields[pick(std::size(kFields))];
    if (section >= file_.size() || section + offset >= file_.size()) return;
    put(file_.subspan(section + offset), edge(), bytes);
  }

  std::span<uint8_t> file_;
  std::mt19937_64 random_;
  uint64_t headers_ = 0;
  size_t count_ = 0;
  std::vector<std::span<uint8_t>> sections_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string path = fuzz::scratch_directory() + "/module";
  ::unlink(path.c_str());  // Cutting it to nothing instead would have some file systems sync it.
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  out.close();
  const std::vector<uint64_t> addresses = addresses_of({data, size});
  symbols::Symbolizer symbolizer({.debug_root = "/nonexistent"});
  const symbols::ModuleKey module{path, ""};
  std::vector<symbols::Lookup> lookups{{&module, addresses}};
  symbolizer.resolve(lookups);
  const auto& stacks = lookups.front().frames;
  require(stacks.size() == addresses.size(), "each address has an answer");
  for (const auto& frames : stacks) {
    require(!frames.empty(), "each address has a frame");
    require(!frames.back().inlined, "the outermost frame is inlined nowhere");
  }
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t, unsigned seed) {
  Damage damage({data, size}, seed);
  for (size_t times = 1 + damage.pick(4); times > 0; --times) damage.once();
  if (damage.pick(16) == 0) return damage.pick(size + 1);
  return size;
}
