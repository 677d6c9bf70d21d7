#include "analyzer/symbols/module_symbols.h"

#include <gelf.h>

#include <string_view>
#include <utility>

#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/demangle.h"

namespace memprof::symbols {
namespace {

constexpr std::string_view kDeletedSuffix = " (deleted)";

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

/// Opens `path` if it is the file that was recorded.
std::unique_ptr<ElfFile> open_recorded(const std::string& path, const std::string& build_id,
                                       std::string& problem) {
  std::unique_ptr<ElfFile> file = ElfFile::open(path, problem);
  if (file == nullptr || build_id.empty() || file->build_id() == build_id) return file;
  problem = "build-id differs from the recorded one";
  return nullptr;
}

}  // namespace

ModuleSymbols::ModuleSymbols(const ModuleKey& key, const std::string& debug_root) {
  open_module(key, debug_root);
  if (file_ == nullptr) return;
  problem_.clear();
  load(debug_root);
  file_->close_descriptor();
  if (debug_file_ != nullptr) debug_file_->close_descriptor();
}

void ModuleSymbols::open_module(const ModuleKey& key, const std::string& debug_root) {
  // "", "[vdso]", "linux-vdso.so.1": code the kernel or a JIT made. A relative path has no meaning
  // here.
  if (!key.path.starts_with('/')) {
    problem_ = "not a file";
    return;
  }
  file_ = open_recorded(key.path, key.build_id, problem_);
  if (file_ == nullptr && key.path.ends_with(kDeletedSuffix)) {
    // Only a build-id proves that what now has this name is what ran.
    const std::string path = key.path.substr(0, key.path.size() - kDeletedSuffix.size());
    std::string ignored;
    if (!key.build_id.empty()) file_ = open_recorded(path, key.build_id, ignored);
    problem_ = "file deleted";
  }
  // The debug file alone will do: it has the same addresses, all names and all lines.
  if (file_ == nullptr) file_ = open_by_build_id(debug_root, key.build_id);
}

void ModuleSymbols::load(const std::string& debug_root) {
  debug_file_ = file_->has_dwarf() ? file_ : find_debug_file(*file_, debug_root);

  tables_.resize(4);
  tables_[0].load(*file_, SHT_SYMTAB);
  if (debug_file_ != nullptr && debug_file_ != file_) tables_[1].load(*debug_file_, SHT_SYMTAB);
  packed_file_ = unpack_debug_data(*file_);
  if (packed_file_ != nullptr) tables_[2].load(*packed_file_, SHT_SYMTAB);
  tables_[3].load(*file_, SHT_DYNSYM);

  if (debug_file_ != nullptr && debug_file_->has_dwarf()) {
    dwarf_ = DwarfInfo::open(debug_file_, file_, debug_root, problem_);
  } else {
    problem_ = "no debug info";
  }
  if (dwarf_ != nullptr) return;
  const bool all = !tables_[0].empty() || !tables_[1].empty() || !tables_[2].empty();
  if (!all) problem_ += tables_[3].empty() ? ", no symbols" : ", only exported symbols";
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
