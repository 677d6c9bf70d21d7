#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// What every piece of a text report needs.
struct TextContext {
  std::ostream& out;
  const profile::Run& run;
  profile::Names& names;
  const Options& options;

  std::string size(uint64_t bytes) const;
  std::string bold(std::string_view text) const;
  std::string faint(std::string_view text) const;

  /// A file as people want it: relative to `cwd` where it is below it. Printable.
  std::string path(const std::string& file, const std::string& cwd) const;

  /// On a terminal: what is left of the line after `used` columns, but some at least; 0 elsewhere:
  /// no limit.
  size_t columns_after(size_t used) const;

  /// On a terminal: `text` shortened to what is left of the line after `used` columns.
  std::string fit(const std::string& text, size_t used) const;
};

/// `title` and `figures` on one line where they fit, else on two.
void write_heading(const TextContext& context, const std::string& title,
                   const std::string& figures);

}  // namespace memprof::report
