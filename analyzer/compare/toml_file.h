#pragma once

#include <toml++/toml.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace memprof::compare {

/// Parses TOML; `path` is what errors call it. Throws Error (exit 3) that names line and column.
toml::table parse_toml(const std::string& text, const std::string& path, const std::string& what);

/// Throws Error (exit 3): "cannot read WHAT: PATH:LINE:COLUMN: WHY", of where `node` stands.
[[noreturn]] void fail_at(const toml::node& node, const std::string& path, const std::string& what,
                          const std::string& why);

/// Throws when the table has other keys than these.
void check_keys(const toml::table& table, std::initializer_list<std::string_view> known,
                const std::string& path, const std::string& what);

}  // namespace memprof::compare
