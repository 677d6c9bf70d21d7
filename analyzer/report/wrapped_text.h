#pragma once

#include <cstddef>
#include <string>

namespace memprof::report {

/// The words of `text` in lines of at most `columns`, each after `indent` blanks but the first,
/// which stands at that column already. A word that is longer has a line to itself. Line ends
/// within `text` stay. REQUIRES: valid UTF-8.
std::string wrapped(const std::string& text, size_t indent, size_t columns);

}  // namespace memprof::report
