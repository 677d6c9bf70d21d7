#include "analyzer/compare/small_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "analyzer/base/error.h"

namespace memprof::compare {
namespace {

constexpr size_t kFileBytesMax = 16 << 20;

}  // namespace

std::string read_small_file(const std::string& path, const std::string& what) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text;
  if (in) {
    text.resize(kFileBytesMax + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
  }
  if (!in.is_open() || in.bad() || (in.fail() && !in.eof()))
    throw Error(fmt::format("cannot read {}: {}: {}", what, path, std::strerror(errno)));
  if (text.size() > kFileBytesMax)
    throw Error(fmt::format("cannot read {}: {}: the file is too large", what, path));
  return text;
}

}  // namespace memprof::compare
