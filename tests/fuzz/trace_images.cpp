#include "tests/fuzz/trace_images.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace memprof::fuzz {
namespace {

constexpr uint32_t kNextImage = UINT32_MAX;
constexpr size_t kMaxPieceBytes = UINT16_MAX;
constexpr size_t kMinGapBytes = 64;

template <typename T>
void put(std::vector<uint8_t>& packed, T value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  packed.insert(packed.end(), bytes, bytes + sizeof value);
}

template <typename T>
bool take(std::span<const uint8_t>& packed, T& value) {
  if (packed.size() < sizeof value) return false;
  std::memcpy(&value, packed.data(), sizeof value);
  packed = packed.subspan(sizeof value);
  return true;
}

}  // namespace

Image pieces_of(std::span<const std::byte> file) {
  const auto is_set = [](std::byte byte) { return byte != std::byte{0}; };
  Image image;
  auto begin = std::find_if(file.begin(), file.end(), is_set);
  while (begin != file.end()) {
    auto end = begin;
    for (auto at = begin; at != file.end(); at = std::find_if(at, file.end(), is_set)) {
      if (static_cast<size_t>(at - end) > kMinGapBytes && at != begin) break;
      end = ++at;
      if (static_cast<size_t>(end - begin) == kMaxPieceBytes) break;
    }
    image.push_back({static_cast<uint32_t>(begin - file.begin()), {begin, end}});
    begin = std::find_if(end, file.end(), is_set);
  }
  return image;
}

std::vector<uint8_t> pack(const std::vector<Image>& images) {
  std::vector<uint8_t> packed;
  for (const Image& image : images) {
    if (&image != &images.front()) put(packed, kNextImage);
    for (const Piece& piece : image) {
      const size_t bytes = std::min(piece.bytes.size(), kMaxPieceBytes);
      put(packed, piece.offset);
      put(packed, static_cast<uint16_t>(bytes));
      const auto* data = reinterpret_cast<const uint8_t*>(piece.bytes.data());
      packed.insert(packed.end(), data, data + bytes);
    }
  }
  return packed;
}

std::vector<Image> unpack(std::span<const uint8_t> packed) {
  std::vector<Image> images(1);
  uint32_t offset = 0;
  while (take(packed, offset)) {
    if (offset == kNextImage) {
      images.emplace_back();
      continue;
    }
    uint16_t bytes = 0;
    if (!take(packed, bytes)) break;
    const auto data = std::as_bytes(packed.first(std::min<size_t>(bytes, packed.size())));
    packed = packed.subspan(data.size());
    if (data.empty() || offset >= kMaxImageBytes) continue;
    images.back().push_back({offset, {data.begin(), data.end()}});
  }
  return images;
}

void write_image(const Image& image, const std::string& path) {
  ::unlink(path.c_str());  // Cutting it to nothing instead would have some file systems sync it.
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
  for (const Piece& piece : image) {
    const ssize_t written =
        ::pwrite(file, piece.bytes.data(), piece.bytes.size(), static_cast<off_t>(piece.offset));
    if (written != static_cast<ssize_t>(piece.bytes.size())) {
      ::close(file);
      throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
    }
  }
  ::close(file);
}

}  // namespace memprof::fuzz
