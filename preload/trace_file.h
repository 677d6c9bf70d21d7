// The trace file of this process: creating it, and finding room for chunks.
//
// The file is made as large as it may become (sparse) when it is created, and closed at once: the
// program may change its root, its user and its limits, and close every descriptor there is. New
// chunks are reached by duplicating a mapping that is there already: mremap with an old size of 0
// on the mapped first page of the next chunk maps that chunk and the first page of the one after.
// MADV_POPULATE_WRITE then reserves the disk blocks, and fails where a store would raise SIGBUS.
#pragma once

#include <cstdint>

#include "preload/format/trace_format.h"
#include "preload/stream.h"

namespace memprof {

/// Identity of the image, for the header. Strings are copied.
struct FileIdentity {
  uint64_t trace_id;
  uint64_t parent_id;
  format::ParentLink parent_link;
  uint32_t env_parent_pid;
  uint64_t run_id;
  uint32_t pid;
  uint32_t ppid;
  const char* directory;
  const char* exe;
  const char* cwd;
  const char* malloc_from;                      ///< see FileHeader; "" for ours
  const char* new_from;                         ///< see FileHeader; "" for one that comes to ours
  const char* const* argv;                      ///< nullptr-terminated, or nullptr
  const format::FileHeader* inherited_strings;  ///< a forked child copies its parent's instead
  uint64_t max_bytes;
  uint64_t min_free_bytes;  ///< UINT64_MAX: the default
};

/// Creates and maps the file. Returns 0 or the errno of what failed; `*failed_call` then says what.
int create_trace_file(const FileIdentity& identity, const char** failed_call);

/// The header of the file, or nullptr.
format::FileHeader* trace_header();

/// Gives `s` an empty chunk, handing back the one it had. False when there is none to be had;
/// recording has then been stopped.
bool take_chunk(Stream& s);

/// Makes more of the stream's chunk usable. False when nothing could be added.
bool populate_more(Stream& s);

/// What a forked child has mapped of its parent's file, besides the streams' chunks.
struct ParentFile {
  format::FileHeader* header;
  uintptr_t tail_page;
};

/// To be called before create_trace_file makes the child's own.
ParentFile parent_file();

/// Unmaps it, and the chunks of `streams` (a list by Stream::next) that no interrupted event is
/// still using.
void leave_parent_file(const ParentFile& parent, Stream* streams);

/// Cuts the file to what is used and a little more, when nothing more is expected: at exit, before
/// an exec. Events may follow. Whether it was cut.
bool trim_trace_file();

/// How many bytes more another file of ours, `used_bytes` long and beside this one, may take:
/// within the program's limit for files, MEMPROF_MAX_BYTES and half of what may be used of the
/// disk.
uint64_t room_for_file(uint64_t used_bytes);

/// The exec has failed: makes the file as large as before.
void untrim_trace_file();

}  // namespace memprof
