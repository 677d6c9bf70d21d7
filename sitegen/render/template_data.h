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

/// What is the same in all templates: `site`, with site_fields(), and default_fields().
Data site_data(const Site& site, const Node& data_files);

/// What a layout is given for `output`, on top of site_data().
Data output_data(const Site& site, const Output& output);

}  // namespace memprof::sitegen
