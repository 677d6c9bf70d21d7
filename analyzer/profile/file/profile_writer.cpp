#include "analyzer/profile/file/profile_writer.h"

#include <filesystem>
#include <unordered_set>
#include <utility>

#include "analyzer/base/error.h"
#include "analyzer/profile/coverage.h"
#include "analyzer/profile/file/database.h"
#include "analyzer/profile/file/kept_rows.h"
#include "analyzer/profile/file/packed.h"
#include "analyzer/profile/file/profile_processes.h"
#include "analyzer/profile/file/schema.h"
#include "analyzer/profile/file/stored_stacks.h"

namespace memprof::profile {
namespace {

std::string insert_process() {
  Process process;
  ColumnNames columns;
  visit_columns(process, columns);
  return "INSERT INTO processes(" + columns.names +
         ", parent_link, \"end\", signal, arguments, steps, rss_samples, launches, held) VALUES(" +
         columns.marks + ", ?, ?, ?, ?, ?, ?, ?, ?)";
}

template <typename Item, typename VisitColumns>
std::string insert_of(const char* table, Item item, VisitColumns visit, const char* first,
                      const char* first_marks) {
  ColumnNames columns;
  visit(item, columns);
  return std::string("INSERT INTO ") + table + "(" + first + ", " + columns.names + ") VALUES(" +
         first_marks + ", " + columns.marks + ")";
}

const auto kVisitSite = [](auto& item, auto& visit) { visit_site_columns(item, visit); };
const auto kVisitReached = [](auto& item, auto& visit) { visit_reached_columns(item, visit); };
const auto kVisitMark = [](auto& item, auto& visit) { visit_mark_columns(item, visit); };
const auto kVisitPhase = [](auto& item, auto& visit) { visit_phase_columns(item, visit); };

}  // namespace

struct ProfileWriter::Impl {
  /// With its tables: statements are prepared.
  explicit Impl(std::unique_ptr<Database> opened)
      : file(std::move(opened)), database(*file), stacks(database) {}

  void write_rows(uint64_t id, const Process& process, const KeptRows& kept,
                  const std::vector<uint64_t>& ids) {
    Statement insert(database, insert_of("sites", heap::Counts{}, kVisitSite,
                                         "process_id, number, stack_id", "?, ?, ?"));
    for (size_t i = 0; i < kept.rows.size(); ++i) {
      insert.bind(id).bind(uint64_t{i});
      if (kept.last_is_folded && i + 1 == kept.rows.size()) {
        insert.bind_null();
      } else {
        insert.bind(ids[i]);
      }
      visit_site_columns(kept.rows[i].counts, FieldBinder{insert});
      insert.execute();
    }
    if (process.reached) write_reached(id, kept);
    Statement mark(database,
                   insert_of("marks", heap::Mark{}, kVisitMark, "process_id, number", "?, ?"));
    uint64_t number = 0;
    for (const heap::Mark& one : process.heap.marks) {
      mark.bind(id).bind(number++);
      visit_mark_columns(one, FieldBinder{mark});
      mark.execute();
    }
    Statement phase(database,
                    insert_of("phases", heap::Phase{}, kVisitPhase, "process_id, number", "?, ?"));
    number = 0;
    for (const heap::Phase& one : process.heap.phases) {
      phase.bind(id).bind(number++);
      visit_phase_columns(one, FieldBinder{phase});
      phase.execute();
    }
    Statement partly(database, "INSERT INTO partly_covered VALUES(?, ?)");
    for (const Uncovered& uncovered : partly_covered({&process, 1}))
      partly.bind(id).bind(uncovered.reason).execute();
  }

  void write_reached(uint64_t id, const KeptRows& kept) {
    Statement insert(database,
                     insert_of("reached", Reached{}, kVisitReached, "process_id, number", "?, ?"));
    for (size_t i = 0; i < kept.rows.size(); ++i) {
      if (kept.rows[i].reached == Reached{}) continue;
      insert.bind(id).bind(uint64_t{i});
      visit_reached_columns(kept.rows[i].reached, FieldBinder{insert});
      insert.execute();
    }
  }

  void write_moments(uint64_t id, const std::vector<KeptMoment>& moments,
                     const std::vector<std::vector<heap::Held>>& held) {
    Statement insert(database, "INSERT INTO moments VALUES(?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < moments.size(); ++i) {
      heap::Held sum;
      for (const heap::Held& site : held[i]) {
        sum.bytes += site.bytes;
        sum.blocks += site.blocks;
      }
      insert.bind(id)
          .bind(uint64_t{i})
          .bind(std::string_view(kind_name(moments[i].point.what)))
          .bind(moments[i].point.value)
          .bind(moments[i].time_ns)
          .bind(sum.bytes)
          .bind(sum.blocks)
          .execute();
    }
  }

  uint64_t write_process(const Process& process, const std::vector<std::vector<heap::Held>>& held) {
    Statement insert(database, insert_process());
    visit_columns(process, FieldBinder{insert});
    insert.bind(static_cast<uint64_t>(process.identity.parent_link))
        .bind(std::string_view(end_name(process.heap.end)));
    if (process.signal) {
      insert.bind(static_cast<uint64_t>(*process.signal));
    } else {
      insert.bind_null();
    }
    insert.bind(join_arguments(process.identity.argv))
        .bind_blob(pack_steps(process.heap.steps))
        .bind_blob(pack_samples(process.heap.rss.samples))
        .bind_blob(pack_launches(process.heap.launches))
        .bind_blob(pack_held(held))
        .execute();
    return static_cast<uint64_t>(database.last_row_id());
  }

  std::unique_ptr<Database> file;
  Database& database;
  StoredStacks stacks;
  uint64_t run_start_ns = 0;
  double fold_percent = 0;
  std::unordered_set<uint64_t> trace_ids;
};

ProfileWriter::ProfileWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ProfileWriter::ProfileWriter(ProfileWriter&&) noexcept = default;
ProfileWriter& ProfileWriter::operator=(ProfileWriter&&) noexcept = default;
ProfileWriter::~ProfileWriter() = default;

ProfileWriter ProfileWriter::create(const std::string& path, uint64_t run_start_ns,
                                    double fold_percent) {
  std::error_code error;
  const bool is_there = std::filesystem::exists(path, error);
  auto file =
      std::make_unique<Database>(path, is_there ? Database::Mode::kWrite : Database::Mode::kCreate);
  if (!is_empty(*file)) throw Error("cannot write profile: " + path + ": the file exists");
  {
    Transaction change(*file);
    create_schema(*file);
    Statement insert(*file, "INSERT INTO run VALUES(1, ?, CAST(? AS REAL), 0)");
    insert.bind(run_start_ns).bind(std::string_view(std::to_string(fold_percent))).execute();
    change.commit();
  }
  auto impl = std::make_unique<Impl>(std::move(file));
  impl->run_start_ns = run_start_ns;
  impl->fold_percent = fold_percent;
  return ProfileWriter(std::move(impl));
}

std::optional<ProfileWriter> ProfileWriter::resume(const std::string& path) {
  auto file = std::make_unique<Database>(path, Database::Mode::kWrite);
  if (is_empty(*file)) return std::nullopt;
  check_schema(*file);
  auto impl = std::make_unique<Impl>(std::move(file));
  const StoredRun stored = read_stored_run(impl->database);
  if (stored.finished) throw Error("cannot write profile: " + path + ": it is finished");
  impl->run_start_ns = stored.run_start_ns;
  impl->fold_percent = stored.fold_percent;
  Statement all(impl->database, "SELECT trace_id FROM processes");
  while (all.step()) impl->trace_ids.insert(all.number(0));
  return ProfileWriter(std::move(impl));
}

uint64_t ProfileWriter::run_start_ns() const {
  return impl_->run_start_ns;
}
double ProfileWriter::fold_percent() const {
  return impl_->fold_percent;
}
bool ProfileWriter::has(uint64_t trace_id) const {
  return impl_->trace_ids.contains(trace_id);
}

void ProfileWriter::sync_at_end() {
  impl_->database.run("PRAGMA synchronous = OFF");
}

StoredProcesses ProfileWriter::processes() {
  return read_processes(impl_->database);
}

void ProfileWriter::add(const Process& process, const std::vector<KeptMoment>& moments,
                        FrameSource& names) {
  StoredStacks& stacks = impl_->stacks;
  Transaction change(impl_->database);
  stacks.enter(process.heap);
  const std::vector<uint64_t> numbers = stacks.site_numbers();
  const KeptRows kept = fold_rows(process, numbers, impl_->fold_percent);
  std::unordered_map<uint64_t, heap::ContextId> context_of;
  for (size_t i = 0; i < numbers.size(); ++i)
    context_of.emplace(numbers[i], process.heap.sites[i].context);
  const size_t stored = kept.rows.size() - (kept.last_is_folded ? 1 : 0);
  std::vector<uint64_t> ids;
  for (size_t i = 0; i < stored; ++i)
    ids.push_back(stacks.stack_id(context_of.at(kept.rows[i].stack)));
  std::vector<std::vector<heap::Held>> held(moments.size());
  for (size_t moment = 0; moment < moments.size(); ++moment) {
    for (const KeptRows::Row& row : kept.rows) held[moment].push_back(row.held[moment]);
  }
  stacks.resolve_new(names);
  const uint64_t id = impl_->write_process(process, held);
  impl_->write_rows(id, process, kept, ids);
  impl_->write_moments(id, moments, held);
  change.commit();
  impl_->trace_ids.insert(process.identity.trace_id);
}

void ProfileWriter::finish(const std::vector<OutsideSample>& samples,
                           const std::vector<UnreadableFile>& unreadable) {
  Database& database = impl_->database;
  database.run("PRAGMA synchronous = FULL");
  Transaction change(database);
  StoredProcesses stored = read_processes(database);
  add_samples(samples, impl_->run_start_ns, stored.run);
  Statement update(database,
                   "UPDATE processes SET rss_samples = ?, rss_peak_bytes = ?, signal = ?, "
                   "status_known = ?, status = ? WHERE id = ?");
  for (size_t i = 0; i < stored.rows.size(); ++i) {
    const Process& process = stored.run.processes[i];
    update.bind_blob(pack_samples(process.heap.rss.samples)).bind(process.heap.rss.peak_bytes);
    if (process.signal) {
      update.bind(static_cast<uint64_t>(*process.signal));
    } else {
      update.bind_null();
    }
    update.bind(uint64_t{process.heap.status_known})
        .bind(static_cast<uint64_t>(process.heap.status))
        .bind(stored.rows[i])
        .execute();
  }
  Statement uncovered(database, "INSERT INTO not_covered VALUES(?, ?, ?)");
  for (const Uncovered& one : not_covered(stored.run.processes))
    uncovered.bind(one.exe).bind(one.reason).bind(one.processes).execute();
  Statement file(database, "INSERT INTO unreadable VALUES(?, ?)");
  for (const UnreadableFile& one : unreadable) file.bind(one.path).bind(one.reason).execute();
  database.run("UPDATE run SET finished = 1");
  change.commit();
}

}  // namespace memprof::profile
