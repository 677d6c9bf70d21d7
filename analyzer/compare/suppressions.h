#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/profile/names.h"

namespace memprof::compare {

/// Whether `text` has the pattern in it, as LeakSanitizer's suppressions mean it: `*` stands for
/// anything, a leading `^` and a trailing `$` hold the pattern to the text's begin and end. Nothing
/// matches the empty text. Linear in the text for each `*`.
bool matches_pattern(std::string_view pattern, std::string_view text);

/// What is not to be reported.
struct Suppression {
  std::string pattern;
  std::string from;  ///< "FILE:LINE", or "built in: loader" and the like
};

/// Lists of suppressions in LeakSanitizer's syntax: a line is `leak:PATTERN`, empty, or a comment
/// that begins with #. A stack is suppressed when the pattern matches the function (with its
/// parameters), the source file or the module of one of its frames.
class Suppressions {
 public:
  /// None at all.
  Suppressions() = default;

  /// Adds what the C library, the C++ library and the loader keep until the end by design: stream
  /// buffers, locales, the emergency pool for exceptions, the loader's own lists. Such a pattern is
  /// tried on the innermost frames alone, those of these libraries, up to the first frame of
  /// anything else: what a program allocates by way of strdup is still its own.
  void add_built_in();

  /// Throws Error (exit 3) that names the file, and the line that makes no sense.
  void add_file(const std::string& path);

  /// `name` is what errors call it.
  void add_text(const std::string& text, const std::string& name);

  /// In the order in which they are tried.
  const std::vector<Suppression>& all() const { return all_; }

  /// Whether it is to be tried on the innermost frames alone.
  bool is_built_in(size_t index) const { return built_in_[index]; }

 private:
  std::vector<Suppression> all_;
  std::vector<bool> built_in_;  ///< as all_
};

/// Finds the suppressions of stacks of one run. Both must outlive it. Names are matched once per
/// address.
class SuppressionMatcher {
 public:
  SuppressionMatcher(const Suppressions& suppressions, const profile::Names& names);

  /// The index into Suppressions::all() of what suppresses a stack: that of the innermost frame
  /// that one matches, the first in the list. `stack`: innermost first. REQUIRES: the names of all
  /// its addresses are known.
  std::optional<size_t> find(const std::vector<profile::AddressId>& stack);

 private:
  static constexpr size_t kNone = SIZE_MAX;
  struct Match {
    size_t of_files = kNone;
    size_t built_in = kNone;
    bool runtime = false;  ///< code of the C library, the C++ library or the loader
  };

  const Match& match(profile::AddressId address);

  const Suppressions& suppressions_;
  const profile::Names& names_;
  std::unordered_map<uint32_t, Match> known_;
};

}  // namespace memprof::compare
