#include "analyzer/cli/symbol_arguments.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>

#include "analyzer/report/text_escape.h"

namespace memprof::cli {
namespace {

/// "" when the environment names no folder of the user's. A relative path is none: the XDG rules
/// have it ignored.
std::string cache_folder() {
  const auto folder = [](const char* variable, const char* below) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value == '/' ? std::string(value) + below : std::string();
  };
  const std::string own = folder("XDG_CACHE_HOME", "/memprof");
  return own.empty() ? folder("HOME", "/.cache/memprof") : own;
}

}  // namespace

std::unique_ptr<profile::FrameSource> frames_for(const SymbolArguments& arguments) {
  symbols::SymbolOptions options;
  options.debuginfod = arguments.debuginfod;
  options.cache_folder = cache_folder();
  return profile::frames_from_files(options);
}

void print_remarks(const profile::FrameSource& source, const SymbolArguments& arguments) {
  if (!arguments.verbose) return;
  for (const std::string& remark : source.remarks()) spdlog::info("{}", report::printable(remark));
}

}  // namespace memprof::cli
