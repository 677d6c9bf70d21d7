#include "analyzer/symbols/elf_file.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace memprof::symbols {
namespace {

constexpr off_t kMaxFileBytes = off_t{16} << 30;
// Real debug sections shrink to a tenth at best; zlib allows a thousandth, which is what a bomb
// uses.
constexpr uint64_t kMaxInflation = 64;

std::string open_problem(int error) {
  if (error == ENOENT || error == ENOTDIR) return "file not found";
  return std::string("cannot open: ") + std::strerror(error);
}

const char* section_name(Elf* elf, const GElf_Shdr& header) {
  size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return nullptr;
  return elf_strptr(elf, names, header.sh_name);
}

/// What a section claims to inflate to; 0 when it is not compressed. `name` tells the older GNU
/// form.
uint64_t inflated_bytes(Elf_Scn* section, const GElf_Shdr& header, std::string_view name) {
  if ((header.sh_flags & SHF_COMPRESSED) != 0) {
    GElf_Chdr compressed;
    return gelf_getchdr(section, &compressed) != nullptr ? compressed.ch_size : UINT64_MAX;
  }
  if (!name.starts_with(".zdebug")) return 0;
  constexpr size_t kMagicBytes = 4;
  const Elf_Data* data = elf_rawdata(section, nullptr);
  if (data == nullptr || data->d_size < kMagicBytes + sizeof(uint64_t)) return 0;
  uint64_t size = 0;
  for (size_t i = 0; i < sizeof size; ++i) {
    size = size << 8 | static_cast<const unsigned char*>(data->d_buf)[kMagicBytes + i];
  }
  return size;
}

std::string version_of(const struct stat& status) {
  std::string version;
  for (const auto part :
       {static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino),
        static_cast<uint64_t>(status.st_size), static_cast<uint64_t>(status.st_mtim.tv_sec),
        static_cast<uint64_t>(status.st_mtim.tv_nsec), static_cast<uint64_t>(status.st_ctim.tv_sec),
        static_cast<uint64_t>(status.st_ctim.tv_nsec)}) {
    version += std::to_string(part) + ".";
  }
  return version;
}

}  // namespace

std::unique_ptr<ElfFile> ElfFile::open(const std::string& path, std::string& problem, Kind kind) {
  elf_version(EV_CURRENT);
  std::unique_ptr<ElfFile> file(new ElfFile);
  file->path_ = path;
  if (path.find('\0') != std::string::npos) {
    problem = "file not found";
    return nullptr;
  }
  file->descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file->descriptor_ < 0) {
    problem = open_problem(errno);
    return nullptr;
  }
  struct stat status = {};
  if (fstat(file->descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    problem = "not a regular file";
    return nullptr;
  }
  // Files that the kernel makes up say they are empty; reading some of them takes something away.
  if (status.st_size == 0) {
    problem = "not an ELF file";
    return nullptr;
  }
  if (status.st_size > kMaxFileBytes) {
    problem = "file too large";
    return nullptr;
  }
  file->version_ = version_of(status);
  file->elf_ = elf_begin(file->descriptor_, ELF_C_READ_MMAP, nullptr);
  return file->accept(kind, problem) ? std::move(file) : nullptr;
}

std::unique_ptr<ElfFile> ElfFile::from_memory(std::vector<char> image) {
  elf_version(EV_CURRENT);
  std::unique_ptr<ElfFile> file(new ElfFile);
  file->image_ = std::move(image);
  file->elf_ = elf_memory(file->image_.data(), file->image_.size());
  std::string problem;
  return file->accept(Kind::kModule, problem) ? std::move(file) : nullptr;
}

ElfFile::~ElfFile() {
  if (elf_ != nullptr) elf_end(elf_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ElfFile::close_descriptor() {
  if (descriptor_ < 0) return;
  elf_cntl(elf_, ELF_C_FDDONE);
  ::close(descriptor_);
  descriptor_ = -1;
}

bool ElfFile::accept(Kind kind, std::string& problem) {
  GElf_Ehdr header;
  if (elf_ == nullptr || elf_kind(elf_) != ELF_K_ELF || gelf_getehdr(elf_, &header) == nullptr) {
    problem = "not an ELF file";
    return false;
  }
  const bool fits = header.e_type == ET_EXEC || header.e_type == ET_DYN ||
                    (header.e_type == ET_REL && kind == Kind::kShared);
  if (!fits) {
    problem = "not an executable or shared object";
    return false;
  }
  size_t segments = 0;
  if (elf_getphdrnum(elf_, &segments) != 0) segments = 0;
  bool first = true;
  for (size_t i = 0; i < segments; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr) break;
    if (segment.p_type != PT_LOAD) continue;
    base_ = first ? segment.p_vaddr : std::min(base_, segment.p_vaddr);
    first = false;
    if ((segment.p_flags & PF_X) == 0) continue;
    code_.add(segment.p_vaddr, segment.p_vaddr + segment.p_memsz, 1);
  }
  code_.build();
  const void* id = nullptr;
  const ssize_t id_bytes = dwelf_elf_gnu_build_id(elf_, &id);
  if (id_bytes > 0) build_id_.assign(static_cast<const char*>(id), static_cast<size_t>(id_bytes));
  return true;
}

bool ElfFile::has_dwarf() const {
  Elf_Scn* scan = nullptr;
  while ((scan = elf_nextscn(elf_, scan)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(scan, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* name = section_name(elf_, header);
    if (name == nullptr) continue;
    if (std::strcmp(name, ".debug_info") == 0 || std::strcmp(name, ".zdebug_info") == 0)
      return true;
  }
  return false;
}

std::string_view ElfFile::section(std::string_view name) const {
  Elf_Scn* scan = nullptr;
  while ((scan = elf_nextscn(elf_, scan)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(scan, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* found = section_name(elf_, header);
    if (found == nullptr || name != found) continue;
    const Elf_Data* data = elf_rawdata(scan, nullptr);
    if (data == nullptr || data->d_buf == nullptr) return {};
    return {static_cast<const char*>(data->d_buf), data->d_size};
  }
  return {};
}

std::string_view ElfFile::contents() const {
  size_t size = 0;
  const char* bytes = elf_rawfile(elf_, &size);
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
}

std::string ElfFile::debug_problem() const {
  Elf_Scn* scan = nullptr;
  while ((scan = elf_nextscn(elf_, scan)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(scan, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* name = section_name(elf_, header);
    const uint64_t size = inflated_bytes(scan, header, name == nullptr ? "" : name);
    if (size / kMaxInflation > header.sh_size) return "debug info inflates beyond reason";
  }
  return "";
}

}  // namespace memprof::symbols
