// Call frame information: what .eh_frame says about one program counter.
#pragma once

#include <cstdint>

namespace memprof::unwind {

/// DWARF register numbers of x86-64.
inline constexpr unsigned kRbx = 3;
inline constexpr unsigned kRbp = 6;
inline constexpr unsigned kRsp = 7;
inline constexpr unsigned kReturnAddress = 16;
inline constexpr unsigned kRegisters = 17;

enum class RuleKind : uint8_t {
  kSame,  ///< also "unspecified": the ABI's callee-saved registers keep their value
  kUndefined,
  kAtCfa,         ///< saved at CFA + offset
  kCfaPlus,       ///< is CFA + offset
  kRegister,      ///< is in another register (offset)
  kAtExpression,  ///< saved at the address the expression yields
  kIsExpression,  ///< is what the expression yields
};

struct RegisterRule {
  RuleKind kind;
  uint32_t expression_bytes;
  union {
    int64_t offset;
    const uint8_t* expression;
  };
};

/// How to find the caller's registers at one program counter.
struct FrameRules {
  bool cfa_is_expression;
  bool signal_frame;
  uint32_t cfa_register;
  uint32_t cfa_expression_bytes;
  int64_t cfa_offset;
  const uint8_t* cfa_expression;
  RegisterRule registers[kRegisters];
};

/// Scratch memory of the interpreter; too large for the program's stack, so the caller brings it.
struct CfiScratch {
  static constexpr unsigned kRememberedStates = 8;
  FrameRules rules;
  FrameRules initial;
  FrameRules remembered[kRememberedStates];
};

/// The unwind tables of one module, as found through its PT_GNU_EH_FRAME header.
struct UnwindTables {
  const uint8_t* eh_frame_hdr;
  const uint8_t* segment_begin;  ///< the mapped segment the tables lie in; nothing outside is read
  const uint8_t* segment_end;
};

/// Fills scratch.rules for the instruction at `address`. False when there is no entry for it or the
/// entry makes no sense. Time is bounded by the length of the entry.
bool find_rules(const UnwindTables& tables, uintptr_t address, CfiScratch* scratch);

}  // namespace memprof::unwind
