#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>

#include "tests/e2e/scenario.h"
#include "tests/support/trace_builder.h"

namespace memprof::test {
namespace {

using format::FileHeader;

/// What a trace of another kind has in the place of ours, and what the user is told.
struct Foreign {
  const char* what;
  size_t offset;
  std::vector<uint8_t> bytes;
  std::string told;
};

const Foreign kForeign[] = {
    {"version",
     offsetof(FileHeader, version),
     {99, 0, 0, 0},
     "it has format version 99, this memprof reads version " + std::to_string(format::kVersion)},
    {"magic of the other byte order",
     offsetof(FileHeader, magic),
     {0x1a, 0x46, 0x4f, 0x52, 0x50, 0x4d, 0x45, 0x4d},
     "it was written on a machine of the other byte order"},
    {"byte order mark",
     offsetof(FileHeader, byte_order),
     {1, 2, 3, 4},
     "it was written on a machine of the other byte order"},
    {"pointers",
     offsetof(FileHeader, pointer_bytes),
     {4, 0, 0, 0},
     "it is of a process without 64-bit addresses"},
    {"machine",
     offsetof(FileHeader, machine),
     {183, 0, 0, 0},
     "it is of a process on another kind of machine (ELF machine 183)"},
    {"chunks",
     offsetof(FileHeader, chunk_bytes),
     {0, 0, 1, 0},
     "its header or chunk size is not that of version " + std::to_string(format::kVersion)},
};

TEST_CASE("A trace of another version, byte order or machine is refused in a line that says so",
          "[h87]") {
  const TemporaryDirectory files;
  const std::string path = files / "x.mtrace";
  for (const Foreign& foreign : kForeign) {
    INFO(foreign.what);
    std::vector<std::byte> bytes = TraceBuilder().alloc(0x1000, 100, {"main"}).exit(0).bytes();
    std::memcpy(bytes.data() + foreign.offset, foreign.bytes.data(), foreign.bytes.size());
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    out.close();
    for (const std::string& named : {path, files.path()}) {
      Command command;
      command.argv = {MEMPROF_COMMAND, "report", named};
      const Result result = run(command);
      CHECK(result.status == 3);
      CHECK(result.out.empty());
      CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
      CHECK(result.err.find(path + ": " + foreign.told + "\n") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace memprof::test
