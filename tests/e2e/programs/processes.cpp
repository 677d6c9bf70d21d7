// processes MODE LEDGERS CHILD: starts processes in the way that MODE says; they keep ledgers of
// their own.
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/e2e/programs/bookkeeping.h"

extern char** environ;

namespace {

const char* g_directory;
const char* g_child;
ledger::Page* g_page;
ledger::Worker* g_worker;

int wait_for(pid_t pid) {
  int status = 0;
  if (pid <= 0 || waitpid(pid, &status, 0) != pid) exit(90);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 91;
}

/// What a forked child does: a heap of its own, and the end of the inherited one.
void work_as(const char* name) {
  ledger::Page* page = ledger::open_page(g_directory, name);
  ledger::Worker worker(page->accounts[0], 23);
  worker.steps(3000, page);
  page->finished = 1;
}

char** child_arguments(const char* name) {
  static char* arguments[4];
  arguments[0] = const_cast<char*>(g_child);
  arguments[1] = const_cast<char*>(g_directory);
  arguments[2] = const_cast<char*>(name);
  return arguments;
}

int run_fork(pid_t (*make)()) {
  const pid_t pid = make();
  if (pid == 0) {
    work_as("child");
    exit(0);
  }
  return wait_for(pid);
}

pid_t raw_fork() {
  return static_cast<pid_t>(syscall(SYS_fork));
}

pid_t raw_clone() {
  return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

pid_t raw_clone3() {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid < 0) exit(77);  // Some containers forbid it.
  return static_cast<pid_t>(pid);
}

pid_t fork_late() {
  return _Fork();
}

int free_inherited() {
  const pid_t pid = fork();
  if (pid == 0) {
    const unsigned freed = g_worker->free_inherited();
    work_as("child");
    printf("%u\n", freed);
    exit(0);
  }
  return wait_for(pid);
}

int grandchildren() {
  const pid_t pid = fork();
  if (pid == 0) {
    work_as("child");
    const pid_t next = fork();
    if (next == 0) {
      work_as("grandchild");
      exit(0);
    }
    exit(wait_for(next));
  }
  return wait_for(pid);
}

// --- a child by fork while other threads are in malloc

volatile bool g_stop = false;

void* churn(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 7);
  while (!g_stop) worker.step();
  return nullptr;
}

int fork_among_threads() {
  pthread_t threads[4];
  for (unsigned i = 0; i < 4; ++i) {
    pthread_create(&threads[i], nullptr, churn, &g_page->accounts[i + 1]);
  }
  int result = 0;
  for (unsigned i = 0; i < 20; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      char name[16];
      snprintf(name, sizeof name, "child%u", i);
      work_as(name);
      exit(0);
    }
    result |= wait_for(pid);
  }
  g_stop = true;
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  return result;
}

void fork_in_handler(int) {
  const pid_t pid = fork();
  if (pid == 0) {
    work_as("child");
    _exit(0);
  }
  if (wait_for(pid) != 0) _exit(92);
}

int fork_from_handler() {
  signal(SIGUSR1, fork_in_handler);
  return raise(SIGUSR1);
}

// --- children that are other programs

int vfork_exec() {
  const pid_t pid = vfork();
  if (pid == 0) {
    execv(g_child, child_arguments("child"));
    _exit(93);
  }
  return wait_for(pid);
}

int vfork_exec_fails() {
  const pid_t pid = vfork();
  if (pid == 0) {
    execl("/nonexistent/program", "program", static_cast<char*>(nullptr));
    _exit(0);
  }
  return wait_for(pid);
}

template <typename Exec>
int fork_exec(Exec exec) {
  const pid_t pid = fork();
  if (pid == 0) {
    exec();
    _exit(93);
  }
  return wait_for(pid);
}

int spawn(bool search, char** environment) {
  pid_t pid = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 3; fd < 32; ++fd) posix_spawn_file_actions_addclose(&actions, fd);
  char** arguments = child_arguments("child");
  const int error = search ? posix_spawnp(&pid, g_child, &actions, nullptr, arguments, environment)
                           : posix_spawn(&pid, g_child, &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  return error != 0 ? error : wait_for(pid);
}

int by_shell(bool with_pipe) {
  char command[8192];
  snprintf(command, sizeof command, "'%s' '%s' child", g_child, g_directory);
  if (!with_pipe) return system(command);
  FILE* pipe = popen(command, "r");
  return pipe == nullptr ? 94 : pclose(pipe);
}

int daemonize() {
  const pid_t pid = fork();
  if (pid != 0) return wait_for(pid);
  setsid();
  if (fork() != 0) _exit(0);
  ledger::Page* page = ledger::open_page(g_directory, "daemon");
  if (chdir("/") != 0) _exit(95);
  umask(0);
  for (int fd = 0; fd < 1024; ++fd) close(fd);
  open("/dev/null", O_RDWR);
  if (dup(0) != 1 || dup(0) != 2) _exit(96);
  ledger::Worker worker(page->accounts[0], 31);
  worker.steps(300000);  // Several chunks: the file has to grow here.
  page->finished = 1;
  exit(0);
}

int run_program(const char* mode) {
  char* no_environment[] = {nullptr};
  char* own_environment[] = {const_cast<char*>("HOME=/"), const_cast<char*>("LANG=C"), nullptr};
  char** arguments = child_arguments("child");
  const auto is = [&](const char* name) { return strcmp(mode, name) == 0; };
  if (is("vfork_exec")) return vfork_exec();
  if (is("vfork_exec_fails")) return vfork_exec_fails();
  if (is("posix_spawn")) return spawn(false, environ);
  if (is("posix_spawnp_own_environment")) return spawn(true, own_environment);
  if (is("system")) return by_shell(false);
  if (is("popen")) return by_shell(true);
  if (is("execve_no_environment")) {
    return fork_exec([&] { execve(g_child, arguments, no_environment); });
  }
  if (is("execv")) return fork_exec([&] { execv(g_child, arguments); });
  if (is("execvp")) return fork_exec([&] { execvp(g_child, arguments); });
  if (is("execvpe")) return fork_exec([&] { execvpe(g_child, arguments, own_environment); });
  if (is("fexecve")) {
    return fork_exec([&] { fexecve(open(g_child, O_RDONLY), arguments, own_environment); });
  }
  if (is("execveat")) {
    return fork_exec([&] { execveat(AT_FDCWD, g_child, arguments, own_environment, 0); });
  }
  char* const end = nullptr;
  if (is("execl")) return fork_exec([&] { execl(g_child, g_child, g_directory, "child", end); });
  if (is("execlp")) return fork_exec([&] { execlp(g_child, g_child, g_directory, "child", end); });
  if (is("execle")) {
    return fork_exec([&] { execle(g_child, g_child, g_directory, "child", end, own_environment); });
  }
  return 98;
}

int run(const char* mode) {
  const auto is = [&](const char* name) { return strcmp(mode, name) == 0; };
  if (is("fork")) return run_fork(fork);
  if (is("_Fork")) return run_fork(fork_late);
  if (is("raw_fork")) return run_fork(raw_fork);
  if (is("raw_clone")) return run_fork(raw_clone);
  if (is("free_inherited")) return free_inherited();
  if (is("grandchildren")) return grandchildren();
  if (is("fork_among_threads")) return fork_among_threads();
  if (is("raw_clone3")) return run_fork(raw_clone3);
  if (is("fork_from_handler")) return fork_from_handler();
  if (is("daemonize")) return daemonize();
  return run_program(mode);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  g_directory = argv[2];
  g_child = argv[3];
  g_page = ledger::open_page(g_directory, "root");
  static ledger::Worker worker(g_page->accounts[0], 19);
  g_worker = &worker;
  worker.steps(3000);
  const int result = run(argv[1]);
  worker.steps(3000);
  g_page->finished = 1;
  return result;
}
