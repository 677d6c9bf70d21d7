#include "analyzer/report/html_report.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/report/gzip_writer.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/page/base64.h"
#include "analyzer/report/page/diff_page.h"
#include "analyzer/report/page/page_budget.h"
#include "analyzer/report/page/page_template.h"
#include "analyzer/report/page/run_page.h"
#include "analyzer/report/stack_export.h"

namespace memprof::report {
namespace {

std::string packed(const Json& data) {
  std::ostringstream compressed;
  GzipWriter gzip(compressed);
  gzip.write(dump(data));
  gzip.finish();
  return base64(compressed.view());
}

/// Writes the page with as much of the data as fits. `data_within` makes it by a budget.
template <typename DataWithin>
void write_page(std::ostream& out, const DataWithin& data_within) {
  check_page();
  const size_t left = kPageBytesMax - kPageBegin.size() - kPageEnd.size();
  PageBudget budget;
  std::string data = packed(data_within(budget));
  while (data.size() > left && budget.shrink()) data = packed(data_within(budget));
  if (data.size() > left) throw Error("cannot write the page: it would be larger than 4 MiB");
  out << kPageBegin << data << kPageEnd;
}

}  // namespace

void check_page() {
  if (kPageBegin.empty()) {
    throw Error(
        "this memprof was built without the page: install nodejs and npm, then configure with "
        "-DMEMPROF_WEBUI=AUTO where npm reaches its registry, and build again",
        Error::Exit::kUsage);
  }
}

void write_html_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options, const PageExtras& extras) {
  StackExport stacks(run, source, options);
  const PageStacks tree =
      run_stacks(run, stacks,
                 compare::find_leaks(run, stacks.names(), stacks.processes(), extras.suppressions));
  std::optional<PageCheck> check;
  if (extras.budget) check = check_run(run, stacks.names(), *extras.budget, extras.baseline);
  write_page(out, [&](const PageBudget& budget) {
    return run_page(run, stacks, tree, check ? &*check : nullptr, budget);
  });
}

void write_html_diff(std::ostream& out, const DiffInput& input, const Options& /*options*/) {
  const compare::Diff diff = compare::compare(input.before, input.after);
  const PageStacks stacks = diff_stacks(diff);
  write_page(out, [&](const PageBudget& budget) { return diff_page(input, diff, stacks, budget); });
}

}  // namespace memprof::report
