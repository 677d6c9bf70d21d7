#include "analyzer/symbols/dwarf_info.h"

#include <dwarf.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

#include "analyzer/symbols/debug_files.h"

namespace memprof::symbols {
namespace {

constexpr uint32_t kMaxUnits = 1U << 22;

/// libdw opens .dwo, .dwp and alternate files by itself, blocking and whatever they are. So it may
/// only come near a path where there is nothing, or a regular file.
bool is_harmless(const std::string& path) {
  struct stat status = {};
  return path.empty() || stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

bool exists(const std::string& path) {
  struct stat status = {};
  return !path.empty() && stat(path.c_str(), &status) == 0;
}

const char* string_attribute(Dwarf_Die* die, unsigned int name) {
  Dwarf_Attribute attribute;
  return dwarf_attr(die, name, &attribute) != nullptr ? dwarf_formstring(&attribute) : nullptr;
}

/// Whether libdw may look for the split half of this unit.
bool may_open_split(Dwarf_Die* unit, const std::string& file) {
  const char* name = string_attribute(unit, DW_AT_dwo_name);
  if (name == nullptr) name = string_attribute(unit, DW_AT_GNU_dwo_name);
  if (name == nullptr) return false;
  const char* directory = string_attribute(unit, DW_AT_comp_dir);
  const std::string in_directory =
      (directory != nullptr ? std::string(directory) : "") + "/" + name;
  return is_harmless(beside(file, name)) && is_harmless(beside(file, in_directory)) &&
         is_harmless(beside(file, std::string("./") + in_directory)) && is_harmless(file + ".dwp");
}

}  // namespace

std::unique_ptr<DwarfInfo> DwarfInfo::open(const ModuleFiles& files, std::string& problem) {
  problem = files.debug->debug_problem();
  if (!problem.empty()) return nullptr;
  std::unique_ptr<DwarfInfo> info(new DwarfInfo);
  info->file_ = files.debug;
  info->code_of_ = files.module;
  info->alternate_file_ = files.alternate;
  info->bias_ = info->code_of_->base() - info->file_->base();
  info->dwarf_ = dwarf_begin_elf(info->file_->handle(), DWARF_C_READ, nullptr);
  if (info->dwarf_ == nullptr) {
    problem = "damaged debug info";
    return nullptr;
  }
  if (!info->attach_alternate(problem)) return nullptr;
  info->file_->close_descriptor();
  // An entry takes a byte at least and is visited twice. The rest is for split and alternate files.
  constexpr uint64_t kEntriesAtLeast = 8'000'000;
  constexpr uint64_t kRanges = 20'000'000;
  info->budget_ = {kEntriesAtLeast + 2 * info->file_->contents().size(), kRanges};
  info->index_units();
  return info;
}

DwarfInfo::~DwarfInfo() {
  units_.clear();
  if (dwarf_ != nullptr) dwarf_end(dwarf_);
  if (alternate_ != nullptr) dwarf_end(alternate_);
}

bool DwarfInfo::attach_alternate(std::string& problem) {
  const AlternateLink link = alternate_link(*file_);
  if (link.build_id.empty()) return true;
  if (alternate_file_ != nullptr && alternate_file_->debug_problem().empty()) {
    alternate_ = dwarf_begin_elf(alternate_file_->handle(), DWARF_C_READ, nullptr);
  }
  if (alternate_ != nullptr) {
    dwarf_setalt(dwarf_, alternate_);
    alternate_file_->close_descriptor();
    return true;
  }
  problem = "the file its debug info shares names with is missing or another";
  // libdw would now take any file of that name, without a look at its build-id.
  return !exists(beside(file_->path(), link.name)) &&
         !exists(build_id_path("/usr/lib/debug", link.build_id));
}

void DwarfInfo::index_units() {
  Dwarf_CU* handle = nullptr;
  Dwarf_Die root;
  uint8_t type = 0;
  while (units_.size() < kMaxUnits &&
         dwarf_get_units(dwarf_, handle, &handle, nullptr, &type, &root, nullptr) == 0) {
    if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
    if (!DwarfBudget::take(budget_.entries)) break;
    is_split_ = is_split_ || type == DW_UT_skeleton;
    const auto index = static_cast<uint32_t>(units_.size());
    units_.push_back({handle, nullptr});
    bool any = false;
    const auto add = [&](uint64_t low, uint64_t high) {
      any = true;
      if (code_of_->is_code(low + bias_)) by_address_.add(low, high, index);
    };
    for_each_range(&root, budget_, add);
    if (any) continue;
    for (const auto& [low, high] : decode(units_.back()).function_ranges()) add(low, high);
    if (!any) units_.back().decoded.reset();
  }
  by_address_.build();
}

DwarfUnit& DwarfInfo::decode(Unit& unit) {
  if (unit.decoded == nullptr) {
    Dwarf_Die root;
    Dwarf_Die split = {};
    uint8_t type = 0;
    dwarf_cu_info(unit.handle, nullptr, &type, &root, nullptr, nullptr, nullptr, nullptr);
    if (type == DW_UT_skeleton && may_open_split(&root, file_->path())) {
      dwarf_cu_info(unit.handle, nullptr, nullptr, nullptr, &split, nullptr, nullptr, nullptr);
    }
    unit.decoded =
        std::make_unique<DwarfUnit>(root, split.addr != nullptr ? split : root, names_, budget_);
  }
  return *unit.decoded;
}

DwarfLocation DwarfInfo::locate(uint64_t address) {
  const uint32_t* index = by_address_.find(address - bias_);
  if (index == nullptr) return {};
  DwarfLocation location = decode(units_[*index]).locate(address - bias_);
  if (location.function_entry != 0) location.function_entry += bias_;
  return location;
}

}  // namespace memprof::symbols
