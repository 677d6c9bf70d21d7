#include "analyzer/report/allocator_frames.h"

#include <algorithm>
#include <array>

#include "analyzer/report/cxx_name.h"

namespace memprof::report {
namespace {

/// C functions whose every allocation is made for the caller. Sorted.
constexpr auto kWrappers = std::to_array<std::string_view>({
    "PyMem_Calloc",     "PyMem_Malloc",     "PyMem_RawCalloc",
    "PyMem_RawMalloc",  "PyMem_RawRealloc", "PyMem_Realloc",
    "PyObject_Calloc",  "PyObject_Malloc",  "PyObject_Realloc",
    "_PyMem_RawCalloc", "_PyMem_RawMalloc", "_PyMem_RawRealloc",
    "__GI___strdup",    "__GI___strndup",   "__asprintf",
    "__libc_calloc",    "__libc_malloc",    "__libc_memalign",
    "__libc_realloc",   "__rdl_alloc",      "__rdl_alloc_zeroed",
    "__rdl_realloc",    "__rust_alloc",     "__rust_alloc_zeroed",
    "__rust_realloc",   "__strdup",         "__strndup",
    "__vasprintf",      "_objalloc_alloc",  "aligned_alloc",
    "asprintf",         "bfd_alloc",        "bfd_alloc2",
    "bfd_malloc",       "bfd_realloc",      "bfd_zalloc",
    "bfd_zalloc2",      "bfd_zmalloc",      "calloc",
    "g_calloc",         "g_malloc",         "g_malloc0",
    "g_malloc0_n",      "g_malloc_n",       "g_memdup",
    "g_memdup2",        "g_realloc",        "g_realloc_n",
    "g_slice_alloc",    "g_slice_alloc0",   "g_strdup",
    "g_strndup",        "g_try_malloc",     "g_try_malloc0",
    "g_try_malloc_n",   "g_try_realloc",    "malloc",
    "memalign",         "objalloc_create",  "posix_memalign",
    "pvalloc",          "realloc",          "reallocarray",
    "strdup",           "strndup",          "valloc",
    "vasprintf",        "xcalloc",          "xmalloc",
    "xmalloc_array",    "xmemdup",          "xrealloc",
    "xreallocarray",    "xstrdup",          "xstrndup",
    "xzalloc",
});
static_assert(std::is_sorted(kWrappers.begin(), kWrappers.end()));

/// Beginnings of qualified names, whatever file they are in.
constexpr auto kPrefixes = std::to_array<std::string_view>({
    "operator new",
    "std::allocator<",
    "std::allocator_traits<",
    "std::__new_allocator<",
    "std::__allocat",
    "std::make_shared",
    "std::make_unique",
    "std::allocate_shared",
    "std::shared_ptr<",
    "std::__shared_ptr<",
    "std::__shared_count<",
    "__gnu_cxx::new_allocator<",
    "__gnu_cxx::__alloc_traits<",
    "alloc::alloc::",
    "alloc::raw_vec::",
});

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The library's headers and its own sources: callers are what people can change.
bool is_standard_library_file(std::string_view file) {
  return contains(file, "/include/c++/") || contains(file, "/libstdc++-v3/") ||
         contains(file, "/bits/stl_") || contains(file, "/library/alloc/src/");
}

}  // namespace

bool is_allocator_frame(const symbols::Frame& frame, std::string_view module_path) {
  if (is_standard_library_file(frame.file)) return true;
  const std::string_view name = qualified_name(frame.function);
  if (std::binary_search(kWrappers.begin(), kWrappers.end(), name)) return true;
  for (const std::string_view prefix : kPrefixes) {
    if (name.starts_with(prefix)) return true;
  }
  // Compiled into the library, or templates instantiated in the program without debug info.
  const bool library_name = name.starts_with("std::") || name.starts_with("__gnu_cxx::");
  return library_name && (frame.file.empty() || contains(module_path, "/libstdc++.so"));
}

}  // namespace memprof::report
