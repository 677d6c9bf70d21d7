#pragma once

#include <cstddef>
#include <functional>

namespace memprof::sitegen {

/// Calls `action` with each number below `count`, on up to `jobs` threads at once. What it throws
/// comes out: of several, that of the lowest number, as if one thread had gone through them in
/// order. With several threads, the calls for higher numbers are made nevertheless.
void for_each_index(size_t jobs, size_t count, const std::function<void(size_t)>& action);

}  // namespace memprof::sitegen
