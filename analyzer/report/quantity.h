#pragma once

#include <cstdint>
#include <string>

namespace memprof::report {

/// "1,234,567".
std::string count_text(uint64_t count);

/// Three digits and an IEC unit, "2.79 MiB"; with `plain`, the number of bytes alone.
std::string size_text(uint64_t bytes, bool plain);

/// end - begin with its sign, "+13.8 MiB", "-4.00 KiB", "0 B".
std::string size_change_text(uint64_t begin, uint64_t end, bool plain);

/// "20.1 %"; "-" when there is no whole.
std::string share_text(uint64_t part, uint64_t whole);

/// "0.42 ms", "1.234 s", "1 m 32 s", "2 h 5 m".
std::string duration_text(uint64_t time_ns);

/// "1 block", "2,000 blocks".
std::string counted(uint64_t count, const std::string& singular, const std::string& plural);

}  // namespace memprof::report
