// MEMPROF_* and LD_PRELOAD: what we are told, and what we hand on to the programs that this one
// starts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memprof {

enum class Unwinder : uint8_t {
  kOwn,        ///< MEMPROF_UNWIND=own, and nothing
  kLibunwind,  ///< MEMPROF_UNWIND=libunwind
  kCheck,   ///< MEMPROF_UNWIND=check: ours, with replay and without it; the process aborts at the
            ///< first stack that differs
  kCompare  ///< MEMPROF_UNWIND=compare: by libunwind and libgcc as well
};

/// What the environment says. Strings are copies of our own, valid for ever; "" when not given.
struct Settings {
  const char* out;     ///< MEMPROF_OUT
  bool is_root;        ///< no recorder before us in this run
  bool follow;         ///< MEMPROF_FOLLOW
  const char* only;    ///< MEMPROF_ONLY
  const char* skip;    ///< MEMPROF_SKIP
  bool rss;            ///< MEMPROF_RSS
  bool reachability;   ///< MEMPROF_REACHABILITY
  Unwinder unwinder;   ///< MEMPROF_UNWIND
  uint64_t max_bytes;  ///< MEMPROF_MAX_BYTES; 0: default
  uint64_t min_free;   ///< MEMPROF_MIN_FREE; UINT64_MAX: default
  uint64_t run_id;     ///< MEMPROF_RUN; 0 for the root
  uint64_t parent_id;  ///< MEMPROF_PARENT
  uint32_t parent_pid;
  const char* bad_value;  ///< the first variable with a value that makes no sense, or nullptr
};

/// Reads the settings out of `envp` (may be nullptr).
Settings read_settings(const char* const* envp);

/// Remembers what children are to be told. `directory` and `library` are absolute. Once, at start.
void set_child_environment(const char* const* envp, const char* directory, const char* library,
                           uint64_t run_id, bool follow);

/// The environment for a program about to be started: `envp` with what is missing added.
class ChildEnvironment {
 public:
  /// `parent_pid` is the process that will be the new program (exec) or its parent (spawn).
  ChildEnvironment(const char* const* envp, uint32_t parent_pid);

  /// Bytes that build() needs, 0 when the environment can be passed on as it is.
  size_t bytes() const { return bytes_; }

  /// Builds it in `memory` (aligned for pointers, bytes() long), which must live as long as the
  /// result.
  char** build(void* memory);

  /// Why the new program will not be recorded (format::kExecUnfollowed and the others); 0 when it
  /// may be.
  uint32_t without_us() const { return without_us_; }

 private:
  const char* const* envp_;
  uint32_t parent_pid_;
  size_t count_ = 0;
  size_t bytes_ = 0;
  const char* old_preload_ = nullptr;
  uint32_t without_us_ = 0;
};

/// Puts what children need into this process's own environment, for system() and popen(), which our
/// hooks do not see. Called by the root only, in its constructor.
void publish_environment();

}  // namespace memprof
