#include "sitegen/content/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cassert>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"
#include "sitegen/content/markdown_memory.h"

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
using Tree = std::unique_ptr<cmark_node, Free<cmark_node_free>>;
using Iterator = std::unique_ptr<cmark_iter, Free<cmark_iter_free>>;

Parser make_parser() {
  Parser parser(cmark_parser_new_with_mem(kOptions, MarkdownMemory::mem()));
  for (const char* name : kExtensions) {
    cmark_syntax_extension* extension = cmark_find_syntax_extension(name);
    assert(extension != nullptr);
    cmark_parser_attach_syntax_extension(parser.get(), extension);
  }
  return parser;
}

// cmark keeps the characters that its extensions look for, such as '~', in a table for the process:
// each parser enters those of its extensions when it begins with the inlines and takes them out
// when it is done, under the feet of a parser on another thread. All parsers here have the same
// extensions, so the characters may as well stay there. The library does both by way of a function
// that it exports, and so can be made to call ours instead (at the end of this file), which does
// nothing. Should it not do so one day, texts are converted one after the other.
std::atomic<bool> ours_was_called = false;
bool one_at_a_time = false;  // Written once, before the first text.

void prepare_extensions() {
  static std::once_flag once;
  std::call_once(once, [] {
    cmark_gfm_core_extensions_ensure_registered();
    const MarkdownMemory memory;
    const Parser parser = make_parser();
    using Manage = void (*)(cmark_parser*, int);
    const auto theirs =
        reinterpret_cast<Manage>(dlsym(RTLD_NEXT, "cmark_manage_extensions_special_characters"));
    assert(theirs != nullptr);
    theirs(parser.get(), 1);
    cmark_parser_feed(parser.get(), "x", 1);
    const Tree tree(cmark_parser_finish(parser.get()));
    one_at_a_time = !ours_was_called.load(std::memory_order_relaxed);
  });
}

Tree parse(cmark_parser* parser, std::string_view text) {
  static std::mutex mutex;
  std::unique_lock lock(mutex, std::defer_lock);
  if (one_at_a_time) lock.lock();
  cmark_parser_feed(parser, text.data(), text.size());
  return Tree(cmark_parser_finish(parser));
}

cmark_node* new_node(cmark_node_type type) {
  return cmark_node_new_with_mem(type, MarkdownMemory::mem());
}

std::string_view view(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

bool is_block(cmark_node* node) {
  return (cmark_node_get_type(node) & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_BLOCK;
}

/// Appends text with each run of white space as one space.
void append_words(std::string& text, std::string_view more) {
  constexpr auto is_space = [](char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
  };
  for (size_t i = 0; i < more.size();) {
    const size_t begin = i;
    // A single space between words may be taken with them.
    while (i < more.size() &&
           (!is_space(more[i]) || (more[i] == ' ' && i > begin && more[i - 1] != ' '))) {
      ++i;
    }
    text.append(more, begin, i - begin);
    for (; i < more.size() && is_space(more[i]); ++i) {
      if (!text.empty() && text.back() != ' ') text += ' ';
    }
  }
}

void trim_end(std::string& text) {
  if (text.ends_with(' ')) text.pop_back();
}

/// The plain text below `root`.
std::string plain_text(cmark_node* root) {
  std::string text;
  const Iterator iterator(cmark_iter_new(root));
  for (cmark_event_type event; (event = cmark_iter_next(iterator.get())) != CMARK_EVENT_DONE;) {
    cmark_node* node = cmark_iter_get_node(iterator.get());
    const cmark_node_type type = cmark_node_get_type(node);
    if (event == CMARK_EVENT_EXIT) {
      if (is_block(node)) append_words(text, " ");
    } else if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) {
      append_words(text, view(cmark_node_get_literal(node)));
    } else if (type == CMARK_NODE_CODE_BLOCK) {
      append_words(text, view(cmark_node_get_literal(node)));
      append_words(text, " ");
    } else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
      append_words(text, " ");
    }
  }
  trim_end(text);
  return text;
}

bool leads_to_markdown(std::string_view url) {
  const std::string_view path = url.substr(0, url.find_first_of("#?"));
  return path.ends_with(".md") && !path.starts_with('/') && path.find(':') == path.npos;
}

/// Changes a parsed document into what is to be rendered.
class Rewriter {
 public:
  Rewriter(cmark_node* document, cmark_llist* extensions, const MarkdownOptions& options)
      : document_(document), extensions_(extensions), options_(options) {}

  int render_options() const { return kOptions | (options_.raw_html ? CMARK_OPT_UNSAFE : 0); }

  /// Fills in all of `result` but its html.
  void rewrite(ConvertedText& result) {
    collect();
    result.text = plain_text(document_);
    if (first_paragraph_ != nullptr) result.summary = plain_text(first_paragraph_);
    for (cmark_node* link : links_) resolve(link);
    if (!options_.raw_html) {
      for (cmark_node* html : raw_html_) escape(html);
    }
    for (cmark_node* heading : headings_) give_id(heading, result.headings);
  }

 private:
  /// The tree must not change under an iterator, so what is to change is looked for first.
  void collect() {
    const Iterator iterator(cmark_iter_new(document_));
    for (cmark_event_type event; (event = cmark_iter_next(iterator.get())) != CMARK_EVENT_DONE;) {
      if (event != CMARK_EVENT_ENTER) continue;
      cmark_node* node = cmark_iter_get_node(iterator.get());
      switch (cmark_node_get_type(node)) {
        case CMARK_NODE_HEADING:
          headings_.push_back(node);
          break;
        case CMARK_NODE_LINK:
          if (leads_to_markdown(view(cmark_node_get_url(node)))) links_.push_back(node);
          break;
        case CMARK_NODE_HTML_BLOCK:
        case CMARK_NODE_HTML_INLINE:
          raw_html_.push_back(node);
          break;
        case CMARK_NODE_PARAGRAPH:
          if (first_paragraph_ == nullptr && cmark_node_parent(node) == document_) {
            first_paragraph_ = node;
          }
          break;
        default:
          break;
      }
    }
  }

  void resolve(cmark_node* link) const {
    if (!options_.resolve_link) return;
    const std::string url =
        options_.resolve_link({.url = view(cmark_node_get_url(link)),
                               .line = static_cast<size_t>(cmark_node_get_start_line(link)),
                               .column = static_cast<size_t>(cmark_node_get_start_column(link))});
    cmark_node_set_url(link, url.c_str());
  }

  static void escape(cmark_node* html) {
    std::string literal(view(cmark_node_get_literal(html)));
    while (literal.ends_with('\n')) literal.pop_back();
    cmark_node* text = new_node(CMARK_NODE_TEXT);
    cmark_node_set_literal(text, literal.c_str());
    cmark_node* replacement = text;
    if (cmark_node_get_type(html) == CMARK_NODE_HTML_BLOCK) {
      replacement = new_node(CMARK_NODE_PARAGRAPH);
      cmark_node_append_child(replacement, text);
    }
    replace(html, replacement);
  }

  static void replace(cmark_node* old_node, cmark_node* new_node) {
    const int replaced = cmark_node_replace(old_node, new_node);
    assert(replaced == 1);
    static_cast<void>(replaced);
    cmark_node_free(old_node);
  }

  /// cmark has no attribute for it, so the heading is rendered here and stands in as it is.
  void give_id(cmark_node* heading, std::vector<Heading>& headings) {
    Heading& entry = headings.emplace_back();
    entry.level = cmark_node_get_heading_level(heading);
    entry.title = plain_text(heading);
    entry.id = unique_id(entry.title);
    if (!options_.heading_ids) return;
    std::string html =
        cmark_render_html_with_mem(heading, render_options(), extensions_, MarkdownMemory::mem());
    while (html.ends_with('\n')) html.pop_back();
    // Behind "<h2". A slug has no character that HTML gives a meaning to.
    html.insert(3, " id=\"" + entry.id + "\"");
    cmark_node* block = new_node(CMARK_NODE_CUSTOM_BLOCK);
    cmark_node_set_on_enter(block, html.c_str());
    replace(heading, block);
  }

  std::string unique_id(const std::string& title) {
    std::string base = slugify(title);
    // Those of footnotes are cmark's.
    if (base.empty() || base.starts_with("fn-") || base.starts_with("fnref-")) {
      base.insert(0, base.empty() ? "section" : "section-");
    }
    std::string id = base;
    // Of many with one title, each begins where the last one ended.
    size_t& tried = numbers_[base];
    while (!ids_.insert(id).second) id = base + "-" + std::to_string(++tried);
    return id;
  }

  cmark_node* document_;
  cmark_llist* extensions_;
  const MarkdownOptions& options_;
  std::vector<cmark_node*> headings_;
  std::vector<cmark_node*> links_;
  std::vector<cmark_node*> raw_html_;
  cmark_node* first_paragraph_ = nullptr;
  std::unordered_set<std::string> ids_;
  std::unordered_map<std::string, size_t> numbers_;  // The last one tried, by the id before it.
};

}  // namespace

ConvertedText convert_markdown(std::string_view text, const MarkdownOptions& options) {
  prepare_extensions();
  const MarkdownMemory memory;
  const Parser parser = make_parser();
  const Tree document = parse(parser.get(), text);
  cmark_llist* extensions = cmark_parser_get_syntax_extensions(parser.get());
  Rewriter rewriter(document.get(), extensions, options);
  ConvertedText result;
  rewriter.rewrite(result);
  result.html = cmark_render_html_with_mem(document.get(), rewriter.render_options(), extensions,
                                           MarkdownMemory::mem());
  return result;
}

std::string table_of_contents(const std::vector<Heading>& headings) {
  std::vector<const Heading*> entries;
  for (const Heading& heading : headings) {
    if (heading.level == 2 || heading.level == 3) entries.push_back(&heading);
  }
  if (entries.size() < 2) return {};
  std::string html = "<ul>\n";
  bool nested = false;
  for (size_t i = 0; i < entries.size(); ++i) {
    const Heading& heading = *entries[i];
    html +=
        "<li><a href=\"#" + url_encode(heading.id) + "\">" + escape_html(heading.title) + "</a>";
    const int next = i + 1 < entries.size() ? entries[i + 1]->level : 2;
    if (heading.level == 2 && next == 3) {
      html += "\n<ul>\n";
      nested = true;
      continue;
    }
    html += "</li>\n";
    if (nested && next == 2) {
      html += "</ul>\n</li>\n";
      nested = false;
    }
  }
  return html + "</ul>\n";
}

}  // namespace memprof::sitegen

extern "C" void cmark_manage_extensions_special_characters(cmark_parser*, int) {
  // No other thread waits for what this says.
  memprof::sitegen::ours_was_called.store(true, std::memory_order_relaxed);
}
