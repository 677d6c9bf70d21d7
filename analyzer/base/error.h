#pragma once

#include <stdexcept>
#include <string>

namespace memprof {

/// What the user can be told: "what: where: why". Thrown where the problem is, caught once in main.
class Error : public std::runtime_error {
 public:
  enum class Exit { kCheckFailed = 1, kUsage = 2, kInput = 3 };

  explicit Error(const std::string& message, Exit exit = Exit::kInput)
      : std::runtime_error(message), exit_(exit) {}

  /// The exit status that main answers this with.
  Exit exit() const { return exit_; }

 private:
  Exit exit_;
};

}  // namespace memprof
