// h39_spawns LEDGERS CHILD STATE: starts programs by posix_spawn with every kind of attribute and
// file action, and by what the C library builds on it. STATE prints what it sees of its process.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <wordexp.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

void say(const char* what, int value) {
  char text[256];
  const int bytes = snprintf(text, sizeof text, "%s %d\n", what, value);
  if (write(1, text, static_cast<size_t>(bytes)) != bytes) _exit(95);
}

void spawn(const char* what, const char* path, char* const* arguments, char* const* environment,
           const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes) {
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path, actions, attributes, arguments, environment);
  int status = 0;
  if (error == 0) waitpid(pid, &status, 0);
  say(what, error);
  say("status", status);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 39);
  worker.steps(500);
  char* const state[] = {argv[3], nullptr};
  char name[] = "spawned";
  char* const child[] = {argv[2], argv[1], name, nullptr};
  char path_variable[] = "PATH=/usr/bin:/bin";
  char* const environment[] = {path_variable, nullptr};
  char* const nothing[] = {nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int kept = open("/dev/null", O_RDWR);
  for (int fd = 3; fd < 64; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0 && fd != kept) posix_spawn_file_actions_addclose(&actions, fd);
  }
  posix_spawn_file_actions_adddup2(&actions, kept, 17);
  posix_spawn_file_actions_addclose(&actions, kept);
  posix_spawn_file_actions_addopen(&actions, 33, "/dev/zero", O_RDONLY, 0);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  posix_spawnattr_setsigmask(&attributes, &mask);
  sigset_t defaults;
  sigfillset(&defaults);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_IGN);

  spawn("plain", argv[3], state, environment, nullptr, nullptr);
  spawn("actions", argv[3], state, environment, &actions, nullptr);
  spawn("attributes", argv[3], state, environment, nullptr, &attributes);
  spawn("both", argv[3], state, nothing, &actions, &attributes);
  spawn("child", argv[2], child, nothing, &actions, &attributes);
  spawn("missing", "/nonexistent/program", state, environment, nullptr, nullptr);
  spawn("not executable", "/etc/passwd", state, environment, nullptr, nullptr);
  posix_spawn_file_actions_addopen(&actions, 34, "/nonexistent/file", O_RDONLY, 0);
  spawn("action that fails", argv[3], state, environment, &actions, nullptr);

  wordexp_t words;
  say("wordexp", wordexp("$(echo one two) three", &words, 0));
  say("words", static_cast<int>(words.we_wordc));
  wordfree(&words);
  FILE* pipe = popen("exec echo by popen", "r");
  char line[64] = "";
  if (pipe == nullptr || fgets(line, sizeof line, pipe) == nullptr) return 98;
  say(line, pclose(pipe));
  say("system", system("exit 3"));
  worker.steps(500);
  return 0;
}
