#include "analyzer/report/cxx_name.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using memprof::report::qualified_name;
using memprof::report::short_name;

TEST_CASE("A qualified name has no return type and no parameters") {
  CHECK(qualified_name("main") == "main");
  CHECK(qualified_name("f(int)") == "f");
  CHECK(qualified_name("void std::vector<int>::push_back(int const&)") ==
        "std::vector<int>::push_back");
  CHECK(qualified_name("std::enable_if<(A)->x, B>::type f<3>(int) const") == "f<3>");
  CHECK(qualified_name("(anonymous namespace)::f(int)") == "(anonymous namespace)::f");
  CHECK(qualified_name("void (anonymous namespace)::g<int>((anonymous namespace)::X)") ==
        "(anonymous namespace)::g<int>");
  CHECK(qualified_name("decltype(auto) std::visit<X>(X&&)") == "std::visit<X>");
}

TEST_CASE("Operators are names, brackets and all") {
  CHECK(qualified_name("operator new(unsigned long)") == "operator new");
  CHECK(qualified_name("operator new[](unsigned long, std::nothrow_t const&)") == "operator new[]");
  CHECK(qualified_name("std::ostream& operator<<(std::ostream&, int)") == "operator<<");
  CHECK(qualified_name("bool operator< <int>(A<int> const&, A<int> const&)") == "operator< <int>");
  CHECK(qualified_name("a::operator->()") == "a::operator->");
  CHECK(qualified_name("A::operator bool() const") == "A::operator bool");
  CHECK(qualified_name("std::function<void (int)>::operator()(int) const") ==
        "std::function<void (int)>::operator()");
  CHECK(qualified_name("f()::{lambda(int)#1}::operator()(int) const") ==
        "f()::{lambda(int)#1}::operator()");
  CHECK(qualified_name("my_operator(int)") == "my_operator");
}

TEST_CASE("Strings are called by their name") {
  CHECK(short_name("std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> "
                   ">::size() const") == "std::string::size() const");
  CHECK(short_name("f(std::__cxx11::basic_string<char, std::char_traits<char>, "
                   "std::allocator<char> > const&)") == "f(std::string const&)");
}

TEST_CASE("Template arguments of template arguments are left out") {
  CHECK(short_name("std::map<int, std::vector<std::pair<int, char> > >::operator[](int const&)") ==
        "std::map<int, std::vector<...>>::operator[](int const&)");
  CHECK(short_name("std::vector<int>::push_back(int)") == "std::vector<int>::push_back(int)");
}

TEST_CASE("Long parameter lists are left out, short ones tell overloads apart") {
  CHECK(short_name("render(sitegen::Page const&, std::ostream&, bool)") == "render(...)");
  CHECK(short_name("render(Page const&)") == "render(Page const&)");
}

TEST_CASE("What is no C++ name comes back as text, never as a crash") {
  for (const std::string text :
       {"", "<", "(", "operator", "a<b<c", "{", "<<<>", "operator<", "foo(", "-"}) {
    CHECK_NOTHROW(short_name(text));
    CHECK_NOTHROW(qualified_name(text));
  }
  CHECK(short_name("_start") == "_start");
  constexpr uint32_t kSeed = 11;
  INFO("seed " << kSeed);
  std::mt19937 random(kSeed);
  const std::string alphabet = "ab:<>(){}, -operator";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t n = random() % 30; n > 0; --n) text += alphabet[random() % alphabet.size()];
    if (round % 3 == 0) text.insert(text.size() / 2, "operator<std::basic_string<char,");
    const std::string_view qualified = qualified_name(text);
    REQUIRE(qualified.size() <= text.size());
    (void)short_name(text);
  }
}
