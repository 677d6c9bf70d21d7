#include "tests/fuzz/target.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace memprof::fuzz {
namespace {

struct Scratch {
  std::string path = (std::filesystem::temp_directory_path() / "memprof-fuzz.XXXXXX").string();

  Scratch() {
    if (::mkdtemp(path.data()) == nullptr) broken_promise("the temporary directory can be made");
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

const std::string& scratch_directory() {
  static const Scratch scratch;
  return scratch.path;
}

void broken_promise(const char* what) {
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace memprof::fuzz
