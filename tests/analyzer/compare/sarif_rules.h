// What a SARIF file has to be for code scanning to take it, written down from the standard (OASIS
// SARIF 2.1.0) and from what GitHub says it needs. Strict: a key that we are not known to write is
// a problem, too, so that a misspelt one is seen.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace memprof::test {

/// What is wrong, each with the place in the file; empty when all is fine.
std::vector<std::string> sarif_problems(const nlohmann::json& file);

}  // namespace memprof::test
