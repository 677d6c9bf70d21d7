#include "sitegen/render/builtin_layouts.h"

#include <array>

namespace memprof::sitegen {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="{{site.language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}{{^home}} - {{site.title}}{{/home}}</title>
{{#description}}
<meta name="description" content="{{description}}">
{{/description}}
{{#permalink}}
<link rel="canonical" href="{{permalink}}">
{{/permalink}}
<link rel="stylesheet" href="{{root}}{{#asset}}style.css{{/asset}}">
{{#site.has_feeds}}
<link rel="alternate" type="application/atom+xml" title="{{site.title}}" href="{{root}}atom.xml">
<link rel="alternate" type="application/rss+xml" title="{{site.title}}" href="{{root}}rss.xml">
{{/site.has_feeds}}
</head>
<body{{#site.sidebar}} class="wide"{{/site.sidebar}}>
<header class="top">
<nav>
<a class="brand" href="{{root}}index.html">{{site.title}}</a>
{{#site.menu}}
<a href="{{^external}}{{root}}{{/external}}{{url}}">{{title}}</a>
{{/site.menu}}
{{#site.taxonomies}}
<a href="{{root}}{{url}}">{{title}}</a>
{{/site.taxonomies}}
</nav>
</header>
<div class="frame">
{{#site.sidebar}}
<nav class="sidebar" aria-label="Contents">
<ul>
{{#nav}}
<li class="depth-{{depth}}"><a href="{{root}}{{url}}"{{#current}} aria-current="page"{{/current}}>{{title}}</a></li>
{{/nav}}
</ul>
</nav>
{{/site.sidebar}}
<main>
{{#has_parents}}
<p class="crumbs">
{{#parents}}
<a href="{{root}}{{url}}">{{title}}</a> /
{{/parents}}
</p>
{{/has_parents}}
)";

constexpr std::string_view kFoot = R"(</main>
</div>
<footer class="bottom">
{{#site.author}}
<span>{{site.author}}</span>
{{/site.author}}
{{#site.has_feeds}}
<a href="{{root}}atom.xml">Feed</a>
{{/site.has_feeds}}
</footer>
</body>
</html>
)";

constexpr std::string_view kPage = R"({{> partials/head}}
<article>
<h1>{{title}}</h1>
{{#date}}
<p class="meta"><time datetime="{{datetime}}">{{date}}</time></p>
{{/date}}
{{#toc}}
<nav class="toc" aria-label="On this page">
{{{toc}}}
</nav>
{{/toc}}
{{{content}}}
{{#has_terms}}
<ul class="tags">
{{#terms}}
<li><a href="{{root}}{{url}}">{{title}}</a></li>
{{/terms}}
</ul>
{{/has_terms}}
</article>
{{#has_neighbours}}
<nav class="pager" aria-label="Neighbours">
<span>{{#previous}}<a rel="prev" href="{{root}}{{url}}">{{title}}</a>{{/previous}}</span>
<span>{{#next}}<a rel="next" href="{{root}}{{url}}">{{title}}</a>{{/next}}</span>
</nav>
{{/has_neighbours}}
{{> partials/foot}}
)";

constexpr std::string_view kList = R"({{> partials/head}}
<h1>{{title}}</h1>
{{{content}}}
{{#has_sections}}
<h2>Sections</h2>
<ul>
{{#sections}}
<li><a href="{{root}}{{url}}">{{title}}</a>{{#count}} ({{count}}){{/count}}</li>
{{/sections}}
</ul>
{{/has_sections}}
{{#has_entries}}
<ul class="entries">
{{#entries}}
{{> partials/entry}}
{{/entries}}
</ul>
{{/has_entries}}
{{#paginated}}
<nav class="pager" aria-label="Pages">
<span>{{#newer}}<a rel="prev" href="{{root}}{{newer}}">Page {{newer_number}}</a>{{/newer}}</span>
<span>{{number}} of {{total}}</span>
<span>{{#older}}<a rel="next" href="{{root}}{{older}}">Page {{older_number}}</a>{{/older}}</span>
</nav>
{{/paginated}}
{{> partials/foot}}
)";

constexpr std::string_view kEntry =
    R"(<li><a class="title" href="{{root}}{{url}}">{{title}}</a>{{#date}} <time datetime="{{date}}">{{date}}</time>{{/date}}{{#count}} ({{count}}){{/count}}{{#summary}}
<p>{{summary}}</p>{{/summary}}</li>
)";

constexpr std::string_view kNotFound = R"({{> partials/head}}
<h1>{{title}}</h1>
<p>There is no such page. <a href="{{root}}index.html">{{site.title}}</a> lists those that there are.</p>
{{> partials/foot}}
)";

constexpr std::string_view kAlias = R"(<!DOCTYPE html>
<html lang="{{site.language}}">
<head>
<meta charset="utf-8">
<title>{{title}}</title>
<link rel="canonical" href="{{target}}">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={{target}}">
</head>
<body>
<p><a href="{{target}}">{{title}}</a></p>
</body>
</html>
)";

constexpr std::string_view kNote = R"(<div class="note">
{{#title}}
<p><strong>{{title}}</strong></p>
{{/title}}
{{{inner}}}
</div>
)";

constexpr std::string_view kFigure = R"(<figure>
<img src="{{src}}" alt="{{alt}}">
{{#caption}}
<figcaption>{{caption}}</figcaption>
{{/caption}}
</figure>
)";

constexpr std::array kLayouts = {
    BuiltinLayout{"404", kNotFound},
    BuiltinLayout{"alias", kAlias},
    BuiltinLayout{"list", kList},
    BuiltinLayout{"page", kPage},
    BuiltinLayout{"partials/entry", kEntry},
    BuiltinLayout{"partials/foot", kFoot},
    BuiltinLayout{"partials/head", kHead},
    BuiltinLayout{"shortcodes/figure", kFigure},
    BuiltinLayout{"shortcodes/note", kNote},
};

}  // namespace

std::span<const BuiltinLayout> builtin_layouts() {
  return kLayouts;
}

}  // namespace memprof::sitegen
