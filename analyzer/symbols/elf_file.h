#pragma once

#include <libelf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/symbols/range_map.h"

namespace memprof::symbols {

/// An ELF executable, shared object or debug file, open for reading. Its contents are untrusted.
class ElfFile {
 public:
  enum class Kind {
    kModule,  ///< an executable, a shared object, or the debug file of one
    kShared   ///< what several debug files share, which dwz makes an object file
  };

  /// Opens `path` without ever blocking; only regular files. On failure gives nullptr and says why
  /// in `problem` ("file not found", "not a regular file", "not an ELF file" ...).
  static std::unique_ptr<ElfFile> open(const std::string& path, std::string& problem,
                                       Kind kind = Kind::kModule);

  /// Takes an image that lies in memory; nullptr when it is not an ELF file.
  static std::unique_ptr<ElfFile> from_memory(std::vector<char> image);

  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  /// Lives as long as this object, as do all views of the file's contents.
  Elf* handle() const { return elf_; }
  const std::string& path() const { return path_; }
  /// Changes whenever the file was written or replaced; "" for an image in memory.
  const std::string& version() const { return version_; }
  /// Raw bytes; "" when the file has none.
  const std::string& build_id() const { return build_id_; }
  /// The lowest address of a PT_LOAD segment: what a separate debug file's addresses are compared
  /// by.
  uint64_t base() const { return base_; }
  /// Whether the file's own code covers `address`. Functions the linker dropped lie outside.
  bool is_code(uint64_t address) const { return code_.find(address) != nullptr; }
  /// Whether there is debug info here, rather than in another file.
  bool has_dwarf() const;
  /// The named section's bytes as they lie in the file; empty when there is none.
  std::string_view section(std::string_view name) const;
  /// All bytes of the file.
  std::string_view contents() const;
  /// Why the debug sections must not be read (they claim to inflate beyond all reason), or "".
  std::string debug_problem() const;

  /// Gives the descriptor back once the file is mapped, so that the number of modules is not
  /// limited by RLIMIT_NOFILE. libdw finds the file's directory by it: call it after
  /// dwarf_begin_elf.
  void close_descriptor();

 private:
  ElfFile() = default;
  bool accept(Kind kind, std::string& problem);

  std::string path_;
  std::string version_;
  int descriptor_ = -1;
  std::vector<char> image_;
  Elf* elf_ = nullptr;
  std::string build_id_;
  uint64_t base_ = 0;
  RangeMap<char> code_;
};

}  // namespace memprof::symbols
