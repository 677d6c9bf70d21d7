#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace memprof::report {

/// "render.cpp:130  render_page" in at most `columns` columns (0: any number). What identifies a
/// place is kept longest: first the folders go, then the function's namespaces and parameters, and
/// only then is the function's name cut. `file` may be "", `line` 0. All printable already.
std::string place_text(const std::string& file, uint32_t line, const std::string& function,
                       size_t columns);

}  // namespace memprof::report
