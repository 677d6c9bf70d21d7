#include "analyzer/symbols/dwarf_names.h"

#include <dwarf.h>

#include "analyzer/symbols/demangle.h"
#include "analyzer/symbols/source_path.h"

namespace memprof::symbols {
namespace {

const char* own_linkage_name(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  if (dwarf_attr(die, DW_AT_linkage_name, &attribute) == nullptr &&
      dwarf_attr(die, DW_AT_MIPS_linkage_name, &attribute) == nullptr) {
    return nullptr;
  }
  return dwarf_formstring(&attribute);
}

/// Steps from `die` to the entry it is an instance of, as long as it says no linkage name itself: a
/// function inlined a thousand times is then named once.
Dwarf_Die origin_of(Dwarf_Die die) {
  constexpr int kMaxSteps = 16;  // chains are two long; a hostile one is a cycle
  for (int i = 0; i < kMaxSteps && own_linkage_name(&die) == nullptr; ++i) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr ||
        dwarf_formref_die(&attribute, &origin) == nullptr) {
      break;
    }
    die = origin;
  }
  return die;
}

DwarfName name_of(Dwarf_Die* die) {
  // dwarf_attr_integrate follows origins and specifications, with a limit of its own.
  Dwarf_Attribute attribute;
  const char* name = nullptr;
  if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) != nullptr ||
      dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute) != nullptr) {
    name = dwarf_formstring(&attribute);
  }
  if (name != nullptr && *name != '\0') return {demangle(name), true};
  name = nullptr;
  if (dwarf_attr_integrate(die, DW_AT_name, &attribute) != nullptr) {
    name = dwarf_formstring(&attribute);
  }
  return {name == nullptr ? "" : name, false};
}

}  // namespace

const DwarfName& DwarfNames::of(Dwarf_Die* die) {
  Dwarf_Die origin = origin_of(*die);
  const auto [place, added] = names_.try_emplace(origin.addr);
  if (added) place->second = name_of(&origin);
  return place->second;
}

const std::string& DwarfNames::path(const char* directory, const char* file) {
  const auto [place, added] = paths_.try_emplace(file);
  if (added && file != nullptr) {
    place->second = source_path(directory == nullptr ? "" : directory, file);
  }
  return place->second;
}

}  // namespace memprof::symbols
