#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/symbols/dwarf_names.h"
#include "analyzer/symbols/dwarf_unit.h"
#include "analyzer/symbols/elf_file.h"
#include "analyzer/symbols/module_files.h"
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
  /// Reads the debug info in `files.debug`; what lies outside the code of `files.module` is left
  /// out. nullptr when there is nothing to read. `problem` says why, or why names are missing.
  static std::unique_ptr<DwarfInfo> open(const ModuleFiles& files, std::string& problem);

  ~DwarfInfo();
  DwarfInfo(const DwarfInfo&) = delete;
  DwarfInfo& operator=(const DwarfInfo&) = delete;

  /// `address` is in terms of the module's own file.
  DwarfLocation locate(uint64_t address);

  /// Whether some of it lies in files of its own (.dwo), whose change nothing here would show.
  bool is_split() const { return is_split_; }

 private:
  struct Unit {
    Dwarf_CU* handle = nullptr;
    std::unique_ptr<DwarfUnit> decoded;
  };

  DwarfInfo() = default;
  /// False when nothing may be read for want of it.
  bool attach_alternate(std::string& problem);
  void index_units();
  DwarfUnit& decode(Unit& unit);

  std::shared_ptr<ElfFile> file_;
  std::shared_ptr<const ElfFile> code_of_;
  std::shared_ptr<ElfFile> alternate_file_;
  Dwarf* alternate_ = nullptr;
  Dwarf* dwarf_ = nullptr;
  bool is_split_ = false;
  uint64_t bias_ = 0;  // of the module's addresses over those in the debug info

  DwarfNames names_;
  DwarfBudget budget_;
  std::vector<Unit> units_;
  RangeMap<uint32_t> by_address_;
};

}  // namespace memprof::symbols
