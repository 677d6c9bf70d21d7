// The traces of a run through all of the analyzer: opened, replayed, reported as text and as JSON.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/profile/open_run.h"
#include "analyzer/report/dhat_report.h"
#include "analyzer/report/folded_report.h"
#include "analyzer/report/json_report.h"
#include "analyzer/report/pprof_report.h"
#include "analyzer/report/text_report.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/trace_images.h"
#include "tests/fuzz/trace_mutator.h"

namespace {

using namespace memprof;
using fuzz::require;

constexpr size_t kMaxImages = 4;

/// Names from files, remembered from input to input: only a damaged module is looked into anew.
profile::FrameSource& frames() {
  static const auto source = profile::frames_from_files();
  return *source;
}

std::string text_of(const profile::Run& run, const report::Options& options) {
  std::ostringstream out;
  report::write_text_report(out, run, frames(), options);
  return std::move(out).str();
}

void check_text(const std::string& text) {
  require(!text.empty() && text.back() == '\n', "a text report is whole lines");
  const bool clean = std::none_of(text.begin(), text.end(), [](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return (code < 0x20 && byte != '\n') || code == 0x7f;
  });
  require(clean, "no control character of a name reaches the terminal");
}

uint64_t number(const nlohmann::json& object, const char* key) {
  return object.at(key).get<uint64_t>();
}

void check_process(const nlohmann::json& process) {
  const nlohmann::json& totals = process.at("totals");
  require(number(totals, "allocations") - number(totals, "frees") == number(totals, "live_blocks"),
          "allocations - frees = live blocks");
  for (const char* key : {"allocations", "frees", "bytes_allocated", "live_bytes", "live_blocks",
                          "peak_bytes", "peak_blocks", "temporary"}) {
    uint64_t sum = number(process.at("other"), key);
    for (const nlohmann::json& site : process.at("sites")) sum += number(site, key);
    require(sum == number(totals, key), "rows and other add up to the totals");
  }
}

void check_json(const profile::Run& run, report::Options options) {
  options.top = 6;
  std::ostringstream out;
  report::write_json_report(out, run, frames(), options);
  const nlohmann::json report = nlohmann::json::parse(out.str(), nullptr, false);
  require(!report.is_discarded(), "a JSON report is JSON");
  require(report.at("processes").size() == run.processes.size(), "each process is in the report");
  for (const nlohmann::json& process : report.at("processes")) check_process(process);
}

std::string export_of(void (*write)(std::ostream&, const profile::Run&, profile::FrameSource&,
                                    const report::Options&),
                      const profile::Run& run, const report::Options& options) {
  std::ostringstream out;
  write(out, run, frames(), options);
  return out.str();
}

/// What other tools get has all there is, too.
void check_exports(const profile::Run& run, report::Options options) {
  options.depth = 1 + options.depth % 40;
  uint64_t allocated = 0;
  for (const profile::Process& process : run.processes)
    allocated += process.heap.totals.bytes_allocated;
  const nlohmann::json dhat =
      nlohmann::json::parse(export_of(report::write_dhat_report, run, options), nullptr, false);
  require(!dhat.is_discarded(), "a DHAT file is JSON");
  uint64_t in_dhat = 0;
  for (const nlohmann::json& point : dhat.at("pps")) in_dhat += number(point, "tb");
  require(in_dhat == allocated, "program points add up to the totals");
  options.by = report::By::kAllocated;
  uint64_t in_folded = 0;
  std::istringstream folded(export_of(report::write_folded_report, run, options));
  for (std::string line; std::getline(folded, line);)
    in_folded += std::stoull(line.substr(line.rfind(' ') + 1));
  require(in_folded == allocated, "folded stacks add up to the totals");
  require(export_of(report::write_pprof_report, run, options).starts_with("\x1f\x8b"),
          "a pprof profile is gzip");
}

/// `way` chooses between the forms of the text report.
void report_on(const std::string& path, size_t way) {
  profile::Run run;
  try {
    profile::RunRequest request;
    request.details = way % 4 == 0;
    run = profile::open_run(path, request);
  } catch (const Error& error) {
    require(error.exit() == Error::Exit::kInput, "a trace that cannot be read is exit status 3");
    require(std::string(error.what()).find(path) != std::string::npos, "an error names the file");
    return;
  }
  report::Options options;
  options.group = static_cast<report::Group>(way % 5);
  options.by = static_cast<report::By>(way % 5);
  options.width = way % 3 == 0 ? 40 : 0;
  if (way % 2 == 0) options.process = "*";
  check_text(text_of(run, options));
  check_json(run, options);
  options.depth = way;
  check_exports(run, options);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static size_t written = 0;
  const std::string directory = fuzz::scratch_directory();
  const auto path_of = [&](size_t index) { return fmt::format("{}/{}.mtrace", directory, index); };
  std::vector<fuzz::Image> images = fuzz::unpack({data, size});
  if (images.size() > kMaxImages) images.resize(kMaxImages);
  for (size_t i = 0; i < images.size(); ++i) fuzz::write_image(images[i], path_of(i));
  while (written > images.size()) ::unlink(path_of(--written).c_str());
  written = images.size();
  report_on(directory, size);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  std::vector<fuzz::Image> images = fuzz::unpack({data, size});
  fuzz::damage(images, seed);
  const std::vector<uint8_t> packed = fuzz::pack(images);
  const size_t bytes = std::min(packed.size(), max_size);
  std::copy_n(packed.begin(), bytes, data);
  return bytes;
}
