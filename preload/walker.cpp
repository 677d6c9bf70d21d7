#include "preload/walker.h"

#include "preload/libunwind_walker.h"
#include "preload/locations.h"
#include "preload/modules.h"
#include "preload/unwind/expression.h"

namespace memprof {
namespace {

using unwind::Evaluation;
using unwind::kRbp;
using unwind::kReturnAddress;
using unwind::kRsp;
using unwind::RegisterFile;
using unwind::RegisterRule;
using unwind::RuleKind;

// After a signal frame the stack pointer may go down (signal stack to interrupted stack). More of
// these in one stack than this is nonsense.
constexpr unsigned kMaxStackSwitches = 16;

constexpr uintptr_t kFirstPage = 4096;

enum class Outcome { kStepped, kEnd, kCut, kNeedAllRegisters };

/// One walk. In the usual mode only pc, rsp and rbp are followed. A frame that needs another
/// register (the loader's lazy-binding trampoline keeps its frame in rbx) makes us start again from
/// our own registers with every rule interpreted.
class Walk {
 public:
  Walk(Stream& s, const Caller& caller) : s_(s), caller_(caller) {}

  CallStack run(bool replay) {
    registers_.known = 0;
    registers_.set(kRsp, caller_.sp);
    registers_.set(kRbp, caller_.bp);
    pc_ = caller_.pc;
    s_.last_walk.make_room();
    s_.memory.enter(caller_.sp);
    // Relaxed: what this thread may walk through is loaded, and an epoch that began since is none
    // of its.
    s_.last_walk.begin(s_.memory, g_epoch.load(std::memory_order_relaxed));
    if (!replay) s_.last_walk.join_nothing();
    if (!follow</*all_registers=*/false>()) {
      count_ = 0;
      s_.last_walk.join_nothing();
      s_.last_walk.do_not_remember();
      if (!start_from_here() || !follow</*all_registers=*/true>()) cut();
    }
    return failed_ ? CallStack{} : CallStack{s_.last_walk.kept(), count_};
  }

 private:
  /// False when registers are missing that only start_from_here can provide.
  template <bool all_registers>
  bool follow();

  Outcome step_fast(Rule rule, WalkFrame* frame);
  Outcome step_slow(LocationKey key, bool all_registers);
  Outcome set_caller_registers(const unwind::FrameRules& rules, uint64_t cfa);
  void note_slots();
  Evaluation value_of(const RegisterRule& rule, unsigned reg, uint64_t cfa, uint64_t* value,
                      bool* known);
  bool start_from_here();

  /// Only without a join: nothing lies further out.
  void cut() {
    if (count_ == format::kMaxFrames) --count_;
    s_.walked[count_++] = format::kCutLocation;
    s_.last_walk.add(0, UINTPTR_MAX, 0, /*joinable=*/false)->needs_bp = false;
  }

  LocationKey key() const { return interrupted_ ? pc_ | kInterruptedBit : pc_; }

  Stream& s_;
  const Caller& caller_;
  RegisterFile registers_;
  uintptr_t pc_ = 0;
  bool interrupted_ = false;
  bool failed_ = false;
  unsigned switches_ = 0;
  uint32_t count_ = 0;
};

template <bool all_registers>
bool Walk::follow() {
  LastWalk& last = s_.last_walk;
  constexpr uint32_t kUsual = (1u << kRsp) | (1u << kRbp);
  if (all_registers) s_.memory.enter(registers_.value[kRsp]);
  for (;;) {
    const uint64_t sp = registers_.value[kRsp];
    if (!all_registers && last.join(key(), sp, registers_.value[kRbp])) {
      if (__builtin_expect(count_ + last.kept() <= format::kMaxFrames, 1)) return true;
    }
    if (__builtin_expect(count_ == format::kMaxFrames, 0)) {
      last.do_not_remember();
      last.join_nothing();
      cut();
      return true;
    }
    const Location location = find_location(s_, key());
    if (__builtin_expect(location.id == format::kCutLocation, 0)) {
      failed_ = true;
      return true;
    }
    s_.walked[count_++] = location.id;
    WalkFrame* frame =
        last.add(key(), sp, registers_.value[kRbp], !all_registers && registers_.known == kUsual);
    Outcome outcome = Outcome::kCut;
    bool cut_here = false;  // by what is, and not by what was read
    switch (location.rule.step()) {
      case Step::kFromSp:
      case Step::kFromBp:
        outcome = all_registers ? step_slow(key(), true) : step_fast(location.rule, frame);
        break;
      case Step::kSlow:
        outcome = step_slow(key(), all_registers);
        break;
      case Step::kEnd:
        outcome = Outcome::kEnd;
        frame->needs_bp = false;
        break;
      case Step::kNone:
      case Step::kNoInfo:
        // ld.so's entry code, which calls the constructors, has no unwind information, and no
        // caller.
        if (s_.memory.is_process_entry(sp)) outcome = Outcome::kEnd;
        frame->needs_bp = false;
        cut_here = true;
        break;
    }
    if (__builtin_expect(outcome == Outcome::kStepped && pc_ >= kFirstPage, 1)) continue;
    if (outcome == Outcome::kNeedAllRegisters) {
      if (!all_registers) return false;
      outcome = Outcome::kCut;
    }
    last.join_nothing();
    if (outcome == Outcome::kStepped) {
      // The slot of the return address that ended the walk has no outer frame to be compared with.
      if (frame->return_slot != nullptr) {
        last.add_extra(reinterpret_cast<uintptr_t>(frame->return_slot), pc_);
        frame->return_slot = nullptr;
      }
      if (pc_ == 0) return true;
    }
    if (outcome == Outcome::kEnd) return true;
    if (!cut_here) last.do_not_remember();
    cut();
    return true;
  }
}

Outcome Walk::step_fast(Rule rule, WalkFrame* frame) {
  const uint64_t sp = registers_.value[kRsp];
  const uint64_t bp = registers_.value[kRbp];
  const bool from_bp = rule.step() == Step::kFromBp;
  const uint64_t cfa = (from_bp ? bp : sp) + rule.cfa_offset();
  uint64_t return_address;
  frame->needs_bp = from_bp;
  if (__builtin_expect(from_bp && cfa - sp >= sys::kPageBytes, 0)) {
    if (!s_.memory.may_jump(cfa - 8)) return Outcome::kCut;
    if (rule.bp_offset() != 0 && !s_.memory.may_jump(cfa - rule.bp_offset())) return Outcome::kCut;
  }
  if (cfa <= sp || !s_.memory.fetch(cfa - 8, &return_address)) return Outcome::kCut;
  frame->return_slot = reinterpret_cast<const uint64_t*>(cfa - 8);
  if (rule.bp_offset() != 0) {
    if (!s_.memory.fetch(cfa - rule.bp_offset(), &registers_.value[kRbp])) return Outcome::kCut;
    frame->bp_slot = reinterpret_cast<const uint64_t*>(cfa - rule.bp_offset());
  }
  registers_.value[kRsp] = cfa;
  registers_.known = (1u << kRsp) | (1u << kRbp);
  pc_ = return_address;
  interrupted_ = false;
  return Outcome::kStepped;
}

Outcome Walk::step_slow(LocationKey key, bool all_registers) {
  if (!find_frame_rules(s_, key)) return Outcome::kCut;
  const unwind::FrameRules& rules = s_.cfi.rules;
  s_.memory.set_frame(registers_.value[kRsp]);
  registers_.set(kReturnAddress, pc_);
  uint64_t cfa = 0;
  if (rules.cfa_is_expression) {
    const Evaluation result = unwind::evaluate(rules.cfa_expression, rules.cfa_expression_bytes,
                                               registers_, 0, s_.memory, &cfa);
    if (result == Evaluation::kUnknownRegister) return Outcome::kNeedAllRegisters;
    if (result == Evaluation::kBad) return Outcome::kCut;
  } else {
    if (!registers_.has(rules.cfa_register)) return Outcome::kNeedAllRegisters;
    cfa = registers_.value[rules.cfa_register] + static_cast<uint64_t>(rules.cfa_offset);
  }
  const uint64_t old_sp = registers_.value[kRsp];
  const Outcome outcome = set_caller_registers(rules, cfa);
  if (outcome == Outcome::kNeedAllRegisters && all_registers) return Outcome::kCut;
  if (outcome != Outcome::kStepped) return outcome;
  interrupted_ = rules.signal_frame;
  note_slots();
  if (registers_.value[kRsp] <= old_sp) s_.last_walk.do_not_remember();
  if (registers_.value[kRsp] <= old_sp && ++switches_ > kMaxStackSwitches) return Outcome::kCut;
  if (!rules.signal_frame && registers_.value[kRsp] <= old_sp) return Outcome::kCut;
  return Outcome::kStepped;
}

/// Has the last walk remember what a slow step has read.
void Walk::note_slots() {
  const uint32_t count = s_.memory.noted();
  if (count > unwind::StackMemory::kMaxNotes) {
    s_.last_walk.do_not_remember();
    return;
  }
  for (uint32_t i = 0; i < count; ++i) {
    s_.last_walk.add_extra(s_.memory.notes()[i].address, s_.memory.notes()[i].value);
  }
}

Outcome Walk::set_caller_registers(const unwind::FrameRules& rules, uint64_t cfa) {
  if (rules.registers[kReturnAddress].kind == RuleKind::kUndefined) return Outcome::kEnd;
  RegisterFile caller;
  caller.known = 0;
  for (unsigned reg = 0; reg < unwind::kRegisters; ++reg) {
    const RegisterRule& rule = rules.registers[reg];
    uint64_t value = 0;
    bool known = false;
    // Unless a rule says otherwise the caller's stack pointer is the CFA.
    if (reg == kRsp && rule.kind == RuleKind::kSame) {
      value = cfa;
      known = true;
    } else {
      const Evaluation result = value_of(rule, reg, cfa, &value, &known);
      const bool needed = reg == kReturnAddress || reg == kRsp;
      if (result == Evaluation::kUnknownRegister && needed) return Outcome::kNeedAllRegisters;
      if (result == Evaluation::kBad && needed) return Outcome::kCut;
      if (result != Evaluation::kDone) known = false;
    }
    if (known) caller.set(reg, value);
  }
  if (!caller.has(kReturnAddress)) return Outcome::kCut;
  pc_ = caller.value[kReturnAddress];
  caller.known &= ~(1u << kReturnAddress);
  if (!caller.has(kRbp)) caller.set(kRbp, 0);  // A frame that needs it will find nothing readable.
  registers_ = caller;
  return Outcome::kStepped;
}

Evaluation Walk::value_of(const RegisterRule& rule, unsigned reg, uint64_t cfa, uint64_t* value,
                          bool* known) {
  *known = true;
  uint64_t address = 0;
  switch (rule.kind) {
    case RuleKind::kSame:
      *known = registers_.has(reg);
      *value = registers_.value[reg];
      return Evaluation::kDone;
    case RuleKind::kUndefined:
      *known = false;
      return Evaluation::kDone;
    case RuleKind::kCfaPlus:
      *value = cfa + static_cast<uint64_t>(rule.offset);
      return Evaluation::kDone;
    case RuleKind::kRegister: {
      const unsigned source = static_cast<unsigned>(rule.offset);
      if (!registers_.has(source)) return Evaluation::kUnknownRegister;
      *value = registers_.value[source];
      return Evaluation::kDone;
    }
    case RuleKind::kIsExpression:
      return unwind::evaluate(rule.expression, rule.expression_bytes, registers_, cfa, s_.memory,
                              value);
    case RuleKind::kAtCfa:
      address = cfa + static_cast<uint64_t>(rule.offset);
      break;
    case RuleKind::kAtExpression: {
      const Evaluation result = unwind::evaluate(rule.expression, rule.expression_bytes, registers_,
                                                 cfa, s_.memory, &address);
      if (result != Evaluation::kDone) return result;
      break;
    }
  }
  return s_.memory.read(address, value) ? Evaluation::kDone : Evaluation::kBad;
}

/// Takes the registers as they are in this function and unwinds, by this library's own unwind
/// information, through our frames to the caller of the hook. All callee-saved registers are known
/// there.
[[gnu::noinline]] bool Walk::start_from_here() {
  registers_.known = 0;
  uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
  asm volatile(
      "movq %%rbx, %0\n\tmovq %%rbp, %1\n\tmovq %%r12, %2\n\tmovq %%r13, %3\n\t"
      "movq %%r14, %4\n\tmovq %%r15, %5\n\tmovq %%rsp, %6\n\tleaq 0(%%rip), %%rax\n\tmovq %%rax, %7"
      : "=m"(rbx), "=m"(rbp), "=m"(r12), "=m"(r13), "=m"(r14), "=m"(r15), "=m"(rsp), "=m"(rip)
      :
      : "rax");
  registers_.set(unwind::kRbx, rbx);
  registers_.set(kRbp, rbp);
  registers_.set(kRsp, rsp);
  registers_.set(12, r12);
  registers_.set(13, r13);
  registers_.set(14, r14);
  registers_.set(15, r15);
  pc_ = rip;
  interrupted_ = true;  // This pc is an instruction, not a return address.
  switches_ = 0;
  constexpr unsigned kMaxOwnFrames = 64;
  s_.memory.enter(rsp);
  for (unsigned frames = 0; frames < kMaxOwnFrames; ++frames) {
    if (step_slow(key(), true) != Outcome::kStepped) return false;
    if (pc_ == caller_.pc && registers_.value[kRsp] == caller_.sp) return true;
  }
  return false;
}

}  // namespace

CallStack walk_plainly(Stream& s, const Caller& caller) {
  return Walk(s, caller).run(/*replay=*/false);
}

CallStack walk_with_replay(Stream& s, const Caller& caller) {
  return Walk(s, caller).run(/*replay=*/true);
}

CallStack walk_stack(Stream& s, const Caller& caller) {
  if (__builtin_expect(g_unwinder == Unwinder::kOwn, 1)) return walk_with_replay(s, caller);
  return g_unwinder == Unwinder::kLibunwind ? walk_with_libunwind(s, caller)
                                            : walk_and_compare(s, caller);
}

}  // namespace memprof
