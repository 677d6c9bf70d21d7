#include "analyzer/report/text_context.h"

#include <algorithm>

#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

/// Where a heading is broken when there is no terminal to go by.
constexpr size_t kHeadingColumns = 100;

/// Below this a shortened name says nothing any more.
constexpr size_t kMinColumns = 16;

std::string painted(const TextContext& context, std::string_view code, std::string_view text) {
  if (!context.options.color) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace

std::string TextContext::size(uint64_t bytes) const {
  return size_text(bytes, options.plain_bytes);
}

std::string TextContext::bold(std::string_view text) const {
  return painted(*this, "1", text);
}

std::string TextContext::faint(std::string_view text) const {
  return painted(*this, "2", text);
}

std::string TextContext::path(const std::string& file, const std::string& cwd) const {
  std::string directory = cwd;
  while (!directory.empty() && directory.back() == '/') directory.pop_back();
  const bool below = !directory.empty() && file.size() > directory.size() + 1 &&
                     file.starts_with(directory) && file[directory.size()] == '/';
  return printable(below ? file.substr(directory.size() + 1) : file);
}

size_t TextContext::columns_after(size_t used) const {
  if (options.width == 0) return 0;
  return std::max(options.width > used ? options.width - used : 0, kMinColumns);
}

std::string TextContext::fit(const std::string& text, size_t used) const {
  return ellipsize(text, columns_after(used));
}

void write_heading(const TextContext& context, const std::string& title,
                   const std::string& figures) {
  const size_t page = context.options.width == 0 ? kHeadingColumns : context.options.width;
  const bool one_line = columns_of(title) + 3 + columns_of(figures) <= page;
  context.out << context.bold(context.fit(title, 0)) << (one_line ? "   " : "\n  ") << figures
              << "\n";
}

}  // namespace memprof::report
