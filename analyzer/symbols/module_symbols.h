#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/symbols/dwarf_info.h"
#include "analyzer/symbols/elf_file.h"
#include "analyzer/symbols/module_files.h"
#include "analyzer/symbols/symbol_table.h"
#include "analyzer/symbols/symbolizer.h"

namespace memprof::symbols {

/// All that is known about the code of one module: its debug info and its symbol tables, wherever
/// they lie.
class ModuleSymbols {
 public:
  /// Reads the files; never fails, but may know nothing (see problem()).
  explicit ModuleSymbols(ModuleFiles files);

  /// Frames at a virtual address of the file, innermost first, at least one.
  std::vector<Frame> resolve(uint64_t address);

  /// As Symbolizer::problem().
  const std::string& problem() const { return problem_; }

  /// Whether ModuleFiles::version tells all that the frames depend on.
  bool is_versioned() const { return dwarf_ == nullptr || !dwarf_->is_split(); }

 private:
  void load();
  const SymbolTable::Symbol* find_symbol(uint64_t address) const;
  const std::string& better_name(uint64_t entry, const std::string& name);

  ModuleFiles files_;
  std::string problem_;
  std::unique_ptr<ElfFile> packed_file_;
  std::vector<SymbolTable> tables_;  // the best first
  std::unique_ptr<DwarfInfo> dwarf_;
  std::unordered_map<uint64_t, std::string> better_names_;  // by the function's entry
};

}  // namespace memprof::symbols
