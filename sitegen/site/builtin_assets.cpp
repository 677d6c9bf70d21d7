#include "sitegen/site/builtin_assets.h"

#include <array>

namespace memprof::sitegen {
namespace {

constexpr std::string_view kStyle = R"css(:root {
  color-scheme: light dark;
  --text: #1f2328; --faint: #5c636b; --paper: #fff; --line: #d6dae0; --code: #f3f5f7; --link: #0a58ca;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e3e6ea; --faint: #a0a7b0; --paper: #16191d; --line: #363c44; --code: #20252b; --link: #7db3ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; color: var(--text); background: var(--paper);
  font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--link); text-underline-offset: .15em; }
.top, .bottom { border: 0 solid var(--line); }
.top { border-bottom-width: 1px; }
.top nav, .bottom, .frame { max-width: 46rem; margin: 0 auto; padding: .9rem 1.1rem; }
.wide .top nav, .wide .bottom, .wide .frame { max-width: 66rem; }
.top nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; align-items: baseline; }
.top a { text-decoration: none; }
.brand { font-weight: 700; margin-right: auto; color: inherit; }
.bottom { border-top: 1px solid var(--line); color: var(--faint); font-size: .9rem; margin-top: 2rem; }
.wide .frame { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 2.5rem; }
.sidebar { font-size: .95rem; }
.sidebar ul { list-style: none; margin: 0; padding: 0; }
.sidebar .depth-1 { padding-left: .9rem; }
.sidebar .depth-2 { padding-left: 1.8rem; }
.sidebar .depth-3 { padding-left: 2.7rem; }
.sidebar a { display: block; padding: .15rem 0; text-decoration: none; }
.sidebar [aria-current] { font-weight: 700; color: inherit; }
.crumbs, time, .meta { color: var(--faint); font-size: .9rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.8em 0 .5em; }
h1 { font-size: 1.9rem; margin-top: .6em; }
h2 { font-size: 1.4rem; }
h3 { font-size: 1.15rem; }
img, video { max-width: 100%; height: auto; }
pre, code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; font-size: .9em; background: var(--code); }
code { padding: .1em .3em; border-radius: .25em; }
pre { padding: .9rem 1rem; border-radius: .4em; overflow-x: auto; line-height: 1.45; }
pre code { padding: 0; background: none; font-size: 1em; }
blockquote { margin: 1.2em 0; padding-left: 1rem; border-left: .25rem solid var(--line); color: var(--faint); }
table { display: block; max-width: 100%; overflow-x: auto; overflow-wrap: normal; border-collapse: collapse; margin: 1.2em 0; }
th, td { padding: .35rem .8rem; border: 1px solid var(--line); }
th { background: var(--code); }
hr { border: 0; border-top: 1px solid var(--line); margin: 2em 0; }
.entries { list-style: none; padding: 0; }
.entries > li { margin: 0 0 1.2rem; }
.entries p { margin: .15rem 0 0; }
.entries .title { font-weight: 600; }
.tags { display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; list-style: none; }
.tags a { border: 1px solid var(--line); border-radius: 1em; padding: .05rem .7rem; font-size: .9rem; text-decoration: none; }
.toc { border: 1px solid var(--line); border-radius: .4em; padding: .6rem 1rem; margin: 1.4em 0; font-size: .95rem; }
.toc ul { margin: .2rem 0; padding-left: 1.1rem; }
.pager { display: flex; justify-content: space-between; gap: 1rem; margin: 2rem 0 1rem; }
.note { border: 1px solid var(--line); border-left: .3rem solid var(--link); border-radius: .4em; padding: .2rem 1rem; margin: 1.4em 0; }
figure { margin: 1.4em 0; }
figcaption { color: var(--faint); font-size: .9rem; }
.footnotes { border-top: 1px solid var(--line); margin-top: 2.5em; font-size: .92rem; }
@media (max-width: 48rem) {
  .wide .frame { display: block; }
  .sidebar { border-bottom: 1px solid var(--line); margin-bottom: 1rem; padding-bottom: .6rem; }
}
@media print {
  :root { --text: #000; --faint: #444; --paper: #fff; --line: #bbb; --code: #fff; --link: #000; }
  body { font: 11pt/1.45 Georgia, "DejaVu Serif", serif; }
  .top, .bottom, .sidebar, .pager, .toc, .tags { display: none; }
  .frame, .wide .frame { display: block; max-width: none; padding: 0; }
  main a[href^="http"]::after { content: " (" attr(href) ")"; font-size: .85em; overflow-wrap: anywhere; }
  pre, blockquote, table, figure { break-inside: avoid; }
  pre { border: 1px solid var(--line); white-space: pre-wrap; }
  table { display: table; overflow-wrap: anywhere; }
  h1, h2, h3 { break-after: avoid; }
}
)css";

constexpr std::array kAssets = {BuiltinAsset{"style.css", kStyle}};

}  // namespace

std::span<const BuiltinAsset> builtin_assets() {
  return kAssets;
}

}  // namespace memprof::sitegen
