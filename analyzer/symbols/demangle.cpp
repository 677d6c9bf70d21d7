#include "analyzer/symbols/demangle.h"

// libiberty.h would declare its own basename(), at odds with the one of <string.h>.
#define HAVE_DECL_BASENAME 1
#include <libiberty/demangle.h>

#include <csetjmp>
#include <cstddef>
#include <cstring>

namespace memprof::symbols {
namespace {

constexpr size_t kMaxNameBytes = size_t{64} << 10;

// The demanglers offer no way to stop, neither by their callback's result nor by an exception (they
// are C, without unwind tables). They own nothing while they print, so jumping out of them is
// sound; the buffer is complete before the jump and holds nothing that needs a destructor.
struct Sink {
  std::jmp_buf full;
  size_t size = 0;
  char text[kMaxNameBytes];
};

void append(const char* text, size_t length, void* opaque) {
  Sink& sink = *static_cast<Sink*>(opaque);
  if (length > kMaxNameBytes - sink.size) std::longjmp(sink.full, 1);
  std::memcpy(sink.text + sink.size, text, length);
  sink.size += length;
}

using Demangler = int (*)(const char*, int, demangle_callbackref, void*);

// Alone in a function: nothing else may live across setjmp.
bool run(Demangler demangler, const char* name, Sink& sink) {
  if (setjmp(sink.full) != 0) return false;
  return demangler(name, DMGL_PARAMS | DMGL_ANSI, append, &sink) != 0;
}

}  // namespace

bool is_mangled(const char* name) {
  return std::strncmp(name, "_Z", 2) == 0 || std::strncmp(name, "_R", 2) == 0;
}

std::string demangle(const char* name) {
  if (!is_mangled(name) || std::strlen(name) > kMaxNameBytes) return name;
  static thread_local Sink sink;
  // Rust first: its legacy names are well-formed C++ names too, with a hash for a last part.
  for (Demangler demangler :
       {Demangler{rust_demangle_callback}, Demangler{cplus_demangle_v3_callback}}) {
    sink.size = 0;
    if (run(demangler, name, sink) && sink.size > 0) return std::string(sink.text, sink.size);
  }
  return name;
}

}  // namespace memprof::symbols
