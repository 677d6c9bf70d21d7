#include "analyzer/compare/suppressions.h"

#include <catch2/catch.hpp>
#include <random>
#include <regex>

#include "analyzer/base/error.h"
#include "analyzer/profile/stack_rows.h"
#include "tests/analyzer/compare/world.h"
#include "tests/analyzer/profile/scratch_folder.h"

using namespace memprof;
using compare::matches_pattern;
using compare::SuppressionMatcher;
using compare::Suppressions;
using test::FakeFrames;
using test::Frames;
using test::ProcessBuilder;
using test::World;

namespace {

/// The pattern as a regular expression, whose matching is somebody else's.
std::regex regex_of(std::string pattern) {
  std::string text;
  const bool at_begin = !pattern.empty() && pattern.front() == '^';
  if (at_begin) pattern.erase(0, 1);
  const bool at_end = !pattern.empty() && pattern.back() == '$';
  if (at_end) pattern.pop_back();
  if (at_begin) text += '^';
  for (const char c : pattern)
    text += c == '*' ? ".*" : c == '^' || c == '$' ? std::string("\\") + c : std::string(1, c);
  if (at_end) text += '$';
  return std::regex(text);
}

std::string error_of(const std::string& text) {
  Suppressions suppressions;
  try {
    suppressions.add_text(text, "list.supp");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// The same names in whatever module.
class NamesInAnyModule : public FakeFrames {
 public:
  void resolve(std::vector<symbols::Lookup>& lookups) override {
    static const symbols::ModuleKey usual{FakeFrames::kModule, ""};
    for (symbols::Lookup& lookup : lookups) lookup.module = &usual;
    FakeFrames::resolve(lookups);
  }
};

/// The pattern that suppresses the only stack of a process, "" for none.
std::string suppressing(const Suppressions& suppressions, NamesInAnyModule& frames,
                        const Frames& stack, const std::string& module = FakeFrames::kModule) {
  profile::Process process = ProcessBuilder(frames).peak(stack, 1).process;
  process.heap.modules.edit()[1].path = module;
  World world(frames, {process});
  const profile::StackRow row{0, world.run.processes[0].heap.sites[0].context, {}, nullptr};
  const auto addresses = profile::addresses_of(world.run, world.addresses, row);
  world.names.resolve(addresses);
  const auto found = SuppressionMatcher(suppressions, world.names).find(addresses);
  return found ? suppressions.all()[*found].pattern : "";
}

}  // namespace

TEST_CASE("Patterns match as LeakSanitizer's do", "[leaks]") {
  CHECK(matches_pattern("foo", "a foo b"));
  CHECK(matches_pattern("^foo", "foobar"));
  CHECK_FALSE(matches_pattern("^foo", "a foo"));
  CHECK(matches_pattern("foo$", "a foo"));
  CHECK_FALSE(matches_pattern("foo$", "foobar"));
  CHECK(matches_pattern("a*b", "xaxbx"));
  CHECK_FALSE(matches_pattern("a*b", "ba"));
  CHECK_FALSE(matches_pattern("*", ""));
  CHECK(matches_pattern("^a$", "a"));
  CHECK_FALSE(matches_pattern("^a$", "aa"));
}

TEST_CASE("Random patterns match as regular expressions of the same meaning", "[leaks]") {
  std::mt19937_64 random(3);
  const auto text_of = [&](const std::string& letters, uint64_t length) {
    std::string text;
    for (; length > 0; --length) text += letters[random() % letters.size()];
    return text;
  };
  size_t matched = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string pattern = text_of("aab*", 1 + random() % 4);
    const std::string anchored =
        (random() % 3 == 0 ? "^" : "") + pattern + (random() % 3 == 0 ? "$" : "");
    const std::string text = text_of("ab", 1 + random() % 7);
    INFO(anchored << " on " << text);
    const bool expected = std::regex_search(text, regex_of(anchored));
    REQUIRE(matches_pattern(anchored, text) == expected);
    matched += expected ? 1 : 0;
  }
  CHECK(matched > 500);
  CHECK(matched < 2500);
}

TEST_CASE("Bad lines of a list are named by file and line", "[leaks]") {
  CHECK(error_of("# comment\n\nleak:a\r\n  leak:b c  \n") == "");
  CHECK(error_of("leak:a\nrace:b\n").find("list.supp:2: a line is leak:PATTERN") !=
        std::string::npos);
  CHECK(error_of("leak:").find("list.supp:1: there is no pattern") != std::string::npos);
  CHECK(error_of("leak:^*$\n").find("list.supp:1: the pattern matches everything") !=
        std::string::npos);
  CHECK(error_of(std::string("le\0ak:a", 7)).find("list.supp:1:") != std::string::npos);
  Suppressions suppressions;
  CHECK_THROWS_WITH(suppressions.add_file("/no/such/list"),
                    Catch::Contains("/no/such/list: No such file"));
  const test::ScratchFolder folder;
  CHECK_THROWS_AS(suppressions.add_file(folder.path()), Error);
  suppressions.add_file(folder.file("good.supp", "leak:one\n#\nleak:two"));
  REQUIRE(suppressions.all().size() == 2);
  CHECK(suppressions.all()[1].pattern == "two");
  CHECK(suppressions.all()[1].from == folder.path("good.supp") + ":3");
}

TEST_CASE("Every prefix of a list is a list or has an error that names a line", "[leaks]") {
  const std::string text = "leak:one\n# x\nleak:two*three$\n";
  for (size_t size = 0; size <= text.size(); ++size) {
    const std::string error = error_of(text.substr(0, size));
    INFO(text.substr(0, size) << " " << error);
    CHECK((error.empty() || error.find("list.supp:") != std::string::npos));
  }
}

TEST_CASE("Function, file or module of any frame is enough", "[leaks]") {
  NamesInAnyModule frames;
  const auto with = [&](const std::string& pattern) {
    Suppressions suppressions;
    suppressions.add_text("leak:" + pattern, "list");
    return suppressing(suppressions, frames, {"main", "load", "read"});
  };
  CHECK(with("^load$") == "^load$");
  CHECK(with("/src/main.cpp") == "/src/main.cpp");
  CHECK(with("bin/program") == "bin/program");
  CHECK(with("other") == "");
}

TEST_CASE("The innermost frame that anything matches decides, the first in the list", "[leaks]") {
  NamesInAnyModule frames;
  Suppressions suppressions;
  suppressions.add_text("leak:main\nleak:rea\nleak:read\n", "list");
  CHECK(suppressing(suppressions, frames, {"main", "load", "read"}) == "rea");
}

TEST_CASE("Built-in patterns are for the runtime's own innermost frames", "[leaks]") {
  NamesInAnyModule frames;
  Suppressions suppressions;
  suppressions.add_built_in();
  // A program's function of the same name is its own affair.
  CHECK(suppressing(suppressions, frames, {"main", "setlocale"}) == "");
  CHECK(suppressing(suppressions, frames, {"setlocale"}, "/lib/libc.so.6") == "^setlocale");
  CHECK(suppressing(suppressions, frames, {"setlocale", "strdup"}, "/lib/libc.so.6") ==
        "^setlocale");
  CHECK(suppressing(suppressions, frames, {"strdup"}, "/lib/libc.so.6") == "");
  CHECK(suppressing(suppressions, frames, {"x"}, "/lib64/ld-linux-x86-64.so.2") == "ld-linux");
}
