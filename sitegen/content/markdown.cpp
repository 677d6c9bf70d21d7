#include "sitegen/content/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <array>
#include <cassert>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace memprof::sitegen {
namespace {

// Cells aligned by style: the align attribute is no longer HTML.
constexpr int kOptions = CMARK_OPT_FOOTNOTES | CMARK_OPT_TABLE_PREFER_STYLE_ATTRIBUTES;

constexpr std::array kExtensions = {"table", "strikethrough", "autolink", "tasklist"};

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using Parser = std::unique_ptr<cmark_parser, Free<cmark_parser_free>>;
using Node = std::unique_ptr<cmark_node, Free<cmark_node_free>>;
using Html = std::unique_ptr<char, Free<std::free>>;

/// cmark keeps the extensions in one list for the process, without a lock.
void register_extensions() {
  static std::once_flag once;
  std::call_once(once, cmark_gfm_core_extensions_ensure_registered);
}

}  // namespace

std::string markdown_to_html(std::string_view text) {
  register_extensions();
  // While it parses a document, cmark has the characters that its extensions look for, such as '~',
  // in a table for the process, and takes them out afterwards.
  static std::mutex mutex;
  std::unique_lock lock(mutex);
  const Parser parser(cmark_parser_new(kOptions));
  for (const char* name : kExtensions) {
    cmark_syntax_extension* extension = cmark_find_syntax_extension(name);
    assert(extension != nullptr);
    cmark_parser_attach_syntax_extension(parser.get(), extension);
  }
  cmark_parser_feed(parser.get(), text.data(), text.size());
  const Node document(cmark_parser_finish(parser.get()));
  lock.unlock();
  const Html html(cmark_render_html(document.get(), kOptions,
                                    cmark_parser_get_syntax_extensions(parser.get())));
  return html.get();
}

}  // namespace memprof::sitegen
