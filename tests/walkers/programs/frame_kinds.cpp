// The kinds of frames that compilers make. Compiled once for each set of options; the list's name
// is FRAMES_NAME.
#include <alloca.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <functional>

#include "tests/walkers/programs/frames.h"

namespace frames {
namespace {

#define KIND __attribute__((noinline)) void

KIND plain(unsigned depth) {
  next(depth);
  AFTER_CALL();
}

KIND plain_twice(unsigned depth) {
  next(depth);
  AFTER_CALL();
  next(depth / 2);
  AFTER_CALL();
}

/// The same call from the same place, with the stack pointer elsewhere.
KIND variable_twice(unsigned depth) {
  for (int i = 0; i < 2; ++i) {
    char* volatile space = static_cast<char*>(alloca(16 + choose(200)));
    next(depth / 2);
    asm volatile("" : : "r"(space) : "memory");
  }
}

KIND variable_array(unsigned depth) {
  const unsigned count = 1 + choose(100);
  char* const space = static_cast<char*>(__builtin_alloca_with_align(count, 256));
  memset(space, 1, count);
  next(depth);
  asm volatile("" : : "r"(space) : "memory");
}

KIND realigned(unsigned depth) {
  alignas(64) char space[128];
  asm volatile("" : : "r"(&space) : "memory");
  next(depth);
  asm volatile("" : : "r"(&space) : "memory");
}

KIND realigned_to_a_page(unsigned depth) {
  alignas(4096) char space[64];
  asm volatile("" : : "r"(&space) : "memory");
  next(depth);
  asm volatile("" : : "r"(&space) : "memory");
}

/// Arguments on the stack, reached from a realigned frame: a pointer to them is kept.
KIND realigned_with_arguments(unsigned depth, long b, long c, long d, long e, long f, long g,
                              long h) {
  alignas(64) char space[64];
  char* volatile more = static_cast<char*>(alloca(choose(300) + 1));
  asm volatile("" : : "r"(&space) : "memory");
  next(depth);
  asm volatile("" : : "r"(&space), "r"(more), "r"(b + c + d + e + f + g + h) : "memory");
}

KIND many_arguments(unsigned depth) {
  const long value = static_cast<long>(choose(100));
  realigned_with_arguments(depth, value, value, value, value, value, value, value);
  AFTER_CALL();
}

KIND pushes_arguments(unsigned depth, long b, long c, long d, long e, long f, long g, long h,
                      long i) {
  next(depth);
  asm volatile("" : : "r"(b + c + d + e + f + g + h + i) : "memory");
}

KIND more_arguments(unsigned depth) {
  const long value = static_cast<long>(choose(100));
  pushes_arguments(depth, value, 2, value, 4, value, 6, value, 8);
  AFTER_CALL();
}

/// More values live across the call than there are registers: rbp holds one of them.
KIND register_pressure(unsigned depth) {
  uint64_t values[8];
  for (uint64_t& value : values) value = random_number();
  asm volatile("" : "+r"(values[0]), "+r"(values[1]), "+r"(values[2]), "+r"(values[3]));
  next(depth);
  asm volatile(""
               :
               : "r"(values[0] + values[4]), "r"(values[1] ^ values[5]), "r"(values[2] + values[6]),
                 "r"(values[3] ^ values[7])
               : "memory");
}

KIND large_frame(unsigned depth) {
  char space[9000];
  asm volatile("" : : "r"(&space) : "memory");
  next(depth);
  asm volatile("" : : "r"(&space) : "memory");
}

KIND array_on_stack(unsigned depth) {
  char space[100];
  memset(space, static_cast<int>(depth), sizeof space);
  asm volatile("" : : "r"(&space) : "memory");
  next(depth);
  asm volatile("" : : "r"(&space) : "memory");
}

typedef double Vector __attribute__((vector_size(32)));

__attribute__((noinline, target("avx"))) void vectors_avx(unsigned depth) {
  Vector vector = {1, 2, 3, static_cast<double>(depth)};
  asm volatile("" : : "r"(&vector) : "memory");
  next(depth);
  asm volatile("" : : "r"(&vector) : "memory");
}

KIND vectors(unsigned depth) {
  if (__builtin_cpu_supports("avx")) {
    vectors_avx(depth);
  } else {
    next(depth);
  }
  AFTER_CALL();
}

/// The call is a jump where the compiler optimizes.
KIND tail_call(unsigned depth) {
  next(depth);
}

KIND tail_call_after_work(unsigned depth) {
  volatile unsigned value = depth;
  if (choose(2) == 0) plain(value / 2);
  plain_twice(value);
}

/// The return address of the call of it lies behind the end of its caller.
[[noreturn]] __attribute__((noinline)) void leave(jmp_buf* landing, unsigned depth) {
  {
    const Barrier barrier;
    next(depth);
  }
  longjmp(*landing, 1);
}

[[noreturn]] __attribute__((noinline)) void ends_with_call(jmp_buf* landing, unsigned depth) {
  leave(landing, depth);
}

KIND calls_noreturn(unsigned depth) {
  jmp_buf landing;
  if (setjmp(landing) == 0) ends_with_call(&landing, depth);
  AFTER_CALL();
}

__attribute__((noinline, cold)) void seldom(unsigned depth) {
  next(depth);
  AFTER_CALL();
}

/// The unlikely part is put elsewhere, as a function with unwind information of its own.
KIND partly_cold(unsigned depth) {
  if (__builtin_expect(choose(4) == 0, 0)) {
    alignas(32) char space[40];
    asm volatile("" : : "r"(&space) : "memory");
    seldom(depth);
    asm volatile("" : : "r"(&space) : "memory");
  } else if (choose(8) != 0) {  // saves its registers after a branch that needs none
    plain(depth);
    register_pressure(depth / 2);
  }
  AFTER_CALL();
}

__attribute__((noinline)) void variadic_inner(unsigned depth, ...) {
  va_list list;
  va_start(list, depth);
  next(depth + static_cast<unsigned>(va_arg(list, int)));
  va_end(list);
}

KIND variadic(unsigned depth) {
  variadic_inner(depth, 0, 1.0, 2L);
  AFTER_CALL();
}

KIND through_function(unsigned depth) {
  const std::function<void(unsigned)> function = [&depth](unsigned less) {
    next(depth - less);
    AFTER_CALL();
  };
  function(0);
  AFTER_CALL();
}

// --- exceptions

/// Allocates while an exception passes.
struct Cleanup {
  explicit Cleanup(unsigned depth) : depth_(depth) {}
  ~Cleanup() {
    const Barrier barrier;
    ++t_state.reach.may_not_switch;
    next(depth_);
  }
  unsigned depth_;
};

KIND cleans_up(unsigned depth) {
  const Cleanup cleanup(depth / 3);
  next(depth);
  AFTER_CALL();
}

KIND throws(unsigned depth) {
  next(depth / 2);
  if (t_state.reach.catchers > 0) throw depth;
}

KIND catches(unsigned depth) {
  const Reach outer = t_state.reach;
  try {
    ++t_state.reach.catchers;
    next(depth);
    throws(depth / 2);
  } catch (unsigned value) {
    t_state.reach = outer;
    const Barrier barrier;
    ++t_state.reach.may_not_switch;
    next(value / 2);
  }
  t_state.reach = outer;
}

}  // namespace
}  // namespace frames

using namespace frames;

extern const Kind FRAMES_NAME[];
const Kind FRAMES_NAME[] = {plain,
                            plain_twice,
                            variable_twice,
                            variable_array,
                            realigned,
                            realigned_to_a_page,
                            many_arguments,
                            more_arguments,
                            register_pressure,
                            large_frame,
                            array_on_stack,
                            vectors,
                            tail_call,
                            tail_call_after_work,
                            calls_noreturn,
                            partly_cold,
                            variadic,
                            through_function,
                            cleans_up,
                            throws,
                            catches,
                            nullptr};
