"""The figures of docs/memory.md: made, read back, and held to what is measured."""

import re

from scenario_lib.world import ROOT, Trouble, size_text

FILE = ROOT / "docs" / "memory.md"
BEGIN = "<!-- figures: scripts/scenarios --write-docs -->\n"
END = "<!-- end of figures -->\n"

SCALING_VALUES = (50, 100, 200, 400)
PREDICTED = 5000

# Compilers, libraries and allocators differ a little from machine to machine.
HEAP_TOLERANCE = 0.10
RSS_TOLERANCE = 0.25


def bounds(value):
    """"a (b to c)" of an estimate with its interval."""
    text = size_text(value["value"])
    if value["low"] is None:
        return text
    return f"{text} ({size_text(value['low'])} to {size_text(value['high'])})"


def fit_text(fitted):
    predicted = bounds(fitted["predicted_bytes"])
    return (f"fixed {bounds(fitted['fixed_bytes'])}, per page {bounds(fitted['per_unit_bytes'])}, "
            f"{PREDICTED:,} pages {predicted}")


def _bytes(value):
    return f"{value:,.0f}"


def _interval(value):
    return f"{_bytes(value['value'])} | {_bytes(value['low'])} to {_bytes(value['high'])}"


def _figures(figures):
    scale = figures["scaling"]
    lines = [f"Peaks of the process by `memprof scale --values {','.join(map(str, SCALING_VALUES))} "
             f"--predict {PREDICTED}`, in bytes, with 95 % intervals:", "",
             "| | heap | interval | RSS | interval |", "|---|---:|---:|---:|---:|"]
    for name, key in (("fixed cost", "fixed_bytes"), ("per page", "per_unit_bytes"),
                      (f"{PREDICTED:,} pages, predicted", "predicted_bytes")):
        lines.append(f"| {name} | {_interval(scale['heap'][key])} | {_interval(scale['rss'][key])} |")
    lines += ["", "Growth during the build, of heap (to the peak of the phase `build`) and RSS, medians of five runs, in bytes:", "",
              "| site | heap Δ | RSS Δ | heap Δ per page | heap peak of the process |", "|---|---:|---:|---:|---:|"]
    rows = [("nothing at all", figures["empty"]), ("settings alone", figures["config"])]
    rows += [(f"{pages:,} pages", one) for pages, one in sorted(figures["pages"].items())]
    rows.append(("100 pages on four threads", figures["parallel"]))
    for name, one in rows:
        per_page = _bytes(one.heap_bytes / one.pages) if one.pages else ""
        lines.append(f"| {name} | {_bytes(one.heap_bytes)} | {_bytes(one.rss_bytes)} | {per_page} | "
                     f"{_bytes(one.counts[0]['peak_bytes'])} |")
    return "\n".join(lines) + "\n"


def _parts():
    text = FILE.read_text()
    before, begin, rest = text.partition(BEGIN)
    figures, end, after = rest.partition(END)
    if not begin or not end:
        raise Trouble(f"{FILE}: the marks around its figures are missing")
    return before, figures, after


def write(figures):
    before, _, after = _parts()
    FILE.write_text(before + BEGIN + _figures(figures) + END + after)
    print(f"\n{FILE.relative_to(ROOT)} has these figures")


def _stated(row):
    """The numbers of a table's row, by its first cell."""
    match = re.search(rf"^\| {re.escape(row)} \|(.*)\|$", _parts()[1], re.M)
    if match is None:
        raise Trouble(f"{FILE}: has no figures of: {row}")
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", match.group(1))]


def check(world, scale, hundred):
    def compare(what, stated, measured, tolerance):
        off = abs(measured - stated) / stated
        world.check(off <= tolerance, f"{what}: {size_text(stated)} stated, {size_text(measured)} measured")
    for name, key in (("fixed cost", "fixed_bytes"), ("per page", "per_unit_bytes"),
                      (f"{PREDICTED:,} pages, predicted", "predicted_bytes")):
        numbers = _stated(name)
        compare(f"heap, {name}", numbers[0], scale["heap"][key]["value"], HEAP_TOLERANCE)
        compare(f"RSS, {name}", numbers[3], scale["rss"][key]["value"], RSS_TOLERANCE)
    numbers = _stated("100 pages")
    compare("heap, 100 pages", numbers[0], hundred.heap_bytes, HEAP_TOLERANCE)
    compare("RSS, 100 pages", numbers[1], hundred.rss_bytes, RSS_TOLERANCE)
