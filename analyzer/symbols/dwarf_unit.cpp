// Decoding a compile unit.
//
// libdw can answer "which scopes hold this address?" by itself (dwarf_getscopes), but it walks the
// whole unit for each address: up to 50 ms for a large one. Here a unit is walked once, no deeper
// than functions lie, and only a function that is asked for is walked to its leaves. Entries are
// visited in the order of their bytes; one that leads backwards (a crafted DW_AT_sibling) ends its
// walk.
#include "analyzer/symbols/dwarf_unit.h"

#include <dwarf.h>

#include <algorithm>

namespace memprof::symbols {
namespace {

constexpr size_t kMaxDepth = 1024;

bool step_to_sibling(Dwarf_Die& die) {
  Dwarf_Die next;
  if (dwarf_siblingof(&die, &next) != 0 || next.addr <= die.addr) return false;
  die = next;
  return true;
}

/// Walks all entries below `root`. `enter(die)` says whether to go below it, `leave()` follows each
/// entry gone below, once all inside it was visited.
template <typename Enter, typename Leave>
void walk(Dwarf_Die root, DwarfBudget& budget, Enter enter, Leave leave) {
  std::vector<Dwarf_Die> path(1);
  if (dwarf_child(&root, &path.front()) != 0) return;
  while (!path.empty()) {
    if (!DwarfBudget::take(budget.entries)) break;
    Dwarf_Die child;
    if (enter(path.back())) {
      if (path.size() < kMaxDepth && dwarf_child(&path.back(), &child) == 0) {
        path.push_back(child);
        continue;
      }
      leave();
    }
    while (!step_to_sibling(path.back())) {
      path.pop_back();
      if (path.empty()) return;
      leave();
    }
  }
  for (size_t i = 1; i < path.size(); ++i) leave();
}

bool covers(const std::vector<std::pair<uint64_t, uint64_t>>& ranges, uint64_t address) {
  return std::any_of(ranges.begin(), ranges.end(), [address](const auto& range) {
    return range.first <= address && address < range.second;
  });
}

uint64_t unsigned_attribute(Dwarf_Die* die, unsigned int name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(die, name, &attribute) == nullptr) return 0;
  return dwarf_formudata(&attribute, &value) == 0 ? value : 0;
}

}  // namespace

DwarfUnit::DwarfUnit(Dwarf_Die unit, Dwarf_Die full, DwarfNames& names, DwarfBudget& budget)
    : unit_(unit), full_(full), names_(names), budget_(budget) {
  Dwarf_Attribute attribute;
  if (dwarf_attr(&unit_, DW_AT_comp_dir, &attribute) != nullptr ||
      dwarf_attr(&full_, DW_AT_comp_dir, &attribute) != nullptr) {
    directory_ = dwarf_formstring(&attribute);
  }
  if (dwarf_getsrclines(&unit_, &lines_, &line_count_) != 0) line_count_ = 0;
  if (dwarf_getsrcfiles(&full_, &files_, &file_count_) != 0) file_count_ = 0;
  collect_functions();
}

void DwarfUnit::collect_functions() {
  const bool in_types = dwarf_srclang(&full_) == DW_LANG_Rust;
  std::vector<bool> open;  // entries gone below: whether it is a function or lies in one
  const auto enter = [&](Dwarf_Die& die) {
    const bool in_function = !open.empty() && open.back();
    switch (dwarf_tag(&die)) {
      case DW_TAG_subprogram:
        add_function(die);
        open.push_back(true);
        return true;
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
      case DW_TAG_enumeration_type:
        // C and C++ only declare functions in types, unless the type is local to a function, as a
        // lambda's is; Rust writes them there. Types are most of a unit, so they are left out where
        // possible.
        if (!in_types && !in_function) return false;
        break;
      case DW_TAG_namespace:
      case DW_TAG_module:
      case DW_TAG_lexical_block:
        break;
      default:
        return false;
    }
    open.push_back(in_function);
    return true;
  };
  walk(full_, budget_, enter, [&open] { open.pop_back(); });
  by_address_.build();
}

void DwarfUnit::add_function(const Dwarf_Die& die) {
  Function function;
  function.die = die;
  bool first = true;
  const auto index = static_cast<uint32_t>(functions_.size());
  for_each_range(&function.die, budget_, [&](uint64_t low, uint64_t high) {
    if (first) function.entry = low;
    first = false;
    by_address_.add(low, high, index);
    all_ranges_.emplace_back(low, high);
  });
  if (!first) functions_.push_back(std::move(function));
}

void DwarfUnit::collect_inlined(Function& function) {
  std::vector<size_t> open;  // entries gone below: an index into `inlined`, or kBlock
  constexpr size_t kBlock = SIZE_MAX;
  const auto enter = [&](Dwarf_Die& die) {
    switch (dwarf_tag(&die)) {
      case DW_TAG_inlined_subroutine: {
        Inlined inlined;
        inlined.die = die;
        for_each_range(&die, budget_, [&inlined](uint64_t low, uint64_t high) {
          inlined.ranges.emplace_back(low, high);
        });
        open.push_back(function.inlined.size());
        function.inlined.push_back(std::move(inlined));
        return true;
      }
      case DW_TAG_lexical_block:
      case DW_TAG_try_block:
      case DW_TAG_catch_block:
      case DW_TAG_with_stmt:
        open.push_back(kBlock);
        return true;
      default:
        return false;
    }
  };
  const auto leave = [&] {
    if (open.back() != kBlock) function.inlined[open.back()].end = function.inlined.size();
    open.pop_back();
  };
  walk(function.die, budget_, enter, leave);
  function.decoded = true;
}

void DwarfUnit::set_line(uint64_t address, Frame& frame) {
  // The last row at or below the address. Rows that end a sequence sort before others at their
  // address.
  size_t low = 0;
  size_t high = line_count_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    Dwarf_Addr at = 0;
    dwarf_lineaddr(dwarf_onesrcline(lines_, middle), &at);
    if (at <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return;
  Dwarf_Line* row = dwarf_onesrcline(lines_, low - 1);
  bool ends = true;
  int line = 0;
  if (dwarf_lineendsequence(row, &ends) != 0 || ends) return;
  frame.file = names_.path(directory_, dwarf_linesrc(row, nullptr, nullptr));
  if (dwarf_lineno(row, &line) == 0 && line > 0) frame.line = static_cast<uint32_t>(line);
}

void DwarfUnit::set_call_site(Dwarf_Die* inlined, Frame& caller) {
  const uint64_t file = unsigned_attribute(inlined, DW_AT_call_file);
  const uint64_t line = unsigned_attribute(inlined, DW_AT_call_line);
  if (file < file_count_) {
    caller.file = names_.path(directory_, dwarf_filesrc(files_, file, nullptr, nullptr));
  }
  if (line <= UINT32_MAX) caller.line = static_cast<uint32_t>(line);
}

DwarfLocation DwarfUnit::locate(uint64_t address) {
  DwarfLocation location;
  Frame frame;
  set_line(address, frame);
  const uint32_t* index = by_address_.find(address);
  if (index == nullptr) {
    if (!frame.file.empty()) location.frames.push_back(std::move(frame));
    return location;
  }
  Function& function = functions_[*index];
  if (!function.decoded) collect_inlined(function);

  std::vector<size_t> chain;  // outermost first
  size_t end = function.inlined.size();
  for (size_t i = 0; i < end;) {
    if (covers(function.inlined[i].ranges, address)) {
      chain.push_back(i);
      end = function.inlined[i].end;
      ++i;
    } else {
      i = function.inlined[i].end;
    }
  }
  while (!chain.empty()) {
    Dwarf_Die die = function.inlined[chain.back()].die;
    chain.pop_back();
    frame.function = names_.of(&die).text;
    frame.inlined = true;
    location.frames.push_back(std::move(frame));
    frame = Frame();
    set_call_site(&die, frame);
  }
  const DwarfName& name = names_.of(&function.die);
  frame.function = name.text;
  location.frames.push_back(std::move(frame));
  location.function_entry = function.entry;
  location.complete_name = name.from_linkage;
  return location;
}

}  // namespace memprof::symbols
