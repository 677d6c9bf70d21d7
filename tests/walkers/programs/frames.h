// Random chains of functions of all kinds, at whose ends memory is allocated.
//
//   frames.cpp         who calls whom, and the allocations
//   frame_kinds.cpp    what compilers make; compiled in many ways, and all of them linked together
//   libc_kinds.cpp     callbacks through the C library, signal handlers
//   context_kinds.cpp  fibers, coroutines, jumps
#pragma once

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

namespace frames {

/// Calls next(depth - 1), directly or not.
using Kind = void (*)(unsigned depth);

/// A list that ends with nullptr.
using Kinds = const Kind*;

struct Fiber;

/// What holds on the stack that runs, and beyond which nothing may leave it.
struct Reach {
  unsigned catchers;        ///< try blocks that may be thrown to
  jmp_buf* landing;         ///< where may be jumped to, or nullptr
  Fiber* fiber;             ///< that runs, or nullptr
  unsigned may_not_switch;  ///< in handlers and while an exception is handled
};

/// One per thread.
struct State {
  uint64_t random;
  uint64_t left;         ///< allocations to be made
  uint64_t handled;      ///< of those made, by signal handlers
  unsigned handlers;     ///< that are running
  bool on_signal_stack;  ///< one of them is
  Reach reach;
};
extern thread_local State t_state;

uint32_t random_number();

/// One of `n`.
inline uint32_t choose(uint32_t n) {
  return random_number() % n;
}

/// Allocates, or goes on with another kind, or both. Returns at once when all is done.
void next(unsigned depth);

/// Nothing may leave this scope but by returning.
class Barrier {
 public:
  Barrier() : outer_(t_state.reach) {
    t_state.reach.catchers = 0;
    t_state.reach.landing = nullptr;
  }
  ~Barrier() { t_state.reach = outer_; }
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

 private:
  Reach outer_;
};

/// Keeps the compiler from turning the call before it into a jump.
#define AFTER_CALL() asm volatile("" : : : "memory")

extern const Kind kLibcKinds[];
extern const Kind kContextKinds[];

/// Installs the signal handlers.
void prepare_handlers();

/// Makes `memory` the calling thread's signal stack.
void use_signal_stack(void* memory, size_t bytes);

/// Lets what was left in the middle run to its end.
void finish_fibers();

}  // namespace frames
