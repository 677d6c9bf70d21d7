#pragma once

#include <string>

#include "sitegen/render/field_sink.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// The way from the file `output` up to the top of the site. Never empty: "./" keeps a name with a
/// colon from being taken for a scheme.
std::string root_of(const std::string& output);

/// What all layouts are given as `site`: title, description, author, language, base_url, has_feeds,
/// sidebar, menu (title, url, external), taxonomies (title, url, count), params, data.
void site_fields(const Site& site, const Node& data_files, FieldSink& sink);

/// What a layout is given for `output`, site apart. What an output does not have is as in
/// default_fields().
///
/// For all: title, description, content (HTML: use {{{content}}}), url, permalink (false without a
/// base_url), root (leads from this file to the top: link with {{root}}{{url}}), home (true on the
/// home page), date and datetime (false when there is none), updated, toc (HTML, or false), params,
/// parents (the sections above, outermost first), nav (with sidebar: the tree of sections, opened
/// where this page is; each with depth and current);
/// for a page: terms (of all taxonomies), previous and next (an item or false), has_neighbours;
/// for an alias: title and target (the page's address), and no more;
/// for a list: sections, entries (the pages or, of a taxonomy, the terms), paginated, number,
/// total, newer and older (a url or false), newer_number, older_number. Lists have a has_NAME. Each
/// item of a list has title, url, date, summary and count; false where it has none.
void output_fields(const Site& site, const Output& output, FieldSink& sink);

/// What `page` says of itself: date, datetime, updated, description, content, toc, params. They
/// follow from its file and from where the pages are that it leads to.
void page_fields(const Page& page, FieldSink& sink);

/// The same as of an output that has nothing.
void default_fields(FieldSink& sink);

/// Whose text `output` shows; nullptr: nobody's.
const Page* page_shown(const Output& output);

}  // namespace memprof::sitegen
