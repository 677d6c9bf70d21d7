#include "analyzer/report/allocator_frames.h"

#include <catch2/catch.hpp>
#include <string>

using memprof::report::is_allocator_frame;
using memprof::symbols::Frame;

namespace {

bool hidden(const std::string& function, const std::string& file = "/src/a.cpp",
            const std::string& module = "/bin/program") {
  return is_allocator_frame(Frame{function, file, 1, false}, module);
}

constexpr char kLibrary[] = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30";

}  // namespace

TEST_CASE("Functions that allocate for their caller are hidden") {
  CHECK(hidden("operator new(unsigned long)", "", kLibrary));
  CHECK(hidden("operator new[](unsigned long)", ""));
  CHECK(hidden("xmalloc"));
  CHECK(hidden("xcalloc", ""));
  CHECK(hidden("strdup", "", "/lib/libc.so.6"));
  CHECK(hidden("g_malloc0", ""));
  CHECK(hidden("__gnu_cxx::new_allocator<char>::allocate(unsigned long, void const*)",
               "/usr/include/c++/12/bits/new_allocator.h"));
  CHECK(
      hidden("std::allocator_traits<std::allocator<int> >::allocate(std::allocator<int>&, unsigned "
             "long)"));
  CHECK(hidden("std::shared_ptr<Page> std::make_shared<Page>()"));
  CHECK(hidden("std::__detail::_MakeUniq<Page>::__single_object std::make_unique<Page>()"));
}

TEST_CASE("The inside of the standard library is hidden, with or without debug information") {
  CHECK(hidden("void std::vector<int>::_M_realloc_insert<int>(int&&)",
               "/usr/include/c++/12/bits/vector.tcc"));
  CHECK(
      hidden("std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> "
             ">::_M_create(unsigned "
             "long&, unsigned long)",
             "", kLibrary));
  CHECK(hidden("std::map<int, int>::operator[](int const&)", ""));
}

TEST_CASE("Functions of the program are shown, whatever their names begin with") {
  CHECK_FALSE(hidden("main"));
  CHECK_FALSE(hidden("render_page(Page const&)"));
  CHECK_FALSE(hidden("xmallocator"));
  CHECK_FALSE(hidden("my::strdup(char const*)"));
  CHECK_FALSE(hidden("std::vector<int> make_numbers(int)"));  // that is what it returns
  CHECK_FALSE(hidden("stdlib::f()"));
  CHECK_FALSE(
      hidden("void std::swap<Page>(Page&, Page&)", "/src/page.h"));  // a specialisation of theirs
  CHECK_FALSE(hidden(""));
  CHECK_FALSE(hidden("Pool::operator new(unsigned long)"));
}
