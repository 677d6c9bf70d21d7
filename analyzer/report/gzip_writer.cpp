#include "analyzer/report/gzip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "analyzer/base/error.h"

namespace memprof::report {

struct GzipWriter::Deflater {
  z_stream stream{};
  std::array<char, 1 << 16> buffer;

  /// Compresses what is in next_in; with Z_FINISH, to the end.
  void run(int flush, std::ostream& out) {
    int status = Z_OK;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      status = ::deflate(&stream, flush);
      out.write(buffer.data(), static_cast<std::streamsize>(buffer.size() - stream.avail_out));
    } while (stream.avail_out == 0 || (flush == Z_FINISH && status == Z_OK));
  }
};

GzipWriter::GzipWriter(std::ostream& out) : deflater_(std::make_unique<Deflater>()), out_(out) {
  constexpr int kGzip = 16;
  if (::deflateInit2(&deflater_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip,
                     MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Error("cannot compress: zlib has no memory");
}

GzipWriter::~GzipWriter() {
  ::deflateEnd(&deflater_->stream);
}

void GzipWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t part = std::min<size_t>(bytes.size(), std::numeric_limits<uInt>::max());
    deflater_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    deflater_->stream.avail_in = static_cast<uInt>(part);
    deflater_->run(Z_NO_FLUSH, out_);
    bytes.remove_prefix(part);
  }
}

void GzipWriter::finish() {
  deflater_->stream.avail_in = 0;
  deflater_->run(Z_FINISH, out_);
}

}  // namespace memprof::report
