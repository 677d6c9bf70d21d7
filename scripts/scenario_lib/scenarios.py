"""What is measured and checked. A scenario is a function of the world; its doc string says what."""

import filecmp
import os

from scenario_lib import memory_doc
from scenario_lib.world import RUNS, size_text


def pages(world):
    """sites of 100, 500 and 1,000 pages; quick: 100"""
    for count in (100,) if world.quick else (100, 500, 1000):
        world.say(f"{count:,} pages")
        measured = world.measure(world.site(count), count)
        world.show(measured)
        world.check_heap_exact(measured)
        world.check_rss(measured)
        world.figures.setdefault("pages", {})[count] = measured


def empty(world):
    """a folder with nothing in it"""
    site = world.path / "empty"
    site.mkdir()
    _small(world, site, "empty")


def config(world):
    """a site of settings alone"""
    site = world.path / "config"
    site.mkdir()
    (site / "sitegen.toml").write_text('title = "Nothing yet"\nlanguage = "en"\n[params]\ncolour = "blue"\n')
    _small(world, site, "config")


def _small(world, site, name):
    measured = world.measure(site, 0)
    world.show(measured)
    world.check_heap_exact(measured)
    world.check_rss(measured)
    world.figures[name] = measured


def _same_per_page(scale):
    """From each value to the next. Tables and lists that double make steps, so memprof's verdict of
    four values, which fits a power, may well be "undecided"; a square would grow eightfold here."""
    points = [(point["value"], point["heap_peak_bytes"][0]) for point in scale["values"]]
    slope = scale["heap"]["per_unit_bytes"]["value"]
    return all(abs((high - low) / (more - few) / slope - 1) <= 0.25
               for (few, low), (more, high) in zip(points, points[1:]))


def scaling(world):
    """50, 100, 200 and 400 pages, what 5,000 will take; in full: what 5,000 and 10,000 do take"""
    values = memory_doc.SCALING_VALUES
    fits = [fit(world) for _ in range(2 if world.quick else RUNS)]
    scale = sorted(fits, key=lambda one: one["rss"]["per_unit_bytes"]["value"])[len(fits) // 2]
    heap, rss = scale["heap"], scale["rss"]
    for point in scale["values"]:
        world.say(f"{point['value']:>6,.0f} pages: heap peak {size_text(point['heap_peak_bytes'][0])}, "
                  f"RSS peak {size_text(point['rss_peak_bytes'][0])}")
    peaks = [[point["heap_peak_bytes"] for point in one["values"]] for one in fits]
    world.check(all(one == peaks[0] for one in peaks), f"heap peaks are the same to the byte in {len(fits)} runs")
    for name, fitted in (("heap", heap), ("RSS", rss)):
        world.say(f"{name}: {memory_doc.fit_text(fitted)}, {fitted['shape']}")
    world.check(_same_per_page(scale), "a page takes the same heap, whatever their number, but for a quarter")
    world.check([point["value"] for point in scale["values"]] == list(values), "all values were measured")
    world.figures["scaling"] = scale
    for count in () if world.quick else (5000, 10000):
        measured = world.measure(world.site(count), count)
        world.say(f"{count:,} pages")
        world.show(measured)
        world.check_heap_exact(measured)
        world.check_rss(measured)
        world.figures.setdefault("pages", {})[count] = measured
        if count == memory_doc.PREDICTED:
            low, high = heap["predicted_bytes"]["low"], heap["predicted_bytes"]["high"]
            peak = measured.counts[0]["peak_bytes"]
            world.check(low <= peak <= high, f"its heap peak, {size_text(peak)}, is within what was predicted: "
                        f"{size_text(low)} to {size_text(high)}")


def fit(world):
    """What memprof scale says of the documented values, each built once and into an empty folder:
    where there is a site, sitegen compares with it, and takes a little less."""
    values = memory_doc.SCALING_VALUES
    for count in values:
        world.site(count)
        world.remove(f"out-{count}")
    return world.memprof_json(
        "scale", "--values", ",".join(map(str, values)), "--predict", memory_doc.PREDICTED, "--runs", 1,
        "--format", "json", "--", *world.build_command(world.path / "site-{}", out="out-{}"))[1]


def repeat_one(world):
    """ten builds in one process, by its phases"""
    answer = _repeat(world, world.build_command(world.site(100), extra=("--repeat", "10")))
    world.check(answer["iterations"]["kind"] == "phase" and answer["iterations"]["phase"] == "build",
                "the iterations are the process's phases")


def repeat_ten(world):
    """ten builds in ten processes"""
    answer = _repeat(world, world.build_command(world.site(100)))
    world.check(answer["iterations"]["kind"] == "run", "the iterations are runs")


def _repeat(world, command):
    status, answer = world.memprof_json("repeat", "-n", "10", "--format", "json", "--", *command, accept=(0, 1))
    figures = answer["figures"]
    for name in ("heap_peak_bytes", "rss_peak_bytes", "live_bytes"):
        values = figures[name]["values"]
        world.say(f"{name}: {size_text(min(values))} to {size_text(max(values))}, "
                  f"{figures[name]['slope']:+.0f} B per build; per page {size_text(figures[name]['median'] / 100)}")
    world.check(answer["verdict"] == "clean" and status == 0, f"ten builds are clean: {answer['reason']}")
    world.check(answer["iterations"]["count"] == 10, "there are ten iterations")
    # The first is warm-up: what is made once is made there.
    for name in ("heap_peak_bytes", "live_bytes", "allocations"):
        rest = figures[name]["values"][1:]
        world.check(len(set(rest)) == 1, f"{name} is the same after the first build")
    return answer


def leaks(world):
    """what a build leaves: nothing is lost"""
    trace = world.path / "trace-leaks"
    world.memprof("run", "-q", "--reachability", "-o", trace, "--", *world.build_command(world.site(100)))
    status, answer = world.memprof_json("leaks", trace, "--format", "json", accept=(0, 1))
    for state, held in answer["totals"].items():
        world.say(f"{state}: {size_text(held['bytes'])} in {held['blocks']} blocks")
    world.check(status == 0 and answer["totals"]["lost"]["blocks"] == 0, "no block is lost")
    world.check(answer["totals"]["unknown"]["blocks"] == 0, "of each block it is known")


def allocators(world):
    """the top 20 allocators, and that rows and the rest add up"""
    rows = []
    for _ in range(2):
        trace = world.record(world.build_command(world.site(100)))
        _, report = world.memprof_json("report", trace, "--top", "20", "--format", "json")
        [process] = report["processes"]
        rows.append([(site["peak_bytes"], site["peak_blocks"], site["stack"]) for site in process["sites"]])
        for figure in ("peak_bytes", "peak_blocks", "allocations", "frees", "live_bytes", "bytes_allocated"):
            total = sum(site[figure] for site in process["sites"]) + process["other"][figure]
            if total != process["totals"][figure]:
                world.check(False, f"{figure}: rows and other are {total}, the total {process['totals'][figure]}")
    _, text = world.memprof("report", world.path / "trace", "--top", "20", "--color", "never")
    for line in text.split("\n\n")[1].splitlines():
        world.say(line)
    world.check(len(rows[0]) == 20, "there are twenty rows, and rows and other add up to the totals")
    world.check(rows[0] == rows[1], "two runs have the same rows, to the byte")


def parallel(world):
    """a build on four threads, beside the same on one"""
    site = world.site(100)
    alone = world.measure(site, 100, runs=1)
    os.rename(world.path / "out", world.path / "out-alone")
    beside = world.measure(site, 100, jobs=4, runs=3 if world.quick else RUNS)
    world.show(beside)
    world.check(_same_tree(world.path / "out-alone", world.path / "out"), "it makes the same site")
    world.check_rss(beside)
    # Which pages are made at the same time is chance, and the peak with it.
    world.check(all(alone.heap_bytes / 2 <= one <= 4 * alone.heap_bytes for one in beside.heap),
                f"four threads need at most four times as much heap as one: {size_text(max(beside.heap))}, "
                f"{size_text(alone.heap_bytes)}")
    world.figures["parallel"] = beside


def _same_tree(one, other):
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*"))
    if names != sorted(str(path.relative_to(other)) for path in other.rglob("*")):
        return False
    files = [name for name in names if (one / name).is_file()]
    return filecmp.cmpfiles(one, other, files, shallow=False)[0] == files


def budget(world):
    """a baseline holds the build that it was made of, and not a larger one"""
    folder = world.path / "budget"
    folder.mkdir()
    file = folder / "memory.toml"
    file.write_text('[[limit]]\nfigure = "peak_heap"\nprocess = "sitegen"\nmax = "baseline"\n'
                    '[[limit]]\nfigure = "peak_heap_delta"\nphase = "render"\nmax = "baseline"\n'
                    '[[limit]]\nfigure = "peak_rss_delta"\nprocess = "sitegen"\nmax = "baseline"\ntolerance = "10 %"\n'
                    '[[limit]]\nfigure = "allocations"\nprocess = "sitegen"\nmax = "baseline"\n')
    def check(*more, pages=100, accept=(0,)):
        trace = world.record(world.build_command(world.site(pages)))
        return world.memprof("check", trace, "--budget", file, *more, accept=accept)
    check("--write-baseline")
    status, text = check(accept=(0, 1))
    for line in text.splitlines():
        world.say(line)
    world.check(status == 0, "the next build of the same site is within the baseline")
    status, _ = check(pages=200, accept=(0, 1))
    world.check(status == 1, "a site twice as large is not")


def documented(world):
    """the figures of docs/memory.md are those measured now"""
    memory_doc.check(world, fit(world), world.measure(world.site(100), 100, runs=1))


ALL = [pages, scaling, repeat_one, repeat_ten, leaks, allocators, empty, config, parallel, budget, documented]


def names():
    return [(one.__name__, one.__doc__) for one in ALL]


def chosen(only, without_docs):
    """Those of these names, in their order. Figures that are about to be written are not checked."""
    return [(one.__name__, one) for one in ALL
            if (only is None or one.__name__ in only) and not (without_docs and one is documented)]
