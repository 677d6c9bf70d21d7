#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/symbols/dwarf_names.h"
#include "analyzer/symbols/range_map.h"
#include "analyzer/symbols/symbolizer.h"

namespace memprof::symbols {

/// How much of a file may still be looked at. Real files stay far below; one made to be slow
/// (entries that refer to each other, all to one huge list) runs out and then gives fewer names.
struct DwarfBudget {
  uint64_t entries = 0;
  uint64_t ranges = 0;

  /// Takes one; false when there is none left.
  static bool take(uint64_t& left) { return left > 0 && left-- > 0; }
};

/// What debug info says about one address.
struct DwarfLocation {
  std::vector<Frame> frames;    ///< innermost first; empty when nothing covers the address
  uint64_t function_entry = 0;  ///< start of the function proper (the last frame), 0 when unknown
  bool complete_name = true;    ///< false: the last frame's name lacks scope and parameters
};

/// Calls `use(low, high)` for each address range of `die`, as far as the budget goes.
template <typename Use>
void for_each_range(Dwarf_Die* die, DwarfBudget& budget, Use use) {
  Dwarf_Addr base = 0;
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  ptrdiff_t next = 0;
  while ((next = dwarf_ranges(die, next, &base, &low, &high)) > 0) {
    if (!DwarfBudget::take(budget.ranges)) return;
    use(low, high);
  }
}

/// One compile unit, decoded: its functions by address at once, the functions inlined into one of
/// them when an address in it is first asked for.
class DwarfUnit {
 public:
  /// `unit` is the root of the unit in the module's file, `full` that of its split half (.dwo), or
  /// `unit` again. What is passed by reference must outlive this.
  DwarfUnit(Dwarf_Die unit, Dwarf_Die full, DwarfNames& names, DwarfBudget& budget);

  /// Ranges of all functions here, for units that do not give their own.
  const std::vector<std::pair<uint64_t, uint64_t>>& function_ranges() const { return all_ranges_; }

  DwarfLocation locate(uint64_t address);

 private:
  struct Inlined {
    Dwarf_Die die;
    size_t end = 0;  // index past the last entry inside this one
    std::vector<std::pair<uint64_t, uint64_t>> ranges;
  };
  struct Function {
    Dwarf_Die die;
    uint64_t entry = 0;
    bool decoded = false;          // whether `inlined` is filled
    std::vector<Inlined> inlined;  // in the order of the tree, outer before inner
  };

  void collect_functions();
  void add_function(const Dwarf_Die& die);
  void collect_inlined(Function& function);
  void set_line(uint64_t address, Frame& frame);
  void set_call_site(Dwarf_Die* inlined, Frame& caller);

  Dwarf_Die unit_;
  Dwarf_Die full_;
  DwarfNames& names_;
  DwarfBudget& budget_;
  const char* directory_ = nullptr;

  std::vector<Function> functions_;
  RangeMap<uint32_t> by_address_;
  std::vector<std::pair<uint64_t, uint64_t>> all_ranges_;

  Dwarf_Lines* lines_ = nullptr;  // sorted by address; owned by the Dwarf
  size_t line_count_ = 0;
  Dwarf_Files* files_ = nullptr;
  size_t file_count_ = 0;
};

}  // namespace memprof::symbols
