// h42_same_pid namespaces|reused CHILD: makes process 2 twice, in a pid namespace each or one after
// the other in the same, and starts CHILD from both, which allocates as many bytes as its parent.
// Prints 77 where that is not allowed.
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

const char* g_child;
bool g_reused;
alignas(16) char g_stack[65536];

constexpr size_t kBytes[] = {2003, 4001};

int wait_for(pid_t pid) {
  int status = 0;
  if (pid <= 0 || waitpid(pid, &status, 0) != pid) return 90;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 91;
}

/// As process 2: a block of its own, and a program that makes one of the same size.
int second(size_t bytes) {
  void* block = malloc(bytes);
  asm volatile("" : "+r"(block));
  char text[16];
  snprintf(text, sizeof text, "%zu", bytes);
  char* const arguments[] = {const_cast<char*>(g_child), text, nullptr};
  char* const environment[] = {nullptr};
  const pid_t pid = fork();
  if (pid == 0) {
    execve(g_child, arguments, environment);
    _exit(98);
  }
  free(block);
  return wait_for(pid);
}

pid_t fork_as_second() {
  pid_t wanted = 2;
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uintptr_t>(&wanted);
  arguments.set_tid_size = 1;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

/// Process 1 of a namespace.
int first(void* which) {
  const size_t begin = g_reused ? 0 : *static_cast<size_t*>(which);
  const size_t end = g_reused ? 2 : begin + 1;
  for (size_t i = begin; i < end; ++i) {
    const pid_t pid = fork_as_second();
    if (pid == 0) exit(getpid() == 2 ? second(kBytes[i]) : 97);
    if (pid < 0) return 77;
    if (const int status = wait_for(pid); status != 0) return status;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_reused = strcmp(argv[1], "reused") == 0;
  g_child = argv[2];
  free(malloc(1009));
  for (size_t i = 0; i < (g_reused ? 1 : 2); ++i) {
    const pid_t pid = clone(first, g_stack + sizeof g_stack, CLONE_NEWPID | SIGCHLD, &i);
    const int status = pid < 0 ? 77 : wait_for(pid);
    if (status != 0) return status;
  }
  return 0;
}
