"""The session: options, where programs and traces are, running and timing commands."""

import ctypes
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PR_SET_CHILD_SUBREAPER = 36
LEFTOVERS_SECONDS = 60


class BenchError(Exception):
    """What went wrong, where, why; for people."""


@dataclasses.dataclass(frozen=True)
class Options:
    runs: int
    quick: bool
    only: list | None  # of names; None: everything
    build: pathlib.Path | None


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of one run, in seconds; `out` is what it printed."""
    wall: float
    cpu: float
    out: str = ""


@dataclasses.dataclass(frozen=True)
class Command:
    argv: list
    env: dict = dataclasses.field(default_factory=dict)  # added to the environment
    before: object = None  # called before each run, unmeasured


class Bench:
    """Holds a directory for inputs and traces, on the disk of the build, removed at the end."""

    def __init__(self, options):
        self.options = options
        self.build = options.build or ROOT / "build"
        self.library = self.build / "lib" / "libmemprof.so"
        self._made = {}
        self.failures = {}  # {what: [why, ...]} of other profilers' runs

    def __enter__(self):
        if not self.library.is_file():
            if self.options.build:
                raise BenchError(f"{self.library}: there is no recorder in this build")
            if subprocess.run([ROOT / "scripts" / "build"], stdout=sys.stderr).returncode != 0:
                raise BenchError("scripts/build failed")
        # Processes that outlive their parent become ours, so that their time is counted, too.
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise BenchError(f"prctl(PR_SET_CHILD_SUBREAPER): {os.strerror(ctypes.get_errno())}")
        self._place = tempfile.TemporaryDirectory(prefix="bench.", dir=self.build)
        self.place = pathlib.Path(self._place.name)
        return self

    def __exit__(self, *_):
        self.progress("")
        self._place.cleanup()

    # Where things are. None: not here.

    def program(self, name):
        """The path of one of ours, or of one in PATH."""
        for folder in ("bin", "tests/bench"):
            ours = self.build / folder / name
            if ours.is_file():
                return str(ours)
        return shutil.which(name)

    def made(self, name, make):
        """The file or folder `name`, made by make(path) at first use."""
        path = self.place / name
        if name not in self._made:
            self.progress(f"preparing {name}")
            self._made[name] = make(path)
        return path

    def fresh_folder(self, name):
        path = self.place / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    # Running.

    def run(self, command):
        """Runs it to its end and that of all processes that it leaves behind."""
        if command.before:
            command.before()
        with tempfile.TemporaryFile(dir=self.place) as out, \
                tempfile.TemporaryFile(dir=self.place) as err:
            start = time.monotonic()
            child = subprocess.Popen(command.argv, env=clean_environment(command.env), stdout=out,
                                     stderr=err, stdin=subprocess.DEVNULL, cwd=self.place,
                                     start_new_session=True)
            try:
                _, status, usage = os.wait4(child.pid, 0)
                wall = time.monotonic() - start
                child.returncode = os.waitstatus_to_exitcode(status)
                cpu = usage.ru_utime + usage.ru_stime + reap_leftovers(command)
            except BaseException:
                kill_group(child)
                raise
            if child.returncode != 0:
                err.seek(0)
                last = err.read().decode(errors="replace").strip().splitlines()[-5:]
                raise BenchError(f"{words(command.argv)}: ended with status {child.returncode}"
                                 + "".join(f"\n  {line}" for line in last))
            out.seek(0)
            return Cost(wall, cpu, out.read().decode(errors="replace"))

    def interleave(self, title, variants, runs=None, may_fail=()):
        """Runs each of {name: function returning a result} once a round, the order rotating from
        round to round; {name: [result, ...]}. Failures of those that `may_fail` are counted and
        leave no result."""
        names = list(variants)
        results = {name: [] for name in names}
        runs = runs or self.options.runs
        for i in range(runs):
            for name in names[i % len(names):] + names[:i % len(names)]:
                self.progress(f"{title}: round {i + 1} of {runs}, {name}")
                try:
                    results[name].append(variants[name]())
                except BenchError as error:
                    if name not in may_fail:
                        raise
                    failed = self.failures.setdefault(f"{title}, {name}", [])
                    failed.append(str(error).splitlines()[-1].strip())
        return results

    # Telling.

    def progress(self, text):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def write_json(self, path, data):
        """Whole or not at all."""
        unfinished = path.with_name(path.name + ".unfinished")
        try:
            unfinished.write_text(json.dumps(data, indent=1) + "\n")
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise BenchError(f"{path}: cannot be written: {error.strerror}") from error


def kill_group(child):
    """The child and what it has started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def words(argv):
    text = " ".join(str(word) for word in argv)
    return text if len(text) < 200 else text[:200] + "..."


def clean_environment(added):
    """Ours without what would profile the profilers, or make runs differ."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("LD_PRELOAD", "DUMP_HEAPTRACK_OUTPUT", "MAKEFLAGS", "MFLAGS")
            and not name.startswith("MEMPROF_")}
    return kept | {"LC_ALL": "C", "CCACHE_DISABLE": "1"} | added


def reap_leftovers(command):
    """The CPU seconds of what the command left behind, once that has ended."""
    cpu = 0
    give_up = time.monotonic() + LEFTOVERS_SECONDS
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu
        if pid != 0:
            cpu += usage.ru_utime + usage.ru_stime
        elif time.monotonic() > give_up:
            raise BenchError(f"{words(command.argv)}: processes of it do not end")
        else:
            time.sleep(0.001)


def median(costs, what):
    return statistics.median(getattr(cost, what) for cost in costs)
