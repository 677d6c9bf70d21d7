"""Sites, runs of the project's commands, and what is found wrong."""

import dataclasses
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

RUNS = 5


class Trouble(Exception):
    """A command could not do its work: nothing was measured."""


def size_text(size):
    """IEC, as reports have it."""
    if abs(size) < 1024:
        return f"{size:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if abs(size) < 1024 or unit == "GiB":
            return f"{size:.{2 if abs(size) < 10 else 1 if abs(size) < 100 else 0}f} {unit}"


@dataclasses.dataclass
class Measured:
    """Several runs of one build; bytes."""
    pages: int
    heap: list    # growth to the peak of the phase "build"
    rss: list     # growth to the peak of the process
    counts: list  # of each run: what has to be the same, too

    @property
    def heap_bytes(self):
        return statistics.median_low(self.heap)

    @property
    def rss_bytes(self):
        return statistics.median_low(self.rss)


class World:
    """A folder for sites and traces, removed at the end."""

    def __init__(self, build, quick):
        self.quick = quick
        self.failures = []
        self.figures = {}  # for docs/memory.md
        self._scenario = ""
        self._build = build.resolve() if build else ROOT / "build"
        if build is None and not (self._build / "bin" / "sitegen").exists():
            subprocess.run([ROOT / "scripts" / "build"], check=True)
        self._bin = self._build / "bin"

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="memprof-scenarios.")
        self.path = pathlib.Path(self._folder.name)
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def begin(self, name):
        self._scenario = name
        print(f"\n{name}", flush=True)

    def say(self, text):
        print(f"  {text}", flush=True)

    def check(self, holds, text):
        self.say(f"{'ok    ' if holds else 'FAILED'} {text}")
        if not holds:
            self.failures.append(f"{self._scenario}: {text}")

    def site(self, pages):
        """A demo site of so many pages, always the same."""
        site = self.path / f"site-{pages}"
        if not site.exists():
            self._run([self._bin / "sitegen", "new", "--pages", str(pages), site])
        return site

    def build_command(self, site, jobs=1, extra=(), out="out"):
        return [str(self._bin / "sitegen"), "build", f"-j{jobs}", *extra, str(site), "-o", str(self.path / out)]

    def remove(self, name):
        shutil.rmtree(self.path / name, ignore_errors=True)

    def memprof(self, *arguments, accept=(0,)):
        """(status, what it printed)."""
        result = self._run([self._bin / "memprof", *arguments], accept)
        return result.returncode, result.stdout

    def memprof_json(self, *arguments, accept=(0,)):
        status, text = self.memprof(*arguments, accept=accept)
        return status, json.loads(text)

    def record(self, command):
        """The trace of a fresh build."""
        self.remove("out")
        self.remove("trace")
        trace = self.path / "trace"
        self.memprof("run", "-q", "-o", trace, "--", *command)
        return trace

    def measure(self, site, pages, jobs=1, runs=RUNS):
        measured = Measured(pages, [], [], [])
        for _ in range(runs):
            trace = self.record(self.build_command(site, jobs))
            _, report = self.memprof_json("report", trace, "--top", "0", "--format", "json")
            [process] = report["processes"]
            [phase] = [one for one in process["phases"] if one["name"] == "build"]
            measured.heap.append(phase["heap_peak_bytes"] - phase["heap_begin_bytes"])
            measured.rss.append(process["rss"]["peak_delta_bytes"])
            measured.counts.append({key: process["totals"][key] for key in
                                    ("allocations", "frees", "bytes_allocated", "peak_bytes", "live_bytes")})
        return measured

    def show(self, measured):
        per_page = ""
        if measured.pages:
            per_page = (f" | per page heap {size_text(measured.heap_bytes / measured.pages)}, "
                        f"RSS {size_text(measured.rss_bytes / measured.pages)}")
        self.say(f"heap Δ +{size_text(measured.heap_bytes)} (peak) | RSS Δ +{size_text(measured.rss_bytes)}{per_page}")

    def check_heap_exact(self, measured):
        runs = len(measured.heap)
        same = len(set(measured.heap)) == 1 and all(one == measured.counts[0] for one in measured.counts)
        self.check(same, f"heap and its totals are the same to the byte in {runs} runs" +
                   ("" if same else f": {measured.heap}, {measured.counts}"))

    def check_rss(self, measured):
        median = statistics.median(measured.rss)
        worst = max(abs(one - median) / median for one in measured.rss)
        self.check(worst <= 0.10, f"RSS stays within 10 % of the median of {len(measured.rss)} runs: {worst:.1%}")

    @staticmethod
    def _run(command, accept=(0,)):
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if result.returncode not in accept:
            raise Trouble(f"{' '.join(map(str, command))}: status {result.returncode}: {result.stderr[-2000:]}")
        return result
