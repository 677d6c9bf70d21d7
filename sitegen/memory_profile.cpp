#include "sitegen/memory_profile.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "sitegen/base/error.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kFolder = "build";
constexpr const char* kProfile = "build/memory-profile.json";
constexpr const char* kTrace = "build/memory-profile.trace";
constexpr size_t kTopSites = 10;
constexpr const char* kReportedStacks = "200";

bool is_program(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

/// Beside this program first: the two are built and installed together.
std::optional<fs::path> find_memprof(const fs::path& self) {
  if (is_program(self.parent_path() / "memprof")) return self.parent_path() / "memprof";
  const char* path = std::getenv("PATH");
  for (std::string_view rest = path == nullptr ? "" : path; !rest.empty();) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const fs::path candidate = fs::path(rest.substr(0, end)) / "memprof";
    if (candidate.is_absolute() && is_program(candidate)) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

/// Its exit status; 128 and the number of the signal that ended it.
int run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (error != 0) throw Error(command[0] + ": cannot run: " + std::strerror(error));
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw Error(command[0] + ": cannot wait for it: " + std::strerror(errno));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string size_text(int64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; std::abs(size) >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string change_text(int64_t bytes) {
  return (bytes < 0 ? "" : "+") + size_text(bytes);
}

/// `memprof::Site::add(int)` is `memprof::Site::add` to who looks for it.
std::string short_name(std::string name) {
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (size_t at = name.find(kAnonymous); at != name.npos; at = name.find(kAnonymous)) {
    name.erase(at, kAnonymous.size());
  }
  return name.substr(0, name.find_first_of("([", 1));
}

/// The innermost frame that is no library's, with its place.
std::string site_text(const Json& site) {
  const Json* chosen = nullptr;
  for (const Json& frame : site.at("stack")) {
    if (chosen == nullptr) chosen = &frame;
    if (!frame.at("file").is_string()) continue;
    if (frame.at("file").get_ref<const std::string&>().starts_with("/usr/")) continue;
    chosen = &frame;
    break;
  }
  if (chosen == nullptr) return "(no stack)";
  const auto text = [chosen](const char* key) {
    return chosen->at(key).is_string() ? chosen->at(key).get<std::string>() : std::string("?");
  };
  const std::string name = short_name(text("function"));
  if (!chosen->at("file").is_string()) return fmt::format("{}  {}", name, text("module"));
  return fmt::format("{}  {}:{}", name, text("file"), chosen->at("line").dump());
}

std::string summary(const Json& report) {
  const Json& process = report.at("processes").at(0);
  std::string text;
  for (const Json& phase : process.at("phases")) {
    text += fmt::format("{:<12} heap Δ {:>11} (peak {:>10}) | RSS Δ {:>11}\n",
                        phase.at("name").get<std::string>(),
                        change_text(phase.at("heap_delta_bytes").get<int64_t>()),
                        size_text(phase.at("heap_peak_bytes").get<int64_t>()),
                        change_text(phase.at("rss_delta_bytes").get<int64_t>()));
  }
  text += "\ntop allocators at the peak:\n";
  std::map<std::string, int64_t> bytes_by_site;  // One line is in many stacks.
  for (const Json& site : process.at("sites")) {
    bytes_by_site[site_text(site)] += site.at("peak_bytes").get<int64_t>();
  }
  std::vector<std::pair<int64_t, std::string>> sites;
  for (const auto& [site, bytes] : bytes_by_site) sites.emplace_back(-bytes, site);
  std::sort(sites.begin(), sites.end());
  for (size_t i = 0; i < std::min(sites.size(), kTopSites); ++i) {
    text += fmt::format("{:>2}. {:>10}  {}\n", i + 1, size_text(-sites[i].first), sites[i].second);
  }
  return text + fmt::format("\nprofile -> {}\n", kProfile);
}

/// The raw trace is of no use once there is a report.
class TraceFolder {
 public:
  TraceFolder() { remove(); }
  ~TraceFolder() { remove(); }
  TraceFolder(const TraceFolder&) = delete;
  TraceFolder& operator=(const TraceFolder&) = delete;

 private:
  static void remove() {
    std::error_code ignored;
    fs::remove_all(kTrace, ignored);
  }
};

}  // namespace

std::string profile_memory(const std::vector<std::string>& arguments) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) throw Error("/proc/self/exe: cannot read: " + error.message());
  const std::optional<fs::path> memprof = find_memprof(self);
  if (!memprof) {
    throw Error("memprof: not installed: --profile-memory needs it beside sitegen or on the PATH");
  }
  fs::create_directories(kFolder, error);
  if (error) throw Error(std::string(kFolder) + ": cannot create the folder: " + error.message());
  const TraceFolder trace;
  std::vector<std::string> record = {memprof->native(), "run", "-q", "-o", kTrace, "--",
                                     self.native()};
  record.insert(record.end(), arguments.begin(), arguments.end());
  if (run(record) != 0) throw Error("the build under memprof failed");
  if (run({memprof->native(), "report", kTrace, "--format", "json", "--top", kReportedStacks, "-o",
           kProfile}) != 0) {
    throw Error(std::string(kProfile) + ": memprof could not report");
  }
  std::ifstream file(kProfile);
  try {
    return summary(Json::parse(file));
  } catch (const Json::exception& problem) {
    throw Error(std::string(kProfile) + ": not as expected: " + printable(problem.what()));
  }
}

}  // namespace memprof::sitegen
