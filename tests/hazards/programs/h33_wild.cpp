// h33_wild MODE LEDGERS: allocations from functions whose unwind information leads astray: the
// frame is where rbp points, and rbp points anywhere.
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

#include <initializer_list>

#include "tests/e2e/programs/bookkeeping.h"

// `name`(rbp, size) calls malloc(size) with that rbp, and says that its frame is found by `rule`.
#define WILD_FUNCTION(name, rule)                                                            \
  asm(".text\n.globl " #name "\n.type " #name ", @function\n" #name                          \
      ":\n"                                                                                  \
      ".cfi_startproc\n push %rbp\n .cfi_adjust_cfa_offset 8\n .cfi_rel_offset %rbp, 0\n"    \
      " push %rbx\n .cfi_adjust_cfa_offset 8\n sub $8, %rsp\n .cfi_adjust_cfa_offset 8\n"    \
      " mov %rdi, %rbp\n mov %rsi, %rdi\n .cfi_remember_state\n " rule                       \
      "\n call malloc@PLT\n .cfi_restore_state\n add $8, %rsp\n .cfi_adjust_cfa_offset -8\n" \
      " pop %rbx\n .cfi_adjust_cfa_offset -8\n pop %rbp\n .cfi_adjust_cfa_offset -8\n ret\n" \
      ".cfi_endproc\n.size " #name ", . - " #name "\n");                                     \
  extern "C" void* name(uintptr_t rbp, size_t size)

WILD_FUNCTION(wild_frame, ".cfi_def_cfa %rbp, 16");
// The frame's address is what lies where rbp points.
WILD_FUNCTION(wild_expression, ".cfi_escape 0x0f, 3, 0x76, 0, 0x06");
// An expression that jumps back to its own beginning.
WILD_FUNCTION(wild_loop, ".cfi_escape 0x0f, 3, 0x2f, 0xfd, 0xff");
// The return address lies where rbp points.
WILD_FUNCTION(wild_return, ".cfi_escape 0x10, 16, 2, 0x76, 0");
// The frame lies half the address space away.
WILD_FUNCTION(wild_offset, ".cfi_def_cfa %rsp, 0x3fffffffffff0");

namespace {

constexpr size_t kPage = 4096;

ledger::Page* g_page;

__attribute__((noinline)) void call_all(uintptr_t rbp) {
  void* (*const functions[])(uintptr_t, size_t) = {wild_frame, wild_expression, wild_loop,
                                                   wild_return, wild_offset};
  ledger::Account& account = g_page->accounts[0];
  for (const auto function : functions) {
    for (unsigned i = 0; i < 2; ++i) {
      ledger::bump(&account.allocations_begun, 1);
      void* block = function(rbp, 173);
      ledger::bump(&account.bytes_allocated, 173);
      ledger::bump(&account.allocations, 1);
      ledger::give(account, block, 173);
    }
  }
}

void point_everywhere() {
  char* hole = static_cast<char*>(
      mmap(nullptr, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  memset(hole, 0x5a, 3 * kPage);
  mprotect(hole + kPage, kPage, PROT_NONE);
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  const auto at_hole = reinterpret_cast<uintptr_t>(hole) + kPage;
  const uintptr_t places[] = {0,
                              1,
                              8,
                              kPage,
                              ~uintptr_t{0},
                              ~uintptr_t{0} - 7,
                              ~uintptr_t{0} - 15,
                              ~uintptr_t{0} - 16,
                              uintptr_t{1} << 63,
                              uintptr_t{1} << 47,
                              (uintptr_t{1} << 47) - 24,
                              0xffffffffff600000,
                              here,
                              here - 256,
                              here + 1,
                              here + 3 * kPage,
                              here + 1000 * kPage,
                              at_hole,
                              at_hole - 8,
                              at_hole - 16,
                              at_hole - 20,
                              at_hole + kPage - 16,
                              at_hole + kPage - 20,
                              reinterpret_cast<uintptr_t>(&g_page)};
  for (const uintptr_t place : places) call_all(place);
  munmap(hole, 3 * kPage);
  call_all(at_hole);
}

// A hole in the middle of the stack, between the frames that are in use.
__attribute__((noinline)) void point_into_stack() {
  char space[4 * kPage];
  memset(space, 0x5a, sizeof space);
  const uintptr_t hole =
      (reinterpret_cast<uintptr_t>(space) + 2 * kPage - 1) / kPage * kPage;  // a page below it too
  call_all(reinterpret_cast<uintptr_t>(space));
  if (mprotect(reinterpret_cast<void*>(hole), kPage, PROT_NONE) != 0) exit(97);
  for (const uintptr_t offset : {uintptr_t{0}, uintptr_t{8}, kPage / 2, kPage - 8, kPage}) {
    call_all(hole + offset);
    call_all(hole + offset - 16);
  }
  ledger::Worker worker(g_page->accounts[1], 5);
  worker.steps(500);
  mprotect(reinterpret_cast<void*>(hole), kPage, PROT_READ | PROT_WRITE);
  asm volatile("" : : "r"(space) : "memory");
}

void* run(void*) {
  point_everywhere();
  point_into_stack();
  point_everywhere();
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[2], "root");
  // Nothing that asks about memory may need a descriptor.
  for (int fd = 3; fd < 64; ++fd) close(fd);
  const rlimit none{3, 3};
  setrlimit(RLIMIT_NOFILE, &none);
  if (strcmp(argv[1], "main") == 0) {
    run(nullptr);
  } else if (strcmp(argv[1], "thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, nullptr, run, nullptr);
    pthread_join(thread, nullptr);
  } else {
    return 98;
  }
  return 0;
}
