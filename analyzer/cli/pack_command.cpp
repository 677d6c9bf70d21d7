#include "analyzer/cli/pack_command.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "analyzer/base/error.h"
#include "analyzer/cli/trace_directory.h"
#include "analyzer/profile/file/profile_reader.h"
#include "analyzer/profile/file/trace_packer.h"
#include "analyzer/profile/rss_samples.h"
#include "analyzer/report/text_escape.h"

namespace memprof::cli {
namespace {

namespace fs = std::filesystem;

profile::PackJob job_of(const PackArguments& arguments, const std::string& file) {
  profile::PackJob job;
  job.directory = arguments.directory;
  job.file = file;
  job.fold_percent = arguments.fold_percent;
  // What still runs is taken as it is now.
  job.policy.has_ended = [](const std::string&) { return true; };
  return job;
}

/// Removes a file that did not become whole, also when a signal ends us. One at a time.
class PartialFile {
 public:
  explicit PartialFile(std::string path) : path_(std::move(path)), journal_(path_ + "-journal") {
    current_ = this;
    struct sigaction action {};
    action.sa_handler = end;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int number : kEnding) {
      struct sigaction before {};
      // What is ignored stays so: nohup.
      if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_DFL)
        ::sigaction(number, &action, nullptr);
    }
  }
  ~PartialFile() {
    current_ = nullptr;
    if (!renamed_) remove();
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  void rename(const std::string& to) {
    if (::rename(path_.c_str(), to.c_str()) != 0)
      throw Error("cannot write profile: " + to + ": " + std::strerror(errno));
    renamed_ = true;
    current_ = nullptr;
  }

 private:
  static constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP};

  void remove() const {
    ::unlink(path_.c_str());
    ::unlink(journal_.c_str());
  }
  static void end(int number) {
    if (const PartialFile* file = current_) file->remove();
    ::raise(number);
  }

  static inline std::atomic<PartialFile*> current_{nullptr};
  std::string path_;
  std::string journal_;
  bool renamed_ = false;
};

}  // namespace

void pack_command(const PackArguments& arguments) {
  std::error_code error;
  if (!fs::is_directory(arguments.directory, error))
    throw Error("cannot read trace directory: " + arguments.directory + ": no such directory");
  const auto names = frames_for(arguments.symbols);
  if (fs::exists(fs::symlink_status(arguments.output, error))) {
    if (!profile::is_database(arguments.output)) {
      throw Error("cannot write profile: " + arguments.output + ": exists and is no profile",
                  Error::Exit::kUsage);
    }
    if (!profile::is_finished_profile(arguments.output)) {
      profile::pack_traces(job_of(arguments, arguments.output), *names);
      return print_remarks(*names, arguments.symbols);
    }
  }
  const std::string partial = arguments.output + "." + std::to_string(::getpid()) + ".part";
  PartialFile file(partial);
  profile::pack_traces(job_of(arguments, partial), *names);
  file.rename(arguments.output);
  print_remarks(*names, arguments.symbols);
}

void require_no_file(const std::string& path) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(path, error)))
    throw Error("cannot record into: " + path + ": the file exists", Error::Exit::kUsage);
}

bool pack_rest(const std::string& directory, const std::string& profile, bool keep_trace) {
  profile::PackJob job;
  job.directory = directory;
  job.file = profile;
  job.policy.has_ended = trace_has_ended;
  job.policy.remove = !keep_trace;
  try {
    const auto names = frames_for({});
    const size_t left = profile::pack_traces(job, *names);
    if (left != 0) {
      spdlog::warn("{} processes still run; once they have ended: memprof pack {} -o {}", left,
                   report::printable(directory), report::printable(profile));
      return true;
    }
  } catch (const std::exception& error) {
    spdlog::warn("the traces stay in {}: {}", report::printable(directory),
                 report::printable(error.what()));
    return false;
  }
  if (!keep_trace) {
    ::unlink((directory + "/" + profile::kRssFileName).c_str());
    drop_left_drained(directory);
    drop_empty_directory(directory);
  }
  return true;
}

}  // namespace memprof::cli
