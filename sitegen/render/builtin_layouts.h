#pragma once

#include <span>
#include <string_view>

namespace memprof::sitegen {

/// A template that every site has unless it brings one of the same name.
struct BuiltinLayout {
  std::string_view name;  ///< As in a file layouts/NAME.mustache.
  std::string_view text;
};

/// `page` for a page, `list` for home, sections and tags, `404`, `alias` for what leads from an old
/// address to a page, shortcodes, and what these include. They use all
/// that a layout is given (see render.h), so they are also where to start one's own from.
std::span<const BuiltinLayout> builtin_layouts();

}  // namespace memprof::sitegen
