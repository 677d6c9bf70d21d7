#pragma once

#include <memory>
#include <string>

#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/elf_file.h"
#include "analyzer/symbols/symbolizer.h"

namespace memprof::symbols {

/// The files that say what is in a module, found and opened but not read yet: that is the cheap
/// part of looking something up.
struct ModuleFiles {
  std::shared_ptr<ElfFile> module;     ///< nullptr: nothing can be known, and `problem` says why
  std::shared_ptr<ElfFile> debug;      ///< may be `module`; nullptr when there is none
  std::shared_ptr<ElfFile> alternate;  ///< what `debug` shares its names with; nullptr: none
  std::string problem;                 ///< with a module: what the servers said, if any were asked

  /// Tells these files from any others, and from themselves once they are changed.
  std::string version() const;

  /// As ElfFile::close_descriptor.
  void close_descriptors();
};

/// Finds the files of the module as it was recorded. A file of another build-id is none of them.
ModuleFiles open_module_files(const ModuleKey& key, const DebugPlaces& places);

}  // namespace memprof::symbols
