#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace memprof::sitegen {

/// A folder to make a world in; gone with the object.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// Writes a file, and the folders above it. Returns itself, for the next one.
  TestFolder& file(std::string_view name, std::string_view bytes);
  TestFolder& link(std::string_view name, std::string_view target);

  std::string read(std::string_view name) const;
  bool has(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

/// All files and folders below `folder`, hidden ones too, with the files' bytes.
std::map<std::string, std::string> read_tree(const std::filesystem::path& folder);

/// What the Error says that `action` throws; fails the test when it throws none.
template <typename Action>
std::string error_of(Action action);

}  // namespace memprof::sitegen

#include <catch2/catch.hpp>

#include "sitegen/base/error.h"

template <typename Action>
std::string memprof::sitegen::error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("no Error was thrown");
  return {};
}
