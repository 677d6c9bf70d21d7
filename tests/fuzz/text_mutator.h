#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace memprof::fuzz {

/// LLVMFuzzerCustomMutator for texts: also puts in `tokens`, what means something in them.
size_t damage_text(uint8_t* data, size_t size, size_t max_size, unsigned seed,
                   std::span<const std::string_view> tokens);

}  // namespace memprof::fuzz
