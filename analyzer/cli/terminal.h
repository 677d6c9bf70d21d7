#pragma once

#include <cstdint>

namespace memprof::cli {

enum class Color { kAuto, kAlways, kNever };

/// Whether to write colour to this descriptor: as asked, else NO_COLOR, then CLICOLOR_FORCE or
/// FORCE_COLOR, then whether it is a terminal that can.
bool use_color(Color color, int fd);

/// Columns of the terminal behind `fd`; 0 when it is none.
uint64_t terminal_columns(int fd);

}  // namespace memprof::cli
