#pragma once

#include <cstdint>

#include "analyzer/profile/file/database.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

inline constexpr uint32_t kApplicationId = 0x4d505246;  // "MPRF"
/// Any change of a table makes a new version; there is no reading of others.
inline constexpr uint32_t kSchemaVersion = 2;

/// Makes tables, views and version in an empty file. docs/profile.md describes them.
void create_schema(Database& database);

/// Whether there is nothing in it: its writer ended before anything was committed.
bool is_empty(Database& database);

/// Throws Error unless the file is a profile of this version with exactly our tables and views, so
/// that no statement of ours ever runs what a stranger put there.
void check_schema(Database& database);

/// Whether the file is a profile of any version; false for what cannot be read.
bool is_profile(const std::string& path);

/// Moments that `moments.kind` names.
const char* kind_name(heap::SnapshotPoint::What what);

/// Calls `visit(column, field)` for each column of `processes` that is a number or text, in their
/// order. Fields are uint64_t, uint32_t, int, bool or std::string.
template <typename ProcessOf, typename Visit>
void visit_columns(ProcessOf& p, Visit&& visit) {
  auto& i = p.identity;
  auto& h = p.heap;
  visit("trace_id", i.trace_id);
  visit("parent_trace_id", i.parent_id);
  visit("environ_parent_pid", i.env_parent_pid);
  visit("run_id", i.run_id);
  visit("pid", i.pid);
  visit("ppid", i.ppid);
  visit("start_unix_ns", i.start_unix_ns);
  visit("start_monotonic_ns", i.start.monotonic_ns);
  visit("exe", i.exe);
  visit("cwd", i.cwd);
  visit("arguments_cut", i.argv_cut);
  visit("malloc_from", i.malloc_from);
  visit("new_from", i.new_from);
  visit("skipped", p.skipped);
  visit("start_ns", h.start_ns);
  visit("end_ns", h.end_ns);
  visit("status_known", h.status_known);
  visit("status", h.status);
  auto& t = h.totals;
  visit("allocations", t.allocations);
  visit("frees", t.frees);
  visit("bytes_allocated", t.bytes_allocated);
  visit("peak_bytes", t.peak_bytes);
  visit("peak_blocks", t.peak_blocks);
  visit("peak_time_ns", t.peak_time_ns);
  visit("live_bytes", t.live_bytes);
  visit("live_blocks", t.live_blocks);
  visit("temporary", t.temporary);
  visit("foreign_frees", t.foreign_frees);
  visit("inherited_blocks", t.inherited_blocks);
  visit("inherited_bytes", t.inherited_bytes);
  visit("inherited_frees", t.inherited_frees);
  auto& r = h.rss;
  visit("rss_baseline_bytes", r.baseline_bytes);
  visit("rss_peak_bytes", r.peak_bytes);
  visit("rss_end_bytes", r.end_bytes);
  visit("rss_own_bytes", r.own_bytes);
  auto& q = h.health;
  visit("lost_events", q.lost_events);
  visit("cut_stacks", q.cut_stacks);
  visit("damaged_bytes", q.damaged_bytes);
  visit("reused_live", q.reused_live);
  visit("unmatched_phase_ends", q.unmatched_phase_ends);
  visit("truncated", q.truncated);
  visit("stop_reason", q.stop_reason);
  visit("lost_children", q.lost_children);
}

/// The same for the columns of `marks` and `phases` after their first two.
template <typename MarkOf, typename Visit>
void visit_mark_columns(MarkOf& mark, Visit&& visit) {
  visit("name", mark.name);
  visit("time_ns", mark.time_ns);
  visit("heap_bytes", mark.heap_bytes);
  visit("rss_bytes", mark.rss_bytes);
}

template <typename PhaseOf, typename Visit>
void visit_phase_columns(PhaseOf& phase, Visit&& visit) {
  visit("name", phase.name);
  visit("occurrence", phase.occurrence);
  visit("begin_ns", phase.begin_ns);
  visit("end_ns", phase.end_ns);
  visit("heap_begin_bytes", phase.heap_begin_bytes);
  visit("heap_end_bytes", phase.heap_end_bytes);
  visit("heap_peak_bytes", phase.heap_peak_bytes);
  visit("heap_peak_ns", phase.heap_peak_ns);
  visit("rss_begin_bytes", phase.rss_begin_bytes);
  visit("rss_end_bytes", phase.rss_end_bytes);
  visit("rss_peak_bytes", phase.rss_peak_bytes);
  visit("allocations", phase.allocations);
}

template <typename CountsOf, typename Visit>
void visit_site_columns(CountsOf& counts, Visit&& visit) {
  visit("allocations", counts.allocations);
  visit("frees", counts.frees);
  visit("bytes_allocated", counts.bytes_allocated);
  visit("peak_bytes", counts.peak_bytes);
  visit("peak_blocks", counts.peak_blocks);
  visit("live_bytes", counts.live_bytes);
  visit("live_blocks", counts.live_blocks);
  visit("temporary", counts.temporary);
}

template <typename ReachedOf, typename Visit>
void visit_reached_columns(ReachedOf& reached, Visit&& visit) {
  visit("lost_bytes", reached.lost.bytes);
  visit("lost_blocks", reached.lost.blocks);
  visit("reachable_bytes", reached.reachable.bytes);
  visit("reachable_blocks", reached.reachable.blocks);
  visit("unknown_bytes", reached.unknown.bytes);
  visit("unknown_blocks", reached.unknown.blocks);
}

/// "a, b, c" and "?, ?, ?" of what a visit_... function visits.
struct ColumnNames {
  std::string names;
  std::string marks;
  template <typename Field>
  void operator()(const char* name, Field&) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    marks += marks.empty() ? "?" : ", ?";
  }
};

/// Binds each field that is visited.
struct FieldBinder {
  Statement& statement;
  void operator()(const char*, const std::string& text) const { statement.bind(text); }
  template <typename Number>
  void operator()(const char*, const Number& number) const {
    statement.bind(static_cast<uint64_t>(number));
  }
};

/// Fills each field that is visited from the columns from `column` on.
struct FieldReader {
  const Statement& statement;
  int column;
  void operator()(const char*, std::string& text) { text = statement.text(column++); }
  template <typename Number>
  void operator()(const char*, Number& number) {
    number = static_cast<Number>(statement.number(column++));
  }
};

}  // namespace memprof::profile
