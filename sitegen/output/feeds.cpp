#include "sitegen/output/feeds.h"

#include <fmt/format.h>

#include <algorithm>

#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

/// The feed's own time is that of its newest page: two builds of one site must not differ.
Date newest(const std::vector<const Page*>& pages) {
  Date result;
  for (const Page* page : pages) result = std::max(result, updated(*page));
  return result;
}

std::string element(const char* name, const std::string& text) {
  return text.empty() ? "" : fmt::format("<{0}>{1}</{0}>\n", name, escape_html(text));
}

}  // namespace

std::string permalink(const Site& site, const std::string& output) {
  return escape_html(site.config.base_url + url_encode(output));
}

Date updated(const Page& page) {
  return page.front_matter.updated.value_or(*page.front_matter.date);
}

std::vector<const Page*> feed_pages(const Site& site) {
  std::vector<const Page*> pages;
  for (const Page* page : site.listed) {
    if (page->front_matter.date) pages.push_back(page);
  }
  std::stable_sort(pages.begin(), pages.end(), [](const Page* a, const Page* b) {
    return a->front_matter.date > b->front_matter.date;
  });
  const size_t limit = site.config.feed_limit;
  if (limit != 0 && pages.size() > limit) pages.resize(limit);
  return pages;
}

std::string atom_feed(const Site& site) {
  const std::vector<const Page*> pages = feed_pages(site);
  const std::string self = permalink(site, "atom.xml");
  std::string xml = kXmlStart;
  xml += fmt::format(
      "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n"
      "<id>{}</id>\n<title>{}</title>\n<updated>{}</updated>\n"
      "<link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>\n"
      "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n",
      escape_html(site.config.language), self, escape_html(site.title), rfc3339_of(newest(pages)),
      self, escape_html(site.config.base_url));
  xml += element("subtitle", site.config.description);
  // Atom wants an author for each entry.
  xml += fmt::format("<author><name>{}</name></author>\n",
                     escape_html(site.config.author.empty() ? site.title : site.config.author));
  for (const Page* page : pages) {
    const std::string url = permalink(site, page->output);
    xml += fmt::format(
        "<entry>\n<id>{0}</id>\n<title>{1}</title>\n<published>{2}</published>\n"
        "<updated>{3}</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"{0}\"/>\n",
        url, escape_html(page->title), rfc3339_of(*page->front_matter.date),
        rfc3339_of(updated(*page)));
    xml += element("summary", page->summary);
    xml += fmt::format("<content type=\"html\" xml:base=\"{}\">{}</content>\n</entry>\n", url,
                       escape_html(page->content.html));
  }
  return xml + "</feed>\n";
}

std::string rss_feed(const Site& site) {
  const std::vector<const Page*> pages = feed_pages(site);
  std::string xml = kXmlStart;
  xml += fmt::format(
      "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n"
      "<title>{}</title>\n<link>{}</link>\n<description>{}</description>\n"
      "<language>{}</language>\n"
      "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{}\"/>\n",
      escape_html(site.title), escape_html(site.config.base_url),
      escape_html(site.config.description.empty() ? site.title : site.config.description),
      escape_html(site.config.language), permalink(site, "rss.xml"));
  if (!pages.empty()) xml += element("lastBuildDate", rfc822_of(newest(pages)));
  for (const Page* page : pages) {
    const std::string url = permalink(site, page->output);
    xml += fmt::format(
        "<item>\n<title>{}</title>\n<link>{}</link>\n<guid>{}</guid>\n<pubDate>{}</pubDate>\n",
        escape_html(page->title), url, url, rfc822_of(*page->front_matter.date));
    xml += element("description", page->summary);
    xml += "</item>\n";
  }
  return xml + "</channel>\n</rss>\n";
}

}  // namespace memprof::sitegen
