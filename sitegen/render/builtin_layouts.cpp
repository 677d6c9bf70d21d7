#include "sitegen/render/builtin_layouts.h"

#include <array>

namespace memprof::sitegen {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}{{^home}} - {{site.title}}{{/home}}</title>
<style>
body { max-width: 45rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 sans-serif; }
nav a, .tags a { margin-right: 1em; }
pre, table { overflow-x: auto; }
time { color: #555; }
</style>
</head>
<body>
<header>
<nav>
<a href="{{root}}index.html">{{site.title}}</a>
{{#parents}}
<a href="{{root}}{{url}}">{{title}}</a>
{{/parents}}
{{#site.has_tags}}
<a href="{{root}}tags/index.html">Tags</a>
{{/site.has_tags}}
</nav>
</header>
<main>
)";

constexpr std::string_view kFoot = R"(</main>
</body>
</html>
)";

constexpr std::string_view kPage = R"({{> partials/head}}
<article>
<h1>{{title}}</h1>
{{#date}}
<p><time datetime="{{date}}">{{date}}</time></p>
{{/date}}
{{{content}}}
{{#has_tags}}
<p class="tags">
{{#tags}}
<a href="{{root}}{{url}}">{{title}}</a>
{{/tags}}
</p>
{{/has_tags}}
</article>
{{> partials/foot}}
)";

constexpr std::string_view kList = R"({{> partials/head}}
<h1>{{title}}</h1>
{{{content}}}
{{#has_sections}}
<h2>Sections</h2>
<ul>
{{#sections}}
{{> partials/entry}}
{{/sections}}
</ul>
{{/has_sections}}
{{#has_entries}}
{{#has_sections}}
<h2>Pages</h2>
{{/has_sections}}
<ul>
{{#entries}}
{{> partials/entry}}
{{/entries}}
</ul>
{{/has_entries}}
{{> partials/foot}}
)";

constexpr std::string_view kEntry =
    R"(<li><a href="{{root}}{{url}}">{{title}}</a>{{#date}} <time datetime="{{date}}">{{date}}</time>{{/date}}{{#count}} ({{count}}){{/count}}</li>
)";

constexpr std::array kLayouts = {
    BuiltinLayout{"list", kList},
    BuiltinLayout{"page", kPage},
    BuiltinLayout{"partials/entry", kEntry},
    BuiltinLayout{"partials/foot", kFoot},
    BuiltinLayout{"partials/head", kHead},
};

}  // namespace

std::span<const BuiltinLayout> builtin_layouts() {
  return kLayouts;
}

}  // namespace memprof::sitegen
