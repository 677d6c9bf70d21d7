#pragma once

#include <span>
#include <string_view>

namespace memprof::sitegen {

/// A file of the default theme that every site has unless it brings one of the same name.
struct BuiltinAsset {
  std::string_view name;  ///< As in a file assets/NAME.
  std::string_view text;
};

std::span<const BuiltinAsset> builtin_assets();

}  // namespace memprof::sitegen
