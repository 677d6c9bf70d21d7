#include "preload/walker.h"

#include "preload/compared_walk.h"
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

/// Where the loop of a walk has come to.
enum class Pause {
  kJoined,   ///< from here outward it is the last walk
  kAtFrame,  ///< a frame has to be looked at in detail
  kInFrame,  ///< the same, and it has been noted
};

/// A place in a walk.
struct Place {
  LocationKey key;
  uintptr_t sp;
  uint64_t bp;
  uint32_t count;  ///< locations that stand in Stream::walked
};

/// The loop: frames whose CFA is rsp or rbp plus a constant, in code seen before, on the known part
/// of the stack. It branches on nothing else than whether a frame is one of those, and whether it
/// is the last walk's; everything is in registers. Whatever needs more is left to Walk.
[[gnu::always_inline]] inline Pause walk_plain_frames(Stream& s, Place& place) {
  const LocationTable* const table = g_locations.load(std::memory_order_acquire);
  if (__builtin_expect(table == nullptr, 0)) return Pause::kAtFrame;
  // A step from an rbp beyond this may have jumped over a page.
  constexpr uint64_t kReach = sys::kPageBytes - 8 * Rule::kMaxWordsFromBp;
  LastWalk& last = s.last_walk;
  const uintptr_t highest = s.memory.high() - sizeof(uint64_t);
  uint32_t* const ids = s.walked;
  const LocationTable::Slots slots = table->slots;
  Guess* const guesses = last.guesses;
  uint64_t key = place.key;
  uint64_t inner_key = 0;
  uintptr_t sp = place.sp;
  uint64_t bp = place.bp;
  uint32_t count = place.count;
  uint32_t steps = 0;
  WalkFrame* candidate = last.candidate;
  uintptr_t candidate_sp = candidate->sp;
  WalkFrame* next = last.next;
  const size_t room = last.room();
  const WalkFrame* const stop =
      next - (room < format::kMaxFrames - count ? room : format::kMaxFrames - count);
  Pause pause = Pause::kAtFrame;
  for (;;) {
    while (candidate_sp < sp) candidate_sp = (--candidate)->sp;
    if (candidate_sp == sp && candidate->key == key) {
      last.candidate = candidate;
      if (last.agrees(bp) && last.unchanged()) {
        if (__builtin_expect(count + last.kept() <= format::kMaxFrames, 1)) {
          pause = Pause::kJoined;
          break;
        }
        last.join_nothing();
      }
      candidate = last.candidate;
      candidate_sp = candidate->sp;
    }
    if (__builtin_expect(next == stop, 0)) break;
    Guess& guess = LastWalk::guess(guesses, sp, inner_key);
    uint64_t found = guess.value;
    if (guess.key != key) {
      found = slots.find(key);
      if (__builtin_expect(static_cast<uint32_t>(found) == 0, 0)) break;
      guess = {key, found};
    }
    // Where there has been no guess yet its key is the return address that ends a stack.
    if (__builtin_expect(key == 0, 0)) break;
    inner_key = key;
    const Rule rule{static_cast<uint32_t>(found >> 32)};
    ids[count++] = static_cast<uint32_t>(found);
    *--next = {key, sp, bp, found >> 32};
    steps |= rule.bits;
    uint64_t base = sp;
    if (rule.step() != Step::kFromSp) {
      base = bp;
      if (__builtin_expect(rule.step() != Step::kFromBp || base - sp > kReach, 0)) {
        pause = Pause::kInFrame;
        break;
      }
    }
    const uint64_t cfa = base + rule.cfa_offset();
    if (__builtin_expect(cfa > highest, 0)) {
      pause = Pause::kInFrame;
      break;
    }
    uint64_t saved_bp;
    memcpy(&key, reinterpret_cast<const void*>(cfa - 8), sizeof key);
    memcpy(&saved_bp, reinterpret_cast<const void*>(cfa - rule.bp_offset()), sizeof saved_bp);
    bp = rule.bp_offset() != 0 ? saved_bp : bp;
    sp = cfa;
  }
  last.candidate = candidate;
  last.next = next;
  last.steps |= steps;
  place = {key, sp, bp, count};
  return pause;
}

/// One walk. In the usual mode only pc, rsp and rbp are followed. A frame that needs another
/// register (the loader's lazy-binding trampoline keeps its frame in rbx) makes us start again from
/// our own registers with every rule interpreted.
class Walk {
 public:
  Walk(Stream& s, const Caller& caller) : s_(s), caller_(caller) {}

  /// Goes on from where the loop has paused.
  CallStack run(Pause pause, const Place& place) {
    pc_ = place.key;
    registers_.known = 0;
    registers_.set(kRsp, place.sp);
    registers_.set(kRbp, place.bp);
    count_ = place.count;
    if (!follow(pause)) {
      all_registers_ = true;
      count_ = 0;
      s_.last_walk.join_nothing();
      s_.last_walk.do_not_remember();
      if (!start_from_here() || !follow(Pause::kAtFrame)) cut();
    }
    return failed_ ? CallStack{} : CallStack{s_.last_walk.kept(), count_};
  }

 private:
  Pause go();
  bool follow(Pause pause);
  bool enter_frame();
  Outcome step(Rule rule);
  Outcome step_plain(Rule rule);
  Outcome step_slow();
  Outcome set_caller_registers(const unwind::FrameRules& rules, uint64_t cfa);
  void note_slots();
  Evaluation value_of(const RegisterRule& rule, unsigned reg, uint64_t cfa, uint64_t* value,
                      bool* known);
  bool start_from_here();

  /// Only without a join: nothing lies further out.
  void cut() {
    if (count_ == format::kMaxFrames) --count_;
    s_.walked[count_++] = format::kCutLocation;
    s_.last_walk.end_cut();
  }

  LocationKey key() const { return interrupted_ ? pc_ | kInterruptedBit : pc_; }
  static constexpr uint32_t kUsual = (1u << kRsp) | (1u << kRbp);

  Stream& s_;
  const Caller& caller_;
  RegisterFile registers_;
  uintptr_t pc_ = 0;
  bool interrupted_ = false;
  bool all_registers_ = false;
  bool failed_ = false;
  unsigned switches_ = 0;
  uint32_t count_ = 0;
};

Pause Walk::go() {
  const LocationKey start = key();
  Place place{start, registers_.value[kRsp], registers_.value[kRbp], count_};
  const Pause pause = walk_plain_frames(s_, place);
  count_ = place.count;
  if (place.key != start) {
    pc_ = place.key;
    interrupted_ = false;
  }
  registers_.set(kRsp, place.sp);
  registers_.set(kRbp, place.bp);
  return pause;
}

/// Goes on where the loop has paused. False when registers are missing that only start_from_here
/// can provide.
bool Walk::follow(Pause pause) {
  LastWalk& last = s_.last_walk;
  if (all_registers_) s_.memory.enter(registers_.value[kRsp]);
  for (;;) {
    if (pause == Pause::kAtFrame && !enter_frame()) return true;
    const Rule rule = last.next->rule();
    const Outcome outcome = step(rule);
    if (outcome == Outcome::kNeedAllRegisters && !all_registers_) return false;
    if (outcome == Outcome::kStepped) {
      const bool usual = !all_registers_ && registers_.known == kUsual;
      pause = usual ? go() : Pause::kAtFrame;
      if (pause == Pause::kJoined) return true;
      continue;
    }
    last.join_nothing();
    if (outcome == Outcome::kEnd) return true;
    // Where the code says nothing, and not what was read, the next walk will end the same way.
    if (rule.step() != Step::kNoInfo) last.do_not_remember();
    cut();
    return true;
  }
}

/// Notes the frame at hand. False when the walk ends before it.
bool Walk::enter_frame() {
  LastWalk& last = s_.last_walk;
  if (__builtin_expect(pc_ < kFirstPage && count_ != 0, 0)) {
    // No outer frame's state says what the slot of this return address was.
    const Step step = last.next->rule().step();
    const bool noted = step != Step::kFromSp && step != Step::kFromBp;
    if (!noted) last.add_extra(registers_.value[kRsp] - 8, pc_);
    last.join_nothing();
    if (pc_ != 0) {
      last.do_not_remember();
      cut();
    }
    return false;
  }
  if (count_ == format::kMaxFrames) {
    last.do_not_remember();
    last.join_nothing();
    cut();
    return false;
  }
  const Location location = find_location(s_, key());
  if (__builtin_expect(location.id == format::kCutLocation, 0)) {
    failed_ = true;
    return false;
  }
  if (last.room() == 0) last.wrap();
  s_.walked[count_++] = location.id;
  last.steps |= location.rule.bits;
  const bool joinable = !all_registers_ && registers_.known == kUsual;
  *--last.next = {key(), registers_.value[kRsp], registers_.value[kRbp],
                  location.rule.bits | (joinable ? 0 : WalkFrame::kNotJoinable)};
  return true;
}

Outcome Walk::step(Rule rule) {
  switch (rule.step()) {
    case Step::kFromSp:
    case Step::kFromBp:
      return all_registers_ ? step_slow() : step_plain(rule);
    case Step::kSlow:
      return step_slow();
    case Step::kEnd:
      return Outcome::kEnd;
    case Step::kNoInfo:
      break;
  }
  // ld.so's entry code, which calls the constructors, has no unwind information, and no caller.
  return s_.memory.is_process_entry(registers_.value[kRsp]) ? Outcome::kEnd : Outcome::kCut;
}

Outcome Walk::step_plain(Rule rule) {
  const uint64_t sp = registers_.value[kRsp];
  const uint64_t bp = registers_.value[kRbp];
  const bool from_bp = rule.step() == Step::kFromBp;
  const uint64_t cfa = (from_bp ? bp : sp) + rule.cfa_offset();
  if (from_bp && cfa - sp >= sys::kPageBytes) {
    if (!s_.memory.may_jump(cfa - 8)) return Outcome::kCut;
    if (rule.bp_offset() != 0 && !s_.memory.may_jump(cfa - rule.bp_offset())) return Outcome::kCut;
  }
  uint64_t return_address;
  if (cfa <= sp || !s_.memory.fetch(cfa - 8, &return_address)) return Outcome::kCut;
  if (rule.bp_offset() != 0 && !s_.memory.fetch(cfa - rule.bp_offset(), &registers_.value[kRbp])) {
    return Outcome::kCut;
  }
  registers_.value[kRsp] = cfa;
  registers_.known = kUsual;
  pc_ = return_address;
  interrupted_ = false;
  return Outcome::kStepped;
}

Outcome Walk::step_slow() {
  if (!find_frame_rules(s_, key())) return Outcome::kCut;
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
  if (outcome == Outcome::kNeedAllRegisters && all_registers_) return Outcome::kCut;
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
    if (step_slow() != Outcome::kStepped) return false;
    if (pc_ == caller_.pc && registers_.value[kRsp] == caller_.sp) return true;
  }
  return false;
}

/// What few walks need, kept out of the way of the others.
[[gnu::noinline]] CallStack walk_on(Stream& s, const Caller& caller, Pause pause,
                                    const Place& place) {
  return Walk(s, caller).run(pause, place);
}

[[gnu::always_inline]] inline CallStack walk(Stream& s, const Caller& caller, bool replay) {
  s.last_walk.make_room();
  s.memory.enter(caller.sp);
  // Relaxed: what this thread may walk through is loaded, and an epoch that began since is none of
  // its.
  s.last_walk.begin(s.memory, g_epoch.load(std::memory_order_relaxed));
  if (!replay) s.last_walk.join_nothing();
  Place place{caller.pc, caller.sp, caller.bp, 0};
  const Pause pause = walk_plain_frames(s, place);
  if (__builtin_expect(pause == Pause::kJoined, 1)) return {s.last_walk.kept(), place.count};
  return walk_on(s, caller, pause, place);
}

}  // namespace

CallStack walk_plainly(Stream& s, const Caller& caller) {
  return walk(s, caller, /*replay=*/false);
}

CallStack walk_with_replay(Stream& s, const Caller& caller) {
  return walk(s, caller, /*replay=*/true);
}

CallStack walk_stack(Stream& s, const Caller& caller) {
  if (__builtin_expect(g_unwinder == Unwinder::kOwn, 1)) return walk_with_replay(s, caller);
  return walk_otherwise(s, caller);
}

}  // namespace memprof
