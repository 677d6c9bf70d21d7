// Reads .eh_frame by way of the binary search table in .eh_frame_hdr, as the Linux Standard Base
// ("Exception Frames") and DWARF 5 section 6.4 describe them.
#include "preload/unwind/cfi.h"

#include "preload/unwind/byte_reader.h"

namespace memprof::unwind {
namespace {

constexpr uint8_t kPeOmit = 0xff;
constexpr uint8_t kPeIndirect = 0x80;
constexpr uint8_t kTableEncoding = 0x3b;  // DW_EH_PE_datarel | DW_EH_PE_sdata4: what linkers write

struct Entry {
  ByteReader initial{nullptr, nullptr};  // the CIE's instructions
  ByteReader program{nullptr, nullptr};  // the FDE's
  uintptr_t pc_begin = 0;
  uint64_t code_align = 1;
  int64_t data_align = 1;
  uint8_t pointer_encoding = 0;
  bool signal_frame = false;
  bool has_augmentation_data = false;
};

/// The FDE that the search table gives for `address`, or nullptr. Rows are (pc, FDE) as signed
/// 32-bit distances from the header, sorted by pc.
const uint8_t* search_table(const UnwindTables& tables, uintptr_t address) {
  ByteReader reader(tables.eh_frame_hdr, tables.segment_end);
  const uint64_t base = reinterpret_cast<uintptr_t>(tables.eh_frame_hdr);
  const uint8_t version = reader.read<uint8_t>();
  const uint8_t frame_encoding = reader.read<uint8_t>();
  const uint8_t count_encoding = reader.read<uint8_t>();
  const uint8_t table_encoding = reader.read<uint8_t>();
  if (!reader.ok() || version != 1 || table_encoding != kTableEncoding ||
      count_encoding == kPeOmit) {
    return nullptr;
  }
  reader.encoded_pointer(frame_encoding, base);
  const uint64_t count = reader.encoded_pointer(count_encoding, base);
  struct Row {
    int32_t pc;
    int32_t fde;
  };
  if (!reader.ok() || count == 0 ||
      count > static_cast<uint64_t>(tables.segment_end - reader.at()) / sizeof(Row)) {
    return nullptr;
  }
  const uint8_t* rows = reader.at();
  auto row_at = [rows](uint64_t index) {
    Row row;
    memcpy(&row, rows + index * sizeof(Row), sizeof row);
    return row;
  };
  const int64_t wanted = static_cast<int64_t>(address - base);
  uint64_t low = 0;
  uint64_t high = count;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (row_at(middle).pc <= wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return nullptr;
  const uint8_t* fde = tables.eh_frame_hdr + row_at(low - 1).fde;
  if (fde < tables.segment_begin || fde >= tables.segment_end) return nullptr;
  return fde;
}

/// Bounds of a CIE's or FDE's body after its length field; an empty reader when it makes no sense.
ByteReader entry_body(const uint8_t* at, const UnwindTables& tables) {
  ByteReader reader(at, tables.segment_end);
  uint64_t bytes = reader.read<uint32_t>();
  if (bytes == 0xffffffff) bytes = reader.read<uint64_t>();
  if (!reader.ok() || bytes == 0 || bytes > static_cast<uint64_t>(reader.end() - reader.at())) {
    return {nullptr, nullptr};
  }
  return {reader.at(), reader.at() + bytes};
}

bool parse_cie(const uint8_t* at, const UnwindTables& tables, Entry* entry) {
  ByteReader reader = entry_body(at, tables);
  if (reader.read<uint32_t>() != 0) return false;  // a CIE's id in .eh_frame
  const uint8_t version = reader.read<uint8_t>();
  if (version != 1 && version != 3) return false;
  const char* augmentation = reinterpret_cast<const char*>(reader.at());
  while (reader.ok() && reader.read<uint8_t>() != 0) {
  }
  if (!reader.ok()) return false;
  entry->code_align = reader.uleb();
  entry->data_align = reader.sleb();
  const uint64_t return_column = version == 1 ? reader.read<uint8_t>() : reader.uleb();
  if (!reader.ok() || return_column != kReturnAddress) return false;
  if (*augmentation == 'z') {
    entry->has_augmentation_data = true;
    const uint64_t bytes = reader.uleb();
    if (!reader.ok() || bytes > static_cast<uint64_t>(reader.end() - reader.at())) return false;
    ByteReader data(reader.at(), reader.at() + bytes);
    for (const char* letter = augmentation + 1; *letter != '\0' && data.ok(); ++letter) {
      if (*letter == 'R') {
        entry->pointer_encoding = data.read<uint8_t>();
      } else if (*letter == 'P') {
        const uint8_t encoding = data.read<uint8_t>();
        // Only skipped, so what it points to does not matter.
        if (encoding != kPeOmit) data.encoded_pointer(encoding & 0x7f, 0);
      } else if (*letter == 'L') {
        data.read<uint8_t>();
      } else if (*letter == 'S') {
        entry->signal_frame = true;
      } else {
        break;  // What follows cannot be known; the length has already told us where code begins.
      }
    }
    if (!data.ok()) return false;
    reader.skip(bytes);
  } else if (*augmentation != '\0') {
    return false;
  }
  entry->initial = reader;
  return reader.ok();
}

bool parse_fde(const uint8_t* at, const UnwindTables& tables, uintptr_t address, Entry* entry) {
  ByteReader reader = entry_body(at, tables);
  const uint8_t* id_at = reader.at();
  const uint32_t distance = reader.read<uint32_t>();
  if (!reader.ok() || distance == 0 ||
      distance > static_cast<uint64_t>(id_at - tables.segment_begin)) {
    return false;
  }
  if (!parse_cie(id_at - distance, tables, entry)) return false;
  const uint64_t base = reinterpret_cast<uintptr_t>(tables.eh_frame_hdr);
  entry->pc_begin = reader.encoded_pointer(entry->pointer_encoding, base);
  // The range has the pointer's size but is relative to nothing.
  const uint64_t pc_bytes = reader.encoded_pointer(entry->pointer_encoding & 0x0f, 0);
  if (!reader.ok() || address < entry->pc_begin || address - entry->pc_begin >= pc_bytes) {
    return false;
  }
  if (entry->has_augmentation_data) reader.skip(reader.uleb());
  entry->program = reader;
  return reader.ok();
}

/// Runs call frame instructions up to the row that covers `address`.
class Interpreter {
 public:
  Interpreter(const Entry& entry, uintptr_t address, CfiScratch* scratch)
      : entry_(entry), address_(address), scratch_(scratch), rules_(scratch->rules) {}

  bool run() {
    rules_ = FrameRules{};
    rules_.signal_frame = entry_.signal_frame;
    location_ = 0;
    if (!execute(entry_.initial, /*until_address=*/false)) return false;
    scratch_->initial = rules_;
    location_ = entry_.pc_begin;
    return execute(entry_.program, /*until_address=*/true);
  }

 private:
  bool execute(ByteReader code, bool until_address) {
    while (!code.done()) {
      if (!step(code)) return false;
      if (until_address && location_ > address_) break;
    }
    return code.ok();
  }

  void advance(uint64_t units) { location_ += units * entry_.code_align; }

  void set(uint64_t reg, RuleKind kind, int64_t offset) {
    if (reg >= kRegisters) return;  // Vector registers and the like do not matter to us.
    rules_.registers[reg] = RegisterRule{kind, 0, {offset}};
  }

  void set_expression(uint64_t reg, RuleKind kind, ByteReader& code) {
    const uint64_t bytes = code.uleb();
    const uint8_t* begin = code.at();
    code.skip(bytes);
    if (reg >= kRegisters || !code.ok()) return;
    RegisterRule& rule = rules_.registers[reg];
    rule.kind = kind;
    rule.expression_bytes = static_cast<uint32_t>(bytes);
    rule.expression = begin;
  }

  void restore(uint64_t reg) {
    if (reg < kRegisters) rules_.registers[reg] = scratch_->initial.registers[reg];
  }

  int64_t factored(uint64_t value) const { return static_cast<int64_t>(value) * entry_.data_align; }

  bool step(ByteReader& code);
  bool step_extended(uint8_t opcode, ByteReader& code);
  bool step_cfa(uint8_t opcode, ByteReader& code);

  const Entry& entry_;
  const uintptr_t address_;
  CfiScratch* scratch_;
  FrameRules& rules_;
  uint64_t location_ = 0;  // where the row being built begins
  unsigned depth_ = 0;
};

bool Interpreter::step(ByteReader& code) {
  const uint8_t byte = code.read<uint8_t>();
  const uint8_t low = byte & 0x3f;
  switch (byte >> 6) {
    case 1:  // DW_CFA_advance_loc
      advance(low);
      return true;
    case 2:  // DW_CFA_offset
      set(low, RuleKind::kAtCfa, factored(code.uleb()));
      return true;
    case 3:  // DW_CFA_restore
      restore(low);
      return true;
    default:
      return step_extended(byte, code);
  }
}

bool Interpreter::step_extended(uint8_t opcode, ByteReader& code) {
  switch (opcode) {
    case 0x00:  // DW_CFA_nop
      return true;
    case 0x01:  // DW_CFA_set_loc
      location_ = code.encoded_pointer(entry_.pointer_encoding, 0);
      return true;
    case 0x02:
      advance(code.read<uint8_t>());
      return true;
    case 0x03:
      advance(code.read<uint16_t>());
      return true;
    case 0x04:
      advance(code.read<uint32_t>());
      return true;
    case 0x05: {  // DW_CFA_offset_extended
      const uint64_t reg = code.uleb();
      set(reg, RuleKind::kAtCfa, factored(code.uleb()));
      return true;
    }
    case 0x06:
      restore(code.uleb());
      return true;
    case 0x07:
      set(code.uleb(), RuleKind::kUndefined, 0);
      return true;
    case 0x08:
      set(code.uleb(), RuleKind::kSame, 0);
      return true;
    case 0x09: {  // DW_CFA_register
      const uint64_t reg = code.uleb();
      set(reg, RuleKind::kRegister, static_cast<int64_t>(code.uleb()));
      return true;
    }
    case 0x0a:  // DW_CFA_remember_state
      if (depth_ == CfiScratch::kRememberedStates) return false;
      scratch_->remembered[depth_++] = rules_;
      return true;
    case 0x0b:  // DW_CFA_restore_state
      if (depth_ == 0) return false;
      rules_ = scratch_->remembered[--depth_];
      return true;
    case 0x10: {  // DW_CFA_expression
      const uint64_t reg = code.uleb();
      set_expression(reg, RuleKind::kAtExpression, code);
      return true;
    }
    case 0x11: {  // DW_CFA_offset_extended_sf
      const uint64_t reg = code.uleb();
      set(reg, RuleKind::kAtCfa, code.sleb() * entry_.data_align);
      return true;
    }
    case 0x14: {  // DW_CFA_val_offset
      const uint64_t reg = code.uleb();
      set(reg, RuleKind::kCfaPlus, factored(code.uleb()));
      return true;
    }
    case 0x15: {  // DW_CFA_val_offset_sf
      const uint64_t reg = code.uleb();
      set(reg, RuleKind::kCfaPlus, code.sleb() * entry_.data_align);
      return true;
    }
    case 0x16: {  // DW_CFA_val_expression
      const uint64_t reg = code.uleb();
      set_expression(reg, RuleKind::kIsExpression, code);
      return true;
    }
    case 0x2e:  // DW_CFA_GNU_args_size
      code.uleb();
      return true;
    case 0x2f: {  // DW_CFA_GNU_negative_offset_extended
      const uint64_t reg = code.uleb();
      set(reg, RuleKind::kAtCfa, -factored(code.uleb()));
      return true;
    }
    default:
      return step_cfa(opcode, code);
  }
}

bool Interpreter::step_cfa(uint8_t opcode, ByteReader& code) {
  switch (opcode) {
    case 0x0c:  // DW_CFA_def_cfa
      rules_.cfa_register = static_cast<uint32_t>(code.uleb());
      rules_.cfa_offset = static_cast<int64_t>(code.uleb());
      break;
    case 0x0d:  // DW_CFA_def_cfa_register
      rules_.cfa_register = static_cast<uint32_t>(code.uleb());
      break;
    case 0x0e:  // DW_CFA_def_cfa_offset
      rules_.cfa_offset = static_cast<int64_t>(code.uleb());
      break;
    case 0x0f: {  // DW_CFA_def_cfa_expression
      const uint64_t bytes = code.uleb();
      rules_.cfa_expression = code.at();
      rules_.cfa_expression_bytes = static_cast<uint32_t>(bytes);
      code.skip(bytes);
      rules_.cfa_is_expression = true;
      return code.ok();
    }
    case 0x12:  // DW_CFA_def_cfa_sf
      rules_.cfa_register = static_cast<uint32_t>(code.uleb());
      rules_.cfa_offset = code.sleb() * entry_.data_align;
      break;
    case 0x13:  // DW_CFA_def_cfa_offset_sf
      rules_.cfa_offset = code.sleb() * entry_.data_align;
      break;
    default:
      return false;
  }
  rules_.cfa_is_expression = false;
  return code.ok();
}

}  // namespace

uint64_t ByteReader::encoded_pointer(uint8_t encoding, uint64_t data_base) {
  if (encoding == kPeOmit) return 0;
  const uint64_t here = reinterpret_cast<uintptr_t>(at_);
  uint64_t value = 0;
  switch (encoding & 0x0f) {
    case 0x00:
    case 0x04:
    case 0x0c:
      value = read<uint64_t>();
      break;
    case 0x01:
      value = uleb();
      break;
    case 0x02:
      value = read<uint16_t>();
      break;
    case 0x03:
      value = read<uint32_t>();
      break;
    case 0x09:
      value = static_cast<uint64_t>(sleb());
      break;
    case 0x0a:
      value = static_cast<uint64_t>(int64_t{read<int16_t>()});
      break;
    case 0x0b:
      value = static_cast<uint64_t>(int64_t{read<int32_t>()});
      break;
    default:
      fail();
      return 0;
  }
  switch (encoding & 0x70) {
    case 0x00:
      break;
    case 0x10:  // relative to the place it stands
      value += here;
      break;
    case 0x30:
      value += data_base;
      break;
    default:
      fail();
      return 0;
  }
  if ((encoding & kPeIndirect) != 0) fail();  // Would read memory that nobody has checked.
  return ok_ ? value : 0;
}

bool find_rules(const UnwindTables& tables, uintptr_t address, CfiScratch* scratch) {
  const uint8_t* fde = search_table(tables, address);
  if (fde == nullptr) return false;
  Entry entry;
  if (!parse_fde(fde, tables, address, &entry)) return false;
  return Interpreter(entry, address, scratch).run();
}

}  // namespace memprof::unwind
