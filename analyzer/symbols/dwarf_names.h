#pragma once

#include <elfutils/libdw.h>

#include <string>
#include <unordered_map>

namespace memprof::symbols {

/// A function's name as debug info gives it.
struct DwarfName {
  std::string text;  ///< demangled; "" when debug info has none
  bool from_linkage =
      false;  ///< complete with scope and parameters, rather than the bare DW_AT_name
};

/// Names of function entries (subprograms and inlined subroutines) and spellings of source paths,
/// each worked out once. References hold as long as this object.
class DwarfNames {
 public:
  /// The name of `die`, through DW_AT_abstract_origin and DW_AT_specification where needed.
  const DwarfName& of(Dwarf_Die* die);

  /// `file` made absolute by `directory` and normalized. Remembered by its address: it must lie in
  /// memory of the Dwarf it is from. nullptr gives "".
  const std::string& path(const char* directory, const char* file);

 private:
  std::unordered_map<const void*, DwarfName> names_;
  std::unordered_map<const char*, std::string> paths_;
};

}  // namespace memprof::symbols
