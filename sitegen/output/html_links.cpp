#include "sitegen/output/html_links.h"

#include <gumbo.h>

#include <optional>
#include <utility>

#include "sitegen/output/plain_html.h"

namespace memprof::sitegen {
namespace {

void take(const GumboElement& element, HtmlLinks& result) {
  for (const char* name : {"href", "src"}) {
    const GumboAttribute* attribute = gumbo_get_attribute(&element.attributes, name);
    if (attribute == nullptr) continue;
    result.links.push_back({attribute->value, element.start_pos.offset});
  }
  if (const GumboAttribute* id = gumbo_get_attribute(&element.attributes, "id")) {
    result.anchors.emplace_back(id->value);
  }
  if (element.tag == GUMBO_TAG_A) {
    if (const GumboAttribute* name = gumbo_get_attribute(&element.attributes, "name")) {
      result.anchors.emplace_back(name->value);
    }
  }
}

}  // namespace

HtmlLinks parse_links(std::string_view html) {
  HtmlLinks result;
  GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  // Not by recursion: a document may nest as deep as it is long.
  std::vector<const GumboNode*> open = {output->root};
  while (!open.empty()) {
    const GumboNode* node = open.back();
    open.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) continue;
    take(node->v.element, result);
    const GumboVector& children = node->v.element.children;
    for (unsigned i = children.length; i > 0; --i) {
      open.push_back(static_cast<const GumboNode*>(children.data[i - 1]));
    }
  }
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return result;
}

HtmlLinks find_links(std::string_view html) {
  std::optional<HtmlLinks> links = scan_plain_html(html);
  return links ? std::move(*links) : parse_links(html);
}

}  // namespace memprof::sitegen
