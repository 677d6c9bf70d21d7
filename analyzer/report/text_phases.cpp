#include "analyzer/report/text_phases.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/profile/stack_rows.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/site_table.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

/// Rows shown of each phase's own peak.
constexpr uint64_t kPeakRows = 3;

/// Columns of a line before its name.
constexpr size_t kNameColumn = 71;

std::string columns(const std::string& heap, const std::string& heap_peak, const std::string& rss,
                    const std::string& rss_peak, const std::string& time,
                    const std::string& allocations) {
  return fmt::format("  {:>10} {:>10} {:>10} {:>10} {:>10} {:>12}", heap, heap_peak, rss, rss_peak,
                     time, allocations);
}

std::string name_of(const heap::Phase& phase) {
  std::string name = printable(phase.name);
  if (phase.occurrence > 1) name += fmt::format(" #{}", phase.occurrence);
  return name;
}

bool is_shown(const TextContext& context, const heap::Phase& phase) {
  return context.options.phase.empty() || context.options.phase == phase.name;
}

void write_phase(const TextContext& context, const heap::Phase& phase) {
  const bool plain = context.options.plain_bytes;
  context.out << columns(size_change_text(phase.heap_begin_bytes, phase.heap_end_bytes, plain),
                         context.size(phase.heap_peak_bytes),
                         size_change_text(phase.rss_begin_bytes, phase.rss_end_bytes, plain),
                         context.size(phase.rss_peak_bytes),
                         duration_text(phase.end_ns - std::min(phase.begin_ns, phase.end_ns)),
                         count_text(phase.allocations))
              << "  " << context.fit(name_of(phase), kNameColumn) << "\n";
}

void write_marks(const TextContext& context, const std::vector<heap::Mark>& marks) {
  if (marks.empty()) return;
  context.out << "\n" << context.bold("marks") << "\n";
  context.out << context.faint(columns("heap", "", "RSS", "", "after", "")) << "\n";
  for (const heap::Mark& mark : marks) {
    context.out << columns(context.size(mark.heap_bytes), "", context.size(mark.rss_bytes), "",
                           duration_text(mark.time_ns), "")
                << "  " << context.fit(printable(mark.name), kNameColumn) << "\n";
  }
}

/// A phase that held nothing at its highest moment has no rows to show, and the process's own peak
/// has its table already.
void write_peak(const TextContext& context, const profile::PhasePeak& peak) {
  const profile::Process& process = context.run.processes[peak.process];
  const heap::Phase& phase = process.heap.phases[peak.phase];
  if (phase.heap_peak_bytes == 0) return;
  const heap::Totals& totals = process.heap.totals;
  const bool same =
      phase.heap_peak_bytes == totals.peak_bytes && phase.heap_peak_ns == totals.peak_time_ns;
  if (same && context.run.moments.empty() && context.options.by == By::kPeak) return;
  SiteTable table;
  table.processes = {peak.process};
  table.metric = Metric::kMoment;
  table.held = [&peak](size_t) { return &peak.held; };
  table.title = "top allocators at the peak of phase " + name_of(phase);
  table.cwd = process.identity.cwd;
  table.details = false;
  table.rows_max = kPeakRows;
  write_site_table(context, table);
}

}  // namespace

void write_phases(const TextContext& context, size_t index) {
  const heap::ProcessHeap& heap = context.run.processes[index].heap;
  const bool any = std::any_of(heap.phases.begin(), heap.phases.end(),
                               [&](const heap::Phase& phase) { return is_shown(context, phase); });
  if (any) {
    context.out << "\n" << context.bold("phases") << "\n";
    context.out << context.faint(
                       columns("heap Δ", "heap peak", "RSS Δ", "RSS peak", "time", "allocations"))
                << "\n";
  }
  for (const heap::Phase& phase : heap.phases) {
    if (is_shown(context, phase)) write_phase(context, phase);
  }
  write_marks(context, heap.marks);
  // The one phase that was asked for has its table already.
  if (!context.options.phase.empty()) return;
  for (const profile::PhasePeak& peak : context.run.phase_peaks) {
    if (peak.process == index) write_peak(context, peak);
  }
}

}  // namespace memprof::report
