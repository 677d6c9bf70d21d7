#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "sitegen/content/node.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

using Data = kainjow::mustache::data;

/// A value of front matter or a data file for templates; nothing is false.
Data data_of(const Node& node);

/// What is the same in all templates: `site`, with title, description, author, language, base_url,
/// has_feeds, sidebar, menu (title, url, external), taxonomies (title, url, count), params, data;
/// and what of output_fields.h most outputs do not have.
Data site_data(const Site& site, const Node& data_files);

/// What a layout is given for `output`, on top of site_data().
Data output_data(const Site& site, const Output& output);

}  // namespace memprof::sitegen
