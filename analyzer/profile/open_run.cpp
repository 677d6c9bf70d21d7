#include "analyzer/profile/open_run.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "analyzer/base/error.h"
#include "analyzer/heap/replay.h"
#include "analyzer/profile/coverage.h"
#include "analyzer/profile/file/kept_moments.h"
#include "analyzer/profile/file/profile_reader.h"
#include "analyzer/profile/parent_links.h"
#include "analyzer/profile/reachability.h"
#include "analyzer/profile/rss_samples.h"
#include "analyzer/profile/selection.h"
#include "analyzer/profile/snapshots.h"
#include "analyzer/profile/tree_peak.h"

namespace memprof::profile {
namespace {

namespace fs = std::filesystem;

std::vector<trace::TraceFile> open_files(const std::string& directory, Run& run) {
  const std::vector<std::string> paths = trace_paths(directory);
  if (paths.empty()) throw Error("cannot read trace directory: " + directory + ": no traces in it");
  std::vector<trace::TraceFile> files;
  for (const std::string& path : paths) {
    try {
      files.push_back(trace::TraceFile::open(path));
    } catch (const Error& error) {
      run.unreadable.push_back({path, error.what()});
    }
  }
  if (files.empty()) {
    throw Error("cannot read trace directory: " + directory +
                ": no readable trace in it: " + run.unreadable.front().reason);
  }
  return files;
}

auto start_order(const trace::TraceFile& file) {
  const trace::Identity& identity = file.identity();
  return std::tuple(identity.start.monotonic_ns, identity.pid, identity.trace_id);
}

std::vector<const trace::TraceFile*> pointers(const std::vector<trace::TraceFile>& files) {
  std::vector<const trace::TraceFile*> result;
  for (const trace::TraceFile& file : files) result.push_back(&file);
  return result;
}

void read_outside_samples(const std::string& directory, uint64_t run_start_ns, Run& run) {
  const fs::path path = fs::path(directory) / kRssFileName;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return;
  std::ifstream in(path, std::ios::binary);
  add_samples(read_samples(in), run_start_ns, run);
}

}  // namespace

std::vector<std::string> trace_paths(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == format::kFileSuffix) paths.push_back(entry->path().string());
  }
  if (error) throw Error("cannot read trace directory: " + directory + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Run open_run(const std::string& path, const RunRequest& request) {
  if (is_database(path)) return open_profile(path, request);
  Run run;
  std::error_code error;
  const bool is_directory = fs::is_directory(path, error);
  std::vector<trace::TraceFile> files;
  if (is_directory) {
    files = open_files(path, run);
  } else {
    files.push_back(trace::TraceFile::open(path));
  }
  std::sort(files.begin(), files.end(), [](const trace::TraceFile& a, const trace::TraceFile& b) {
    return start_order(a) < start_order(b);
  });

  const trace::Identity& first = files.front().identity();
  heap::ReplayOptions options;
  options.run_start_ns = first.start.monotonic_ns;
  options.details = request.details;
  std::atomic<size_t> done = 0;
  if (request.progress) options.replayed = [&] { request.progress(++done, files.size()); };
  std::vector<heap::ProcessHeap> heaps = heap::replay_run(pointers(files), options);
  for (size_t i = 0; i < files.size(); ++i) {
    Process process;
    process.id = static_cast<uint32_t>(i + 1);
    process.identity = files[i].identity();
    process.heap = std::move(heaps[i]);
    process.skipped = files[i].stop_reason() == format::StopReason::kSkipped;
    run.duration_ns = std::max(run.duration_ns, process.heap.end_ns);
    run.processes.push_back(std::move(process));
  }
  run.command = first.argv;
  run.start_unix_ns = first.start_unix_ns;
  link_processes(run);
  if (is_directory) read_outside_samples(path, options.run_start_ns, run);
  run.not_covered = not_covered(run.processes);
  run.partly_covered = partly_covered(run.processes);
  run.tree = tree_peak(run.processes);
  for (const Moment& moment : request.moments) {
    run.moments.push_back(
        request.own_clocks ? find_own_moments(run, moment, select_processes(run, request.process))
                           : find_moment(run, moment));
  }
  run.key_moments = find_key_moments(run, request.key_moments);
  if (request.phase_peaks) run.phase_peaks = highest_phases(run, kPhasePeaksMax);
  fill_snapshots(files, options, run);
  if (request.reachability) fill_reached(files, run);
  return run;
}

}  // namespace memprof::profile
