// Where the names of a report come from, as the command line says.
#include <elf.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "analyzer/symbols/elf_file.h"
#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

namespace fs = std::filesystem;

using memprof::symbols::ElfFile;
using memprof::test::Result;
using memprof::test::run_memprof;
using memprof::test::ScratchFolder;
using memprof::test::Setting;
using memprof::test::TraceBuilder;

namespace {

const std::string kFull = std::string(FIXTURES) + "/gcc_dwarf5";
const std::string kStripped = std::string(FIXTURES) + "/stripped";

struct Program {
  std::string build_id;
  uint64_t entry = 0;
};

Program program(const std::string& path) {
  std::string problem;
  const auto file = ElfFile::open(path, problem);
  REQUIRE(file != nullptr);
  Elf64_Ehdr header;
  REQUIRE(file->contents().size() > sizeof header);
  std::memcpy(&header, file->contents().data(), sizeof header);
  return {file->build_id(), header.e_entry};
}

/// A run in which `path` allocates at its first instruction.
std::string write_trace(const ScratchFolder& folder, const std::string& path,
                        const std::string& build_id) {
  constexpr uint64_t kBias = 0x10000000;
  TraceBuilder()
      .exe(path)
      .module(path, build_id, kBias)
      .place("entry", kBias + program(kFull).entry + 1)
      .alloc(0x1000, 100, {"entry"})
      .exit(0)
      .write(folder.path("x.mtrace"));
  return folder.path("x.mtrace");
}

bool contains(const std::string& text, const std::string& part) {
  UNSCOPED_INFO("in: " << text);
  return text.find(part) != std::string::npos;
}

size_t files_in(const std::string& folder) {
  std::error_code error;
  size_t count = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("Names are kept in the user's cache, and reports are the same with and without it") {
  const ScratchFolder folder;
  const std::string trace = write_trace(folder, kFull, program(kFull).build_id);
  const Result plain = run_memprof({"report", trace});
  CHECK(plain.status == 0);
  CHECK(contains(plain.out, "_start"));
  const Setting xdg{{}, {}, {{"XDG_CACHE_HOME", folder.path("xdg")}, {"HOME", folder.path("no")}}};
  const Setting home{{}, {}, {{"XDG_CACHE_HOME", "not/absolute"}, {"HOME", folder.path("home")}}};
  for (const auto& [setting, place] : {std::pair(xdg, folder.path("xdg") + "/memprof"),
                                       std::pair(home, folder.path("home") + "/.cache/memprof")}) {
    for (int round = 0; round < 2; ++round) {
      const Result result = run_memprof({"report", trace, "-v"}, setting);
      CHECK(result.out == plain.out);
      CHECK(result.err == "");
      CHECK(files_in(place) == 1);
    }
  }
  CHECK_FALSE(fs::exists(folder.path("no")));
  CHECK_FALSE(fs::exists("not"));
}

TEST_CASE("A cache that cannot be written is worth one word, and that only to who asks for more") {
  const ScratchFolder folder;
  const std::string trace = write_trace(folder, kFull, program(kFull).build_id);
  folder.file("taken", "mine");
  const Setting setting{{}, {}, {{"XDG_CACHE_HOME", folder.path("taken")}}};
  const Result quiet = run_memprof({"report", trace}, setting);
  CHECK(quiet.status == 0);
  CHECK(quiet.err == "");
  CHECK(quiet.out == run_memprof({"report", trace}).out);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"report", trace, "-v"}, {"diff", trace, trace, "--verbose"}}) {
    const Result verbose = run_memprof(command, setting);
    CHECK(verbose.status == 0);
    CHECK(verbose.err.starts_with("memprof: info: no cache of symbols: cannot write "));
    CHECK(verbose.err.find('\n') == verbose.err.size() - 1);
  }
}

TEST_CASE("A module of another build-id is refused with a word, and its code told by offsets") {
  const ScratchFolder folder;
  std::string other = program(kFull).build_id;
  other.front() = static_cast<char>(other.front() ^ 1);
  const Result result = run_memprof({"report", write_trace(folder, kFull, other)});
  CHECK(result.status == 0);
  CHECK_FALSE(contains(result.out, "_start"));
  CHECK(contains(result.out, "gcc_dwarf5+0x"));
  CHECK(contains(result.out, "1 of 1 frame without symbols (100.0 %)"));
  CHECK(contains(result.out, "gcc_dwarf5 (build-id differs from the recorded one)"));
}

TEST_CASE("Stripped code is told by module and offset, and the health lines say how much it is") {
  const ScratchFolder folder;
  const Program stripped = program(kStripped);
  const Result result = run_memprof({"report", write_trace(folder, kStripped, stripped.build_id)});
  char offset[32];
  std::snprintf(offset, sizeof offset, "stripped+0x%lx", stripped.entry);
  CHECK(contains(result.out, offset));
  CHECK(contains(result.out, "1 of 1 frame without symbols (100.0 %)"));
  CHECK(contains(result.out, "no symbols in: stripped (no debug info, no symbols)"));
}

TEST_CASE("--debuginfod needs a server to be named, and one that answers to be of use") {
  const ScratchFolder folder;
  const std::string trace = write_trace(folder, kStripped, program(kStripped).build_id);
  const Setting none{{}, {}, {{"DEBUGINFOD_URLS", ""}}};
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"report", trace, "--debuginfod"},
        {"diff", trace, trace, "--debuginfod"}}) {
    const Result result = run_memprof(command, none);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err == "memprof: error: debuginfod: DEBUGINFOD_URLS names no server\n");
  }
  const Setting dead{{},
                     {},
                     {{"DEBUGINFOD_URLS", "http://127.0.0.1:1"},
                      {"DEBUGINFOD_CACHE_PATH", folder.path("downloads")}}};
  CHECK(contains(run_memprof({"report", trace, "--debuginfod"}, dead).out, "; debuginfod: "));
  CHECK_FALSE(contains(run_memprof({"report", trace}, dead).out, "debuginfod"));
}
