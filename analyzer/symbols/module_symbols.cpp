#include "analyzer/symbols/module_symbols.h"

#include <gelf.h>

#include <string_view>
#include <utility>

#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/demangle.h"

namespace memprof::symbols {
namespace {

/// A symbol's name as debug info would give it: without its version ("@@GLIBC_2.14") and without
/// what tells how a part or a copy of the function was compiled (".cold", ".isra.0"). Other dots
/// belong to names, as Go's.
std::string source_linkage(const char* symbol) {
  std::string_view name(symbol);
  name = name.substr(0, name.find('@'));
  for (const std::string_view marker :
       {".cold", ".part.", ".isra.", ".constprop.", ".lto_priv.", ".localalias", ".llvm."}) {
    const size_t at = name.find(marker);
    if (at != std::string_view::npos && at > 0) name = name.substr(0, at);
  }
  return std::string(name);
}

}  // namespace

ModuleSymbols::ModuleSymbols(ModuleFiles files)
    : files_(std::move(files)), problem_(files_.problem) {
  if (files_.module == nullptr) return;
  load();
  files_.close_descriptors();
}

void ModuleSymbols::load() {
  const ElfFile& module = *files_.module;
  tables_.resize(4);
  tables_[0].load(module, SHT_SYMTAB);
  if (files_.debug != nullptr && files_.debug != files_.module) {
    tables_[1].load(*files_.debug, SHT_SYMTAB);
  }
  packed_file_ = unpack_debug_data(module);
  if (packed_file_ != nullptr) tables_[2].load(*packed_file_, SHT_SYMTAB);
  tables_[3].load(module, SHT_DYNSYM);

  if (files_.debug != nullptr && files_.debug->has_dwarf()) {
    dwarf_ = DwarfInfo::open(files_, problem_);
  } else {
    problem_ = "no debug info";
  }
  if (dwarf_ != nullptr) return;
  const bool all = !tables_[0].empty() || !tables_[1].empty() || !tables_[2].empty();
  if (!all) problem_ += tables_[3].empty() ? ", no symbols" : ", only exported symbols";
  if (!files_.problem.empty()) problem_ += "; " + files_.problem;
}

const SymbolTable::Symbol* ModuleSymbols::find_symbol(uint64_t address) const {
  for (const SymbolTable& table : tables_) {
    if (const SymbolTable::Symbol* symbol = table.find(address)) return symbol;
  }
  return nullptr;
}

/// Compilers give functions of one file (static, in an unnamed namespace) no linkage name in debug
/// info, but the symbol table has one. It is used when it is surely of this function: identical
/// functions may have been folded into one address.
const std::string& ModuleSymbols::better_name(uint64_t entry, const std::string& name) {
  const auto [place, added] = better_names_.try_emplace(entry, name);
  if (!added) return place->second;
  const SymbolTable::Symbol* symbol = find_symbol(entry);
  if (symbol == nullptr || symbol->address != entry || !is_mangled(symbol->name)) {
    return place->second;
  }
  const std::string linkage = source_linkage(symbol->name);
  std::string_view bare = std::string_view(name).substr(name.starts_with('~') ? 1 : 0);
  bare = bare.substr(0, bare.find('<'));
  if (!bare.starts_with("operator") && linkage.find(bare) == std::string::npos) {
    return place->second;
  }
  place->second = demangle(linkage.c_str());
  return place->second;
}

std::vector<Frame> ModuleSymbols::resolve(uint64_t address) {
  std::vector<Frame> frames;
  if (dwarf_ != nullptr) {
    DwarfLocation location = dwarf_->locate(address);
    frames = std::move(location.frames);
    if (!location.complete_name && !frames.back().function.empty()) {
      Frame& function = frames.back();
      function.function = better_name(location.function_entry, function.function);
    }
  }
  if (frames.empty()) frames.emplace_back();
  if (frames.back().function.empty()) {
    const SymbolTable::Symbol* symbol = find_symbol(address);
    if (symbol != nullptr) frames.back().function = demangle(source_linkage(symbol->name).c_str());
  }
  return frames;
}

}  // namespace memprof::symbols
