// Whether a program about to be started will load this library.
#pragma once

namespace memprof {

/// False for a file that certainly will not: static, set-id, for another machine, or a script of
/// such an interpreter. `file` is looked up as execvp does when it has no slash. Takes a descriptor
/// for a moment; nothing is allocated.
bool will_load_us(const char* file);

}  // namespace memprof
