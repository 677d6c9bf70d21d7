#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/symbols/debuginfod.h"
#include "analyzer/symbols/elf_file.h"

namespace memprof::symbols {

/// Where separate debug files are looked for, besides beside the module.
struct DebugPlaces {
  std::string root = "/usr/lib/debug";
  const Debuginfod* servers = nullptr;  ///< asked last; nullptr: no network
};

/// Where the debug file of a build-id lies below `debug_root` ("/usr/lib/debug"); "" for ids too
/// short.
std::string build_id_path(const std::string& debug_root, std::string_view build_id);

/// The debug file of `build_id`: the one stored below the root, else what a server gives; nullptr
/// when there is none that carries it. `problem` then says what the servers said, if any were
/// asked.
std::unique_ptr<ElfFile> open_by_build_id(const DebugPlaces& places, std::string_view build_id,
                                          std::string& problem);

/// The separate debug file of a stripped module, by build-id below the root, then by .gnu_debuglink
/// (beside the file, in .debug/, below the root), then from a server; nullptr when there is none,
/// `problem` as above. A file found by its name alone must have the build-id of the module, or,
/// where either has none, the checksum the link demands.
std::unique_ptr<ElfFile> find_debug_file(const ElfFile& module, const DebugPlaces& places,
                                         std::string& problem);

/// The functions kept in .gnu_debugdata (an xz-packed ELF file within the file); nullptr when
/// absent or damaged, or when it unpacks to more than 256 MiB.
std::unique_ptr<ElfFile> unpack_debug_data(const ElfFile& module);

/// What .gnu_debugaltlink says: the file that a dwz-packed debug file shares its names with.
struct AlternateLink {
  std::string name;
  std::string build_id;  ///< raw bytes; "" when there is no link
};
AlternateLink alternate_link(const ElfFile& debug_file);

/// The file that `link` of `debug_file` means. Looked for by build-id, then by its name, relative
/// to the directory of `debug_file`; nullptr when it is not there.
std::unique_ptr<ElfFile> find_alternate_file(const ElfFile& debug_file, const AlternateLink& link,
                                             const DebugPlaces& places);

/// What a path inside debug info means: relative to the directory `file` really lies in.
std::string beside(const std::string& file, const std::string& name);

}  // namespace memprof::symbols
