#include "tests/sitegen/html_check.h"

#include <gumbo.h>

namespace memprof::sitegen {
namespace {

std::string text_of(const GumboNode& node) {
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) return node.v.text.text;
  std::string text;
  if (node.type != GUMBO_NODE_ELEMENT) return text;
  for (unsigned i = 0; i < node.v.element.children.length; ++i) {
    text += text_of(*static_cast<const GumboNode*>(node.v.element.children.data[i]));
  }
  return text;
}

void walk(const GumboNode& node, HtmlCheck& check) {
  if (node.type != GUMBO_NODE_ELEMENT) return;
  const GumboElement& element = node.v.element;
  if (element.tag == GUMBO_TAG_A) {
    const GumboAttribute* href = gumbo_get_attribute(&element.attributes, "href");
    check.links.emplace_back(href == nullptr ? "" : href->value);
  } else if (element.tag == GUMBO_TAG_H1 && check.heading.empty()) {
    check.heading = text_of(node);
  } else if (element.tag == GUMBO_TAG_SCRIPT) {
    check.has_script = true;
  }
  for (unsigned i = 0; i < element.children.length; ++i) {
    walk(*static_cast<const GumboNode*>(element.children.data[i]), check);
  }
}

}  // namespace

HtmlCheck check_html(const std::string& html) {
  GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  HtmlCheck check;
  check.errors = output->errors.length;
  walk(*output->root, check);
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return check;
}

}  // namespace memprof::sitegen
