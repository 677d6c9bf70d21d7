// stacks [deep]: allocates at the end of every kind of stack that compilers and the C library make,
// and prints what the compiler's own unwinder says of each: "size: address address ...", innermost
// first.
//
// The size names the case. The first address is in note(), where the two walks start a few
// instructions apart; from the second on they must agree.
#include <alloca.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "tests/e2e/programs/lazy_library.h"

namespace {

constexpr unsigned kMaxFrames = 20000;

struct Frames {
  uintptr_t pcs[kMaxFrames];
  unsigned count;
};
Frames g_frames;

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void*) {
  if (g_frames.count == kMaxFrames) return _URC_END_OF_STACK;
  const uintptr_t pc = _Unwind_GetIP(context);
  if (pc != 0) g_frames.pcs[g_frames.count++] = pc;
  return _URC_NO_REASON;
}

void say_frames(size_t size) {
  static char line[64];
  int bytes = snprintf(line, sizeof line, "%zu:", size);
  fwrite(line, 1, static_cast<size_t>(bytes), stdout);
  for (unsigned i = 0; i < g_frames.count; ++i) {
    bytes = snprintf(line, sizeof line, " %lx", g_frames.pcs[i]);
    fwrite(line, 1, static_cast<size_t>(bytes), stdout);
  }
  fputc('\n', stdout);
}

/// What follows keeps the calls in this file from becoming jumps, which leave no frame.
__attribute__((noinline)) void after_call() {
  asm volatile("");
}

__attribute__((noinline)) void note(size_t size) {
  free(malloc(size));
  g_frames.count = 0;
  _Unwind_Backtrace(add_frame, nullptr);
  say_frames(size);
  after_call();
}

// --- plain recursion, frames of varying and of odd shapes

__attribute__((noinline)) void recurse(unsigned depth, size_t size) {
  if (depth == 0) {
    note(size);
  } else {
    recurse(depth - 1, size);
  }
  after_call();
}

__attribute__((noinline)) void with_alloca(unsigned depth, size_t size) {
  char* space = static_cast<char*>(alloca(16 + depth * 40));
  memset(space, 1, 16 + depth * 40);
  asm volatile("" : : "r"(space) : "memory");
  if (depth == 0) {
    note(size);
  } else {
    with_alloca(depth - 1, size);
  }
  after_call();
}

__attribute__((noinline)) void realigned(unsigned depth, size_t size) {
  alignas(64) char space[64];
  memset(space, 1, sizeof space);
  asm volatile("" : : "r"(space) : "memory");
  if (depth == 0) {
    note(size);
  } else {
    with_alloca(1, size);
    realigned(depth - 1, size);
  }
  after_call();
}

/// Realigned, with an array of variable length and arguments on the stack: the CFA is found by an
/// expression.
__attribute__((noinline)) void realigned_and_variable(int a, int b, int c, int d, int e, int f,
                                                      int depth, size_t size) {
  alignas(128) char space[128];
  char* more = static_cast<char*>(alloca(static_cast<size_t>(8 * depth + 1)));
  memset(space, a, sizeof space);
  asm volatile("" : : "r"(space), "r"(more) : "memory");
  if (depth == 0) {
    note(size);
  } else {
    realigned_and_variable(b, c, d, e, f, a, depth - 1, size);
  }
  after_call();
}

__attribute__((noinline)) void variadic(size_t size, ...) {
  va_list arguments;
  va_start(arguments, size);
  const double value = va_arg(arguments, double);
  va_end(arguments);
  if (value > 0) note(size);
  after_call();
}

__attribute__((noinline, optimize("no-omit-frame-pointer"))) void frame_pointer(size_t size) {
  recurse(2, size);
  after_call();
}

__attribute__((noinline, optimize("O0"))) void unoptimized(size_t size) {
  frame_pointer(size);
  after_call();
}

/// Uses every register that a callee has to save.
__attribute__((noinline)) void all_registers(unsigned depth, size_t size) {
  uint64_t a = depth, b = a * 3, c = b * 5, d = c * 7, e = d * 11, f = e * 13;
  for (unsigned i = 0; i < 2; ++i) {
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
    if (depth == 0) {
      note(size);
      return after_call();
    }
    all_registers(depth - 1, size + i);
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
  }
  after_call();
}

// --- callbacks out of the C library

int compare(const void* a, const void* b) {
  static bool done = false;
  if (!done) {
    done = true;
    note(2003);
  }
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

int compare_in_search(const void* a, const void* b) {
  note(2011);
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

void visit(const void*, VISIT, int) {
  note(2017);
}

void callbacks() {
  int values[] = {5, 3, 9, 1, 7};
  qsort(values, 5, sizeof values[0], compare);
  const int key = 1;
  bsearch(&key, values, 1, sizeof values[0], compare_in_search);
  void* root = nullptr;
  tsearch(&key, &root, compare_in_search);
  twalk(root, visit);
  tdelete(&key, &root, compare_in_search);
}

// --- signals

void handler(int number) {
  recurse(static_cast<unsigned>(number) % 3, 2100 + static_cast<size_t>(number));
}

void handler_with_info(int number, siginfo_t*, void*) {
  note(2200 + static_cast<size_t>(number));
}

/// The interrupted instruction is the function's first: who takes its address for a return address
/// looks up the function before it.
__attribute__((naked, noinline)) void trap() {
  asm("ud2\n\tret");
}

void skip_instruction(int, siginfo_t*, void* context) {
  note(2301);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += 2;
}

void raise_in_depth(unsigned depth, int number) {
  if (depth == 0) {
    raise(number);
  } else {
    raise_in_depth(depth - 1, number);
  }
  after_call();
}

void set_handler(int number, int flags, void (*action)(int, siginfo_t*, void*)) {
  struct sigaction setting = {};
  setting.sa_sigaction = action;
  setting.sa_flags = flags | SA_SIGINFO;
  sigaction(number, &setting, nullptr);
}

void signals() {
  signal(SIGUSR1, handler);
  raise_in_depth(3, SIGUSR1);
  static char memory[64 * 1024];
  const stack_t stack{memory, 0, sizeof memory};
  sigaltstack(&stack, nullptr);
  set_handler(SIGUSR2, SA_ONSTACK, handler_with_info);
  raise_in_depth(5, SIGUSR2);
  set_handler(SIGILL, SA_ONSTACK, skip_instruction);
  trap();
  const stack_t none{nullptr, SS_DISABLE, 0};
  sigaltstack(&none, nullptr);
}

// --- inside the loader, which keeps its frame in rbx

void note_in_resolver() {
  recurse(2, 2350);
}

void lazy_binding() {
  lazy_binding_hook = note_in_resolver;
  lazily_bound();
  after_call();
}

// --- exceptions

struct Guard {
  size_t size;
  ~Guard() { note(size); }
};

__attribute__((noinline)) void throw_from(unsigned depth) {
  Guard guard{2400 + depth};
  if (depth == 0) throw 42;
  throw_from(depth - 1);
  after_call();
}

void exceptions() {
  try {
    throw_from(3);
  } catch (int) {
    note(2410);
  }
}

// --- stacks that are not the main thread's

ucontext_t g_main;
ucontext_t g_fiber;

void in_fiber() {
  recurse(4, 2503);
  swapcontext(&g_fiber, &g_main);
  recurse(1, 2504);
}

void fibers() {
  constexpr size_t kBytes = 64 * 1024;
  void* stack = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  getcontext(&g_fiber);
  g_fiber.uc_stack.ss_sp = stack;
  g_fiber.uc_stack.ss_size = kBytes;
  g_fiber.uc_link = &g_main;
  makecontext(&g_fiber, in_fiber, 0);
  swapcontext(&g_main, &g_fiber);
  swapcontext(&g_main, &g_fiber);
}

void* in_thread(void*) {
  recurse(3, 2600);
  with_alloca(3, 2601);
  return nullptr;
}

void threads() {
  pthread_t thread;
  pthread_create(&thread, nullptr, in_thread, nullptr);
  pthread_join(thread, nullptr);
}

__attribute__((constructor)) void before_main() {
  note(2701);
}

[[noreturn]] __attribute__((noinline)) void leave() {
  note(2702);
  exit(0);
}

void at_end() {
  note(2703);
}

}  // namespace

// noreturn call as the last instruction of a function: the return address lies beyond its end.
[[noreturn]] __attribute__((noinline)) static void call_and_never_return() {
  leave();
}

int main(int argc, char**) {
  static char buffer[1 << 20];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  if (argc > 1) {
    // Deeper than is recorded, and than the frames that are asked for here.
    recurse(100'000, 3001);
    return 0;
  }
  note(1009);
  for (unsigned depth = 0; depth < 40; ++depth) recurse(depth, 1100 + depth);
  recurse(5000, 1201);
  recurse(15000, 1202);
  for (unsigned depth = 0; depth < 6; ++depth) {
    with_alloca(depth, 1300 + depth);
    realigned(depth, 1400 + depth);
    realigned_and_variable(1, 2, 3, 4, 5, 6, static_cast<int>(depth), 1500 + depth);
    all_registers(depth, 1600 + depth * 20);
  }
  variadic(1701, 1.5);
  unoptimized(1702);
  callbacks();
  signals();
  lazy_binding();
  exceptions();
  fibers();
  threads();
  atexit(at_end);
  call_and_never_return();
}
