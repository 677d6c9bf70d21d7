#pragma once

#include <string>
#include <vector>

#include "sitegen/render/template_data.h"
#include "sitegen/render/template_set.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// Throws Error, with its position, for the first page whose front matter names an unknown layout.
void check_layouts(const Site& site, const TemplateSet& templates);

/// The template that `output` is made by.
std::string layout_of(const Output& output);

/// A link in a text to the Markdown file of a page.
struct PageLink {
  std::string relative;  ///< The file, below content/.
  std::string output;    ///< Where the page is.
};

/// Makes HTML of the pages of a site. May be used by several threads at once.
class Renderer {
 public:
  /// `site_data` is what all layouts see beside what an output has of its own. All must outlive
  /// this.
  Renderer(const Site& site, const TemplateSet& templates, const Data& site_data)
      : site_(site), templates_(templates), site_data_(site_data) {}

  /// REQUIRES: check_layouts() has passed; the pages of `output` have their content.
  std::string render(const Output& output) const;

  /// Converts the text of `page` and appends to `links` the pages that it leads to by their files'
  /// names. Throws Error with the place of what is wrong in it.
  ConvertedText convert(const Page& page, std::vector<PageLink>& links) const;

 private:
  const Site& site_;
  const TemplateSet& templates_;
  const Data& site_data_;
};

}  // namespace memprof::sitegen
