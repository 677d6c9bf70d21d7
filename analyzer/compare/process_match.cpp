#include "analyzer/compare/process_match.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <map>
#include <string_view>

#include "analyzer/profile/selection.h"

namespace memprof::compare {
namespace {

constexpr std::array<std::string_view, 3> kTemporaryFolders = {"/tmp/", "/var/tmp/", "/dev/shm/"};

/// Ends a path within an argument such as "-I/tmp/x,-L/tmp/y" or "a=/tmp/x:/tmp/y".
constexpr std::string_view kPathEnds = " ,:;=\"'";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// ".o" of "ccAb12Cd.o"; all of them of "x.tar.gz"; "" for hidden files.
std::string_view extension_of(std::string_view name) {
  const size_t dot = name.find('.', 1);
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

/// "cc" and six letters or digits, as GCC, or "tmp" and six to ten, as mkstemp's callers name
/// files.
bool is_made_up(std::string_view name) {
  const std::string_view stem = name.substr(0, name.size() - extension_of(name).size());
  const bool gcc = stem.size() == 8 && stem.starts_with("cc");
  const bool temporary = stem.size() >= 9 && stem.size() <= 13 && stem.starts_with("tmp");
  if (!gcc && !temporary) return false;
  const std::string_view random = stem.substr(gcc ? 2 : 3);
  // Words are no random names: a capital or a digit among the letters gives those away.
  return std::all_of(random.begin(), random.end(), is_word) &&
         std::any_of(random.begin(), random.end(), [](char c) { return c < 'a' || c > 'z'; });
}

/// Where the folder's name ends when a temporary folder begins at `at`, else 0.
size_t temporary_folder_at(std::string_view text, size_t at) {
  const bool begins_path = at == 0 || !is_word(text[at - 1]);
  for (const std::string_view folder : kTemporaryFolders) {
    if (begins_path && text.substr(at).starts_with(folder)) return at + folder.size();
  }
  return 0;
}

struct Key {
  std::string exe;
  std::vector<std::string> arguments;
  auto operator<=>(const Key&) const = default;
};

Key exact_key(const profile::Process& process) {
  Key key{process.identity.exe, {}};
  for (const std::string& argument : process.identity.argv) {
    key.arguments.push_back(without_temporary_names(argument));
  }
  return key;
}

/// All places where the working directory is named become ".".
std::string relative(std::string argument, const std::string& cwd) {
  if (cwd.size() < 2) return argument;
  for (size_t at = argument.find(cwd); at != std::string::npos; at = argument.find(cwd, at + 1)) {
    const size_t end = at + cwd.size();
    if (end == argument.size() || argument[end] == '/') argument.replace(at, cwd.size(), ".");
  }
  return argument;
}

Key loose_key(const profile::Process& process) {
  Key key{profile::base_name(process.identity.exe), {}};
  const std::vector<std::string>& argv = process.identity.argv;
  for (size_t i = 1; i < argv.size(); ++i) {
    key.arguments.push_back(without_temporary_names(relative(argv[i], process.identity.cwd)));
  }
  return key;
}

Key name_key(const profile::Process& process) {
  return {profile::base_name(process.identity.exe), {}};
}

class Matcher {
 public:
  Matcher(const profile::Run& before, std::vector<size_t> of_before, const profile::Run& after,
          std::vector<size_t> of_after)
      : before_(before),
        after_(after),
        left_before_(std::move(of_before)),
        left_after_(std::move(of_after)) {}

  /// Matches what is left by this key.
  template <typename KeyOf>
  void match(KeyOf key_of) {
    std::map<Key, std::deque<size_t>> of_key;
    for (const size_t index : left_after_) of_key[key_of(after_.processes[index])].push_back(index);
    std::vector<size_t> still;
    for (const size_t index : left_before_) {
      const auto found = of_key.find(key_of(before_.processes[index]));
      if (found == of_key.end() || found->second.empty()) {
        still.push_back(index);
        continue;
      }
      pairs_[index] = found->second.front();
      found->second.pop_front();
    }
    left_before_ = std::move(still);
    left_after_.clear();
    for (const auto& [key, indexes] : of_key)
      left_after_.insert(left_after_.end(), indexes.begin(), indexes.end());
    std::sort(left_after_.begin(), left_after_.end());
  }

  /// A single process on either side that is left with its executable's name: whatever its
  /// arguments.
  void match_single() {
    if (left_before_.size() == 1 && left_after_.size() == 1) match(name_key);
  }

  std::vector<ProcessPair> pairs() const {
    std::map<size_t, std::optional<size_t>> all(pairs_.begin(), pairs_.end());
    for (const size_t index : left_before_) all[index] = std::nullopt;
    std::vector<ProcessPair> result;
    for (const auto& [before, after] : all) result.push_back({before, after});
    for (const size_t index : left_after_) result.push_back({std::nullopt, index});
    return result;
  }

 private:
  const profile::Run& before_;
  const profile::Run& after_;
  std::vector<size_t> left_before_;
  std::vector<size_t> left_after_;
  std::map<size_t, size_t> pairs_;
};

}  // namespace

std::string without_temporary_names(const std::string& argument) {
  std::string result;
  for (size_t at = 0; at < argument.size();) {
    const size_t begin = temporary_folder_at(argument, at);
    const bool begins_name = at == 0 || !is_word(argument[at - 1]);
    if (begin == 0 && !(begins_name && is_word(argument[at]))) {
      result += argument[at++];
      continue;
    }
    const size_t name_begin = begin == 0 ? at : begin;
    result += argument.substr(at, name_begin - at);
    const size_t end =
        std::min(argument.find_first_of(std::string(kPathEnds) + "/", name_begin), argument.size());
    const std::string name = argument.substr(name_begin, end - name_begin);
    const bool temporary = !name.empty() && (begin != 0 || is_made_up(name));
    result += temporary ? "*" + std::string(extension_of(name)) : name;
    at = end;
  }
  return result;
}

std::vector<ProcessPair> match_processes(const profile::Run& before,
                                         const std::vector<size_t>& of_before,
                                         const profile::Run& after,
                                         const std::vector<size_t>& of_after) {
  Matcher matcher(before, of_before, after, of_after);
  matcher.match(exact_key);
  matcher.match(loose_key);
  matcher.match_single();
  return matcher.pairs();
}

}  // namespace memprof::compare
