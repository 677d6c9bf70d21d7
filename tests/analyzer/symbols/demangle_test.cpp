#include "analyzer/symbols/demangle.h"

#include <catch2/catch.hpp>
#include <string>

using memprof::symbols::demangle;

TEST_CASE("C++ names get their scope and parameters") {
  CHECK(demangle("_ZN5outer5innerEiPKc") == "outer::inner(int, char const*)");
  CHECK(demangle("_ZN12_GLOBAL__N_16hiddenEv") == "(anonymous namespace)::hidden()");
  CHECK(demangle("_ZN3FooC4Ev") == "Foo::Foo()");
  CHECK(demangle("_ZN3FooD1Ev") == "Foo::~Foo()");
  CHECK(demangle("_Z3foov.cold") == "foo() [clone .cold]");
}

TEST_CASE("Rust names of both schemes lose their hash") {
  CHECK(demangle("_ZN4core3fmt5write17h0123456789abcdefE") == "core::fmt::write");
  CHECK(demangle("_ZN7mycrate3foo28_$u7b$$u7b$closure$u7d$$u7d$17habcdef0123456789E") ==
        "mycrate::foo::{{closure}}");
  CHECK(demangle("_RNvC7mycrate3foo") == "mycrate::foo");
}

TEST_CASE("C names, types and broken names stay as they are") {
  for (const char* name : {"", "_", "main", "i", "St", "_Z", "_ZN", "_ZN3fo", "_R", "_RNv", "Rust",
                           "_Z\xff\xfe", "_ZN99999999999999999999a"}) {
    CHECK(demangle(name) == name);
  }
}

TEST_CASE("a name that asks for gigabytes stays mangled") {
  // Each parameter is a pair of twice the one before it, told in eight letters.
  const auto pairs = [](size_t count) {
    const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string name = "_Z1f1PIiiE";
    for (size_t i = 0; i < count; ++i) {
      name += "S_IS";
      name += digits[i];
      name += "_S";
      name += digits[i];
      name += "_E";
    }
    return name;
  };
  CHECK(demangle(pairs(1).c_str()) == "f(P<int, int>, P<P<int, int>, P<int, int> >)");
  CHECK(demangle(pairs(8).c_str()).size() > 5'000);
  CHECK(demangle(pairs(32).c_str()) == pairs(32));
  CHECK(demangle("_Z3foov") == "foo()");  // and the next name is not harmed
}

TEST_CASE("long and deep names end in bounded time without a crash") {
  for (size_t length : {1'000U, 60'000U, 200'000U}) {
    CHECK(demangle(("_Z1f" + std::string(length, 'P') + "i").c_str()).size() > length / 2);
    CHECK_FALSE(demangle(("_ZN" + std::string(length, 'N')).c_str()).empty());
    CHECK_FALSE(demangle(("_RN" + std::string(length, 'v')).c_str()).empty());
    CHECK_FALSE(demangle(("_Z1f" + std::string(length, 'F')).c_str()).empty());
  }
}
