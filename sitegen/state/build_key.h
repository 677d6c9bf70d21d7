#pragma once

#include <filesystem>
#include <string>

#include "sitegen/base/digest.h"

namespace memprof::sitegen {

/// Stands for all that each part of the output depends on but pages and assets: the program with
/// its libraries, `options` (those that change what is built), the bytes of `config` (empty: there
/// is none), and of all files below data/ and layouts/ of `source`. Throws Error when one cannot be
/// read.
Digest build_key(const std::string& options, const std::filesystem::path& config,
                 const std::filesystem::path& source);

}  // namespace memprof::sitegen
