#include "sitegen/render/render.h"

#include <fmt/format.h>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"
#include "sitegen/content/page_text.h"
#include "sitegen/render/output_fields.h"

namespace memprof::sitegen {
namespace {

const char* default_layout(Output::Kind kind) {
  switch (kind) {
    case Output::Kind::kPage:
      return "page";
    case Output::Kind::kNotFound:
      return "404";
    case Output::Kind::kAlias:
      return "alias";
    default:
      return "list";
  }
}

}  // namespace

std::string layout_of(const Output& output) {
  const Page* page = output.kind == Output::Kind::kPage ? output.page : nullptr;
  if (output.section != nullptr) page = output.section->index;
  return page == nullptr || page->front_matter.layout.empty() ? default_layout(output.kind)
                                                              : page->front_matter.layout;
}

void check_layouts(const Site& site, const TemplateSet& templates) {
  for (const Page& page : site.pages) {
    const std::string& layout = page.front_matter.layout;
    if (layout.empty() || templates.contains(layout)) continue;
    throw Error(page.front_matter.layout_position,
                "unknown layout `" + layout + "`: there is no layouts/" + layout + ".mustache");
  }
}

std::string Renderer::render(const Output& output) const {
  return templates_.render(layout_of(output), output_data(site_, output), site_data_);
}

ConvertedText Renderer::convert(const Page& page, std::vector<PageLink>& links) const {
  PageTextOptions options;
  options.file = printable(page.source.path);
  options.body_line = page.body_line;
  options.raw_html = site_.config.raw_html;
  options.find_page = [this, &page, &links](std::string_view url) -> std::string {
    const size_t end = std::min(url.find_first_of("#?"), url.size());
    const std::filesystem::path path =
        std::filesystem::path(page.section) / url_decode(url.substr(0, end));
    const std::string relative = path.lexically_normal().native();
    const Page* target = site_.find_page(relative);
    if (target == nullptr) return {};
    links.push_back({relative, target->output});
    return root_of(page.output) + url_encode(target->output) + std::string(url.substr(end));
  };
  options.render_shortcode = [this, &page](const Shortcode& shortcode, const std::string& inner,
                                           const std::function<Position()>& position) {
    const std::string layout = "shortcodes/" + shortcode.name;
    if (!templates_.contains(layout)) {
      throw Error(position(), fmt::format("unknown shortcode `{}`: there is no layouts/{}.mustache",
                                          shortcode.name, layout));
    }
    Data data;
    for (const auto& [name, value] : shortcode.arguments) data[name] = value;
    data["inner"] = inner;
    data["root"] = root_of(page.output);
    std::string html = templates_.render(layout, data);
    while (html.ends_with('\n')) html.pop_back();
    return html;
  };
  return convert_page_text(page.body, options);
}

}  // namespace memprof::sitegen
