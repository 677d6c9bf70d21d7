#pragma once

#include <filesystem>

#include "sitegen/content/node.h"

namespace memprof::sitegen {

/// The files of `folder` that end with .yaml, .yml, .toml and .json as one map: data/team.yaml is
/// under `team`, data/docs/versions.json under `docs`, `versions`. Throws Error when one cannot be
/// read or is wrong, and when two have the same place.
Node load_data_files(const std::filesystem::path& folder);

}  // namespace memprof::sitegen
