"""sitegen beside Hugo: the same content, layouts that show the same, everything that a blog has."""

import functools
import json
import shutil
import sys

from bench_lib.bench import Command, median
from bench_lib.inputs import run_unmeasured
from bench_lib.tables import NOT_HERE, NOT_MEASURED, Result, Table, number, ratio, seconds, times

SITEGEN, ONE_THREAD, HUGO = "sitegen -j 2", "sitegen -j 1", "hugo"
INCREMENTAL, INCREMENTAL_ONE_THREAD = "one edit, -j 2", "one edit, -j 1"

HUGO_CONFIG = """baseURL = "https://site.example/"
title = "A site to try sitegen with"
uglyURLs = true
buildFuture = true
paginate = 10
[taxonomies]
tag = "tags"
category = "categories"
[services.rss]
limit = 20
[params]
author = "Nobody"
"""

HUGO_LAYOUTS = {
    "partials/head.html": """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }} - {{ site.Title }}</title>
<meta name="description" content="{{ .Summary | plainify }}">
<link rel="canonical" href="{{ .Permalink }}">
<link rel="stylesheet" href="/style.css">
<link rel="alternate" type="application/rss+xml" title="{{ site.Title }}" href="/index.xml">
</head>
<body>
<header class="top">
<nav>
<a class="brand" href="/index.html">{{ site.Title }}</a>
<a href="/tags/index.html">Tags</a>
<a href="/categories/index.html">Categories</a>
</nav>
</header>
<div class="frame">
<main>
{{ with .CurrentSection }}<p class="crumbs"><a href="{{ .RelPermalink }}">{{ .Title }}</a></p>{{ end }}
""",
    "partials/foot.html": """</main>
</div>
<footer class="bottom">
<span>{{ site.Params.author }}</span>
<a href="/index.xml">Feed</a>
</footer>
</body>
</html>
""",
    "_default/single.html": """{{ partial "head.html" . }}
<article>
<h1>{{ .Title }}</h1>
<p class="meta"><time datetime="{{ .Date.Format "2006-01-02T15:04:05Z" }}">{{ .Date.Format "2006-01-02" }}</time></p>
<nav class="toc" aria-label="On this page">{{ .TableOfContents }}</nav>
{{ .Content }}
<ul class="tags">
{{ range .GetTerms "tags" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}{{ range .GetTerms "categories" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}</ul>
</article>
<nav class="pager" aria-label="Neighbours">
<span>{{ with .PrevInSection }}<a rel="prev" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</span>
<span>{{ with .NextInSection }}<a rel="next" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</span>
</nav>
{{ partial "foot.html" . }}
""",
    "_default/list.html": """{{ partial "head.html" . }}
<h1>{{ .Title }}</h1>
{{ .Content }}
{{ $pages := .Pages }}{{ if .IsHome }}{{ $pages = site.RegularPages }}{{ end }}
{{ $list := .Paginate $pages }}
<ul class="entries">
{{ range $list.Pages }}<li><a class="title" href="{{ .RelPermalink }}">{{ .Title }}</a>
<time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date.Format "2006-01-02" }}</time>
<p>{{ .Summary | plainify | truncate 200 }}</p></li>
{{ end }}</ul>
<nav class="pager" aria-label="Pages">
<span>{{ if $list.HasPrev }}<a rel="prev" href="{{ $list.Prev.URL }}">Page {{ $list.Prev.PageNumber }}</a>{{ end }}</span>
<span>{{ $list.PageNumber }} of {{ $list.TotalPages }}</span>
<span>{{ if $list.HasNext }}<a rel="next" href="{{ $list.Next.URL }}">Page {{ $list.Next.PageNumber }}</a>{{ end }}</span>
</nav>
{{ partial "foot.html" . }}
"""}

# ru_maxrss outlives exec, so it counts what started the program, too: something small must.
PEAK_RSS = """
import os, resource, sys
status = os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:])
print("\\npeak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def make_site(bench, pages):
    """A blog for sitegen."""
    return bench.made(f"blog-{pages}", lambda path: run_unmeasured(
        [bench.program("sitegen"), "new", str(path), "--pages", str(pages), "--kind", "blog"]))


def make_hugo_site(bench, pages):
    """The same blog for Hugo: its links lead to HTML, and the layouts are its own."""
    def make(path):
        source = make_site(bench, pages) / "content"
        for file in source.rglob("*.md"):
            copy = path / "content" / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.read_text().replace(".md)", ".html)"))
        (path / "config.toml").write_text(HUGO_CONFIG)
        for name, text in HUGO_LAYOUTS.items():
            layout = path / "layouts" / name
            layout.parent.mkdir(parents=True, exist_ok=True)
            layout.write_text(text)
        (path / "static").mkdir()
        (path / "static" / "style.css").write_text("body {}\n")
    return bench.made(f"hugo-{pages}", make)


class Builds:
    """Commands that build a site of so many pages, each into a folder of its own: a file system is
    slow for a while where many files have been removed."""

    def __init__(self, bench, pages):
        self.bench, self.pages, self.count = bench, pages, 0

    def fresh(self):
        self.count += 1
        return str(self.bench.place / f"out-{self.pages}-{self.count}")

    def sitegen(self, *options):
        return [self.bench.program("sitegen"), "build", str(make_site(self.bench, self.pages)),
                "-o", self.fresh(), *options]

    def hugo(self):
        return ["hugo", "--quiet", "--source", str(make_hugo_site(self.bench, self.pages)),
                "--destination", self.fresh()]

    def after_edit(self, *options):
        """An incremental build after a paragraph more in one page of a site that is built."""
        bench = self.bench
        site = bench.made(f"edited-{self.pages}", lambda path: shutil.copytree(
            make_site(bench, self.pages), path))
        argv = [bench.program("sitegen"), "build", str(site), "-o",
                str(bench.place / f"out-edited-{self.pages}"), "--incremental", *options]
        bench.made(f"built-{self.pages}", lambda _: bench.run(Command(argv)))
        page = sorted((site / "content").rglob("*.md"))[self.pages // 2]
        return argv, lambda: page.write_text(page.read_text() + "\nOne more paragraph.\n")

    def variants(self):
        bench = self.bench
        variants = {SITEGEN: lambda: bench.run(Command(self.sitegen("-j", "2"))),
                    ONE_THREAD: lambda: bench.run(Command(self.sitegen("-j", "1")))}
        for name, options in ((INCREMENTAL, ("-j", "2")), (INCREMENTAL_ONE_THREAD, ("-j", "1"))):
            argv, edit = self.after_edit(*options)
            variants[name] = functools.partial(bench.run, Command(argv, before=edit))
        if shutil.which("hugo"):
            variants[HUGO] = lambda: bench.run(Command(self.hugo()))
        return variants

    def peak_rss_mb(self, argv):
        done = self.bench.run(Command([sys.executable, "-S", "-s", "-c", PEAK_RSS, *argv]))
        return int(done.out.split()[-1]) * 1024 / 1e6

    def peak_heap_mb(self):
        """By memprof's own report."""
        bench = self.bench
        memprof, trace = bench.program("memprof"), str(bench.fresh_folder("heap") / "trace")
        bench.run(Command([memprof, "run", "-q", "-o", trace, "--", *self.sitegen("-j", "1")]))
        report = json.loads(bench.run(Command(
            [memprof, "report", trace, "--format", "json", "--top", "1"])).out)
        return report["processes"][0]["totals"]["peak_bytes"] / 1e6


def measure_times(bench, pages):
    builds = Builds(bench, pages)
    runs = bench.interleave(f"{pages} pages", builds.variants(), may_fail=(HUGO,))
    data = {name: {"wall": median(costs, "wall"), "cpu": median(costs, "cpu")}
            for name, costs in runs.items() if costs}
    data[SITEGEN]["peak_rss_mb"] = builds.peak_rss_mb(builds.sitegen("-j", "2"))
    if HUGO in data:
        data[HUGO]["peak_rss_mb"] = builds.peak_rss_mb(builds.hugo())
    return data


def times_table(pages, data):
    rows = []
    for name in (SITEGEN, ONE_THREAD, HUGO, INCREMENTAL, INCREMENTAL_ONE_THREAD):
        own = data.get(name)
        rows.append([name] + ([NOT_MEASURED] * 3 if own is None else [
            seconds(own["wall"]), seconds(own["cpu"]), number(own.get("peak_rss_mb"), 1)]))

    def of(one, other, key="wall", how=ratio):
        return how(data.get(one, {}).get(key), data.get(other, {}).get(key))
    notes = [f"sitegen to Hugo: {of(SITEGEN, HUGO)} of the time, "
             f"{of(SITEGEN, HUGO, 'peak_rss_mb')} of the peak RSS (to reach: 1/5 of both)",
             "peak RSS of sitegen with 10,000 pages to stay below: 250 MB",
             f"-j 2 is {of(ONE_THREAD, SITEGEN, how=times)} as fast as -j 1 (to reach: 1.6x)",
             f"one edit is {of(SITEGEN, INCREMENTAL, how=times)} as fast as all with -j 2, "
             f"{of(ONE_THREAD, INCREMENTAL_ONE_THREAD, how=times)} with -j 1 (to reach: 10x)"]
    return Table(f"A blog of {pages:,} pages", ["", "wall s", "CPU s", "peak RSS MB"], rows, notes)


def generators(bench):
    if bench.program("sitegen") is None:
        return Result({}, [Table("Site generators", ["", NOT_HERE], [])])
    counts = (50, 100) if bench.options.quick else (1000, 10_000)
    data, result = {}, []
    for pages in counts:
        data[str(pages)] = measure_times(bench, pages)
        result.append(times_table(pages, data[str(pages)]))
    rows = []
    for pages in (counts[0] // 2, counts[0], 2 * counts[0]):
        heap = Builds(bench, pages).peak_heap_mb()
        data.setdefault("peak_heap_mb", {})[str(pages)] = heap
        rows.append([f"{pages:,}", number(heap, 2), number(heap / pages * 1000, 1)])
    result.append(Table("sitegen's heap at its peak, one thread", ["pages", "MB", "KB a page"], rows,
                        ["linear in pages where the KB a page stay the same or fall"]))
    return Result(data, result)
