#pragma once

#include <memory>

#include "analyzer/profile/names.h"

namespace memprof::cli {

/// What commands that print names take.
struct SymbolArguments {
  bool debuginfod = false;
  bool verbose = false;
};

/// Names from the files on this machine, by way of the user's cache: $XDG_CACHE_HOME/memprof, or
/// ~/.cache/memprof.
std::unique_ptr<profile::FrameSource> frames_for(const SymbolArguments& arguments);

/// Says what `source` has to remark, where that was asked for.
void print_remarks(const profile::FrameSource& source, const SymbolArguments& arguments);

}  // namespace memprof::cli
