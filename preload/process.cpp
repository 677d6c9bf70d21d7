#include "preload/process.h"

#include <elf.h>
#include <errno.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include "preload/allocators.h"
#include "preload/compared_walk.h"
#include "preload/environment.h"
#include "preload/locations.h"
#include "preload/modules.h"
#include "preload/reachability.h"
#include "preload/real.h"
#include "preload/samples.h"
#include "preload/start.h"
#include "preload/sys/clock.h"
#include "preload/sys/files.h"
#include "preload/sys/memory.h"
#include "preload/sys/text.h"
#include "preload/threads.h"
#include "preload/trace_file.h"

// Where the kernel put argc, argv and the environment; the main stack's frames end below. Weak:
// glibc's own.
extern "C" void* __libc_stack_end __attribute__((weak));

namespace memprof {

namespace {
constexpr std::atomic<uint32_t> kNotStarted{0};
}  // namespace

constinit std::atomic<State> g_state{State::kUnstarted};
constinit std::atomic<uint32_t> g_stamped{0};
constinit const std::atomic<uint32_t>* g_generation = &kNotStarted;

namespace {

constinit std::atomic<int64_t> g_own_bytes{0};
constinit uint32_t g_pid = 0;
constinit uint64_t g_trace_id = 0;
constinit uint64_t g_run_id = 0;
constinit bool g_follow = true;
constinit uint64_t g_max_bytes = 0;
constinit uint64_t g_min_free = 0;
constinit char g_exe[4224] = {};
constinit char g_cwd[4224] = {};
constinit char g_directory[4224] = {};
constinit uint32_t g_next_generation = 1;
constinit bool g_is_root = false;
constinit Unwinder g_wanted_unwinder = Unwinder::kOwn;

/// Bytes of the mappings that the loader made for this library.
constexpr int64_t kLibraryBytes = 160 * 1024;

// --- what the kernel handed to the process

struct StartBlock {
  const char* const* argv;
  const char* const* envp;
};

StartBlock start_block() {
  StartBlock block{nullptr, environ};
  if (&__libc_stack_end == nullptr || __libc_stack_end == nullptr) return block;
  const auto* argc = static_cast<const long*>(__libc_stack_end);
  constexpr long kMaxArguments = 1 << 24;
  if (*argc < 0 || *argc > kMaxArguments) return block;
  const char* const* argv = reinterpret_cast<const char* const*>(argc + 1);
  if (argv[*argc] != nullptr) return block;
  block.argv = argv;
  block.envp = argv + *argc + 1;
  return block;
}

/// A number that no other process has: what the kernel put there at random, the clock and the pid,
/// mixed.
uint64_t make_id() {
  uint64_t random[2] = {0, 0};
  const auto* source = reinterpret_cast<const void*>(getauxval(AT_RANDOM));
  if (source != nullptr) memcpy(random, source, sizeof random);
  uint64_t mixed = random[0] ^ (random[1] << 1) ^ sys::monotonic_ns() ^ (uint64_t{g_pid} << 40) ^
                   sys::plain_stamp();
  for (int round = 0; round < 3; ++round) {
    mixed ^= mixed >> 30;
    mixed *= 0xbf58476d1ce4e5b9ULL;
    mixed ^= mixed >> 27;
    mixed *= 0x94d049bb133111ebULL;
    mixed ^= mixed >> 31;
  }
  return mixed != 0 ? mixed : 1;
}

void read_link(const char* path, char* buffer, size_t bytes) {
  const long count = sys::call(SYS_readlink, sys::as_long(path), sys::as_long(buffer),
                               static_cast<long>(bytes - 1));
  buffer[sys::failed(count) ? 0 : count] = '\0';
}

void read_directory() {
  const long count = sys::call(SYS_getcwd, sys::as_long(g_cwd), sizeof g_cwd);
  if (sys::failed(count) || g_cwd[0] != '/') g_cwd[0] = '\0';
}

const char* base_name(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash != nullptr ? slash + 1 : path;
}

/// Shell-like pattern with * and ?.
bool matches(const char* pattern, const char* text) {
  const char* star = nullptr;
  const char* star_text = nullptr;
  while (*text != '\0') {
    if (*pattern == '*') {
      star = pattern++;
      star_text = text;
    } else if (*pattern == '?' || *pattern == *text) {
      ++pattern;
      ++text;
    } else if (star != nullptr) {
      pattern = star + 1;
      text = ++star_text;
    } else {
      return false;
    }
  }
  while (*pattern == '*') ++pattern;
  return *pattern == '\0';
}

/// Whether one of the comma-separated patterns matches the executable's path or name.
bool matches_list(const char* list, const char* exe) {
  while (*list != '\0') {
    char pattern[512];
    size_t bytes = strcspn(list, ",");
    if (bytes < sizeof pattern) {
      memcpy(pattern, list, bytes);
      pattern[bytes] = '\0';
      if (matches(pattern, exe) || matches(pattern, base_name(exe))) return true;
    }
    list += bytes;
    if (*list == ',') ++list;
  }
  return false;
}

// --- what only the first process of a run may do: say something

const char* error_text(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "permission denied";
    case ENOENT:
      return "no such directory";
    case ENOTDIR:
      return "not a directory";
    case ENOSPC:
      return "not enough free disk space";
    case EROFS:
      return "read-only file system";
    case EFBIG:
      return "the file size limit is too low";
    case EMFILE:
    case ENFILE:
      return "too many open files";
    case ENOMEM:
      return "not enough memory";
    case ENAMETOOLONG:
      return "the path is too long";
    default:
      return nullptr;
  }
}

void say(const char* a, const char* b, const char* c, int error) {
  char line[1024];
  sys::Text text(line, sizeof line - 1);
  text.add("memprof: ").add(a).add(b).add(c);
  if (error != 0) {
    const char* why = error_text(error);
    text.add(": ");
    if (why != nullptr) {
      text.add(why);
    } else {
      text.add("error ").add_number(static_cast<uint64_t>(error));
    }
  }
  line[text.size()] = '\n';
  sys::call(SYS_write, 2, sys::as_long(line), static_cast<long>(text.size() + 1));
}

/// Makes the output directory, with those above it. 0 or an errno.
int make_directories(char* path) {
  int error = 0;
  for (char* at = path + 1;; ++at) {
    if (*at != '/' && *at != '\0') continue;
    const char end = *at;
    *at = '\0';
    const long result = sys::call(SYS_mkdirat, AT_FDCWD, sys::as_long(path), 0777);
    error = result == -EEXIST || !sys::failed(result) ? 0 : static_cast<int>(-result);
    *at = end;
    if (end == '\0') return error;
  }
}

/// The name the program was called by: what `memprof run` names its directory after, too.
const char* command_name(const char* const* argv) {
  const char* name = argv != nullptr && argv[0] != nullptr ? base_name(argv[0]) : "";
  if (*name == '-') ++name;  // a login shell
  constexpr size_t kMaxBytes = 200;
  return *name != '\0' && strlen(name) <= kMaxBytes ? name : base_name(g_exe);
}

void choose_directory(const Settings& settings, const char* const* argv) {
  sys::Text text(g_directory, sizeof g_directory);
  const char* out = settings.out;
  if (out[0] != '/') text.add(g_cwd).add("/");
  if (out[0] != '\0') {
    text.add(out);
  } else {
    text.add("memprof.").add(command_name(argv)).add(".").add_number(g_pid);
  }
  size_t bytes = text.size();
  while (bytes > 1 && g_directory[bytes - 1] == '/') g_directory[--bytes] = '\0';
}

/// This library's own absolute path, or "".
const char* library_path(char* buffer, size_t bytes) {
  LoadedObject object;
  buffer[0] = '\0';
  if (!find_object(reinterpret_cast<uintptr_t>(&g_state), &object)) return buffer;
  sys::Text path(buffer, bytes);
  if (object.name[0] != '/') path.add(g_cwd).add("/");
  path.add(object.name);
  if (path.overflowed()) buffer[0] = '\0';
  return buffer;
}

/// On the wiped page, too: the thread id of who begins the recording of a forked child.
constinit std::atomic<uint32_t>* g_beginner = nullptr;

bool make_generation_page() {
  void* page = sys::map_private(sys::kPageBytes);
  if (page == nullptr) return false;
  constexpr int kWipeOnFork = 18;  // MADV_WIPEONFORK, Linux 4.14
  if (sys::failed(sys::call(SYS_madvise, sys::as_long(page), sys::kPageBytes, kWipeOnFork))) {
    return false;
  }
  // Not at the page's beginning: a load that has its place in the page in common with a store just
  // before it waits for that store, and pages are often written at their beginning.
  constexpr size_t kPlace = 2560;
  auto* generation = reinterpret_cast<std::atomic<uint32_t>*>(static_cast<uint8_t*>(page) + kPlace);
  generation->store(g_next_generation++, std::memory_order_relaxed);  // Nobody knows the page yet.
  g_generation = generation;
  g_beginner = generation + 1;
  add_own_bytes(sys::kPageBytes);
  return true;
}

FileIdentity identity_of_this_image() {
  FileIdentity identity{};
  identity.trace_id = g_trace_id;
  identity.run_id = g_run_id;
  identity.pid = g_pid;
  identity.ppid = static_cast<uint32_t>(sys::call(SYS_getppid));
  identity.directory = g_directory;
  identity.exe = g_exe;
  identity.cwd = g_cwd;
  identity.malloc_from = "";
  identity.new_from = "";
  identity.max_bytes = g_max_bytes;
  identity.min_free_bytes = g_min_free;
  return identity;
}

/// The first records of a file: what was resident before anything else.
void write_first_records(uintptr_t frame) {
  Stream* s = begin_event(frame);
  if (s == nullptr) return;
  write_sample(*s, format::SampleReason::kStart, /*with_peak=*/false);
  end_event(s);
}

State start(uintptr_t frame) {
  if (getauxval(AT_SECURE) != 0) return State::kOff;
  g_pid = sys::current_pid();
  const StartBlock block = start_block();
  const Settings settings = read_settings(block.envp);
  g_is_root = settings.is_root;
  g_wanted_unwinder = settings.unwinder;
  if (g_wanted_unwinder == Unwinder::kCheck) begin_checking();
  if (!settings.is_root && !settings.follow) return State::kOff;
  sys::g_stamp_is_tsc = sys::tsc_is_reliable();
  read_link("/proc/self/exe", g_exe, sizeof g_exe);
  read_directory();
  g_trace_id = make_id();
  g_run_id = settings.is_root ? make_id() : settings.run_id;
  g_follow = settings.follow;
  g_max_bytes = settings.max_bytes;
  g_min_free = settings.min_free;
  g_rss_enabled = settings.rss;
  g_reachability = settings.reachability;
  if (settings.is_root && settings.bad_value != nullptr) {
    char name[64];
    sys::Text(name, sizeof name).add(settings.bad_value, strcspn(settings.bad_value, "="));
    say("ignored a value that makes no sense: ", name, "", 0);
  }
  choose_directory(settings, block.argv);
  static char library[4224];  // The first allocation may be made on a small stack.
  set_child_environment(block.envp, g_directory, library_path(library, sizeof library), g_run_id,
                        settings.follow);
  int error = settings.is_root ? make_directories(g_directory) : 0;
  if (error != 0) {
    say("not recording: cannot create ", g_directory, "", error);
    return State::kOff;
  }
  if (!make_generation_page()) return State::kOff;
  FileIdentity identity = identity_of_this_image();
  identity.argv = block.argv;
  const OtherAllocators others = find_other_allocators();
  identity.malloc_from = others.malloc_from;
  identity.new_from = others.new_from;
  if (settings.parent_id != 0) {
    identity.parent_id = settings.parent_id;
    identity.env_parent_pid = settings.parent_pid;
    identity.parent_link = format::ParentLink::kEnviron;
  }
  const char* failed_call = "";
  error = create_trace_file(identity, &failed_call);
  if (error != 0) {
    if (settings.is_root) {
      char what[64];
      sys::Text(what, sizeof what)
          .add("not recording: cannot ")
          .add(failed_call)
          .add(" a file in ");
      say(what, g_directory, "", error);
    }
    return State::kOff;
  }
  const bool skipped = matches_list(settings.skip, g_exe) ||
                       (settings.only[0] != '\0' && !matches_list(settings.only, g_exe));
  if (skipped) {
    trace_header()->stop_reason = static_cast<uint32_t>(format::StopReason::kSkipped);
    trim_trace_file();
    return State::kOff;
  }
  add_own_bytes(kLibraryBytes);
  prepare_threads();
  g_state.store(State::kRecording, std::memory_order_release);
  write_first_records(frame);
  return State::kRecording;
}

}  // namespace

void main_stack_bounds(uintptr_t* end, uintptr_t* bytes) {
  *end = 0;
  *bytes = 0;
  if (&__libc_stack_end == nullptr || __libc_stack_end == nullptr) return;
  rlimit limit{};
  if (sys::call(SYS_prlimit64, 0, RLIMIT_STACK, 0, sys::as_long(&limit)) != 0) return;
  // The kernel keeps at least 128 MiB below the stack's top free of other mappings, less its random
  // offset.
  constexpr uintptr_t kAlwaysFree = uintptr_t{64} << 20;
  *end = reinterpret_cast<uintptr_t>(__libc_stack_end);
  *bytes = limit.rlim_cur < kAlwaysFree ? limit.rlim_cur : kAlwaysFree;
}

void start_recording() {
  g_state.store(start(reinterpret_cast<uintptr_t>(__builtin_frame_address(0))),
                std::memory_order_release);
}

void begin_child() {
  if (sys::g_quiet) {  // A file cannot be made here.
    g_state.store(State::kOff, std::memory_order_release);
    return;
  }
  // A child may have started threads without having allocated anything itself: the C library keeps
  // stacks of ended threads. The first of them begins.
  const uint32_t me = sys::current_tid();
  uint32_t beginner = 0;
  if (!g_beginner->compare_exchange_strong(beginner, me, std::memory_order_acq_rel)) {
    if (beginner == me) return;  // a handler, in the middle
    // The other makes a few system calls and then is done, unless a handler keeps it.
    constexpr int kMostYields = 10'000;
    for (int i = 0; i < kMostYields && is_recording() && in_new_child(); ++i) {
      sys::call(SYS_sched_yield);
    }
    return;
  }
  const ParentFile parent = parent_file();
  g_pid = sys::current_pid();
  g_own_bytes.store(kLibraryBytes, std::memory_order_relaxed);
  FileIdentity identity = identity_of_this_image();
  identity.parent_id = g_trace_id;
  identity.parent_link = format::ParentLink::kFork;
  identity.inherited_strings = parent.header;
  identity.trace_id = g_trace_id = make_id();
  const char* failed_call = "";
  const bool follow = g_follow && parent.header != nullptr;
  const bool created = follow && create_trace_file(identity, &failed_call) == 0;
  Stream* mine = t_stream > kThreadEnded ? t_stream : nullptr;
  if (follow && !created) {
    std::atomic_ref<uint32_t>(parent.header->lost_children).fetch_add(1, std::memory_order_relaxed);
  }
  leave_parent_file(parent, all_streams());
  if (!created) {
    g_state.store(State::kOff, std::memory_order_release);
    return;
  }
  adopt_streams(mine);
  forget_modules();
  forget_location_ids();
  // Wiped pages stay wiped-on-fork in the child.
  const_cast<std::atomic<uint32_t>*>(g_generation)
      ->store(g_next_generation++, std::memory_order_release);
  Stream* s = begin_event(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)));
  if (s != nullptr) {
    for (Stream* old = all_streams(); old != nullptr; old = old->next) {
      if (old->cut.stream != kNoStreamId && old->cut.used != 0) {
        append(*s, format::Control::kCut, old->cut);
      }
    }
    write_sample(*s, format::SampleReason::kStart, /*with_peak=*/false);
    end_event(s);
  }
}

bool is_root() {
  return g_is_root;
}

Unwinder wanted_unwinder() {
  return g_wanted_unwinder;
}

uint32_t recording_pid() {
  return g_pid;
}

bool in_vfork_child() {
  if (sys::g_quiet) return false;  // Nobody can be asked; no sandbox lets a program fork.
  return !in_new_child() && sys::current_pid() != g_pid;
}

const char* output_directory() {
  return g_directory;
}

const char* executable_path() {
  return g_exe;
}

const char* start_directory() {
  return g_cwd;
}

uint64_t trace_id() {
  return g_trace_id;
}

void add_own_bytes(int64_t bytes) {
  g_own_bytes.fetch_add(bytes, std::memory_order_relaxed);
}

uint64_t own_bytes() {
  const int64_t bytes = g_own_bytes.load(std::memory_order_relaxed);
  return bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
}

void count_lost(uint64_t events) {
  format::FileHeader* header = trace_header();
  if (header == nullptr) return;
  std::atomic_ref<uint64_t>(header->lost_events).fetch_add(events, std::memory_order_relaxed);
}

void stop_recording(format::StopReason reason) {
  format::FileHeader* header = trace_header();
  if (header == nullptr) return;
  if (sys::g_quiet) reason = format::StopReason::kSandbox;
  uint32_t none = 0;
  std::atomic_ref<uint32_t>(header->stop_reason)
      .compare_exchange_strong(none, static_cast<uint32_t>(reason), std::memory_order_acq_rel);
}

}  // namespace memprof
