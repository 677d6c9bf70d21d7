#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace memprof::sitegen {

/// A place in a file the user wrote. Lines and columns count from 1, columns in characters.
struct Position {
  std::string file;
  size_t line = 1;
  size_t column = 1;
};

/// What the user can be told: "what: where: why", or "FILE:LINE:COLUMN: why" for a place in a file.
/// Thrown where the problem is, caught once in main.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
  Error(const Position& position, const std::string& why)
      : std::runtime_error(position.file + ":" + std::to_string(position.line) + ":" +
                           std::to_string(position.column) + ": " + why) {}
};

}  // namespace memprof::sitegen
