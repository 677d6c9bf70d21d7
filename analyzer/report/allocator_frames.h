#pragma once

#include <string_view>

#include "analyzer/symbols/symbolizer.h"

namespace memprof::report {

/// Whether a frame only passes an allocation on for its caller: operator new, malloc wrappers, and
/// the inside of the standard library's containers, strings and smart pointers. Text reports group
/// by the first frame that is none. `module_path` is the file the frame's code is in.
bool is_allocator_frame(const symbols::Frame& frame, std::string_view module_path);

}  // namespace memprof::report
