#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/report/gzip_writer.h"

namespace memprof::report {

/// Writes a profile.proto, gzipped, message by message; memory follows the distinct strings and
/// functions alone. Strings may be any bytes: what must not go to a terminal becomes U+FFFD.
///
/// Ids are the caller's and not 0. Samples may name locations, and locations mappings, that are
/// written later.
class PprofWriter {
 public:
  struct SampleType {
    std::string type;
    std::string unit;
  };
  /// One of several frames at a location.
  struct Line {
    uint64_t function;  ///< of function()
    int64_t line;       ///< 0: unknown
  };
  /// With `unit`, `number` is the value, else `text`.
  struct Label {
    std::string_view key;
    std::string_view text;
    int64_t number = 0;
    std::string_view unit = {};
  };
  struct Mapping {
    uint64_t id;
    uint64_t start;  ///< addresses from here
    uint64_t limit;  ///< up to and without this one
    std::string path;
    std::string build_id;  ///< raw bytes
  };
  struct Location {
    uint64_t id;
    uint64_t mapping;  ///< 0: none
    uint64_t address;
  };

  explicit PprofWriter(std::ostream& out);

  void sample_type(const SampleType& type);

  /// The id of the function of that name and file, written when it is new.
  uint64_t function(const std::string& name, const std::string& file);

  /// `locations` and each location's `lines` have the innermost frame first.
  void sample(std::span<const uint64_t> locations, std::span<const int64_t> values,
              std::span<const Label> labels);
  void location(const Location& location, std::span<const Line> lines);
  void mapping(const Mapping& mapping);

  /// Writes the rest. `start_unix_ns` and `duration_ns` of what was profiled; `default_type` is
  /// what tools show first.
  void finish(uint64_t start_unix_ns, uint64_t duration_ns, const std::string& default_type);

 private:
  int64_t string(std::string_view text);
  void message(uint32_t field, const std::string& body);
  void flush();

  GzipWriter gzip_;
  std::string buffer_;
  std::unordered_map<std::string, int64_t> strings_;
  std::vector<const std::string*> in_order_;
  std::unordered_map<uint64_t, uint64_t> functions_;  ///< by name's and file's string
};

/// A count as protobuf has it. Counts beyond 2^63 exist in broken traces only.
int64_t pprof_value(uint64_t count);

}  // namespace memprof::report
