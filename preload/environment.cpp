#include "preload/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "preload/format/trace_format.h"
#include "preload/process.h"
#include "preload/sys/memory.h"
#include "preload/sys/text.h"

namespace memprof {
namespace {

#ifdef MEMPROF_CHECK_REPLAY
constexpr Unwinder kUsualUnwinder = Unwinder::kCheck;
#else
constexpr Unwinder kUsualUnwinder = Unwinder::kOwn;
#endif

constexpr char kPreload[] = "LD_PRELOAD=";
constexpr char kPrefix[] = "MEMPROF_";
constexpr char kParent[] = "MEMPROF_PARENT=";
constexpr char kOut[] = "MEMPROF_OUT=";
constexpr char kRun[] = "MEMPROF_RUN=";
constexpr char kLibraryName[] = "libmemprof.so";
constexpr char kAnyLibrary[] = "/$LIB/";

constexpr size_t kParentBytes = 64;
constexpr size_t kMaxHandedOn = 16;

// Written at start, read when programs are started.
struct HandedOn {
  bool active;
  bool follow;
  const char* library;
  const char* out;  // MEMPROF_OUT=...
  const char*
      variables[kMaxHandedOn + 1];  // whole assignments, MEMPROF_OUT and MEMPROF_RUN among them
};
constinit HandedOn g_handed_on = {};

bool starts_with(const char* text, const char* prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

/// Length of "NAME=" at the start of an assignment.
size_t name_bytes(const char* assignment) {
  const char* equals = strchr(assignment, '=');
  return equals == nullptr ? strlen(assignment) : static_cast<size_t>(equals - assignment) + 1;
}

const char* find_variable(const char* const* envp, const char* name_with_equals) {
  for (; envp != nullptr && *envp != nullptr; ++envp) {
    if (starts_with(*envp, name_with_equals)) return *envp + strlen(name_with_equals);
  }
  return nullptr;
}

/// Copies into pages of our own: programs overwrite the block that their environment came in.
const char* keep(const char* a, const char* b = "") {
  const size_t bytes = strlen(a) + strlen(b) + 1;
  static char* at = nullptr;
  static size_t room = 0;
  if (bytes > room) {
    const size_t map_bytes = sys::round_to_pages(bytes);
    char* fresh = static_cast<char*>(sys::map_private(map_bytes));
    if (fresh == nullptr) return "";
    at = fresh;
    room = map_bytes;
  }
  char* copy = at;
  sys::Text(copy, bytes).add(a).add(b);
  at += bytes;
  room -= bytes;
  return copy;
}

/// Digits, then an optional K, M, G or T; false when it is not that.
bool parse_size(const char* text, uint64_t* value) {
  const char* rest = text;
  uint64_t number = sys::parse_number(text, 10, &rest);
  if (rest == text) return false;
  constexpr char kUnits[] = "KMGT";
  if (*rest != '\0') {
    const char* unit = strchr(kUnits, *rest);
    if (unit == nullptr || rest[1] != '\0') return false;
    const unsigned shift = 10 * static_cast<unsigned>(unit - kUnits + 1);
    if (number > UINT64_MAX >> shift) return false;
    number <<= shift;
  }
  *value = number;
  return true;
}

class Reader {
 public:
  explicit Reader(const char* const* envp) : envp_(envp) {}

  const char* text(const char* name) {
    const char* value = find_variable(envp_, name);
    return value == nullptr ? "" : keep(value);
  }

  bool flag(const char* name, bool otherwise) {
    const char* value = find_variable(envp_, name);
    if (value == nullptr || *value == '\0') return otherwise;
    if ((value[0] == '0' || value[0] == '1') && value[1] == '\0') return value[0] == '1';
    bad(name);
    return otherwise;
  }

  uint64_t size(const char* name, uint64_t otherwise) {
    const char* value = find_variable(envp_, name);
    if (value == nullptr || *value == '\0') return otherwise;
    uint64_t number;
    if (parse_size(value, &number)) return number;
    bad(name);
    return otherwise;
  }

  void bad(const char* name) {
    if (bad_ == nullptr) bad_ = name;
  }
  const char* bad_value() const { return bad_; }

 private:
  const char* const* envp_;
  const char* bad_ = nullptr;
};

/// Calls visit(entry, bytes) for each path in an LD_PRELOAD list.
template <typename Visit>
void for_each_entry(const char* list, Visit visit) {
  while (list != nullptr && *list != '\0') {
    const size_t bytes = strcspn(list, ": ");
    if (bytes > 0) visit(list, bytes);
    list += bytes;
    while (*list == ':' || *list == ' ') ++list;
  }
}

/// Whether an entry is this library, under whatever path.
bool is_us(const char* entry, size_t bytes) {
  const size_t ours = sizeof kLibraryName - 1;
  return bytes >= ours && memcmp(entry + bytes - ours, kLibraryName, ours) == 0 &&
         (bytes == ours || entry[bytes - ours - 1] == '/');
}

/// A path that another working directory would break.
bool is_relative(const char* entry, size_t bytes) {
  return entry[0] != '/' && entry[0] != '$' && memchr(entry, '/', bytes) != nullptr;
}

bool may_access(const char* path, long how) {
  return !sys::failed(sys::call(SYS_faccessat, AT_FDCWD, sys::as_long(path), how));
}

/// Whether a program started from here would find this library, and a place for its trace.
bool can_be_followed() {
  return may_access(g_handed_on.library, R_OK) &&
         may_access(g_handed_on.out + strlen(kOut), W_OK | X_OK);
}

/// Whether a path has a part that the loader fills in, so that each program finds a library of its
/// own word size.
bool is_for_all(const char* path, size_t bytes) {
  return memmem(path, bytes, kAnyLibrary, sizeof kAnyLibrary - 1) != nullptr;
}

/// The absolute path under which all children find us. Beside the library there may be a tree with
/// one for each kind of program.
const char* path_for_children(const char* const* envp, const char* library) {
  static char path[4224];  // Called once, at the first allocation: the stack may be small.
  sys::Text text(path, sizeof path);
  bool found = false;
  const bool is_unknown = library[0] == '\0';  // musl does not say where it loaded us from
  for_each_entry(find_variable(envp, kPreload), [&](const char* entry, size_t bytes) {
    if (found || entry[0] != '/' || !is_us(entry, bytes)) return;
    if (!is_unknown && !is_for_all(entry, bytes)) return;
    text.add(entry, bytes);
    found = true;
  });
  if (found && !text.overflowed()) return keep(path);
  const char* slash = strrchr(library, '/');
  if (slash == nullptr) return keep(library);
  sys::Text beside(path, sizeof path);
  beside.add(library, static_cast<size_t>(slash - library)).add("/memprof").add(kAnyLibrary);
  beside.add(kLibraryName);
  // musl takes the name as it is, so that it exists is both: it is there, and it is there for musl.
  const bool exists = !beside.overflowed() && may_access(path, R_OK);
  return keep(exists ? path : library);
}

/// The list for a new program: the caller's, with us in it (first, where we were missing) or
/// without us.
void add_preload_list(sys::Text* text, const char* old_list, bool with_us) {
  bool has_us = false;
  for_each_entry(old_list, [&](const char* entry, size_t bytes) {
    if (is_us(entry, bytes)) has_us = true;
  });
  bool first = true;
  auto add = [&](const char* entry, size_t bytes) {
    if (!first) text->add(":");
    text->add(entry, bytes);
    first = false;
  };
  const char* library = g_handed_on.library;
  if (with_us && !has_us) add(library, strlen(library));
  for_each_entry(old_list, [&](const char* entry, size_t bytes) {
    if (!is_us(entry, bytes)) return add(entry, bytes);
    if (!with_us) return;
    const bool narrower = is_for_all(library, strlen(library)) && !is_for_all(entry, bytes);
    if (narrower || is_relative(entry, bytes)) return add(library, strlen(library));
    add(entry, bytes);
  });
}

}  // namespace

Settings read_settings(const char* const* envp) {
  Reader reader(envp);
  Settings settings{};
  settings.out = reader.text(kOut);
  settings.only = reader.text("MEMPROF_ONLY=");
  settings.skip = reader.text("MEMPROF_SKIP=");
  settings.follow = reader.flag("MEMPROF_FOLLOW=", true);
  settings.rss = reader.flag("MEMPROF_RSS=", true);
  settings.reachability = reader.flag("MEMPROF_REACHABILITY=", false);
  settings.max_bytes = reader.size("MEMPROF_MAX_BYTES=", 0);
  settings.min_free = reader.size("MEMPROF_MIN_FREE=", UINT64_MAX);
  settings.unwinder = kUsualUnwinder;
  const char* unwind = reader.text("MEMPROF_UNWIND=");
  if (strcmp(unwind, "libunwind") == 0) {
    settings.unwinder = Unwinder::kLibunwind;
  } else if (strcmp(unwind, "compare") == 0) {
    settings.unwinder = Unwinder::kCompare;
  } else if (strcmp(unwind, "check") == 0) {
    settings.unwinder = Unwinder::kCheck;
  } else if (strcmp(unwind, "own") == 0) {
    settings.unwinder = Unwinder::kOwn;
  } else if (*unwind != '\0') {
    reader.bad("MEMPROF_UNWIND=");
  }
  const char* rest = nullptr;
  const char* run = find_variable(envp, kRun);
  if (run != nullptr) settings.run_id = sys::parse_number(run, 16, &rest);
  settings.is_root = settings.run_id == 0;
  const char* parent = find_variable(envp, kParent);
  if (parent != nullptr && !settings.is_root) {
    settings.parent_id = sys::parse_number(parent, 16, &rest);
    if (*rest == ':') {
      settings.parent_pid = static_cast<uint32_t>(sys::parse_number(rest + 1, 10, &rest));
    }
  }
  settings.bad_value = reader.bad_value();
  return settings;
}

void set_child_environment(const char* const* envp, const char* directory, const char* library,
                           uint64_t run_id, bool follow) {
  char number[32];
  sys::Text run(number, sizeof number);
  run.add_number(run_id, 16, 16);
  g_handed_on.library = path_for_children(envp, library);
  g_handed_on.out = keep(kOut, directory);
  size_t count = 0;
  g_handed_on.variables[count++] = g_handed_on.out;
  g_handed_on.variables[count++] = keep(kRun, run.c_str());
  for (; envp != nullptr && *envp != nullptr && count < kMaxHandedOn; ++envp) {
    if (!starts_with(*envp, kPrefix) || starts_with(*envp, kOut) || starts_with(*envp, kRun) ||
        starts_with(*envp, kParent)) {
      continue;
    }
    g_handed_on.variables[count++] = keep(*envp);
  }
  g_handed_on.variables[count] = nullptr;
  g_handed_on.follow = follow;
  g_handed_on.active = g_handed_on.library[0] == '/';
}

ChildEnvironment::ChildEnvironment(const char* const* envp, uint32_t parent_pid)
    : envp_(envp), parent_pid_(parent_pid) {
  if (!g_handed_on.active) return;
  // A caller that has set up another run (a memprof inside a recorded build) knows what it does.
  const char* out = find_variable(envp, kOut);
  if (out != nullptr && strcmp(out, g_handed_on.out + strlen(kOut)) != 0) return;
  while (envp != nullptr && envp[count_] != nullptr) ++count_;
  old_preload_ = find_variable(envp, kPreload);
  // A sandbox may kill for what we do at a start, and the new program inherits it.
  const bool sandboxed = sys::g_quiet;
  if (g_handed_on.follow && (sandboxed || !can_be_followed())) {
    without_us_ = sandboxed ? format::kExecSandboxed : format::kExecUnfollowed;
  }
  // An entry that names this library by a relative or a narrower path is replaced.
  size_t preload_bytes = sizeof kPreload + strlen(g_handed_on.library) + 2;
  for_each_entry(old_preload_, [&](const char* entry, size_t bytes) {
    preload_bytes += bytes + 1 + (is_us(entry, bytes) ? strlen(g_handed_on.library) : 0);
  });
  bytes_ = (count_ + kMaxHandedOn + 3) * sizeof(char*) + kParentBytes + preload_bytes;
}

char** ChildEnvironment::build(void* memory) {
  char** out = static_cast<char**>(memory);
  char* strings = reinterpret_cast<char*>(out + count_ + kMaxHandedOn + 3);
  sys::Text parent(strings, kParentBytes);
  parent.add(kParent).add_number(trace_id(), 16, 16).add(":").add_number(parent_pid_);
  strings += kParentBytes;
  const size_t preload_bytes = bytes_ - static_cast<size_t>(strings - static_cast<char*>(memory));
  sys::Text preload(strings, preload_bytes);
  preload.add(kPreload);
  const bool with_us = g_handed_on.follow && without_us_ == 0;
  add_preload_list(&preload, old_preload_, with_us);
  const bool list_is_empty = preload.size() == sizeof kPreload - 1;
  size_t count = 0;
  bool has_preload = false;
  for (size_t i = 0; i < count_; ++i) {
    const char* assignment = envp_[i];
    if (starts_with(assignment, kParent)) continue;
    if (starts_with(assignment, kPreload)) {
      if (has_preload) continue;
      has_preload = true;
      if (list_is_empty && *old_preload_ != '\0') continue;
      assignment = preload.c_str();
    }
    out[count++] = const_cast<char*>(assignment);
  }
  if (!has_preload && with_us) out[count++] = strings;
  for (const char* const* variable = g_handed_on.variables; *variable != nullptr; ++variable) {
    bool present = false;
    for (size_t i = 0; i < count_ && !present; ++i) {
      present = strncmp(envp_[i], *variable, name_bytes(*variable)) == 0;
    }
    if (!present) out[count++] = const_cast<char*>(*variable);
  }
  out[count++] = const_cast<char*>(parent.c_str());
  out[count] = nullptr;
  return out;
}

void publish_environment() {
  if (environ == nullptr || !g_handed_on.active) return;
  ChildEnvironment child(environ, recording_pid());
  if (child.bytes() == 0) return;
  void* memory = sys::map_private(sys::round_to_pages(child.bytes()));
  if (memory != nullptr) environ = child.build(memory);
}

}  // namespace memprof
