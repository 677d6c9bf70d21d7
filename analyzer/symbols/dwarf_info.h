#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/symbols/dwarf_names.h"
#include "analyzer/symbols/dwarf_unit.h"
#include "analyzer/symbols/elf_file.h"
#include "analyzer/symbols/range_map.h"

namespace memprof::symbols {

/// The debug info of one file. Finds the compile unit of an address in a table of its own (not
/// every compiler writes .debug_aranges) and decodes a unit when an address in it is first asked
/// for.
///
/// Reads the file itself, its dwz alternate and its split units (.dwo), none of them over a
/// network.
class DwarfInfo {
 public:
  /// Reads the debug info in `file`. `code_of` is the module's own file: what lies outside its code
  /// is left out. nullptr when there is nothing to read; `problem` then says why.
  static std::unique_ptr<DwarfInfo> open(std::shared_ptr<ElfFile> file,
                                         std::shared_ptr<const ElfFile> code_of,
                                         const std::string& debug_root, std::string& problem);

  ~DwarfInfo();
  DwarfInfo(const DwarfInfo&) = delete;
  DwarfInfo& operator=(const DwarfInfo&) = delete;

  /// `address` is in terms of the module's own file.
  DwarfLocation locate(uint64_t address);

 private:
  struct Unit {
    Dwarf_CU* handle = nullptr;
    std::unique_ptr<DwarfUnit> decoded;
  };

  DwarfInfo() = default;
  bool attach_alternate(const std::string& debug_root);
  void index_units();
  DwarfUnit& decode(Unit& unit);

  std::shared_ptr<ElfFile> file_;
  std::shared_ptr<const ElfFile> code_of_;
  std::unique_ptr<ElfFile> alternate_file_;
  Dwarf* alternate_ = nullptr;
  Dwarf* dwarf_ = nullptr;
  uint64_t bias_ = 0;  // of the module's addresses over those in the debug info

  DwarfNames names_;
  DwarfBudget budget_;
  std::vector<Unit> units_;
  RangeMap<uint32_t> by_address_;
};

}  // namespace memprof::symbols
