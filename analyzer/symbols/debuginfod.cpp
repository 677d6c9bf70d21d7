#include "analyzer/symbols/debuginfod.h"

#include <dlfcn.h>
#include <elfutils/debuginfod.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace memprof::symbols {

struct Debuginfod::Library {
  decltype(&debuginfod_begin) begin = nullptr;
  decltype(&debuginfod_find_debuginfo) find_debuginfo = nullptr;
  decltype(&debuginfod_end) end = nullptr;
};

std::unique_ptr<Debuginfod> Debuginfod::open(std::string& problem) {
  const char* servers = std::getenv(DEBUGINFOD_URLS_ENV_VAR);
  if (servers == nullptr || *servers == '\0') {
    problem = DEBUGINFOD_URLS_ENV_VAR " names no server";
    return nullptr;
  }
  // Never closed: curl and what it loads do not like to go.
  void* handle = ::dlopen(DEBUGINFOD_SONAME, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    problem = reason != nullptr ? reason : "cannot load " DEBUGINFOD_SONAME;
    return nullptr;
  }
  auto library = std::make_unique<Library>();
  library->begin = reinterpret_cast<decltype(library->begin)>(::dlsym(handle, "debuginfod_begin"));
  library->find_debuginfo = reinterpret_cast<decltype(library->find_debuginfo)>(
      ::dlsym(handle, "debuginfod_find_debuginfo"));
  library->end = reinterpret_cast<decltype(library->end)>(::dlsym(handle, "debuginfod_end"));
  if (library->begin == nullptr || library->find_debuginfo == nullptr || library->end == nullptr) {
    problem = DEBUGINFOD_SONAME " lacks what every version of it has";
    return nullptr;
  }
  return std::unique_ptr<Debuginfod>(new Debuginfod(std::move(library)));
}

Debuginfod::Debuginfod(std::unique_ptr<Library> library) : library_(std::move(library)) {}

Debuginfod::~Debuginfod() = default;

std::string Debuginfod::find(std::string_view build_id, std::string& problem) const {
  // A client is for one thread; making one is nothing beside a download.
  debuginfod_client* client = library_->begin();
  if (client == nullptr) {
    problem = "the client cannot start";
    return "";
  }
  char* path = nullptr;
  const int found =
      library_->find_debuginfo(client, reinterpret_cast<const unsigned char*>(build_id.data()),
                               static_cast<int>(build_id.size()), &path);
  library_->end(client);
  if (found < 0) {
    problem = found == -ENOENT ? "no server has it" : std::strerror(-found);
    return "";
  }
  ::close(found);
  std::string result = path == nullptr ? "" : path;
  std::free(path);
  return result;
}

}  // namespace memprof::symbols
