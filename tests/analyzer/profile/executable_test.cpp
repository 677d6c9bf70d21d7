#include "analyzer/profile/executable.h"

#include <elf.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "tests/analyzer/profile/scratch_folder.h"

using memprof::profile::why_not_recorded;
using memprof::test::ScratchFolder;

namespace {

constexpr char kOther[] = "did not load libmemprof.so";

/// The smallest file the checks call an ELF executable: a header and one program header.
std::string elf(unsigned char elf_class, uint16_t machine, uint32_t segment) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = elf_class;
  header.e_machine = machine;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr program{};
  program.p_type = segment;
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
         std::string(reinterpret_cast<const char*>(&program), sizeof program);
}

}  // namespace

TEST_CASE("An executable without an interpreter is statically linked") {
  const ScratchFolder folder;
  CHECK(why_not_recorded(folder.file("static", elf(ELFCLASS64, EM_X86_64, PT_LOAD))) ==
        "statically linked");
  CHECK(why_not_recorded(folder.file("dynamic", elf(ELFCLASS64, EM_X86_64, PT_INTERP))) == kOther);
  CHECK(why_not_recorded("/proc/self/exe") == kOther);
}

TEST_CASE("Executables that no library of ours fits are told apart") {
  const ScratchFolder folder;
  CHECK(why_not_recorded(folder.file("i386", elf(ELFCLASS32, EM_386, PT_INTERP))) ==
        "32-bit executable");
  CHECK(why_not_recorded(folder.file("arm", elf(ELFCLASS64, EM_AARCH64, PT_INTERP))) ==
        "executable for another machine");
}

TEST_CASE("A set-id executable is named as such") {
  const ScratchFolder folder;
  const std::string path = folder.file("setuid", elf(ELFCLASS64, EM_X86_64, PT_INTERP));
  REQUIRE(::chmod(path.c_str(), 04755) == 0);
  CHECK(why_not_recorded(path) == "setuid or setgid");
}

TEST_CASE("A script is judged by its interpreter, once") {
  const ScratchFolder folder;
  const std::string interpreter = folder.file("busybox", elf(ELFCLASS64, EM_X86_64, PT_LOAD));
  const std::string script = folder.file("script", "#! " + interpreter + " -x\necho\n");
  CHECK(why_not_recorded(script) == "statically linked");
  CHECK(why_not_recorded(folder.file("twice", "#!" + script + "\n")) == kOther);
  const std::string self = folder.path("self");
  CHECK(why_not_recorded(folder.file("self", "#!" + self + "\n")) == kOther);
  CHECK(why_not_recorded(folder.file("nothing", "#!")) == "not found");
}

TEST_CASE("What cannot be read or is no regular file does not block or crash") {
  const ScratchFolder folder;
  CHECK(why_not_recorded(folder.path("missing")) == "not found");
  const std::string fifo = folder.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(why_not_recorded(fifo) == kOther);
  CHECK(why_not_recorded("/dev/zero") == kOther);
  CHECK(why_not_recorded("/") == kOther);
  CHECK(why_not_recorded("name-to-be-looked-up") == kOther);
  CHECK(why_not_recorded("") == kOther);
  CHECK(why_not_recorded(std::string("/bin/sh\0x", 9)) == kOther);
}

TEST_CASE("Every beginning of an executable is judged without reading beyond it") {
  const ScratchFolder folder;
  const std::string whole = elf(ELFCLASS64, EM_X86_64, PT_LOAD);
  for (size_t length = 0; length < whole.size(); ++length) {
    REQUIRE(why_not_recorded(folder.file("part", whole.substr(0, length))) == kOther);
  }
}

TEST_CASE("Program headers at absurd places are not followed") {
  const ScratchFolder folder;
  std::string text = elf(ELFCLASS64, EM_X86_64, PT_LOAD);
  Elf64_Ehdr header;
  std::memcpy(&header, text.data(), sizeof header);
  header.e_phoff = ~uint64_t{0} - 7;
  std::memcpy(text.data(), &header, sizeof header);
  CHECK(why_not_recorded(folder.file("far", text)) == kOther);
}
