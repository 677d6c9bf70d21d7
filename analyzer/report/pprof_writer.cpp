#include "analyzer/report/pprof_writer.h"

#include <limits>
#include <protozero/pbf_writer.hpp>

#include "analyzer/report/text_escape.h"
#include "analyzer/symbols/build_id.h"

namespace memprof::report {
namespace {

// Fields of profile.proto's messages.
namespace field {
enum Profile : uint32_t {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kFunction = 5,
  kStringTable = 6,
  kTimeNanos = 9,
  kDurationNanos = 10,
  kPeriodType = 11,
  kPeriod = 12,
  kDefaultSampleType = 14,
};
enum ValueType : uint32_t { kType = 1, kUnit = 2 };
enum Sample : uint32_t { kLocationIds = 1, kValues = 2, kLabels = 3 };
enum Label : uint32_t { kKey = 1, kString = 2, kNumber = 3, kNumberUnit = 4 };
enum Mapping : uint32_t {
  kMappingId = 1,
  kMemoryStart = 2,
  kMemoryLimit = 3,
  kMappingFile = 5,
  kBuildId = 6,
  kHasFunctions = 7,
  kHasFilenames = 8,
  kHasLineNumbers = 9,
  kHasInlineFrames = 10,
};
enum Location : uint32_t { kLocationId = 1, kMappingOf = 2, kAddress = 3, kLine = 4 };
enum Line : uint32_t { kFunctionOf = 1, kLineNumber = 2 };
enum Function : uint32_t { kFunctionId = 1, kName = 2, kFile = 4 };
}  // namespace field

constexpr size_t kBufferBytes = 1 << 16;

}  // namespace

int64_t pprof_value(uint64_t count) {
  constexpr auto kMax = std::numeric_limits<int64_t>::max();
  return count > static_cast<uint64_t>(kMax) ? kMax : static_cast<int64_t>(count);
}

PprofWriter::PprofWriter(std::ostream& out) : gzip_(out) {
  string("");  // by definition the first
}

int64_t PprofWriter::string(std::string_view text) {
  const auto [known, is_new] =
      strings_.emplace(printable(text), static_cast<int64_t>(strings_.size()));
  if (is_new) in_order_.push_back(&known->first);
  return known->second;
}

void PprofWriter::flush() {
  gzip_.write(buffer_);
  buffer_.clear();
}

void PprofWriter::message(uint32_t field, const std::string& body) {
  protozero::pbf_writer(buffer_).add_message(field, body);
  if (buffer_.size() >= kBufferBytes) flush();
}

void PprofWriter::sample_type(const SampleType& type) {
  std::string body;
  protozero::pbf_writer value(body);
  value.add_int64(field::kType, string(type.type));
  value.add_int64(field::kUnit, string(type.unit));
  message(field::kSampleType, body);
}

uint64_t PprofWriter::function(const std::string& name, const std::string& file) {
  const int64_t name_string = string(name);
  const int64_t file_string = string(file);
  const uint64_t key =
      static_cast<uint64_t>(name_string) << 32 | static_cast<uint64_t>(file_string);
  const auto [known, is_new] = functions_.emplace(key, functions_.size() + 1);
  if (is_new) {
    std::string body;
    protozero::pbf_writer value(body);
    value.add_uint64(field::kFunctionId, known->second);
    // No system name: the mangled one is not known, and where both are the same, pprof takes the
    // name for one that still has to be demangled and leaves parameters out.
    value.add_int64(field::kName, name_string);
    value.add_int64(field::kFile, file_string);
    message(field::kFunction, body);
  }
  return known->second;
}

void PprofWriter::sample(std::span<const uint64_t> locations, std::span<const int64_t> values,
                         std::span<const Label> labels) {
  std::string body;
  protozero::pbf_writer value(body);
  value.add_packed_uint64(field::kLocationIds, locations.begin(), locations.end());
  value.add_packed_int64(field::kValues, values.begin(), values.end());
  for (const Label& label : labels) {
    std::string pair_body;
    protozero::pbf_writer pair(pair_body);
    pair.add_int64(field::kKey, string(label.key));
    if (label.unit.empty()) {
      pair.add_int64(field::kString, string(label.text));
    } else {
      pair.add_int64(field::kNumber, label.number);
      pair.add_int64(field::kNumberUnit, string(label.unit));
    }
    value.add_message(field::kLabels, pair_body);
  }
  message(field::kSample, body);
}

void PprofWriter::location(const Location& location, std::span<const Line> lines) {
  std::string body;
  protozero::pbf_writer value(body);
  value.add_uint64(field::kLocationId, location.id);
  value.add_uint64(field::kMappingOf, location.mapping);
  value.add_uint64(field::kAddress, location.address);
  for (const Line& line : lines) {
    std::string line_body;
    protozero::pbf_writer line_value(line_body);
    line_value.add_uint64(field::kFunctionOf, line.function);
    line_value.add_int64(field::kLineNumber, line.line);
    value.add_message(field::kLine, line_body);
  }
  message(field::kLocation, body);
}

void PprofWriter::mapping(const Mapping& mapping) {
  std::string body;
  protozero::pbf_writer value(body);
  value.add_uint64(field::kMappingId, mapping.id);
  value.add_uint64(field::kMemoryStart, mapping.start);
  value.add_uint64(field::kMemoryLimit, mapping.limit);
  value.add_int64(field::kMappingFile, string(mapping.path));
  value.add_int64(field::kBuildId, string(symbols::hex(mapping.build_id)));
  // All names that there are have been looked up. Without these, tools would look for the files,
  // and sum all code of a module up where they are gone.
  for (const uint32_t flag : {field::kHasFunctions, field::kHasFilenames, field::kHasLineNumbers,
                              field::kHasInlineFrames})
    value.add_bool(flag, true);
  message(field::kMapping, body);
}

void PprofWriter::finish(uint64_t start_unix_ns, uint64_t duration_ns,
                         const std::string& default_type) {
  std::string period_body;
  protozero::pbf_writer period(period_body);
  period.add_int64(field::kType, string("space"));
  period.add_int64(field::kUnit, string("bytes"));
  protozero::pbf_writer profile(buffer_);
  profile.add_message(field::kPeriodType, period_body);
  profile.add_int64(field::kPeriod, 1);
  profile.add_int64(field::kTimeNanos, pprof_value(start_unix_ns));
  profile.add_int64(field::kDurationNanos, pprof_value(duration_ns));
  profile.add_int64(field::kDefaultSampleType, string(default_type));
  for (const std::string* text : in_order_) message(field::kStringTable, *text);
  flush();
  gzip_.finish();
}

}  // namespace memprof::report
