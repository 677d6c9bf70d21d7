#include "preload/unwind/expression.h"

#include "preload/unwind/byte_reader.h"
#include "preload/unwind/stack_memory.h"

namespace memprof::unwind {
namespace {

constexpr unsigned kStackDepth = 24;
constexpr unsigned kMaxSteps = 200;

class Machine {
 public:
  Machine(const uint8_t* begin, uint32_t bytes, const RegisterFile& registers, StackMemory& memory)
      : begin_(begin),
        end_(begin + bytes),
        code_(begin, end_),
        registers_(registers),
        memory_(memory) {}

  Evaluation run(uint64_t initial, uint64_t* result) {
    push(initial);
    for (unsigned steps = 0; !code_.done(); ++steps) {
      if (steps == kMaxSteps) return Evaluation::kBad;
      step(code_.read<uint8_t>());
      if (state_ != Evaluation::kDone) return state_;
    }
    if (!code_.ok() || depth_ == 0) return Evaluation::kBad;
    *result = stack_[depth_ - 1];
    return Evaluation::kDone;
  }

 private:
  void push(uint64_t value) {
    if (depth_ == kStackDepth) {
      state_ = Evaluation::kBad;
    } else {
      stack_[depth_++] = value;
    }
  }

  uint64_t pop() {
    if (depth_ == 0) {
      state_ = Evaluation::kBad;
      return 0;
    }
    return stack_[--depth_];
  }

  void push_register(uint64_t reg, int64_t offset) {
    if (reg >= kRegisters || !registers_.has(static_cast<unsigned>(reg))) {
      state_ = Evaluation::kUnknownRegister;
    } else {
      push(registers_.value[reg] + static_cast<uint64_t>(offset));
    }
  }

  void jump(int64_t distance) {
    const uint8_t* target = code_.at() + distance;
    if (target < begin_ || target > end_) {
      state_ = Evaluation::kBad;
    } else {
      code_ = ByteReader(target, end_);
    }
  }

  void step(uint8_t op);
  void constant(uint8_t op);
  void rearrange(uint8_t op);
  void unary(uint8_t op);
  void binary(uint8_t op);

  const uint8_t* begin_;
  const uint8_t* end_;
  ByteReader code_;
  const RegisterFile& registers_;
  StackMemory& memory_;
  Evaluation state_ = Evaluation::kDone;
  unsigned depth_ = 0;
  uint64_t stack_[kStackDepth];
};

void Machine::step(uint8_t op) {
  if (op >= 0x30 && op <= 0x4f) return push(op - 0x30u);              // DW_OP_lit0..31
  if (op >= 0x50 && op <= 0x6f) return push_register(op - 0x50u, 0);  // DW_OP_reg0..31
  if (op >= 0x70 && op <= 0x8f) {                                     // DW_OP_breg0..31
    return push_register(op - 0x70u, code_.sleb());
  }
  if (op >= 0x08 && op <= 0x11) return constant(op);
  if (op >= 0x12 && op <= 0x17) return rearrange(op);
  switch (op) {
    case 0x03:  // DW_OP_addr
      return push(code_.read<uint64_t>());
    case 0x06: {  // DW_OP_deref
      uint64_t value = 0;
      if (!memory_.read(pop(), &value)) state_ = Evaluation::kBad;
      return push(value);
    }
    case 0x94: {  // DW_OP_deref_size
      const uint8_t bytes = code_.read<uint8_t>();
      uint64_t value = 0;
      if (bytes == 0 || bytes > 8 || !memory_.read(pop(), &value)) state_ = Evaluation::kBad;
      return push(bytes == 8 ? value : value & ((uint64_t{1} << (8 * (bytes & 7))) - 1));
    }
    case 0x19:  // DW_OP_abs
    case 0x1f:  // DW_OP_neg
    case 0x20:  // DW_OP_not
    case 0x23:  // DW_OP_plus_uconst
      return unary(op);
    case 0x28: {  // DW_OP_bra
      const int16_t distance = code_.read<int16_t>();
      if (pop() != 0) jump(distance);
      return;
    }
    case 0x2f:  // DW_OP_skip
      return jump(code_.read<int16_t>());
    case 0x92: {  // DW_OP_bregx
      const uint64_t reg = code_.uleb();
      return push_register(reg, code_.sleb());
    }
    case 0x96:  // DW_OP_nop
      return;
    default:
      return binary(op);
  }
}

void Machine::constant(uint8_t op) {
  switch (op) {
    case 0x08:
      return push(code_.read<uint8_t>());
    case 0x09:
      return push(static_cast<uint64_t>(int64_t{code_.read<int8_t>()}));
    case 0x0a:
      return push(code_.read<uint16_t>());
    case 0x0b:
      return push(static_cast<uint64_t>(int64_t{code_.read<int16_t>()}));
    case 0x0c:
      return push(code_.read<uint32_t>());
    case 0x0d:
      return push(static_cast<uint64_t>(int64_t{code_.read<int32_t>()}));
    case 0x0e:
    case 0x0f:
      return push(code_.read<uint64_t>());
    case 0x10:
      return push(code_.uleb());
    default:
      return push(static_cast<uint64_t>(code_.sleb()));
  }
}

void Machine::rearrange(uint8_t op) {
  // DW_OP_pick's operand, and the two ops that are picks of a fixed depth.
  if (op == 0x12 || op == 0x14 || op == 0x15) {
    const unsigned index = op == 0x12 ? 0 : op == 0x14 ? 1 : code_.read<uint8_t>();
    if (index >= depth_) {
      state_ = Evaluation::kBad;
      return;
    }
    return push(stack_[depth_ - 1 - index]);
  }
  const uint64_t a = pop();
  if (op == 0x13) return;  // DW_OP_drop
  const uint64_t b = pop();
  if (op == 0x16) {  // DW_OP_swap
    push(a);
    return push(b);
  }
  const uint64_t c = pop();  // DW_OP_rot
  push(a);
  push(c);
  push(b);
}

void Machine::unary(uint8_t op) {
  const uint64_t a = pop();
  const int64_t s = static_cast<int64_t>(a);
  if (op == 0x19) return push(s < 0 ? 0 - a : a);
  if (op == 0x1f) return push(0 - a);
  if (op == 0x20) return push(~a);
  push(a + code_.uleb());
}

void Machine::binary(uint8_t op) {
  const uint64_t b = pop();
  const uint64_t a = pop();
  const int64_t sb = static_cast<int64_t>(b);
  const int64_t sa = static_cast<int64_t>(a);
  switch (op) {
    case 0x1a:
      return push(a & b);
    case 0x1c:
      return push(a - b);
    case 0x1e:
      return push(a * b);
    case 0x21:
      return push(a | b);
    case 0x22:
      return push(a + b);
    case 0x24:
      return push(b < 64 ? a << b : 0);
    case 0x25:
      return push(b < 64 ? a >> b : 0);
    case 0x26:
      return push(static_cast<uint64_t>(sa >> (b < 64 ? b : 63)));
    case 0x27:
      return push(a ^ b);
    case 0x29:
      return push(sa == sb);
    case 0x2a:
      return push(sa >= sb);
    case 0x2b:
      return push(sa > sb);
    case 0x2c:
      return push(sa <= sb);
    case 0x2d:
      return push(sa < sb);
    case 0x2e:
      return push(sa != sb);
    default:
      state_ = Evaluation::kBad;
  }
}

}  // namespace

Evaluation evaluate(const uint8_t* expression, uint32_t bytes, const RegisterFile& registers,
                    uint64_t initial, StackMemory& memory, uint64_t* result) {
  return Machine(expression, bytes, registers, memory).run(initial, result);
}

}  // namespace memprof::unwind
