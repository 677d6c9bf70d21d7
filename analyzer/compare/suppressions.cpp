#include "analyzer/compare/suppressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analyzer/base/error.h"
#include "analyzer/compare/small_file.h"
#include "analyzer/profile/selection.h"

namespace memprof::compare {
namespace {

/// How the files of the libraries whose allocations are known begin.
constexpr std::array<std::string_view, 4> kRuntimeModules = {"libc.so", "libstdc++.so", "ld-linux",
                                                             "libpthread.so"};

struct BuiltIn {
  const char* pattern;
  const char* of;
};

/// Exported names, where there are some: they are known without debug info, too. The loader's
/// module covers the initializers it calls in the other libraries, such as that of libstdc++'s
/// pool.
constexpr BuiltIn kBuiltIn[] = {
    {"ld-linux", "loader"},
    {"(anonymous namespace)::pool::pool", "libstdc++"},
    {"^__gnu_cxx::__freeres", "libstdc++"},
    {"^__cxa_get_globals", "libstdc++"},
    {"_IO_file_doallocate", "libc"},
    {"_IO_wfile_doallocate", "libc"},
    {"_IO_default_doallocate", "libc"},
    {"^setlocale", "libc"},
    {"^_nl_", "libc"},
    {"^__gconv", "libc"},
    {"^bindtextdomain", "libc"},
    {"^textdomain", "libc"},
    {"^__dcigettext", "libc"},
    {"^tzset", "libc"},
    {"^__tz", "libc"},
    {"^__nss_", "libc"},
    {"^nss_", "libc"},
    {"^getpw", "libc"},
    {"^getgr", "libc"},
    {"^__res_", "libc"},
    {"^__resolv_", "libc"},
    {"^setenv", "libc"},
    {"^putenv", "libc"},
    {"^__add_to_environ", "libc"},
    {"^__new_exitfn", "libc"},
    {"^__cxa_atexit", "libc"},
    {"^on_exit", "libc"},
    {"^__register_atfork", "libc"},
    {"^dlerror", "libc"},
    {"^_dlerror_run", "libc"},
    {"^strerror", "libc"},
    {"^strsignal", "libc"},
    {"^setvbuf", "libc"},
    {"^openlog", "libc"},
    {"^vsyslog", "libc"},
};

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool is_runtime(std::string_view module) {
  return std::any_of(kRuntimeModules.begin(), kRuntimeModules.end(),
                     [&](std::string_view name) { return module.starts_with(name); });
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  if (text.empty()) return false;
  const bool at_begin = pattern.starts_with('^');
  if (at_begin) pattern.remove_prefix(1);
  const bool at_end = pattern.ends_with('$');
  if (at_end) pattern.remove_suffix(1);
  bool first = true;
  while (true) {
    const size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    const bool last = star == std::string_view::npos;
    const bool here = first && at_begin;
    if (last && at_end) {
      // What comes before has been matched as far to the left as it can be.
      return text.ends_with(piece) && (!here || text.size() == piece.size());
    }
    const size_t at =
        here ? (text.starts_with(piece) ? 0 : std::string_view::npos) : text.find(piece);
    if (at == std::string_view::npos) return false;
    if (last) return true;
    text.remove_prefix(at + piece.size());
    pattern.remove_prefix(star + 1);
    first = false;
  }
}

void Suppressions::add_built_in() {
  for (const BuiltIn& one : kBuiltIn) {
    all_.push_back({one.pattern, std::string("built in: ") + one.of});
    built_in_.push_back(true);
  }
}

void Suppressions::add_file(const std::string& path) {
  add_text(read_small_file(path, "suppressions"), path);
}

void Suppressions::add_text(const std::string& text, const std::string& name) {
  constexpr std::string_view kType = "leak:";
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = without_blanks(std::string_view(text).substr(at, end - at));
    at = end + 1;
    const std::string place = fmt::format("{}:{}", name, ++number);
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with(kType)) {
      throw Error(
          fmt::format("cannot read suppressions: {}: a line is leak:PATTERN, not {}", place, line));
    }
    const std::string_view pattern = line.substr(kType.size());
    if (pattern.find_first_not_of("^*$") == std::string_view::npos) {
      throw Error(fmt::format(
          "cannot read suppressions: {}: {}", place,
          pattern.empty() ? "there is no pattern after leak:" : "the pattern matches everything"));
    }
    all_.push_back({std::string(pattern), place});
    built_in_.push_back(false);
  }
}

SuppressionMatcher::SuppressionMatcher(const Suppressions& suppressions,
                                       const profile::Names& names)
    : suppressions_(suppressions), names_(names) {}

const SuppressionMatcher::Match& SuppressionMatcher::match(profile::AddressId address) {
  const auto [known, is_new] = known_.try_emplace(static_cast<uint32_t>(address));
  Match& match = known->second;
  if (!is_new) return match;
  const std::string& module = names_.addresses().module(address).path;
  match.runtime = is_runtime(profile::base_name(module));
  const std::vector<Suppression>& all = suppressions_.all();
  for (const symbols::Frame& frame : names_.frames(address)) {
    for (size_t i = 0; i < all.size(); ++i) {
      const bool built_in = suppressions_.is_built_in(i);
      size_t& found = built_in ? match.built_in : match.of_files;
      if (found != kNone || (built_in && !match.runtime)) continue;
      if (matches_pattern(all[i].pattern, frame.function) ||
          matches_pattern(all[i].pattern, frame.file) || matches_pattern(all[i].pattern, module)) {
        found = i;
      }
    }
  }
  return match;
}

std::optional<size_t> SuppressionMatcher::find(const std::vector<profile::AddressId>& stack) {
  for (const profile::AddressId address : stack) {
    if (const size_t found = match(address).of_files; found != kNone) return found;
  }
  for (const profile::AddressId address : stack) {
    const Match& one = match(address);
    if (!one.runtime) break;
    if (one.built_in != kNone) return one.built_in;
  }
  return std::nullopt;
}

}  // namespace memprof::compare
