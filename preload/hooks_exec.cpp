// Starting other programs: the environment that they get names us even where the caller built it by
// hand, and the trace says what was started. Nothing here uses the heap: the callers may be vfork
// children.
#include <alloca.h>
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <unistd.h>

#include <cstring>

#include "preload/environment.h"
#include "preload/executable.h"
#include "preload/exported.h"
#include "preload/ready.h"
#include "preload/samples.h"
#include "preload/sys/clock.h"
#include "preload/sys/files.h"
#include "preload/sys/memory.h"
#include "preload/sys/text.h"
#include "preload/threads.h"
#include "preload/trace_file.h"

using memprof::ChildEnvironment;
using memprof::g_real;
using memprof::ready;
using memprof::sys::current_pid;
namespace format = memprof::format;
namespace sys = memprof::sys;

namespace {

// A vfork child runs on its parent's stack and must not leave mappings behind, so environments of
// the usual size are built on the stack; only huge ones, which need more than small stacks have,
// are not.
constexpr size_t kMaxStackBytes = 32 * 1024;

uintptr_t here() {
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
}

void write_exec(format::ExecHow how, uint32_t pid, const char* path, uint32_t without_us) {
  memprof::Stream* s = memprof::begin_event(here());
  if (s == nullptr) return;
  constexpr size_t kMaxPathBytes = 4096;
  const size_t path_bytes = strnlen(path, kMaxPathBytes);
  const format::ExecRecord record{sys::read_clock(), static_cast<uint32_t>(how), pid, without_us,
                                  static_cast<uint32_t>(path_bytes)};
  memprof::append(*s, format::Control::kExec, record, path, static_cast<uint32_t>(path_bytes));
  memprof::end_event(s);
}

/// Around an exec: says so before, since afterwards there is nobody left to; takes it back when it
/// fails.
class ExecNote {
 public:
  ExecNote(const char* path, uint32_t without_us) {
    if (!memprof::is_recording()) return;
    if (sys::g_quiet) {  // Nothing may be asked, and no file grown or cut.
      if (memprof::in_new_child()) return;
      write_exec(format::ExecHow::kExec, memprof::recording_pid(), path, without_us);
      written_ = true;
      return;
    }
    // A forked child that has recorded nothing stays without a file of its own: its image is gone
    // in a moment. But where none will come after it, somebody has to say what was started.
    if (memprof::in_new_child() && without_us == 0 && memprof::will_load_us(path)) return;
    written_ = true;
    vfork_child_ = memprof::in_vfork_child();
    if (!vfork_child_) {
      if (memprof::Stream* s = memprof::begin_event(here())) {
        memprof::write_sample(*s, format::SampleReason::kExec, /*with_peak=*/true);
        memprof::end_event(s);
      }
    }
    write_exec(vfork_child_ ? format::ExecHow::kVforkExec : format::ExecHow::kExec, current_pid(),
               path, without_us);
    trimmed_ = !vfork_child_ && !memprof::others_record() && memprof::trim_trace_file();
  }

  /// The exec has returned. errno is the caller's to see.
  void failed() const {
    if (!written_) return;
    const int error = errno;
    if (trimmed_) memprof::untrim_trace_file();
    if (memprof::Stream* s = memprof::begin_event(here())) {
      memprof::append(*s, format::Control::kExecFailed,
                      format::ExecFailedRecord{sys::plain_stamp(), static_cast<uint32_t>(error)});
      memprof::end_event(s);
    }
    errno = error;
  }

 private:
  bool written_ = false;
  bool vfork_child_ = false;
  bool trimmed_ = false;
};

/// Calls `start(environment)` with the child's environment and returns what it returns.
template <typename Start>
int with_environment(ChildEnvironment& child, char* const* envp, Start start) {
  if (child.bytes() == 0) return start(envp);
  if (child.bytes() <= kMaxStackBytes) return start(child.build(alloca(child.bytes())));
  const size_t bytes = sys::round_to_pages(child.bytes());
  void* memory = sys::map_private(bytes);
  if (memory == nullptr) return start(envp);
  const int result = start(child.build(memory));
  sys::unmap(memory, bytes);
  return result;
}

template <typename Start>
int exec(const char* path, char* const* envp, Start start) {
  ChildEnvironment child(envp, current_pid());
  const ExecNote note(path, child.without_us());
  int result = with_environment(child, envp, start);
  note.failed();
  if (errno == E2BIG && child.bytes() != 0) {
    // It may be our variables that make it too much: the program as its caller wants it comes
    // first.
    const ExecNote without_us(path, format::kExecTooLarge);
    result = start(envp);
    without_us.failed();
  }
  return result;
}

int exec_path(const char* path, char* const* argv, char* const* envp) {
  return exec(path, envp, [&](char* const* env) { return g_real.execve(path, argv, env); });
}

int exec_search(const char* file, char* const* argv, char* const* envp) {
  return exec(file, envp, [&](char* const* env) { return g_real.execvpe(file, argv, env); });
}

template <typename Spawn>
int spawn(Spawn real, pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
          const posix_spawnattr_t* attributes, char* const* argv, char* const* envp) {
  // The parent of the new program is this process; in a vfork child that is the child.
  ChildEnvironment child(envp, current_pid());
  pid_t started = 0;
  uint32_t without_us = child.without_us();
  int error = with_environment(child, envp, [&](char* const* env) {
    return real(&started, path, actions, attributes, argv, env);
  });
  if (error == E2BIG && child.bytes() != 0) {
    without_us = format::kExecTooLarge;
    error = real(&started, path, actions, attributes, argv, envp);
  }
  if (error != 0) return error;
  if (pid != nullptr) *pid = started;
  if (memprof::is_recording()) {
    write_exec(format::ExecHow::kSpawn, static_cast<uint32_t>(started), path, without_us);
  }
  return 0;
}

/// The path of what a descriptor and a path below it name together; "" where it cannot be told.
class PathAt {
 public:
  PathAt(int dir_fd, const char* path) : path_(path) {
    if (dir_fd < 0 || path[0] == '/') return;
    path_ = "";
    whole_[0] = '\0';
    char link[32];
    sys::Text(link, sizeof link).add("/proc/self/fd/").add_number(static_cast<uint64_t>(dir_fd));
    const long bytes = sys::call(SYS_readlinkat, AT_FDCWD, sys::as_long(link), sys::as_long(whole_),
                                 sizeof whole_ - 1);
    if (bytes <= 0 || whole_[0] != '/') return;
    const size_t used = static_cast<size_t>(bytes);
    sys::Text rest(whole_ + used, sizeof whole_ - used);
    if (path[0] != '\0') rest.add("/").add(path);
    if (!rest.overflowed()) path_ = whole_;
  }
  PathAt(const PathAt&) = delete;
  PathAt& operator=(const PathAt&) = delete;

  const char* c_str() const { return path_; }

 private:
  char whole_[4096];
  const char* path_;
};

size_t count_arguments(va_list arguments) {
  size_t count = 1;
  // The callers have begun it. NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized)
  while (va_arg(arguments, const char*) != nullptr) ++count;
  return count;
}

void fill_arguments(const char** argv, const char* first, size_t count, va_list arguments) {
  argv[0] = first;
  for (size_t i = 1; i <= count; ++i) argv[i] = va_arg(arguments, const char*);
}

}  // namespace

MEMPROF_EXPORT int execve(const char* path, char* const argv[], char* const envp[]) {
  return ready() ? exec_path(path, argv, envp) : -1;
}

MEMPROF_EXPORT int execv(const char* path, char* const argv[]) {
  return ready() ? exec_path(path, argv, environ) : -1;
}

MEMPROF_EXPORT int execvp(const char* file, char* const argv[]) {
  return ready() ? exec_search(file, argv, environ) : -1;
}

MEMPROF_EXPORT int execvpe(const char* file, char* const argv[], char* const envp[]) {
  return ready() ? exec_search(file, argv, envp) : -1;
}

MEMPROF_EXPORT int fexecve(int fd, char* const argv[], char* const envp[]) {
  if (!ready()) return -1;
  const PathAt at(fd, "");
  return exec(at.c_str(), envp, [&](char* const* env) { return g_real.fexecve(fd, argv, env); });
}

MEMPROF_EXPORT int execveat(int dir_fd, const char* path, char* const argv[], char* const envp[],
                            int flags) {
  if (!ready()) return -1;
  const PathAt at(dir_fd, path);
  return exec(at.c_str(), envp,
              [&](char* const* env) { return g_real.execveat(dir_fd, path, argv, env, flags); });
}

// The list forms put their arguments into an array on the stack, as the C library does.
#define MEMPROF_ARGUMENT_LIST(argv, first)                                      \
  va_list counted;                                                              \
  va_start(counted, first);                                                     \
  const size_t count = count_arguments(counted);                                \
  va_end(counted);                                                              \
  auto** argv = static_cast<const char**>(alloca((count + 1) * sizeof(char*))); \
  va_list arguments;                                                            \
  va_start(arguments, first);                                                   \
  fill_arguments(argv, first, count, arguments)

MEMPROF_EXPORT int execl(const char* path, const char* first, ...) {
  if (!ready()) return -1;
  MEMPROF_ARGUMENT_LIST(argv, first);
  va_end(arguments);
  return exec_path(path, const_cast<char* const*>(argv), environ);
}

MEMPROF_EXPORT int execlp(const char* file, const char* first, ...) {
  if (!ready()) return -1;
  MEMPROF_ARGUMENT_LIST(argv, first);
  va_end(arguments);
  return exec_search(file, const_cast<char* const*>(argv), environ);
}

MEMPROF_EXPORT int execle(const char* path, const char* first, ...) {
  if (!ready()) return -1;
  MEMPROF_ARGUMENT_LIST(argv, first);
  char* const* envp = va_arg(arguments, char* const*);
  va_end(arguments);
  return exec_path(path, const_cast<char* const*>(argv), envp);
}

MEMPROF_EXPORT int posix_spawn(pid_t* pid, const char* path,
                               const posix_spawn_file_actions_t* actions,
                               const posix_spawnattr_t* attributes, char* const argv[],
                               char* const envp[]) {
  if (!ready()) return ENOSYS;
  return spawn(g_real.posix_spawn, pid, path, actions, attributes, argv, envp);
}

MEMPROF_EXPORT int posix_spawnp(pid_t* pid, const char* file,
                                const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* attributes, char* const argv[],
                                char* const envp[]) {
  if (!ready()) return ENOSYS;
  return spawn(g_real.posix_spawnp, pid, file, actions, attributes, argv, envp);
}
