#pragma once

#include <string>
#include <string_view>

namespace memprof::report {

/// The qualified name within a demangled function: without return type, parameters and what follows
/// them. "void std::vector<int>::push_back(int const&)" gives "std::vector<int>::push_back". Names
/// of other languages come back as they are, up to a first "(" .
std::string_view qualified_name(std::string_view function);

/// A demangled name for people: std::basic_string<char, ...> is std::string, template arguments
/// deeper than one level are "<...>", and long parameter lists are "(...)".
std::string short_name(std::string_view function);

}  // namespace memprof::report
