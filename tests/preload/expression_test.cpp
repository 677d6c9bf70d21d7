#include "preload/unwind/expression.h"

#include <dwarf.h>

#include <catch2/catch.hpp>
#include <initializer_list>
#include <random>
#include <vector>

#include "preload/unwind/stack_memory.h"

namespace memprof::unwind {
namespace {

using Code = std::vector<uint8_t>;

class Fixture {
 public:
  Fixture() {
    registers_.known = 0;
    registers_.set(kRsp, 0x7000);
    registers_.set(kRbp, 0x8000);
    memory_.reset(0, 0);
    memory_.enter(reinterpret_cast<uintptr_t>(&word_));
  }

  Evaluation run(const Code& code, uint64_t initial = 0) {
    return evaluate(code.data(), static_cast<uint32_t>(code.size()), registers_, initial, memory_,
                    &result_);
  }

  /// What an expression that works out yields.
  uint64_t value(const Code& code, uint64_t initial = 0) {
    REQUIRE(run(code, initial) == Evaluation::kDone);
    return result_;
  }

 protected:
  RegisterFile registers_;
  StackMemory memory_;
  uint64_t result_ = 0;
  uint64_t word_ = 0x1122334455667788;
};

/// DW_OP_const8u of `value`.
Code constant(uint64_t value) {
  Code code = {DW_OP_const8u};
  for (unsigned i = 0; i < 8; ++i) code.push_back(static_cast<uint8_t>(value >> (8 * i)));
  return code;
}

Code operator+(Code a, const Code& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_CASE_METHOD(Fixture, "Constants of every width and sign are pushed as they are",
                 "[expression]") {
  CHECK(value({DW_OP_lit0}) == 0);
  CHECK(value({DW_OP_lit31}) == 31);
  CHECK(value({DW_OP_const1u, 0xff}) == 0xff);
  CHECK(value({DW_OP_const1s, 0xff}) == UINT64_MAX);
  CHECK(value({DW_OP_const2u, 0x01, 0xff}) == 0xff01);
  CHECK(value({DW_OP_const2s, 0xfe, 0xff}) == UINT64_MAX - 1);
  CHECK(value({DW_OP_const4u, 1, 0, 0, 0x80}) == 0x80000001);
  CHECK(value({DW_OP_const4s, 1, 0, 0, 0x80}) == 0xffffffff80000001);
  CHECK(value(constant(0x123456789abcdef0)) == 0x123456789abcdef0);
  CHECK(value({DW_OP_constu, 0xe5, 0x8e, 0x26}) == 624485);
  CHECK(value({DW_OP_consts, 0x80, 0x7f}) == static_cast<uint64_t>(-128));
}

TEST_CASE_METHOD(Fixture, "Registers are read with their offsets", "[expression]") {
  CHECK(value({DW_OP_breg7, 0x10}) == 0x7010);
  CHECK(value({DW_OP_breg6, 0x78}) == 0x7ff8);
  CHECK(value({DW_OP_bregx, 7, 0x00}) == 0x7000);
}

TEST_CASE_METHOD(Fixture, "A register that is not known is told from nonsense", "[expression]") {
  CHECK(run({DW_OP_breg3, 0}) == Evaluation::kUnknownRegister);
  CHECK(run({DW_OP_breg31, 0}) == Evaluation::kUnknownRegister);
  CHECK(run({DW_OP_bregx, 0xff, 0x7f, 0}) == Evaluation::kUnknownRegister);
}

TEST_CASE_METHOD(Fixture, "The initial value is on the stack first", "[expression]") {
  CHECK(value({DW_OP_plus_uconst, 8}, 100) == 108);
  CHECK(value({DW_OP_nop}, 100) == 100);
}

TEST_CASE_METHOD(Fixture, "Stack operations rearrange as DWARF says", "[expression]") {
  const Code three = {DW_OP_lit1, DW_OP_lit2, DW_OP_lit3};
  CHECK(value(three + Code{DW_OP_dup}) == 3);
  CHECK(value(three + Code{DW_OP_drop}) == 2);
  CHECK(value(three + Code{DW_OP_over}) == 2);
  CHECK(value(three + Code{DW_OP_pick, 2}) == 1);
  CHECK(value(three + Code{DW_OP_swap}) == 2);
  CHECK(value(three + Code{DW_OP_swap, DW_OP_drop}) == 3);
  // rot: the top goes to the third place, the others move up.
  CHECK(value(three + Code{DW_OP_rot}) == 2);
  CHECK(value(three + Code{DW_OP_rot, DW_OP_drop}) == 1);
  CHECK(value(three + Code{DW_OP_rot, DW_OP_drop, DW_OP_drop}) == 3);
}

TEST_CASE_METHOD(Fixture, "Arithmetic agrees with the processor's on random numbers",
                 "[expression]") {
  const uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (unsigned round = 0; round < 500; ++round) {
    const uint64_t a = random() >> (random() % 64);
    const uint64_t b = round % 3 == 0 ? random() % 70 : random() >> (random() % 64);
    const int64_t sa = static_cast<int64_t>(a);
    const int64_t sb = static_cast<int64_t>(b);
    INFO(a << " " << b);
    const Code both = constant(a) + constant(b);
    CHECK(value(both + Code{DW_OP_and}) == (a & b));
    CHECK(value(both + Code{DW_OP_or}) == (a | b));
    CHECK(value(both + Code{DW_OP_xor}) == (a ^ b));
    CHECK(value(both + Code{DW_OP_plus}) == a + b);
    CHECK(value(both + Code{DW_OP_minus}) == a - b);
    CHECK(value(both + Code{DW_OP_mul}) == a * b);
    CHECK(value(both + Code{DW_OP_eq}) == (a == b));
    CHECK(value(both + Code{DW_OP_ne}) == (a != b));
    CHECK(value(both + Code{DW_OP_lt}) == (sa < sb));
    CHECK(value(both + Code{DW_OP_le}) == (sa <= sb));
    CHECK(value(both + Code{DW_OP_gt}) == (sa > sb));
    CHECK(value(both + Code{DW_OP_ge}) == (sa >= sb));
    CHECK(value(both + Code{DW_OP_shl}) == (b < 64 ? a << b : 0));
    CHECK(value(both + Code{DW_OP_shr}) == (b < 64 ? a >> b : 0));
    CHECK(value(both + Code{DW_OP_shra}) ==
          static_cast<uint64_t>(b < 64 ? sa >> b : (sa < 0 ? -1 : 0)));
    CHECK(value(constant(a) + Code{DW_OP_not}) == ~a);
    CHECK(value(constant(a) + Code{DW_OP_neg}) == 0 - a);
    CHECK(value(constant(a) + Code{DW_OP_abs}) == (sa < 0 ? 0 - a : a));
  }
}

TEST_CASE_METHOD(Fixture, "Memory is read where it can be read", "[expression]") {
  const uint64_t address = reinterpret_cast<uint64_t>(&word_);
  CHECK(value(constant(address) + Code{DW_OP_deref}) == word_);
  CHECK(value(constant(address) + Code{DW_OP_deref_size, 1}) == 0x88);
  CHECK(value(constant(address) + Code{DW_OP_deref_size, 2}) == 0x7788);
  CHECK(value(constant(address) + Code{DW_OP_deref_size, 4}) == 0x55667788);
  CHECK(value(constant(address) + Code{DW_OP_deref_size, 8}) == word_);
  CHECK(run({DW_OP_lit8, DW_OP_deref}) == Evaluation::kBad);
  CHECK(run(constant(UINT64_MAX) + Code{DW_OP_deref}) == Evaluation::kBad);
  CHECK(run(constant(address) + Code{DW_OP_deref_size, 0}) == Evaluation::kBad);
  CHECK(run(constant(address) + Code{DW_OP_deref_size, 9}) == Evaluation::kBad);
}

TEST_CASE_METHOD(Fixture, "Jumps go where they say, inside the expression only", "[expression]") {
  CHECK(value({DW_OP_lit1, DW_OP_skip, 1, 0, DW_OP_lit2, DW_OP_lit3, DW_OP_plus}) == 4);
  CHECK(value({DW_OP_lit5, DW_OP_lit1, DW_OP_bra, 1, 0, DW_OP_lit7}) == 5);
  CHECK(value({DW_OP_lit5, DW_OP_lit0, DW_OP_bra, 1, 0, DW_OP_lit7}) == 7);
  CHECK(run({DW_OP_skip, 100, 0}) == Evaluation::kBad);
  CHECK(run({DW_OP_skip, 0x00, 0x80}) == Evaluation::kBad);
}

TEST_CASE_METHOD(Fixture, "Expressions that do not end, overflow or run dry are refused",
                 "[expression]") {
  CHECK(run({DW_OP_skip, 0xfd, 0xff}) == Evaluation::kBad);
  CHECK(run(Code(100, DW_OP_lit1)) == Evaluation::kBad);
  CHECK(run({DW_OP_drop}) == Evaluation::kBad);
  CHECK(run({DW_OP_drop, DW_OP_drop}) == Evaluation::kBad);
  CHECK(run({DW_OP_plus}) == Evaluation::kBad);
  CHECK(run({DW_OP_pick, 1}) == Evaluation::kBad);
  CHECK(run({DW_OP_rot}) == Evaluation::kBad);
  CHECK(run({DW_OP_call_frame_cfa}) == Evaluation::kBad);
  CHECK(run({0xff}) == Evaluation::kBad);
}

TEST_CASE_METHOD(Fixture, "No sequence of random bytes does harm, cut anywhere or not",
                 "[expression]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (unsigned round = 0; round < 20'000; ++round) {
    Code code(random() % 40);
    for (uint8_t& byte : code) {
      byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : DW_OP_lit0 + random() % 8);
    }
    // In a block of its exact size, so that a sanitizer sees a read beyond.
    run(code);
  }
  const Code good = constant(reinterpret_cast<uint64_t>(&word_)) + Code{DW_OP_deref_size, 4} +
                    Code{DW_OP_const2u, 1, 2, DW_OP_plus, DW_OP_bregx, 7, 0, DW_OP_plus};
  for (size_t length = 0; length <= good.size(); ++length) {
    run(Code(good.begin(), good.begin() + static_cast<ptrdiff_t>(length)));
  }
}

}  // namespace
}  // namespace memprof::unwind
