#include "analyzer/profile/file/schema.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <set>
#include <string>
#include <tuple>

#include "analyzer/base/error.h"

namespace memprof::profile {
namespace {

constexpr char kTables[] = R"sql(
CREATE TABLE run(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  start_monotonic_ns INTEGER NOT NULL,
  fold_percent REAL NOT NULL,
  finished INTEGER NOT NULL);
CREATE TABLE modules(
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  build_id BLOB NOT NULL,
  problem TEXT NOT NULL,
  UNIQUE(path, build_id));
CREATE TABLE addresses(
  id INTEGER PRIMARY KEY,
  module_id INTEGER NOT NULL REFERENCES modules(id),
  "offset" INTEGER NOT NULL);
CREATE TABLE functions(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE files(id INTEGER PRIMARY KEY, path TEXT NOT NULL);
CREATE TABLE frames(
  address_id INTEGER NOT NULL REFERENCES addresses(id),
  place INTEGER NOT NULL,
  function_id INTEGER NOT NULL REFERENCES functions(id),
  file_id INTEGER NOT NULL REFERENCES files(id),
  line INTEGER NOT NULL,
  inlined INTEGER NOT NULL,
  PRIMARY KEY(address_id, place)) WITHOUT ROWID;
CREATE TABLE stacks(
  id INTEGER PRIMARY KEY,
  parent_id INTEGER NOT NULL REFERENCES stacks(id),
  address_id INTEGER NOT NULL REFERENCES addresses(id));
CREATE TABLE processes(
  id INTEGER PRIMARY KEY,
  trace_id INTEGER NOT NULL,
  parent_trace_id INTEGER NOT NULL,
  environ_parent_pid INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  ppid INTEGER NOT NULL,
  start_unix_ns INTEGER NOT NULL,
  start_monotonic_ns INTEGER NOT NULL,
  exe TEXT NOT NULL,
  cwd TEXT NOT NULL,
  arguments_cut INTEGER NOT NULL,
  malloc_from TEXT NOT NULL,
  new_from TEXT NOT NULL,
  skipped INTEGER NOT NULL,
  start_ns INTEGER NOT NULL,
  end_ns INTEGER NOT NULL,
  status_known INTEGER NOT NULL,
  status INTEGER NOT NULL,
  allocations INTEGER NOT NULL,
  frees INTEGER NOT NULL,
  bytes_allocated INTEGER NOT NULL,
  peak_bytes INTEGER NOT NULL,
  peak_blocks INTEGER NOT NULL,
  peak_time_ns INTEGER NOT NULL,
  live_bytes INTEGER NOT NULL,
  live_blocks INTEGER NOT NULL,
  temporary INTEGER NOT NULL,
  foreign_frees INTEGER NOT NULL,
  inherited_blocks INTEGER NOT NULL,
  inherited_bytes INTEGER NOT NULL,
  inherited_frees INTEGER NOT NULL,
  rss_baseline_bytes INTEGER NOT NULL,
  rss_peak_bytes INTEGER NOT NULL,
  rss_end_bytes INTEGER NOT NULL,
  rss_own_bytes INTEGER NOT NULL,
  lost_events INTEGER NOT NULL,
  cut_stacks INTEGER NOT NULL,
  damaged_bytes INTEGER NOT NULL,
  reused_live INTEGER NOT NULL,
  unmatched_phase_ends INTEGER NOT NULL,
  truncated INTEGER NOT NULL,
  stop_reason TEXT NOT NULL,
  lost_children INTEGER NOT NULL,
  parent_link INTEGER NOT NULL,
  "end" TEXT NOT NULL,
  signal INTEGER,
  arguments TEXT NOT NULL,
  steps BLOB NOT NULL,
  rss_samples BLOB NOT NULL,
  launches BLOB NOT NULL,
  held BLOB NOT NULL);
CREATE TABLE sites(
  process_id INTEGER NOT NULL REFERENCES processes(id),
  number INTEGER NOT NULL,
  stack_id INTEGER REFERENCES stacks(id),
  allocations INTEGER NOT NULL,
  frees INTEGER NOT NULL,
  bytes_allocated INTEGER NOT NULL,
  peak_bytes INTEGER NOT NULL,
  peak_blocks INTEGER NOT NULL,
  live_bytes INTEGER NOT NULL,
  live_blocks INTEGER NOT NULL,
  temporary INTEGER NOT NULL,
  PRIMARY KEY(process_id, number)) WITHOUT ROWID;
CREATE TABLE reached(
  process_id INTEGER NOT NULL REFERENCES processes(id),
  number INTEGER NOT NULL,
  lost_bytes INTEGER NOT NULL,
  lost_blocks INTEGER NOT NULL,
  reachable_bytes INTEGER NOT NULL,
  reachable_blocks INTEGER NOT NULL,
  unknown_bytes INTEGER NOT NULL,
  unknown_blocks INTEGER NOT NULL,
  PRIMARY KEY(process_id, number)) WITHOUT ROWID;
CREATE TABLE moments(
  process_id INTEGER NOT NULL REFERENCES processes(id),
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  heap_bytes INTEGER NOT NULL,
  heap_blocks INTEGER NOT NULL,
  PRIMARY KEY(process_id, number)) WITHOUT ROWID;
CREATE TABLE marks(
  process_id INTEGER NOT NULL REFERENCES processes(id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  time_ns INTEGER NOT NULL,
  heap_bytes INTEGER NOT NULL,
  rss_bytes INTEGER NOT NULL,
  PRIMARY KEY(process_id, number)) WITHOUT ROWID;
CREATE TABLE phases(
  process_id INTEGER NOT NULL REFERENCES processes(id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  occurrence INTEGER NOT NULL,
  begin_ns INTEGER NOT NULL,
  end_ns INTEGER NOT NULL,
  heap_begin_bytes INTEGER NOT NULL,
  heap_end_bytes INTEGER NOT NULL,
  heap_peak_bytes INTEGER NOT NULL,
  heap_peak_ns INTEGER NOT NULL,
  rss_begin_bytes INTEGER NOT NULL,
  rss_end_bytes INTEGER NOT NULL,
  rss_peak_bytes INTEGER NOT NULL,
  allocations INTEGER NOT NULL,
  PRIMARY KEY(process_id, number)) WITHOUT ROWID;
CREATE TABLE partly_covered(
  process_id INTEGER NOT NULL REFERENCES processes(id),
  reason TEXT NOT NULL);
CREATE TABLE not_covered(exe TEXT NOT NULL, reason TEXT NOT NULL, processes INTEGER NOT NULL);
CREATE TABLE unreadable(path TEXT NOT NULL, reason TEXT NOT NULL);

CREATE VIEW process_list AS
  SELECT id, pid, exe, replace(arguments, char(10), ' ') AS command,
    start_ns / 1e9 AS start_s, (end_ns - start_ns) / 1e9 AS duration_s, "end", status, signal,
    peak_bytes, live_bytes, bytes_allocated, allocations, frees, temporary, rss_peak_bytes
  FROM processes;
CREATE VIEW stack_frames AS
  WITH RECURSIVE outward(stack_id, depth, at) AS (
    SELECT id, 0, id FROM stacks
    UNION ALL
    SELECT stack_id, depth + 1, parent_id FROM outward JOIN stacks ON stacks.id = at
      WHERE parent_id < at AND parent_id != 0)
  SELECT stack_id, depth, place, functions.name AS function, files.path AS file, line, inlined,
    modules.path AS module, addresses."offset" AS "offset"
  FROM outward JOIN stacks ON stacks.id = at
    JOIN addresses ON addresses.id = stacks.address_id
    LEFT JOIN modules ON modules.id = addresses.module_id
    LEFT JOIN frames ON frames.address_id = addresses.id
    LEFT JOIN functions ON functions.id = function_id
    LEFT JOIN files ON files.id = file_id;
CREATE VIEW site_list AS
  SELECT sites.process_id, sites.number, sites.stack_id, processes.exe,
    CASE WHEN sites.stack_id IS NULL THEN '[folded]' ELSE functions.name END AS function,
    files.path AS file, frames.line, modules.path AS module, addresses."offset" AS "offset",
    sites.allocations, sites.frees, sites.bytes_allocated, sites.peak_bytes, sites.peak_blocks,
    sites.live_bytes, sites.live_blocks, sites.temporary
  FROM sites JOIN processes ON processes.id = sites.process_id
    LEFT JOIN stacks ON stacks.id = sites.stack_id
    LEFT JOIN addresses ON addresses.id = stacks.address_id
    LEFT JOIN modules ON modules.id = addresses.module_id
    LEFT JOIN frames ON frames.address_id = addresses.id AND frames.place = 0
    LEFT JOIN functions ON functions.id = frames.function_id
    LEFT JOIN files ON files.id = frames.file_id;
CREATE VIEW function_list AS
  SELECT function, module, count(DISTINCT process_id) AS processes,
    sum(allocations) AS allocations, sum(bytes_allocated) AS bytes_allocated,
    max(peak_bytes) AS largest_peak_bytes, sum(live_bytes) AS live_bytes,
    sum(temporary) AS temporary
  FROM site_list GROUP BY function, module;
CREATE VIEW lost AS
  SELECT reached.process_id, exe, function, file, line, module, lost_bytes, lost_blocks
  FROM reached JOIN site_list USING(process_id, number) WHERE lost_blocks != 0
  ORDER BY process_id, lost_bytes DESC;
CREATE VIEW peak AS
  SELECT process_id, exe, function, file, line, module, sum(peak_bytes) AS peak_bytes,
    sum(peak_blocks) AS peak_blocks
  FROM site_list WHERE peak_blocks != 0 GROUP BY process_id, function, file, line, module
  ORDER BY process_id, sum(peak_bytes) DESC;
)sql";

using Entry = std::tuple<std::string, std::string, std::string>;  // type, name, sql

std::set<Entry> entries_of(Database& database) {
  std::set<Entry> entries;
  Statement all(database, "SELECT type, name, sql FROM sqlite_schema");
  while (all.step()) entries.emplace(all.text(0), all.text(1), all.text(2));
  return entries;
}

uint64_t pragma(Database& database, const char* name) {
  Statement value(database, std::string("PRAGMA ") + name);
  return value.step() ? value.number(0) : 0;
}

}  // namespace

void create_schema(Database& database) {
  database.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId,
                           kSchemaVersion)
                   .c_str());
  database.run(kTables);
}

bool is_empty(Database& database) {
  return pragma(database, "application_id") == 0 && entries_of(database).empty();
}

void check_schema(Database& database) {
  const std::string begin = "cannot read profile: " + database.path() + ": ";
  if (pragma(database, "application_id") != kApplicationId)
    throw Error(begin + "an SQLite file, but no profile");
  const uint64_t version = pragma(database, "user_version");
  if (version != kSchemaVersion) {
    throw Error(begin + fmt::format("profile version {}, this memprof reads version {}", version,
                                    kSchemaVersion));
  }
  Database ours(":memory:", Database::Mode::kCreate);
  create_schema(ours);
  if (entries_of(database) != entries_of(ours))
    throw Error(begin + "its tables are not those of a profile");
}

bool is_profile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::array<char, 72> header{};
  if (!in.read(header.data(), header.size())) return false;
  const auto byte = [&](size_t at) { return uint32_t{static_cast<unsigned char>(header[at])}; };
  const uint32_t id = byte(68) << 24 | byte(69) << 16 | byte(70) << 8 | byte(71);
  return std::string_view(header.data(), 15) == "SQLite format 3" && id == kApplicationId;
}

const char* kind_name(heap::SnapshotPoint::What what) {
  using What = heap::SnapshotPoint::What;
  switch (what) {
    case What::kStep:
      return "step";
    case What::kTime:
      return "time";
    case What::kMark:
      return "mark";
    case What::kPhaseBegin:
      return "phase begin";
    case What::kPhaseEnd:
      return "phase end";
    case What::kPhasePeak:
      break;
  }
  return "phase peak";
}

}  // namespace memprof::profile
