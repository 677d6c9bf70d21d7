#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/symbols/dwarf_info.h"
#include "analyzer/symbols/elf_file.h"
#include "analyzer/symbols/symbol_table.h"
#include "analyzer/symbols/symbolizer.h"

namespace memprof::symbols {

/// All that is known about the code of one module: its debug info and its symbol tables, wherever
/// they lie.
class ModuleSymbols {
 public:
  /// Opens the module's files; never fails, but may know nothing (see problem()).
  ModuleSymbols(const ModuleKey& key, const std::string& debug_root);

  /// Frames at a virtual address of the file, innermost first, at least one.
  std::vector<Frame> resolve(uint64_t address);

  /// As Symbolizer::problem().
  const std::string& problem() const { return problem_; }

 private:
  void open_module(const ModuleKey& key, const std::string& debug_root);
  void load(const std::string& debug_root);
  const SymbolTable::Symbol* find_symbol(uint64_t address) const;
  const std::string& better_name(uint64_t entry, const std::string& name);

  std::string problem_;
  std::shared_ptr<ElfFile> file_;
  std::shared_ptr<ElfFile> debug_file_;
  std::unique_ptr<ElfFile> packed_file_;
  std::vector<SymbolTable> tables_;  // the best first
  std::unique_ptr<DwarfInfo> dwarf_;
  std::unordered_map<uint64_t, std::string> better_names_;  // by the function's entry
};

}  // namespace memprof::symbols
