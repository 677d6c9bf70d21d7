#pragma once

#include <sys/types.h>

#include <string>

namespace memprof::cli {

/// Where `memprof run` has a command recorded: `chosen`, else "memprof.<command>.<pid>" in the
/// current directory. Absolute.
std::string trace_directory_path(const std::string& chosen, const std::string& command, pid_t pid);

/// Makes the directory, with its parents. Throws Error when it cannot be made, or exists and is not
/// empty (exit 2: two runs in one directory would be read as one).
void make_trace_directory(const std::string& path);

/// Removes the directory if nothing was written to it.
void drop_empty_directory(const std::string& path);

/// Whether nobody writes to this trace any more, nor ever will.
bool trace_has_ended(const std::string& path);

/// Cuts the sparse ends off the traces of processes that have ended. A file that any process might
/// still write to is left alone.
void trim_traces(const std::string& directory);

/// Removes drained files whose traces are gone: a trace may have been folded and removed while
/// chunks of it were still taken out.
void drop_left_drained(const std::string& directory);

}  // namespace memprof::cli
