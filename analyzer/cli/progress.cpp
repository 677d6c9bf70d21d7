#include "analyzer/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

#include "analyzer/cli/terminal.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::cli {
namespace {

constexpr size_t kManySteps = 100;
constexpr auto kLong = std::chrono::milliseconds(300);
constexpr auto kBetween = std::chrono::milliseconds(100);
constexpr char kEraseLine[] = "\r\x1b[K";

bool can_show() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

class SourceWithProgress : public profile::FrameSource {
 public:
  SourceWithProgress(profile::FrameSource& source, Progress& progress)
      : source_(source), progress_(progress) {}

  void resolve(std::vector<symbols::Lookup>& lookups) override {
    size_t addresses = 0;
    for (const symbols::Lookup& lookup : lookups) addresses += lookup.offsets.size();
    progress_.show("looking up names", 0, addresses, "addresses");
    source_.resolve(lookups);
    progress_.clear();
  }
  std::string problem(const symbols::ModuleKey& module) const override {
    return source_.problem(module);
  }
  std::vector<std::string> remarks() const override { return source_.remarks(); }

 private:
  profile::FrameSource& source_;
  Progress& progress_;
};

}  // namespace

Progress::Progress() : on_(can_show()) {}

void Progress::show(const std::string& doing, size_t done, size_t all, const std::string& things) {
  if (!on_) return;
  const std::scoped_lock lock(mutex_);
  const auto now = Clock::now();
  if (all < kManySteps && now - begin_ < kLong) return;
  if (shown_ && now - shown_at_ < kBetween) return;
  const std::string count = done == 0 ? report::count_text(all)
                                      : report::count_text(done) + " of " + report::count_text(all);
  const std::string line = fmt::format("{} ({} {})", doing, count, things);
  std::cerr << kEraseLine << report::ellipsize(line, terminal_columns(STDERR_FILENO) - 1)
            << std::flush;
  shown_ = true;
  shown_at_ = now;
}

void Progress::clear() {
  const std::scoped_lock lock(mutex_);
  if (shown_) std::cerr << kEraseLine << std::flush;
  shown_ = false;
}

profile::Run open_with_progress(const std::string& path, profile::RunRequest request,
                                Progress& progress) {
  request.progress = [&progress](size_t done, size_t all) {
    progress.show("reading", done, all, "processes");
  };
  profile::Run run = profile::open_run(path, request);
  progress.clear();
  return run;
}

std::unique_ptr<profile::FrameSource> with_progress(profile::FrameSource& source,
                                                    Progress& progress) {
  return std::make_unique<SourceWithProgress>(source, progress);
}

}  // namespace memprof::cli
