#pragma once

#include <string>

namespace memprof::symbols {

/// The source name, with parameters, of a Rust (v0 and legacy) or C++ (Itanium) linkage name;
/// anything else, C names above all, comes back as it is. A name that would grow past 64 KiB stays
/// mangled: a hostile one of 100 bytes can ask for gigabytes.
std::string demangle(const char* name);

/// Whether demangle() would try: the name starts like a C++ or Rust linkage name.
bool is_mangled(const char* name);

}  // namespace memprof::symbols
