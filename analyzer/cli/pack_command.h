#pragma once

#include <string>

#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/profile/file/profile_writer.h"

namespace memprof::cli {

inline constexpr char kProfileSuffix[] = ".mprof";
/// Behind the name of a profile file: where `memprof run` has the raw traces meanwhile.
inline constexpr char kTracesSuffix[] = ".traces";

struct PackArguments {
  std::string directory;
  std::string output;
  double fold_percent = profile::kFoldPercent;
  SymbolArguments symbols;
};

/// Folds a trace directory into a profile file. A profile that is there is replaced once the new
/// one is whole; one that was left unfinished is gone on with. Throws Error.
void pack_command(const PackArguments& arguments);

/// Throws Error (exit 2) when there is something of that name.
void require_no_file(const std::string& path);

/// What is left to fold of a run that was folded as it went; removes the directory unless its
/// traces are to be kept. Whether the profile is there; what failed or is left is said on standard
/// error, and the raw traces of it stay.
bool pack_rest(const std::string& directory, const std::string& profile, bool keep_trace);

}  // namespace memprof::cli
