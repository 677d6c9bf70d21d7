// A profile file through all of the analyzer: opened, reported as text and as JSON.
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/profile/open_run.h"
#include "analyzer/report/json_report.h"
#include "analyzer/report/text_report.h"
#include "analyzer/report/tree_report.h"
#include "tests/fuzz/target.h"

namespace {

using namespace memprof;
using fuzz::require;

void write_file(const std::string& path, const uint8_t* data, size_t size) {
  ::unlink(path.c_str());  // Cutting it to nothing instead would have some file systems sync it.
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
}

void report_on(const std::string& path, const profile::RunRequest& request) {
  try {
    const profile::Run run = profile::open_run(path, request);
    const auto files = profile::frames_from_files({.debug_root = "/nonexistent"});
    report::Options options;
    options.top = 6;
    std::ostringstream json;
    report::write_json_report(json, run, profile::frames_of(run, *files), options);
    const auto parsed = nlohmann::json::parse(json.str(), nullptr, false);
    require(!parsed.is_discarded(), "a JSON report is JSON");
    require(parsed.at("processes").size() == run.processes.size(), "each process is in the report");
    std::ostringstream text;
    report::write_text_report(text, run, profile::frames_of(run, *files), options);
    report::write_text_tree(text, run, options);
    require(!text.str().empty() && text.str().back() == '\n', "a text report is whole lines");
  } catch (const Error& error) {
    // That there is no such moment is about what was asked for.
    if (error.exit() == Error::Exit::kUsage) return;
    require(std::string(error.what()).find(path) != std::string::npos, "an error names the file");
  }
}

class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}
  size_t pick(size_t below) { return below == 0 ? 0 : random_() % below; }
  std::string value() {
    constexpr const char* kValues[] = {"0",       "-1",    "1",     "9223372036854775807",
                                       "1 << 40", "NULL",  "''",    "x'28b52ffd2000010000'",
                                       "x'ff'",   "1e308", "'time'"};
    const size_t chosen = pick(std::size(kValues) + 2);
    return chosen < std::size(kValues) ? kValues[chosen] : std::to_string(pick(1000));
  }

 private:
  std::mt19937_64 random_;
};

std::vector<std::string> words_of(sqlite3* file, const std::string& sql) {
  std::vector<std::string> words;
  const auto add = [](void* to, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(to)->emplace_back(values[0] != nullptr ? values[0] : "");
    return 0;
  };
  sqlite3_exec(file, sql.c_str(), add, &words, nullptr);
  return words;
}

/// Writes a strange value into a table: what the file itself would say is whole.
void damage_table(const std::string& path, Random& random) {
  sqlite3* file = nullptr;
  if (sqlite3_open(path.c_str(), &file) == SQLITE_OK) {
    const auto tables = words_of(file, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    if (!tables.empty()) {
      const std::string table = tables[random.pick(tables.size())];
      const auto columns = words_of(file, "SELECT name FROM pragma_table_info('" + table + "')");
      if (!columns.empty()) {
        const std::string column = columns[random.pick(columns.size())];
        const std::string sql =
            random.pick(8) == 0
                ? fmt::format("DELETE FROM \"{}\" WHERE \"{}\" != {}", table, column,
                              random.value())
                : fmt::format(
                      "UPDATE OR IGNORE \"{0}\" SET \"{1}\" = {2} WHERE (\"{1}\" % {3}) = 0", table,
                      column, random.value(), 1 + random.pick(3));
        sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr);
      }
    }
  }
  sqlite3_close(file);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string path = fuzz::scratch_directory() + "/run.mprof";
  ::unlink((path + "-journal").c_str());
  write_file(path, data, size);
  profile::RunRequest request;
  request.phase_peaks = true;
  report_on(path, request);
  request.only_moments = true;
  request.moments.push_back(*profile::parse_moment(size % 2 == 0 ? "mark:m" : "0.004s"));
  report_on(path, request);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  Random random(seed);
  if (random.pick(2) == 0) {
    for (size_t times = 1 + random.pick(4); times > 0 && size > 0; --times)
      data[random.pick(size)] = static_cast<uint8_t>(random.pick(256));
    return random.pick(8) == 0 ? random.pick(size + 1) : size;
  }
  const std::string path = fuzz::scratch_directory() + "/damaged.mprof";
  write_file(path, data, size);
  for (size_t times = 1 + random.pick(3); times > 0; --times) damage_table(path, random);
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  const size_t kept = std::min(bytes.size(), max_size);
  std::copy_n(bytes.begin(), kept, reinterpret_cast<char*>(data));
  return kept;
}
