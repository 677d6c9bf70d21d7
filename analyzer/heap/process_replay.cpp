#include "analyzer/heap/process_replay.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <span>
#include <utility>

namespace memprof::heap {

namespace {

constexpr uint64_t kPatienceNs = 10'000;
constexpr size_t kPrefetchDistance = 16;

/// The chunks of each stream.
std::vector<std::span<const trace::Chunk>> split_streams(const std::vector<trace::Chunk>& chunks) {
  std::vector<std::span<const trace::Chunk>> result;
  for (size_t begin = 0; begin < chunks.size();) {
    size_t end = begin;
    while (end < chunks.size() && chunks[end].header.stream == chunks[begin].header.stream) ++end;
    result.push_back(std::span(chunks).subspan(begin, end - begin));
    begin = end;
  }
  return result;
}

const char* words_for(format::StopReason reason) {
  switch (reason) {
    case format::StopReason::kNone:
      return "";
    case format::StopReason::kMaxBytes:
      return "the trace reached MEMPROF_MAX_BYTES";
    case format::StopReason::kDiskLow:
      return "the disk was nearly full";
    case format::StopReason::kDiskFull:
      return "the disk was full";
    case format::StopReason::kNoMemory:
      return "the process was out of memory";
    case format::StopReason::kSandbox:
      return "the process entered a sandbox";
    case format::StopReason::kSkipped:
      return "the process was left out by MEMPROF_ONLY or MEMPROF_SKIP";
  }
  return "for an unknown reason";
}

}  // namespace

ProcessReplay::ProcessReplay(const trace::TraceFile& file, const ReplayOptions& options,
                             Heritage* own, const std::vector<Heritage*>& children)
    : file_(file),
      options_(options),
      own_(own),
      reader_(file),
      survey_(survey(file)),
      clock_(file.identity(), std::move(survey_.clock_pairs)),
      patience_stamps_(clock_.stamps_in(kPatienceNs)),
      context_{{reader_, survey_.location_table}, {}, {}},
      heap_(clock_, options.run_start_ns, options.snapshots, options.details),
      timeline_(clock_, options.run_start_ns, file.identity().start.monotonic_ns),
      last_stamp_(file.identity().start.stamp) {
  if (own_ != nullptr) own_->cuts = std::move(survey_.cuts);
  const auto chunks = split_streams(file.chunks());
  if (!children.empty()) {
    std::vector<uint32_t> numbers;
    numbers.reserve(chunks.size());
    for (const auto& stream : chunks) numbers.push_back(stream.front().header.stream);
    forks_.emplace(numbers, children);
  }
  for (uint32_t stream = 0; stream < chunks.size(); ++stream) {
    auto cuts = forks_ ? forks_->cuts_of(stream) : std::vector<StreamCut>{};
    streams_.push_back({StreamCursor(context_, chunks[stream], std::move(cuts))});
  }
}

ProcessHeap ProcessReplay::run() {
  // Isolated: who waits here for a chunk must not begin another process's replay meanwhile.
  tbb::this_task_arena::isolate([this] { merge(); });
  heap_.finish();
  ProcessHeap result;
  timeline_.finish(last_stamp_, heap_, result);
  fill_sites(result);
  fill_totals(result);
  fill_health(result);
  return result;
}

void ProcessReplay::merge() {
  if (forks_) forks_->begin(heap_);
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  for (uint32_t stream = 0; stream < streams_.size(); ++stream) {
    turns.push({streams_[stream].cursor.stamp(), stream});
  }
  while (!turns.empty()) {
    const uint32_t stream = turns.top().stream;
    turns.pop();
    const Turn next = turns.empty() ? Turn{UINT64_MAX, UINT32_MAX} : turns.top();
    if (take_turn(stream, next)) turns.push({streams_[stream].cursor.stamp(), stream});
  }
  waiting_.expire_all([this](const WaitingDeaths::Death& death) { unmatched(death); });
  for (const Stream& stream : streams_) last_stamp_ = std::max(last_stamp_, stream.cursor.stamp());
  if (forks_) forks_->finish(own_);
}

/// Asks for the memory that the events to come will need, in the order in which they need it.
MEMPROF_HINT void ProcessReplay::prefetch(const StreamCursor& cursor,
                                          std::span<const Event> to_come) const {
  if (to_come.size() <= kPrefetchDistance) return;
  heap_.prefetch(to_come[kPrefetchDistance].address);
  const Event& sooner = to_come[kPrefetchDistance / 2];
  if (sooner.type == EventType::kBirth) {
    heap_.prefetch_site(cursor.site(sooner.number));
  } else if (sooner.type == EventType::kDeath) {
    heap_.prefetch_site_at(sooner.address);
  }
}

bool ProcessReplay::take_turn(uint32_t stream, const Turn& next) {
  StreamCursor& cursor = streams_[stream].cursor;
  while (next > Turn{cursor.stamp(), stream}) {
    const std::span<const Event> batch = cursor.batch();
    size_t done = 0;
    while (done < batch.size() && next > Turn{batch[done].stamp, stream}) {
      prefetch(cursor, batch.subspan(done));
      apply(batch[done++], stream);
    }
    const bool drained = done == batch.size();
    cursor.consume(done);
    if (!drained) return true;
    const bool more = cursor.refill();
    refilled(stream);
    if (!more) return false;
  }
  return true;
}

void ProcessReplay::refilled(uint32_t stream) {
  if (!forks_) return;
  if (!std::exchange(streams_[stream].begun, true)) forks_->stream_begins(stream);
  forks_->stream_passed(stream, streams_[stream].cursor.passed(), heap_);
}

void ProcessReplay::apply(const Event& event, uint32_t stream) {
  if (!waiting_.empty() && event.stamp > patience_stamps_) {
    waiting_.expire_before(event.stamp - patience_stamps_,
                           [this](const WaitingDeaths::Death& death) { unmatched(death); });
  }
  switch (event.type) {
    case EventType::kBirth:
      apply_birth(event, stream);
      break;
    case EventType::kDeath:
      apply_death(event, stream);
      break;
    case EventType::kThread:
      streams_[stream].thread = context_.thread_slot(event.number);
      break;
    case EventType::kItem:
      timeline_.add(streams_[stream].cursor.item(event.number), streams_[stream].thread, heap_);
      break;
  }
}

void ProcessReplay::apply_birth(const Event& event, uint32_t stream) {
  if (forks_ && !forks_->idle(stream)) {
    const StreamPlace place{stream, streams_[stream].cursor.passed()};
    forks_->before_event(place, event.address, event.size, heap_);
  }
  heap_.birth({event.stamp, streams_[stream].thread}, event.address, event.size,
              streams_[stream].cursor.site(event.number));
  if (waiting_.empty()) return;
  const auto death = waiting_.take(event.address, stream);
  if (!death) return;
  if (forks_) forks_->before_event(death->place, event.address, std::nullopt, heap_);
  heap_.death({event.stamp, death->thread}, event.address);
}

void ProcessReplay::apply_death(const Event& event, uint32_t stream) {
  const uint32_t thread = streams_[stream].thread;
  const StreamPlace place{stream, streams_[stream].cursor.passed()};
  if (forks_ && !forks_->idle(stream)) {
    forks_->before_event(place, event.address, std::nullopt, heap_);
  }
  if (heap_.death({event.stamp, thread}, event.address)) return;
  const WaitingDeaths::Death death{event.stamp, event.address, thread, place};
  // In a forked child the first unknown death at an address does not wait: it is of an inherited
  // block, all but surely, and the next birth there, soon though it may come, is of a new one.
  const bool inherited = own_ != nullptr && own_->find(event.address) == nullptr;
  if (streams_.size() == 1 || inherited) {
    unmatched(death);
  } else {
    waiting_.add(death);
  }
}

void ProcessReplay::unmatched(const WaitingDeaths::Death& death) {
  ++foreign_frees_;
  if (own_ != nullptr) own_->freed_unknown(death.address, death.place);
}

void ProcessReplay::fill_sites(ProcessHeap& result) {
  const std::vector<ContextId>& contexts = context_.chunks.tree().sites();
  result.sites.reserve(heap_.sites());
  for (uint32_t site = 0; site < heap_.sites(); ++site) {
    result.sites.push_back({contexts[site], heap_.counts(site)});
  }
  result.contexts = context_.chunks.tree().take_nodes();
  result.locations = std::move(survey_.locations);
  result.modules = std::move(survey_.modules);
  result.steps = heap_.take_steps();
  result.snapshots = heap_.take_snapshots();
  result.details = heap_.take_details(last_stamp_);
  result.threads = std::move(context_.threads);
  if (options_.live_blocks != nullptr) {
    heap_.map().visit([&](const LiveBlock& block) { options_.live_blocks->push_back(block); });
  }
}

void ProcessReplay::fill_totals(ProcessHeap& result) const {
  for (const Site& site : result.sites) result.totals += site.counts;
  result.totals.peak_time_ns = result.start_ns;
  if (const auto stamp = heap_.peak_stamp()) {
    const uint64_t peak_ns = clock_.monotonic_ns(*stamp);
    result.totals.peak_time_ns =
        peak_ns > options_.run_start_ns ? peak_ns - options_.run_start_ns : 0;
  }
  result.totals.foreign_frees = foreign_frees_;
}

void ProcessReplay::fill_health(ProcessHeap& result) const {
  Health& health = result.health;
  health.lost_events = file_.lost_events();
  health.lost_children = file_.lost_children();
  health.cut_stacks = cut_stacks(result);
  health.damaged_bytes = file_.damaged_bytes() + survey_.damaged_bytes;
  health.reused_live = heap_.reused_live();
  health.stop_reason = words_for(file_.stop_reason());
  const bool stopped = file_.stop_reason() != format::StopReason::kNone &&
                       file_.stop_reason() != format::StopReason::kSkipped;
  health.truncated = stopped || health.damaged_bytes != 0 || file_.missing_chunks() != 0;
}

uint64_t ProcessReplay::cut_stacks(const ProcessHeap& result) const {
  // Parents come before their children, so one pass carries the mark outwards in.
  std::vector<bool> is_cut(result.contexts.size());
  for (size_t i = 1; i < result.contexts.size(); ++i) {
    const Context& node = result.contexts[i];
    is_cut[i] = node.parent == kRootContext ? node.location == 0
                                            : is_cut[static_cast<uint32_t>(node.parent)];
  }
  uint64_t allocations = 0;
  for (const Site& site : result.sites) {
    if (is_cut[static_cast<uint32_t>(site.context)]) allocations += site.counts.allocations;
  }
  return allocations;
}

}  // namespace memprof::heap
