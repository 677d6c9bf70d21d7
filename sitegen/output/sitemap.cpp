#include "sitegen/output/sitemap.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sitegen/output/feeds.h"

namespace memprof::sitegen {
namespace {

constexpr const char* kNamespace = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";

std::optional<Date> last_change(const Output& output) {
  if (output.page == nullptr || !output.page->front_matter.date) return std::nullopt;
  return updated(*output.page);
}

}  // namespace

Sitemap::Sitemap(const Site& site, const std::vector<Output>& outputs, size_t max_urls)
    : site_(site), max_urls_(max_urls) {
  for (const Output& output : outputs) {
    if (output.kind != Output::Kind::kAlias && output.kind != Output::Kind::kNotFound) {
      outputs_.push_back(&output);
    }
  }
  files_.emplace_back("sitemap.xml");
  if (outputs_.size() <= max_urls_) return;
  for (size_t first = 0; first < outputs_.size(); first += max_urls_) {
    files_.push_back(fmt::format("sitemap-{}.xml", files_.size()));
  }
}

Digest Sitemap::digest() const {
  Digester digester;
  for (const Output* output : outputs_) {
    digester.add(std::string_view(output->path));
    const std::optional<Date> date = last_change(*output);
    digester.add(date.has_value());
    if (!date) continue;
    digester.add(date->unix_s);
    digester.add(date->offset_minutes);
  }
  return digester.take();
}

std::string Sitemap::text(size_t file) const {
  if (files_.size() == 1) return part(0);
  return file == 0 ? index() : part(file - 1);
}

std::string Sitemap::index() const {
  std::string xml = fmt::format("{}<sitemapindex {}>\n", kXmlStart, kNamespace);
  for (size_t i = 1; i < files_.size(); ++i) {
    xml += "<sitemap><loc>" + permalink(site_, files_[i]) + "</loc></sitemap>\n";
  }
  return xml + "</sitemapindex>\n";
}

std::string Sitemap::part(size_t number) const {
  std::string xml = fmt::format("{}<urlset {}>\n", kXmlStart, kNamespace);
  const size_t begin = number * max_urls_;
  for (size_t i = begin; i < std::min(begin + max_urls_, outputs_.size()); ++i) {
    const Output& output = *outputs_[i];
    xml += "<url><loc>" + permalink(site_, output.path) + "</loc>";
    if (const std::optional<Date> date = last_change(output)) {
      xml += "<lastmod>" + rfc3339_of(*date) + "</lastmod>";
    }
    xml += "</url>\n";
  }
  return xml + "</urlset>\n";
}

std::string robots_txt(const Site& site) {
  return fmt::format("User-agent: *\nAllow: /\n\nSitemap: {}sitemap.xml\n", site.config.base_url);
}

}  // namespace memprof::sitegen
