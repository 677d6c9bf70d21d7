#include "tests/sitegen/test_folder.h"

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

std::string read_bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("test cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = fs::temp_directory_path() / "sitegen-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("test cannot make " + name);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

TestFolder& TestFolder::file(std::string_view name, std::string_view bytes) {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  if (!out.flush()) throw std::runtime_error("test cannot write " + path.string());
  return *this;
}

TestFolder& TestFolder::link(std::string_view name, std::string_view target) {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  fs::create_symlink(target, path);
  return *this;
}

std::string TestFolder::read(std::string_view name) const {
  return read_bytes(path_ / name);
}

bool TestFolder::has(std::string_view name) const {
  return fs::exists(fs::symlink_status(path_ / name));
}

std::map<std::string, std::string> read_tree(const fs::path& folder) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder);
    tree[name] = entry.is_directory() ? "(folder)" : read_bytes(entry.path());
  }
  return tree;
}

}  // namespace memprof::sitegen
