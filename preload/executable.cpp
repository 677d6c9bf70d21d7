#include "preload/executable.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "preload/sys/files.h"
#include "preload/sys/text.h"

namespace memprof {
namespace {

constexpr size_t kBeginBytes = 1024;
constexpr size_t kMaxPathBytes = 1024;

struct Begin {
  alignas(8) char bytes[kBeginBytes + 1];
  size_t count;
  bool changes_identity;
};

/// The first bytes of a regular file; false when it is none or cannot be read.
bool read_begin(const char* path, Begin* begin) {
  const long fd = sys::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (sys::failed(fd)) return false;
  struct stat status {};
  const bool regular = !sys::failed(sys::call(SYS_fstat, fd, sys::as_long(&status))) &&
                       S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
  const long got = regular ? sys::call(SYS_read, fd, sys::as_long(begin->bytes), kBeginBytes) : -1;
  sys::close_file(fd);
  if (got < 0) return false;
  begin->count = static_cast<size_t>(got);
  begin->bytes[begin->count] = '\0';
  begin->changes_identity = (status.st_mode & (S_ISUID | S_ISGID)) != 0;
  return true;
}

bool elf_will_load_us(const Begin& begin) {
  Elf64_Ehdr header;
  if (begin.count < sizeof header) return true;
  memcpy(&header, begin.bytes, sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) return false;
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr entry;
    const uint64_t at = header.e_phoff + i * sizeof entry;
    if (at > begin.count || begin.count - at < sizeof entry) return true;  // not to be seen here
    memcpy(&entry, begin.bytes + at, sizeof entry);
    if (entry.p_type == PT_INTERP) return true;
  }
  return false;
}

/// What cannot be read will not start, or says nothing.
bool judge(const char* path, bool follow_script) {
  Begin begin;
  if (!read_begin(path, &begin)) return true;
  if (begin.changes_identity) return false;
  if (begin.count > 2 && memcmp(begin.bytes, "#!", 2) == 0 && follow_script) {
    char* interpreter = begin.bytes + 2 + strspn(begin.bytes + 2, " \t");
    interpreter[strcspn(interpreter, " \t\n")] = '\0';
    return judge(interpreter, false);
  }
  return begin.count < SELFMAG || memcmp(begin.bytes, ELFMAG, SELFMAG) != 0 ||
         elf_will_load_us(begin);
}

const char* search_path() {
  constexpr char kPath[] = "PATH=";
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (strncmp(*variable, kPath, sizeof kPath - 1) == 0) return *variable + sizeof kPath - 1;
  }
  return "/bin:/usr/bin";
}

}  // namespace

bool will_load_us(const char* file) {
  if (strchr(file, '/') != nullptr) return judge(file, true);
  if (*file == '\0') return true;
  for (const char* directory = search_path();; ++directory) {
    const size_t bytes = strcspn(directory, ":");
    char path[kMaxPathBytes];
    sys::Text text(path, sizeof path);
    text.add(directory, bytes).add(bytes > 0 ? "/" : "").add(file);
    constexpr long kExecutable = X_OK;
    if (!text.overflowed() &&
        !sys::failed(sys::call(SYS_faccessat, AT_FDCWD, sys::as_long(path), kExecutable))) {
      return judge(path, true);
    }
    directory += bytes;
    if (*directory == '\0') return true;
  }
}

}  // namespace memprof
