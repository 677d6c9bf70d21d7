#include "analyzer/symbols/module_files.h"

#include <string_view>

namespace memprof::symbols {
namespace {

constexpr std::string_view kDeletedSuffix = " (deleted)";

/// Opens `path` if it is the file that was recorded.
std::unique_ptr<ElfFile> open_recorded(const std::string& path, const std::string& build_id,
                                       std::string& problem) {
  std::unique_ptr<ElfFile> file = ElfFile::open(path, problem);
  if (file == nullptr || build_id.empty() || file->build_id() == build_id) return file;
  problem = "build-id differs from the recorded one";
  return nullptr;
}

std::unique_ptr<ElfFile> open_module(const ModuleKey& key, const DebugPlaces& places,
                                     std::string& problem) {
  // "", "[vdso]", "linux-vdso.so.1": code the kernel or a JIT made. A relative path has no meaning
  // here.
  if (!key.path.starts_with('/')) {
    problem = "not a file";
    return nullptr;
  }
  std::unique_ptr<ElfFile> file = open_recorded(key.path, key.build_id, problem);
  if (file == nullptr && key.path.ends_with(kDeletedSuffix)) {
    // Only a build-id proves that what now has this name is what ran.
    const std::string path = key.path.substr(0, key.path.size() - kDeletedSuffix.size());
    std::string ignored;
    if (!key.build_id.empty()) file = open_recorded(path, key.build_id, ignored);
    problem = "file deleted";
  }
  if (file != nullptr) return file;
  // The debug file alone will do: it has the same addresses, all names and all lines.
  std::string from_server;
  file = open_by_build_id(places, key.build_id, from_server);
  if (!from_server.empty()) problem += "; " + from_server;
  return file;
}

}  // namespace

std::string ModuleFiles::version() const {
  std::string version;
  for (const auto& file : {module, debug, alternate}) {
    version += file == nullptr ? "none" : file->version();
    version += '/';
  }
  return version + problem;
}

void ModuleFiles::close_descriptors() {
  for (const auto& file : {module, debug, alternate}) {
    if (file != nullptr) file->close_descriptor();
  }
}

ModuleFiles open_module_files(const ModuleKey& key, const DebugPlaces& places) {
  ModuleFiles files;
  files.module = open_module(key, places, files.problem);
  if (files.module == nullptr) return files;
  files.problem.clear();
  if (files.module->has_dwarf()) {
    files.debug = files.module;
  } else {
    files.debug = find_debug_file(*files.module, places, files.problem);
  }
  if (files.debug == nullptr) return files;
  const AlternateLink link = alternate_link(*files.debug);
  if (!link.build_id.empty()) files.alternate = find_alternate_file(*files.debug, link, places);
  return files;
}

}  // namespace memprof::symbols
