// h31_mask LEDGERS: a handler that looks, wherever it interrupts the program, at the mask and the
// signal stack there. Prints all that differed, and the dispositions at the end.
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Page* g_page;
volatile unsigned g_handled = 0;
volatile unsigned g_other_mask = 0;
volatile unsigned g_other_stack = 0;
sigset_t g_mask;
char g_stack[64 * 1024];

void look(int, siginfo_t*, void* argument) {
  const auto* context = static_cast<const ucontext_t*>(argument);
  for (int number = 1; number < 65; ++number) {
    if (sigismember(&context->uc_sigmask, number) != sigismember(&g_mask, number)) {
      g_other_mask = g_other_mask + 1;
      break;
    }
  }
  if (context->uc_stack.ss_sp != g_stack || context->uc_stack.ss_size != sizeof g_stack) {
    g_other_stack = g_other_stack + 1;
  }
  g_handled = g_handled + 1;
}

char g_text[8192];

void say(const char* format, unsigned a, unsigned b, unsigned c) {
  const size_t at = strlen(g_text);
  snprintf(g_text + at, sizeof g_text - at, format, a, b, c);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_page = ledger::open_page(argv[1], "root");
  const stack_t stack{g_stack, 0, sizeof g_stack};
  sigaltstack(&stack, nullptr);
  sigset_t some;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR2);
  sigaddset(&some, SIGTERM);
  sigprocmask(SIG_BLOCK, &some, nullptr);
  sigprocmask(SIG_BLOCK, nullptr, &g_mask);
  struct sigaction action = {};
  action.sa_sigaction = look;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 211}, {0, 211}};
  setitimer(ITIMER_REAL, &often, nullptr);
  ledger::Worker worker(g_page->accounts[0], 1);
  while (g_handled < 1500) worker.step();
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);

  say("other masks %u, other stacks %u\n", g_other_mask, g_other_stack, 0);
  sigset_t mask;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction now;
    if (sigaction(number, nullptr, &now) != 0) continue;
    say("signal %u: blocked %u disposition %u\n", static_cast<unsigned>(number),
        static_cast<unsigned>(sigismember(&mask, number)),
        now.sa_handler == SIG_DFL   ? 0
        : now.sa_handler == SIG_IGN ? 1
                                    : 2);
  }
  stack_t end;
  sigaltstack(nullptr, &end);
  say("own stack %u, flags %u\n", end.ss_sp == g_stack, static_cast<unsigned>(end.ss_flags), 0);
  const size_t bytes = strlen(g_text);
  return write(1, g_text, bytes) == static_cast<ssize_t>(bytes) ? 0 : 98;
}
