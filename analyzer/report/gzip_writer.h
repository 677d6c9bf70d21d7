#pragma once

#include <memory>
#include <ostream>
#include <string_view>

namespace memprof::report {

/// Writes gzip to a stream. The same bytes in, the same bytes out: no name and no time are in it.
class GzipWriter {
 public:
  /// `out` must outlive it. Throws Error when there is no memory for it.
  explicit GzipWriter(std::ostream& out);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void write(std::string_view bytes);

  /// Ends the data. Nothing may be written afterwards; what is not finished is no gzip file.
  void finish();

 private:
  struct Deflater;
  std::unique_ptr<Deflater> deflater_;
  std::ostream& out_;
};

}  // namespace memprof::report
