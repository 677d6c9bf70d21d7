#include "sitegen/state/build_key.h"

#include <link.h>

#include "sitegen/base/file_stamp.h"
#include "sitegen/base/source_files.h"

namespace memprof::sitegen {
namespace {

/// By stamps: who installs a program anew may as well build his site anew.
int add_module(dl_phdr_info* info, size_t, void* digester) {
  const std::string name = info->dlpi_name;
  // The program itself has no name, and what the kernel brings has no file.
  std::error_code ignored;
  const std::filesystem::path path =
      name.empty() ? std::filesystem::path("/proc/self/exe") : std::filesystem::path(name);
  const auto stamp = stamp_of(std::filesystem::canonical(path, ignored));
  if (stamp) static_cast<Digester*>(digester)->add(*stamp);
  return 0;
}

void add_folder(const std::filesystem::path& folder, Digester& digester) {
  for (const SourceFile& file : find_files(folder, "")) {
    digester.add(std::string_view(file.relative));
    digester.add(std::string_view(read_file(file.path)));
  }
  digester.add(uint64_t{0});
}

}  // namespace

Digest build_key(const std::string& options, const std::filesystem::path& config,
                 const std::filesystem::path& source) {
  // Once: what libraries load for themselves while we run makes no other program.
  static const Digest program = [] {
    Digester modules;
    dl_iterate_phdr(add_module, &modules);
    return modules.take();
  }();
  Digester digester;
  digester.add(program);
  digester.add(std::string_view(options));
  digester.add(std::string_view(config.empty() ? "" : read_file(config)));
  add_folder(source / "data", digester);
  add_folder(source / "layouts", digester);
  return digester.take();
}

}  // namespace memprof::sitegen
