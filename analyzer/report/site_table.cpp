#include "analyzer/report/site_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/report/cxx_name.h"
#include "analyzer/report/details_text.h"
#include "analyzer/report/groups.h"
#include "analyzer/report/ordered_stacks.h"
#include "analyzer/report/place_text.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

/// Callers shown below a row.
constexpr size_t kCallers = 3;

/// Columns that stand before what a row names, and how many of them are the cumulative column's. It
/// is left out where names need the room more.
constexpr size_t kNameColumn = 47;
constexpr size_t kCumulativeColumns = 11;
constexpr uint64_t kCumulativeWidth = 100;

constexpr size_t kCallerIndent = 7;

bool counts_bytes(Metric metric) {
  return metric != Metric::kAllocations && metric != Metric::kTemporary;
}

std::string second_heading(Metric metric) {
  switch (metric) {
    case Metric::kAllocated:
    case Metric::kTemporary:
      return "allocations";
    case Metric::kAllocations:
      return "bytes";
    case Metric::kMoment:
    case Metric::kPeak:
    case Metric::kLive:
      break;
  }
  return "blocks";
}

class Writer {
 public:
  Writer(const TextContext& context, const SiteTable& table) : context_(context), table_(table) {}

  void write() {
    std::vector<profile::StackRow> stacks =
        table_.stacks != nullptr
            ? *table_.stacks
            : profile::stack_rows(context_.run, context_.names.addresses(), table_.processes,
                                  table_.held, counts_in(table_.metric));
    if (context_.options.group == Group::kStack) {
      write_stacks(std::move(stacks));
    } else {
      write_groups(stacks);
    }
  }

 private:
  uint64_t row_limit() const { return std::min(context_.options.row_limit(), table_.rows_max); }

  std::string first(uint64_t value) const {
    return counts_bytes(table_.metric) ? context_.size(value) : count_text(value);
  }
  std::string second(uint64_t value) const {
    return table_.metric == Metric::kAllocations ? context_.size(value) : count_text(value);
  }

  void write_title(const std::string& cumulative) const {
    context_.out << "\n" << context_.bold(table_.title) << "\n";
    context_.out << context_.faint(
                        columns("", "flat", "flat %", cumulative, second_heading(table_.metric)) +
                        "where")
                 << "\n";
  }

  bool shows_cumulative() const {
    return context_.options.width == 0 || context_.options.width >= kCumulativeWidth;
  }

  std::string columns(const std::string& rank, const std::string& flat, const std::string& share,
                      const std::string& cumulative, const std::string& second_number) const {
    std::string line = fmt::format("{:>4} {:>9} {:>7}", rank, flat, share);
    if (shows_cumulative()) line += fmt::format(" {:>10}", cumulative);
    return line + fmt::format(" {:>11}  ", second_number);
  }

  size_t name_columns() const {
    return context_.columns_after(kNameColumn - (shows_cumulative() ? 0 : kCumulativeColumns));
  }

  void write_row(const std::string& rank, const Amounts& amounts, const std::string& cumulative,
                 const std::string& name) const {
    context_.out << columns(rank, first(amounts.first), share_text(amounts.first, total_.first),
                            cumulative, second(amounts.second))
                 << name << "\n";
  }

  /// `rest`: all that is in no row so far, the folded part of it included.
  void write_rest(Amounts rest, const Amounts& folded, uint64_t rows) const {
    rest -= folded;
    if (!folded.zero()) write_row("", folded, "", "[small stacks, folded in the profile]");
    if (rows > 0) write_row("", rest, "", counted(rows, "other row", "other rows"));
    write_row("", total_, "", "total");
  }

  std::string frame_text(FrameRef ref, size_t width) const {
    const profile::Addresses& addresses = context_.names.addresses();
    const symbols::Frame& frame = context_.names.frames(ref.address)[ref.frame];
    GroupKey key{
        function_label(frame, addresses.module(ref.address), addresses.offset(ref.address)),
        frame.file, frame.line, ""};
    if (key.file.empty() && !frame.function.empty())
      key.module = addresses.module(ref.address).path;
    return key_text(key, width);
  }

  /// "render.cpp:130  render_page", or as much of it as is known and fits.
  std::string key_text(const GroupKey& key, size_t width) const {
    if (key.file.empty() && key.function.empty()) {
      return ellipsize(key.module.empty() ? "[no module]" : printable(key.module), width);
    }
    std::string function = key.function.empty() ? "" : printable(short_name(key.function));
    // A function without a line says at least where it was loaded from, unless its name does.
    std::string module = printable(key.module.substr(key.module.rfind('/') + 1));
    const bool said = module.empty() || function.starts_with(module + "+");
    module = said ? "" : "  [" + module + "]";
    const size_t left = width > columns_of(module) ? width - columns_of(module) : 0;
    return place_text(context_.path(key.file, table_.cwd), key.line, function, left) + module;
  }

  bool is_main(FrameRef ref) const {
    return qualified_name(context_.names.frames(ref.address)[ref.frame].function) == "main";
  }

  void write_callers(const profile::StackRow& row, size_t count) const {
    const std::vector<FrameRef> frames = visible_frames(
        context_.names, profile::addresses_of(context_.run, context_.names.addresses(), row));
    const size_t depth = static_cast<size_t>(context_.options.depth);
    for (size_t i = 1; i < frames.size() && i <= count; ++i) {
      if (frames.size() > depth && i == (depth + 1) / 2) {
        const size_t left_out = frames.size() - depth;
        context_.out << context_.faint("       [" + counted(left_out, "frame", "frames") + "]")
                     << "\n";
        i += left_out;
      }
      const std::string text = frame_text(frames[i], context_.columns_after(kCallerIndent));
      context_.out << context_.faint(std::string(kCallerIndent, ' ') + text) << "\n";
      // What calls main is the same everywhere.
      if (count == kCallers && is_main(frames[i])) return;
    }
  }

  void write_details(const heap::SiteDetails* details) const {
    if (details == nullptr || !table_.details) return;
    for (const std::string& line : details_lines(*details, context_.options.plain_bytes)) {
      context_.out << std::string(kCallerIndent, ' ')
                   << ellipsize(line, context_.columns_after(kCallerIndent)) << "\n";
    }
  }

  void write_groups(const std::vector<profile::StackRow>& stacks) {
    const Group group = context_.options.group;
    const auto limit = static_cast<size_t>(row_limit());
    const Groups groups = group_stacks(context_.run, context_.names, stacks, table_.metric, group,
                                       table_.details ? limit : 0);
    total_ = groups.total;
    write_title(table_.details ? "cumulative" : "");
    Amounts rest = groups.total;
    const size_t shown = std::min(limit, groups.rows.size());
    for (size_t i = 0; i < shown; ++i) {
      const GroupRow& row = groups.rows[i];
      rest -= row.flat;
      const bool differs = table_.details && row.cumulative != row.flat.first;
      write_row(fmt::format("{}", i + 1), row.flat, differs ? first(row.cumulative) : "",
                key_text(row.key, name_columns()));
      write_details(row.details.get());
      if (table_.details && group == Group::kLine) write_callers(row.heaviest, kCallers);
    }
    write_rest(rest, groups.folded, groups.rows.size() - shown);
  }

  void write_stacks(std::vector<profile::StackRow> stacks) {
    const OrderedStacks ordered = order_stacks(context_.run, context_.names.addresses(),
                                               std::move(stacks), table_.metric, row_limit());
    total_ = amounts_of(ordered.other, table_.metric);
    for (const profile::StackRow& row : ordered.rows)
      total_ += amounts_of(row.counts, table_.metric);
    write_title("");
    size_t rank = 0;
    for (const profile::StackRow& row : ordered.rows) {
      const std::vector<FrameRef> frames = visible_frames(
          context_.names, profile::addresses_of(context_.run, context_.names.addresses(), row));
      const std::string name =
          frames.empty() ? "[no stack]" : frame_text(frames.front(), name_columns());
      write_row(fmt::format("{}", ++rank), amounts_of(row.counts, table_.metric), "", name);
      write_details(row.details.get());
      write_callers(row, frames.size());
    }
    write_rest(amounts_of(ordered.other, table_.metric), amounts_of(ordered.folded, table_.metric),
               ordered.other_rows);
  }

  const TextContext& context_;
  const SiteTable& table_;
  Amounts total_;
};

}  // namespace

void write_site_table(const TextContext& context, const SiteTable& table) {
  Writer(context, table).write();
}

}  // namespace memprof::report
