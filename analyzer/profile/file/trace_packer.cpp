#include "analyzer/profile/file/trace_packer.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "analyzer/base/error.h"
#include "analyzer/heap/replay.h"
#include "analyzer/profile/file/packed.h"
#include "analyzer/profile/file/profile_processes.h"
#include "analyzer/profile/open_run.h"
#include "analyzer/profile/reachability.h"
#include "analyzer/profile/tree_peak.h"
#include "analyzer/trace/drained_file.h"

namespace memprof::profile {
namespace {

namespace fs = std::filesystem;

/// A running process with a smaller trace adds little to the tree's peak.
constexpr uint64_t kLargeBytes = uint64_t{4} << 20;
/// With more than this waiting, processes are folded with what is known.
constexpr uint64_t kWaitingMax = uint64_t{512} << 20;
/// Traces replayed together.
constexpr uint64_t kBatchBytes = uint64_t{256} << 20;
constexpr size_t kBatchFiles = 256;
/// Live sets kept for marks and phases of other processes, of a process.
constexpr size_t kOtherMomentsMax = 64;
/// Sites times moments that are held in memory at once.
constexpr size_t kCellsMax = size_t{8} << 20;

uint64_t record_bytes(const trace::TraceFile& file) {
  uint64_t bytes = 0;
  for (const trace::Chunk& chunk : file.chunks()) bytes += chunk.header.used;
  return bytes;
}

}  // namespace

struct TracePacker::Trace {
  trace::TraceFile file;
  uint64_t bytes = 0;
  bool folded = false;  ///< is in the profile; is here for those that are not
  bool ended = false;
  bool goes = false;            ///< is folded in this round
  size_t family = 0;            ///< those forked from each other have the same
  std::vector<size_t> parents;  ///< the image it was forked from, when it is there

  uint64_t id() const { return file.identity().trace_id; }
};

/// What one pass over a trace says, with its steps packed: there may be thousands of processes.
struct TracePacker::Folded {
  size_t trace;
  size_t sites;
  heap::ProcessHeap heap;
  std::string steps;
};

TracePacker::TracePacker(std::string directory, ProfileWriter& writer, FrameSource& names)
    : directory_(std::move(directory)), writer_(writer), names_(names) {
  const StoredProcesses stored = writer_.processes();
  for (const Process& process : stored.run.processes) learn(process.heap);
  if (stored.run.processes.empty()) return;
  for (const Trace& trace : open_traces()) {
    const bool known = std::any_of(
        stored.run.processes.begin(), stored.run.processes.end(),
        [&](const Process& p) { return p.identity.run_id == trace.file.identity().run_id; });
    if (!known) {
      throw Error("cannot pack: " + trace.file.path() + ": of another run than the profile",
                  Error::Exit::kUsage);
    }
  }
}

std::vector<TracePacker::Trace> TracePacker::open_traces() {
  std::vector<Trace> traces;
  for (const std::string& path : trace_paths(directory_)) {
    if (folded_.contains(path)) continue;
    try {
      trace::TraceFile file = trace::TraceFile::open(path);
      if (writer_.has(file.identity().trace_id)) {
        folded_.emplace(path, file.identity().trace_id);
        continue;
      }
      const uint64_t bytes = record_bytes(file);
      traces.push_back({std::move(file), bytes, false, false, false, 0, {}});
    } catch (const Error& error) {
      unreadable_[path] = error.what();
    }
  }
  add_folded_parents(traces);
  return traces;
}

/// Whoever was folded, and was forked from by one that is not, is asked once more.
void TracePacker::add_folded_parents(std::vector<Trace>& traces) {
  std::unordered_map<uint64_t, std::string> paths;
  for (const auto& [path, id] : folded_) paths.emplace(id, path);
  for (size_t i = 0; i < traces.size(); ++i) {
    const trace::Identity& identity = traces[i].file.identity();
    const auto parent = paths.find(identity.parent_id);
    if (identity.parent_link != format::ParentLink::kFork || parent == paths.end()) continue;
    try {
      trace::TraceFile file = trace::TraceFile::open(parent->second);
      const uint64_t bytes = record_bytes(file);
      traces.push_back({std::move(file), bytes, true, true, false, 0, {}});
    } catch (const Error&) {
      // Somebody has removed it: what the child inherited stays unknown.
    }
    paths.erase(parent);  // Once is enough.
  }
}

void TracePacker::choose(std::vector<Trace>& traces, const PackPolicy& policy) {
  std::set<uint64_t> large;
  uint64_t waiting_bytes = 0;
  for (Trace& trace : traces) {
    if (trace.folded) continue;
    trace.ended = policy.has_ended(trace.file.path());
    if (trace.ended) waiting_bytes += trace.bytes;
    if (!trace.ended && trace.bytes > kLargeBytes) large.insert(trace.id());
  }
  const bool all = policy.all || waiting_bytes > kWaitingMax;
  for (Trace& trace : traces) {
    if (!trace.ended || trace.folded) continue;
    std::set<uint64_t>& waits = waits_for_.emplace(trace.id(), large).first->second;
    trace.goes = all || std::none_of(waits.begin(), waits.end(),
                                     [&](uint64_t id) { return large.contains(id); });
  }
  std::unordered_map<uint64_t, size_t> by_id;
  for (size_t i = 0; i < traces.size(); ++i) by_id.emplace(traces[i].id(), i);
  for (Trace& trace : traces) {
    const trace::Identity& identity = trace.file.identity();
    const auto parent = by_id.find(identity.parent_id);
    if (identity.parent_link == format::ParentLink::kFork && parent != by_id.end())
      trace.parents = {parent->second};
  }
  // A parent stays as long as one of its children does, and so on outwards. Each round can hold
  // back one more generation; damaged headers may even name each other.
  for (bool changed = true; changed;) {
    changed = false;
    for (const Trace& trace : traces) {
      if (trace.goes) continue;
      for (const size_t parent : trace.parents)
        changed |= std::exchange(traces[parent].goes, false);
    }
  }
  std::vector<size_t> root(traces.size());
  std::iota(root.begin(), root.end(), size_t{0});
  const auto root_of = [&](size_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  for (size_t i = 0; i < traces.size(); ++i) {
    for (const size_t parent : traces[i].parents) root[root_of(i)] = root_of(parent);
  }
  for (size_t i = 0; i < traces.size(); ++i) traces[i].family = root_of(i);
}

void TracePacker::learn(const heap::ProcessHeap& heap) {
  std::vector<Change> changes;
  add_heap_changes(heap, changes);
  for (const Change& change : changes) curve_[change.step] += change.delta;
  for (const heap::Mark& mark : heap.marks) moments_.insert(mark.time_ns);
  for (const heap::Phase& phase : heap.phases)
    moments_.insert({phase.begin_ns, phase.end_ns, phase.heap_peak_ns});
}

/// Replays whole families, those of them that go, and whoever they ask.
std::vector<TracePacker::Folded> TracePacker::survey(std::vector<Trace>& traces) {
  std::map<size_t, std::vector<size_t>> families;
  std::set<size_t> wanted;
  for (size_t i = 0; i < traces.size(); ++i) {
    families[traces[i].family].push_back(i);
    if (traces[i].goes) wanted.insert(traces[i].family);
  }
  std::vector<Folded> result;
  std::vector<size_t> batch;
  uint64_t bytes = 0;
  heap::ReplayOptions options;
  options.run_start_ns = writer_.run_start_ns();
  const auto replay = [&] {
    std::vector<const trace::TraceFile*> files;
    for (const size_t i : batch) files.push_back(&traces[i].file);
    std::vector<heap::ProcessHeap> heaps = heap::replay_run(files, options);
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!traces[batch[i]].goes) continue;
      Folded folded{batch[i], heaps[i].sites.size(), std::move(heaps[i]), {}};
      learn(folded.heap);
      folded.heap.contexts = {};
      folded.heap.locations = {};
      folded.heap.modules = {};
      folded.heap.sites.clear();
      folded.heap.sites.shrink_to_fit();
      folded.steps = pack_steps(std::exchange(folded.heap.steps, {}));
      result.push_back(std::move(folded));
    }
    batch.clear();
    bytes = 0;
  };
  for (const size_t family : wanted) {
    for (const size_t i : families[family]) {
      batch.push_back(i);
      bytes += traces[i].bytes;
    }
    if (bytes > kBatchBytes || batch.size() > kBatchFiles) replay();
  }
  if (!batch.empty()) replay();
  return result;
}

std::vector<std::pair<uint64_t, uint64_t>> TracePacker::sums() const {
  std::vector<std::pair<uint64_t, uint64_t>> sums;
  uint64_t sum = 0;
  for (const auto& [step, delta] : curve_) {
    sum += delta;
    sums.emplace_back(step, sum);
  }
  return sums;
}

/// The step of its life in which all together had most: where the tree's peak is if it is there.
uint64_t TracePacker::tree_step(const heap::ProcessHeap& heap,
                                const std::vector<std::pair<uint64_t, uint64_t>>& sums) {
  const Lifetime life = lifetime_of(heap);
  uint64_t highest = 0;
  uint64_t step = life.first_step;
  for (auto at =
           std::lower_bound(sums.begin(), sums.end(), std::pair(life.first_step, uint64_t{0}));
       at != sums.end() && at->first <= life.last_step; ++at) {
    if (at->second <= highest) continue;
    highest = at->second;
    step = at->first;
  }
  return step;
}

std::vector<uint64_t> TracePacker::other_moments(const heap::ProcessHeap& heap) const {
  const auto begin = moments_.lower_bound(heap.start_ns);
  const auto end = moments_.upper_bound(std::max(heap.start_ns, heap.end_ns));
  std::vector<uint64_t> others(begin, end);
  // Of many, any choice would be arbitrary.
  if (others.size() > kOtherMomentsMax) others.clear();
  return others;
}

void TracePacker::add(const Trace& trace, Folded& folded,
                      const std::vector<std::pair<uint64_t, uint64_t>>& sums) {
  Process process;
  process.identity = trace.file.identity();
  process.skipped = trace.file.stop_reason() == format::StopReason::kSkipped;
  process.heap = std::move(folded.heap);
  process.heap.steps =
      unpack_steps(PackedReader(folded.steps, "the steps of " + trace.file.path()));
  const size_t named = process.heap.marks.size() + 3 * process.heap.phases.size() + 1;
  const size_t room = kCellsMax / std::max<size_t>(folded.sites, 1);
  const size_t frames = std::min(kKeyframesMax, room > named ? room - named : 0);
  const std::vector<KeptMoment> moments = moments_to_keep(
      process.heap, tree_step(process.heap, sums), other_moments(process.heap), frames);
  heap::ReplayOptions options;
  options.run_start_ns = writer_.run_start_ns();
  for (const KeptMoment& moment : moments) options.snapshots.push_back(moment.point);
  const auto words = heap::read_words(words_path(trace.file.path(), trace.id()), trace.id());
  std::vector<heap::LiveBlock> blocks;
  if (words) options.live_blocks = &blocks;
  heap::ProcessHeap again = heap::replay_again(trace.file, options, !trace.parents.empty());
  process.heap.contexts = std::move(again.contexts);
  process.heap.locations = std::move(again.locations);
  process.heap.modules = std::move(again.modules);
  process.heap.sites = std::move(again.sites);
  process.heap.snapshots = std::move(again.snapshots);
  if (words)
    process.reached = reached_of(process.identity, *words, blocks, process.heap.sites.size());
  writer_.add(process, moments, names_);
}

namespace {

void remove_trace(const std::string& path, uint64_t trace_id) {
  // The trace first: without it, the others are nothing.
  ::unlink(path.c_str());
  ::unlink(words_path(path, trace_id).c_str());
  ::unlink(trace::drained_path(path).c_str());
}

}  // namespace

/// Removes the traces of the profile's processes that nobody will ask any more.
void TracePacker::remove_folded(const std::vector<Trace>& traces) {
  std::set<std::string> asked;
  for (const Trace& trace : traces) {
    if (trace.goes) folded_.emplace(trace.file.path(), trace.id());
    if (trace.goes || trace.folded) continue;
    for (std::vector<size_t> next = trace.parents; !next.empty(); next = traces[next[0]].parents) {
      if (!asked.insert(traces[next[0]].file.path()).second) break;
    }
  }
  std::erase_if(folded_, [&](const auto& folded) {
    if (asked.contains(folded.first)) return false;
    remove_trace(folded.first, folded.second);
    return true;
  });
}

size_t TracePacker::fold(const PackPolicy& policy) {
  unreadable_.clear();
  std::vector<Trace> traces = open_traces();
  choose(traces, policy);
  std::set<size_t> parents;
  for (const Trace& trace : traces) parents.insert(trace.parents.begin(), trace.parents.end());
  std::vector<Folded> surveyed = survey(traces);
  const auto known = sums();
  for (Folded& folded : surveyed) {
    const Trace& trace = traces[folded.trace];
    add(trace, folded, known);
    waits_for_.erase(trace.id());
    // Parents stay: should this end before, the children that are left still find whom to ask.
    if (policy.remove && !parents.contains(folded.trace))
      remove_trace(trace.file.path(), trace.id());
  }
  if (policy.remove) remove_folded(traces);
  return static_cast<size_t>(std::count_if(traces.begin(), traces.end(), [](const Trace& trace) {
    return !trace.goes && !trace.folded;
  }));
}

void TracePacker::finish() {
  std::vector<OutsideSample> samples;
  const fs::path path = fs::path(directory_) / kRssFileName;
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    std::ifstream in(path, std::ios::binary);
    samples = read_samples(in);
  }
  std::vector<UnreadableFile> unreadable;
  for (const auto& [name, reason] : unreadable_) unreadable.push_back({name, reason});
  writer_.finish(samples, unreadable);
}

std::optional<ProfileWriter> open_writer(const std::string& directory, const std::string& file,
                                         double fold_percent) {
  std::error_code error;
  if (fs::exists(file, error)) {
    if (std::optional<ProfileWriter> writer = ProfileWriter::resume(file)) return writer;
  }
  std::optional<uint64_t> run_start_ns;
  for (const std::string& path : trace_paths(directory)) {
    try {
      const trace::TraceFile trace = trace::TraceFile::open(path);
      const uint64_t start_ns = trace.identity().start.monotonic_ns;
      run_start_ns = std::min(run_start_ns.value_or(start_ns), start_ns);
    } catch (const Error&) {
      // Told by who folds it.
    }
  }
  if (!run_start_ns) return std::nullopt;
  return ProfileWriter::create(file, *run_start_ns, fold_percent);
}

size_t pack_traces(const PackJob& job, FrameSource& names) {
  const bool is_new = !fs::exists(job.file);
  std::optional<ProfileWriter> writer = open_writer(job.directory, job.file, job.fold_percent);
  if (!writer) throw Error("cannot pack: " + job.directory + ": no readable trace in it");
  if (is_new && !job.policy.remove) writer->sync_at_end();
  TracePacker packer(job.directory, *writer, names);
  const size_t left = packer.fold(job.policy);
  if (left == 0) packer.finish();
  return left;
}

}  // namespace memprof::profile
