#pragma once

#include <string>
#include <vector>

#include "sitegen/render/template_set.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// A finished file of the output.
struct RenderedFile {
  std::string path;  ///< Below the output folder, with '/' between names.
  std::string html;
};

/// Throws Error, with its position, for the first page whose front matter names an unknown layout.
void check_layouts(const Site& site, const TemplateSet& templates);

/// All pages, then the lists of pages, each with its layout.
///
/// What a layout is given, for a page and for a list alike:
///   title, date (false when there is none), content (HTML: use {{{content}}}), url, root (leads
///   from this file to the top: link with {{root}}{{url}}), home (true on the home page),
///   site.title, site.has_tags, parents (the sections above, outermost first), params.KEY
///   for a page:  has_tags, tags
///   for a list:  has_sections, sections, has_entries, entries (the pages or, of all tags, the
///   tags)
/// Each item of parents, tags, sections and entries has title, url, date and count; false where it
/// has none.
///
/// REQUIRES: check_layouts() has passed.
std::vector<RenderedFile> render_site(const Site& site, TemplateSet& templates);

}  // namespace memprof::sitegen
