#include "analyzer/profile/executable.h"

#include <elf.h>
#include <sys/stat.h>
#include <sys/xattr.h>

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

TEST_CASE("A static executable that relocates itself, and one of Go, are told apart") {
  const ScratchFolder folder;
  CHECK(why_not_recorded(folder.file("pie", elf(ELFCLASS64, EM_X86_64, PT_DYNAMIC))) ==
        "statically linked (static-pie)");
  std::string go = elf(ELFCLASS64, EM_X86_64, PT_NOTE);
  Elf64_Phdr segment;
  std::memcpy(&segment, go.data() + sizeof(Elf64_Ehdr), sizeof segment);
  segment.p_offset = go.size();
  segment.p_filesz = sizeof(Elf64_Nhdr) + 8;
  std::memcpy(go.data() + sizeof(Elf64_Ehdr), &segment, sizeof segment);
  const Elf64_Nhdr note{4, 4, 4};
  go.append(reinterpret_cast<const char*>(&note), sizeof note).append("Go\0\0id\0\0", 8);
  CHECK(why_not_recorded(folder.file("go", go)) ==
        "statically linked Go program, whose runtime does not call malloc");
  // Cut off at any place it is no more than static.
  for (size_t length = go.size() - 20; length < go.size() - 4; ++length) {
    REQUIRE(why_not_recorded(folder.file("part", go.substr(0, length))) == "statically linked");
  }
}

TEST_CASE("Notes with absurd lengths end the look at them") {
  const ScratchFolder folder;
  for (const uint32_t length : {0u, 1u, 0x7fffffffu, 0xffffffffu}) {
    std::string text = elf(ELFCLASS64, EM_X86_64, PT_NOTE);
    Elf64_Phdr segment;
    std::memcpy(&segment, text.data() + sizeof(Elf64_Ehdr), sizeof segment);
    segment.p_offset = text.size();
    segment.p_filesz = ~uint64_t{0};
    std::memcpy(text.data() + sizeof(Elf64_Ehdr), &segment, sizeof segment);
    const Elf64_Nhdr note{length, length, 1};
    for (int i = 0; i < 100; ++i) text.append(reinterpret_cast<const char*>(&note), sizeof note);
    CHECK(why_not_recorded(folder.file("notes", text)) == "statically linked");
    segment.p_offset = ~uint64_t{0} - 3;
    std::memcpy(text.data() + sizeof(Elf64_Ehdr), &segment, sizeof segment);
    CHECK(why_not_recorded(folder.file("far", text)) == "statically linked");
  }
}

TEST_CASE("A program of musl that did not take the library is named as such") {
  const ScratchFolder folder;
  std::string text = elf(ELFCLASS64, EM_X86_64, PT_INTERP);
  const std::string interpreter = "/lib/ld-musl-x86_64.so.1";
  Elf64_Phdr segment;
  std::memcpy(&segment, text.data() + sizeof(Elf64_Ehdr), sizeof segment);
  segment.p_offset = text.size();
  segment.p_filesz = interpreter.size() + 1;
  std::memcpy(text.data() + sizeof(Elf64_Ehdr), &segment, sizeof segment);
  CHECK(why_not_recorded(folder.file("musl", text + interpreter + '\0')) ==
        "musl program that did not load libmemprof.so");
}

TEST_CASE("An executable with capabilities is named as such") {
  const ScratchFolder folder;
  const std::string path = folder.file("setcap", elf(ELFCLASS64, EM_X86_64, PT_INTERP));
  // Version 2 of the kernel's struct: cap_net_raw, permitted and effective.
  const uint32_t capability[] = {0x02000001, 1u << 13, 0, 0, 0};
  if (::setxattr(path.c_str(), "security.capability", capability, sizeof capability, 0) != 0) {
    WARN("file capabilities cannot be set here");
    return;
  }
  CHECK(why_not_recorded(path) == "has file capabilities");
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
