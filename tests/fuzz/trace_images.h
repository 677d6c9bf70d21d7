// The traces of one run as a fuzzer's input: without the zeros that make up most of a trace file,
// so that damage hits what is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace memprof::fuzz {

/// Bytes of a file that are not all zero.
struct Piece {
  uint32_t offset;  ///< in the file
  std::vector<std::byte> bytes;
};

/// One trace file, or what is left of it. Pieces may overlap; later ones win.
using Image = std::vector<Piece>;

/// No image is written beyond this: a header and a few chunks.
inline constexpr uint32_t kMaxImageBytes = 4 << 20;

/// A file's pieces: zeros between two of them are left out where there are more than a few.
Image pieces_of(std::span<const std::byte> file);

/// Each piece as offset32, bytes16 and the bytes; kNextImage in the place of an offset begins the
/// next image.
std::vector<uint8_t> pack(const std::vector<Image>& images);

/// Any bytes give images: what does not fit the form is left out.
std::vector<Image> unpack(std::span<const uint8_t> packed);

/// Writes the image as a file of its full length.
void write_image(const Image& image, const std::string& path);

}  // namespace memprof::fuzz
