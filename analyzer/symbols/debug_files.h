#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/symbols/elf_file.h"

namespace memprof::symbols {

/// Where the debug file of a build-id lies below `debug_root` ("/usr/lib/debug"); "" for ids too
/// short.
std::string build_id_path(const std::string& debug_root, std::string_view build_id);

/// The debug file stored below `debug_root` for `build_id`; nullptr when there is none that carries
/// it.
std::unique_ptr<ElfFile> open_by_build_id(const std::string& debug_root, std::string_view build_id);

/// The separate debug file of a stripped module, by build-id, then by .gnu_debuglink (beside the
/// file, in .debug/, below `debug_root`); nullptr when there is none. A file found by its name
/// alone must have the build-id of the module, or, where either has none, the checksum the link
/// demands.
std::unique_ptr<ElfFile> find_debug_file(const ElfFile& module, const std::string& debug_root);

/// The functions kept in .gnu_debugdata (an xz-packed ELF file within the file); nullptr when
/// absent or damaged, or when it unpacks to more than 256 MiB.
std::unique_ptr<ElfFile> unpack_debug_data(const ElfFile& module);

/// The file a dwz-packed debug file shares its names with, given what .gnu_debugaltlink says.
/// Looked for by build-id, then as `name`, relative to the directory of `debug_file`; nullptr when
/// it is not there.
std::unique_ptr<ElfFile> find_alternate_file(const ElfFile& debug_file,
                                             const std::string& debug_root, const std::string& name,
                                             std::string_view build_id);

/// What a path inside debug info means: relative to the directory `file` really lies in.
std::string beside(const std::string& file, const std::string& name);

}  // namespace memprof::symbols
