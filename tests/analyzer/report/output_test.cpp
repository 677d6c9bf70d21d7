#include "analyzer/report/output.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "analyzer/base/error.h"
#include "tests/analyzer/profile/scratch_folder.h"

using memprof::Error;
using memprof::report::write_output;
using memprof::test::ScratchFolder;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

size_t files_in(const ScratchFolder& folder) {
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++files;
  return files;
}

}  // namespace

TEST_CASE("A file is replaced by a complete report") {
  const ScratchFolder folder;
  folder.file("r", "old");
  write_output(folder.path("r"), [](std::ostream& out) { out << "new"; });
  CHECK(text_of(folder.path("r")) == "new");
  CHECK(files_in(folder) == 1);
  struct stat status {};
  REQUIRE(::stat(folder.path("r").c_str(), &status) == 0);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  CHECK((status.st_mode & 0777) == (0666 & ~mask));
}

TEST_CASE("A report that fails half way leaves the old file and nothing else") {
  const ScratchFolder folder;
  folder.file("r", "old");
  CHECK_THROWS_AS(write_output(folder.path("r"),
                               [](std::ostream& out) {
                                 out << "half";
                                 throw std::runtime_error("no");
                               }),
                  std::runtime_error);
  CHECK(text_of(folder.path("r")) == "old");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("A place that cannot be written to is an error that names it") {
  try {
    write_output("/no/such/folder/r", [](std::ostream&) {});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("/no/such/folder/r") != std::string::npos);
  }
  CHECK_THROWS_AS(write_output("/dev/full", [](std::ostream& out) { out << "x" << std::flush; }),
                  Error);
}
