#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <coroutine>

#include "tests/walkers/programs/frames.h"

namespace frames {

struct Fiber {
  ucontext_t context;
  ucontext_t resumer;
  Reach reach;     // of its own stack while it does not run
  Reach resumers;  // while it runs
  unsigned depth;
  bool in_use;
  bool suspended;
};

namespace {

// --- fibers, each of which may be left in the middle and gone on with later

constexpr unsigned kFibers = 6;
constexpr size_t kStackBytes = 1 << 20;
thread_local Fiber t_fibers[kFibers];
thread_local char* t_stacks;

void run_fiber() {
  // The thread's own, by a call: it has not changed since, but this function begins here.
  Fiber* fiber = t_state.reach.fiber;
  next(fiber->depth);
  fiber->in_use = false;
}

void enter(Fiber* fiber) {
  fiber->resumers = t_state.reach;
  t_state.reach = fiber->reach;
  fiber->suspended = false;
  swapcontext(&fiber->resumer, &fiber->context);
  fiber->reach = t_state.reach;
  t_state.reach = fiber->resumers;
}

void on_fiber(unsigned depth) {
  if (t_stacks == nullptr) {
    void* memory = mmap(nullptr, kFibers * kStackBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) abort();
    t_stacks = static_cast<char*>(memory);
  }
  unsigned number = 0;
  while (number < kFibers && t_fibers[number].in_use) ++number;
  if (number == kFibers) return next(depth);
  Fiber* fiber = &t_fibers[number];
  fiber->in_use = true;
  fiber->depth = depth;
  fiber->reach = {0, nullptr, fiber, t_state.reach.may_not_switch};
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = t_stacks + number * kStackBytes;
  fiber->context.uc_stack.ss_size = kStackBytes;
  fiber->context.uc_link = &fiber->resumer;
  makecontext(&fiber->context, run_fiber, 0);
  enter(fiber);
}

void suspend(unsigned depth) {
  next(depth);
  Fiber* fiber = t_state.reach.fiber;
  if (fiber == nullptr || t_state.reach.may_not_switch != 0) return;
  fiber->suspended = true;
  swapcontext(&fiber->context, &fiber->resumer);
  next(depth);
  AFTER_CALL();
}

void resume(unsigned depth) {
  const unsigned first = choose(kFibers);
  // What an exception's handler has begun it must not share with a fiber that handles another.
  for (unsigned i = 0; i < kFibers && t_state.reach.may_not_switch == 0; ++i) {
    Fiber* fiber = &t_fibers[(first + i) % kFibers];
    if (!fiber->in_use || !fiber->suspended) continue;
    enter(fiber);
    break;
  }
  next(depth);
  AFTER_CALL();
}

// --- jumps over many frames

void lands(unsigned depth) {
  const Reach outer = t_state.reach;
  jmp_buf landing;
  if (setjmp(landing) == 0) {
    t_state.reach.catchers = 0;
    t_state.reach.landing = &landing;
    next(depth);
  }
  t_state.reach = outer;
  next(depth / 2);
  AFTER_CALL();
}

void jumps(unsigned depth) {
  next(depth / 2);
  // Not out of a try block: what was thrown would stay.
  if (t_state.reach.landing != nullptr && t_state.reach.catchers == 0) {
    longjmp(*t_state.reach.landing, 1);
  }
}

// --- coroutines

struct Task {
  struct promise_type {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { abort(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Task coroutine(unsigned depth) {
  for (unsigned i = 0; i < 3; ++i) {
    next(depth / 2);
    co_await std::suspend_always();
  }
}

__attribute__((noinline)) void resume_here(const Task& task) {
  task.handle.resume();
  AFTER_CALL();
}

void through_coroutine(unsigned depth) {
  const Barrier barrier;
  ++t_state.reach.may_not_switch;
  const Task task = coroutine(depth);
  task.handle.resume();
  resume_here(task);  // the same frame from another place
  while (!task.handle.done()) task.handle.resume();
  task.handle.destroy();
}

}  // namespace

void finish_fibers() {
  for (Fiber& fiber : t_fibers) {
    while (fiber.in_use) enter(&fiber);
  }
  if (t_stacks != nullptr) munmap(t_stacks, kFibers * kStackBytes);
  t_stacks = nullptr;
}

const Kind kContextKinds[] = {on_fiber, on_fiber, suspend,           resume, resume,
                              lands,    jumps,    through_coroutine, nullptr};

}  // namespace frames
