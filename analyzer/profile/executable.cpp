#include "analyzer/profile/executable.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "analyzer/symbols/symbol_table.h"

namespace memprof::profile {
namespace {

constexpr char kOther[] = "did not load libmemprof.so";
// What well-known allocators call their malloc where they do not replace the C library's: jemalloc
// in Rust programs and in others, mimalloc, tcmalloc and rpmalloc.
constexpr std::array<std::string_view, 5> kPrefixedMallocs = {"_rjem_malloc", "je_malloc",
                                                              "mi_malloc", "tc_malloc", "rpmalloc"};
constexpr size_t kMaxProgramHeaders = 256;
constexpr size_t kMaxNoteBytes = 1024;
constexpr size_t kMaxInterpreterBytes = 256;

class File {
 public:
  explicit File(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)), error_(errno) {
    // Files that the kernel makes up say they are empty; reading some of them takes something away.
    regular_ =
        fd_ >= 0 && ::fstat(fd_, &status_) == 0 && S_ISREG(status_.st_mode) && status_.st_size > 0;
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool missing() const { return fd_ < 0 && (error_ == ENOENT || error_ == ENOTDIR); }
  bool regular() const { return regular_; }
  bool changes_identity() const { return (status_.st_mode & (S_ISUID | S_ISGID)) != 0; }
  bool has_capabilities() const { return ::fgetxattr(fd_, "security.capability", nullptr, 0) > 0; }

  size_t read(void* to, size_t bytes, uint64_t offset) const {
    const ssize_t got = ::pread(fd_, to, bytes, static_cast<off_t>(offset));
    return got < 0 ? 0 : static_cast<size_t>(got);
  }

 private:
  int fd_;
  int error_;
  bool regular_ = false;
  struct stat status_ {};
};

/// What the program headers say.
struct Segments {
  std::optional<std::string> interpreter;
  bool dynamic = false;
  bool go = false;
};

/// Whether the segment holds a note of the Go linker among its first bytes.
bool has_go_note(const File& file, const Elf64_Phdr& segment) {
  std::array<char, kMaxNoteBytes> notes{};
  if (segment.p_offset > INT64_MAX) return false;
  const size_t wanted = std::min<uint64_t>(notes.size(), segment.p_filesz);
  const size_t bytes = file.read(notes.data(), wanted, segment.p_offset);
  for (size_t at = 0; bytes - at >= sizeof(Elf64_Nhdr);) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data() + at, sizeof note);
    const std::string_view rest(notes.data() + at + sizeof note, bytes - at - sizeof note);
    if (note.n_namesz == 4 && rest.starts_with(std::string_view("Go\0\0", 4))) return true;
    const uint64_t whole = sizeof note + ((uint64_t{note.n_namesz} + 3) & ~uint64_t{3}) +
                           ((uint64_t{note.n_descsz} + 3) & ~uint64_t{3});
    if (whole > bytes - at) return false;
    at += whole;
  }
  return false;
}

std::string read_interpreter(const File& file, const Elf64_Phdr& segment) {
  std::array<char, kMaxInterpreterBytes> path{};
  if (segment.p_offset > INT64_MAX) return {};
  const size_t wanted = std::min<uint64_t>(path.size(), segment.p_filesz);
  const size_t bytes = file.read(path.data(), wanted, segment.p_offset);
  return {path.data(), ::strnlen(path.data(), bytes)};
}

/// nullopt when they cannot be read.
std::optional<Segments> segments(const File& file, const Elf64_Ehdr& header) {
  Segments result;
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > kMaxProgramHeaders) {
    return std::nullopt;
  }
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr entry;
    const uint64_t offset = header.e_phoff + i * sizeof entry;
    if (offset < header.e_phoff || offset > INT64_MAX) return std::nullopt;
    if (file.read(&entry, sizeof entry, offset) != sizeof entry) return std::nullopt;
    if (entry.p_type == PT_INTERP) result.interpreter = read_interpreter(file, entry);
    if (entry.p_type == PT_DYNAMIC) result.dynamic = true;
    if (entry.p_type == PT_NOTE && !result.go) result.go = has_go_note(file, entry);
  }
  return result;
}

std::string judge_elf(const File& file, const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] == ELFCLASS32) return "32-bit executable";
  if (header.e_machine != EM_X86_64) return "executable for another machine";
  const std::optional<Segments> found = segments(file, header);
  if (!found) return kOther;
  if (!found->interpreter) {
    if (found->go) return "statically linked Go program, whose runtime does not call malloc";
    return found->dynamic ? "statically linked (static-pie)" : "statically linked";
  }
  if (found->interpreter->find("/ld-musl-") != std::string::npos) {
    return "musl program that did not load libmemprof.so";
  }
  return kOther;
}

/// The interpreter a "#!" line names.
std::string interpreter_of(std::string_view line) {
  line = line.substr(0, line.find('\n'));
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

std::string judge(const std::string& path, bool follow_script) {
  const File file(path);
  if (file.missing()) return "not found";
  if (!file.regular()) return kOther;
  if (file.changes_identity()) return "setuid or setgid";
  if (file.has_capabilities()) return "has file capabilities";
  std::array<char, 256> start{};
  const size_t bytes = file.read(start.data(), start.size(), 0);
  const std::string_view text(start.data(), bytes);
  if (text.starts_with("#!") && follow_script) return judge(interpreter_of(text.substr(2)), false);
  Elf64_Ehdr header;
  if (bytes < sizeof header || !text.starts_with(std::string_view(ELFMAG, SELFMAG))) return kOther;
  std::memcpy(&header, start.data(), sizeof header);
  return judge_elf(file, header);
}

}  // namespace

std::string why_not_recorded(const std::string& path) {
  // Without a slash the name was looked up in a PATH that is not known here.
  if (path.find('/') == std::string::npos || path.find('\0') != std::string::npos) return kOther;
  return judge(path, true);
}

std::string prefixed_malloc(const std::string& path) {
  if (path.find('\0') != std::string::npos) return "";
  std::string problem;
  const std::unique_ptr<symbols::ElfFile> file = symbols::ElfFile::open(path, problem);
  if (file == nullptr) return "";
  return std::string(symbols::first_defined(*file, kPrefixedMallocs));
}

}  // namespace memprof::profile
