// h68_through MODE LEDGERS [ROUNDS]: control flow that passes through frames that allocate, and
// values returned in all kinds of registers by functions that allocate in between.
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <stdexcept>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Page* g_page;
unsigned g_rounds = 20'000;
volatile unsigned g_depth = 6;
volatile unsigned g_never = 1000;  // or the compiler sees that nothing here returns

__attribute__((noinline)) void throw_through(unsigned depth) {
  void* block = ledger::take(g_page->accounts[0], 67 + depth);
  try {
    if (depth == 0) throw depth;
    throw_through(depth - 1);
  } catch (...) {
    ledger::give(g_page->accounts[0], block, 67 + depth);
    if (depth == g_depth) return;
    throw;
  }
}

jmp_buf g_back;

__attribute__((noinline)) void jump_through(unsigned depth) {
  void* block = ledger::take(g_page->accounts[0], 71);
  ledger::give(g_page->accounts[0], block, 71);
  if (depth == 0) longjmp(g_back, 1);
  if (depth != g_never) jump_through(depth - 1);
  asm volatile("" : : : "memory");
}

void jump() {
  static unsigned i;  // setjmp may forget registers
  for (i = 0; i < g_rounds; ++i) {
    if (setjmp(g_back) == 0) jump_through(i % 8);
  }
}

struct Guard {
  ledger::Account* account;
  void* block;
  explicit Guard(ledger::Account& owner) : account(&owner), block(ledger::take(owner, 73)) {}
  ~Guard() {
    ledger::give(*account, ledger::take(*account, 79), 79);
    ledger::give(*account, block, 73);
  }
};

__attribute__((noinline)) void leave_through(ledger::Account& account, unsigned depth) {
  Guard guard(account);
  if (depth == 0) pthread_exit(&account);
  if (depth != g_never) leave_through(account, depth - 1);
  asm volatile("" : : : "memory");
}

void* leave(void* account) {
  leave_through(*static_cast<ledger::Account*>(account), 10);
  return nullptr;
}

__extension__ using Wide = unsigned __int128;
struct Pair {
  uint64_t first;
  uint64_t second;
};
struct Mixed {
  double first;
  uint64_t second;
};

// Each works out its value, lets the hooks have all registers, and returns the value.
#define RETURNS(name, type, expression)                           \
  __attribute__((noinline)) type name(uint64_t x) {               \
    type value = expression;                                      \
    void* block = ledger::take(g_page->accounts[0], 61 + x % 13); \
    ledger::give(g_page->accounts[0], block, 61 + x % 13);        \
    return value;                                                 \
  }
RETURNS(wide, Wide, (static_cast<Wide>(x) << 64 | ~x))
RETURNS(long_real, long double, 1.0L / static_cast<long double>(x + 3))
RETURNS(real, double, 1.0 / static_cast<double>(x + 3))
RETURNS(small_real, float, 1.0f / static_cast<float>(x % 1000 + 3))
RETURNS(pair, Pair, (Pair{x * 3, x * 5}))
RETURNS(mixed, Mixed, (Mixed{static_cast<double>(x) / 7, x * 11}))
RETURNS(whole, uint64_t, x * 0x9e3779b97f4a7c15)

bool return_all() {
  for (uint64_t x = 0; x < g_rounds; ++x) {
    bool good = wide(x) == (static_cast<Wide>(x) << 64 | ~x);
    good &= long_real(x) == 1.0L / static_cast<long double>(x + 3);
    good &= real(x) == 1.0 / static_cast<double>(x + 3);
    good &= small_real(x) == 1.0f / static_cast<float>(x % 1000 + 3);
    good &= pair(x).first == x * 3 && pair(x).second == x * 5;
    good &= mixed(x).first == static_cast<double>(x) / 7 && mixed(x).second == x * 11;
    good &= whole(x) == x * 0x9e3779b97f4a7c15;
    if (!good) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[2], "root");
  if (argc > 3) g_rounds = static_cast<unsigned>(atoi(argv[3]));
  if (strcmp(argv[1], "throw") == 0) {
    for (unsigned i = 0; i < g_rounds / 4; ++i) throw_through(g_depth);
  } else if (strcmp(argv[1], "jump") == 0) {
    jump();
  } else if (strcmp(argv[1], "leave") == 0) {
    for (unsigned i = 0; i < 100; ++i) {
      pthread_t thread;
      void* result = nullptr;
      pthread_create(&thread, nullptr, leave, &g_page->accounts[i % 50]);
      pthread_join(thread, &result);
      if (result != &g_page->accounts[i % 50]) return 97;
    }
  } else if (strcmp(argv[1], "return") == 0) {
    if (!return_all()) return 96;
  } else {
    return 98;
  }
  return 0;
}
