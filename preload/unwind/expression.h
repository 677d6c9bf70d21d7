// DWARF expressions, as far as call frame information uses them (DWARF 5, section 2.5).
#pragma once

#include <cstdint>

#include "preload/unwind/cfi.h"

namespace memprof::unwind {

/// Registers of one frame; a bit of `known` for each whose value we have.
struct RegisterFile {
  uint64_t value[kRegisters];
  uint32_t known;

  bool has(unsigned reg) const { return reg < kRegisters && ((known >> reg) & 1) != 0; }
  void set(unsigned reg, uint64_t v) {
    value[reg] = v;
    known |= 1u << reg;
  }
};

enum class Evaluation { kDone, kUnknownRegister, kBad };

/// Reads eight bytes of the stack after checking that they may be read.
class StackMemory;

/// Evaluates `expression` with `initial` on its stack. Bounded in steps and stack.
Evaluation evaluate(const uint8_t* expression, uint32_t bytes, const RegisterFile& registers,
                    uint64_t initial, StackMemory& memory, uint64_t* result);

}  // namespace memprof::unwind
