"""A build of thousands of processes in one profile file: size, time, memory, and whether it adds up."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time

from bench_lib import profilers, workloads
from bench_lib.bench import BenchError, Command, clean_environment, words
from bench_lib.tables import Result, Table, number, seconds

PROCESSES = 10_000
EVENTS = 3_000
PAIRS = 250_000_000
SUMS = ("count(*)", "sum(allocations)", "sum(frees)", "sum(bytes_allocated)", "sum(live_bytes)",
        "sum(peak_bytes)")
WATCH_SECONDS = 0.1


def measured(bench, argv):
    """(wall seconds, peak resident bytes, output) of one command."""
    bench.progress(words(argv))
    with tempfile.TemporaryFile(dir=bench.place) as out:
        start = time.monotonic()
        child = subprocess.Popen(argv, stdout=out, env=clean_environment({"XDG_CACHE_HOME": ""}))
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise BenchError(f"{words(argv)}: ended with status {child.returncode}")
        out.seek(0)
        return wall, usage.ru_maxrss * 1024, out.read().decode(errors="replace")


def disk_bytes(folder, pattern="**/*"):
    total = 0
    for path in folder.glob(pattern):
        try:
            total += path.stat().st_blocks * 512
        except OSError:
            pass  # It has gone meanwhile.
    return total


def synthesized(bench):
    memprof, writer = bench.program("memprof"), bench.program("build_traces")
    processes = PROCESSES // (100 if bench.options.quick else 1)
    raw, profile = bench.fresh_folder("build"), bench.place / "build.mprof"
    truth = tuple(map(int, bench.run(Command(
        [writer, str(raw), str(processes), str(EVENTS)])).out.split()))
    raw_bytes = disk_bytes(raw)
    rows, data = [], {"processes": processes, "raw_bytes": raw_bytes, "commands": {}}

    def row(what, argv):
        wall, rss, out = measured(bench, [memprof, *argv])
        data["commands"][what] = {"wall": wall, "rss_bytes": rss}
        rows.append([what, seconds(wall), number(rss / 2**20)])
        return out
    row("pack", ["pack", str(raw), "-o", str(profile)])
    data["profile_bytes"] = profile.stat().st_size
    row("report", ["report", str(profile)])
    packed_tree = json.loads(row("tree", ["tree", str(profile), "--format", "json"]))
    row("diff, each at its peak", ["diff", str(profile), str(profile)])
    copy = bench.place / "again.mprof"
    shutil.copy(profile, copy)
    row("diff of two runs", ["diff", str(profile), str(copy)])
    row("report of one process", ["report", str(profile), "--process", "*part3.o"])
    raw_tree = json.loads(row("tree of the raw traces", ["tree", str(raw), "--format", "json"]))
    with sqlite3.connect(f"file:{profile}?mode=ro", uri=True) as file:
        sums = file.execute(f"SELECT {', '.join(SUMS)} FROM processes").fetchone()
        site_sums = file.execute("SELECT sum(allocations), sum(bytes_allocated) FROM sites").fetchone()
    equal = {"totals": tuple(sums) == truth, "sites": site_sums == (truth[1], truth[3]),
             "tree": packed_tree["tree"] == raw_tree["tree"]}
    data["equal"] = equal
    shutil.rmtree(raw)
    notes = [f"raw traces {raw_bytes / 1e6:,.0f} MB, profile {data['profile_bytes'] / 1e6:,.1f} MB"] + [
        f"{what}: {'equal to the truth, to the byte' if same else 'DIFFERENT'}"
        for what, same in equal.items()]
    return data, Table(f"A build of {processes:,} processes, {truth[1] + truth[2]:,} events",
                       ["", "s", "MiB"], rows, notes)


class DiskWatch:
    """While it is open: the most that a folder's files had on disk together; `pattern` chooses them."""

    def __init__(self, folder, pattern="**/*"):
        self.most_bytes = 0
        self._done = threading.Event()
        self._look = lambda: disk_bytes(folder, pattern)
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._done.wait(WATCH_SECONDS):
            self.most_bytes = max(self.most_bytes, self._look())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        self.most_bytes = max(self.most_bytes, self._look())


def beside_make(bench):
    """A real make -j2: how long, and how much disk at most, with raw traces and folded as it goes."""
    memprof = bench.program("memprof")
    command = workloads.make(bench, () if bench.options.quick else ("memprof_heap", "memprof_symbols"))
    command.before()
    wall, _, _ = measured(bench, command.argv)
    rows, data = [["alone", seconds(wall), "", ""]], {"alone": {"wall": wall}}
    for what, output in (("raw traces", "out"), ("folded as it goes", "out.mprof")):
        folder = bench.fresh_folder(profilers.TRACES)
        command.before()
        with DiskWatch(folder) as disk:
            wall, _, _ = measured(bench, [memprof, "run", "-q", "-o", str(folder / output), "--",
                                          *command.argv])
        left = disk_bytes(folder)
        data[what] = {"wall": wall, "most_bytes": disk.most_bytes, "left_bytes": left}
        rows.append([what, seconds(wall), number(disk.most_bytes / 1e6, 1), number(left / 1e6, 1)])
    return data, Table("make -j2 of a part of memprof", ["", "s", "disk at most, MB", "left, MB"], rows)


def long_process(bench):
    """A process that does nothing but allocate and free: its trace stays small while it is read."""
    memprof = bench.program("memprof")
    pairs = PAIRS // (50 if bench.options.quick else 1)
    command = workloads.churn_command(bench, 5, "all_new", 1, pairs)
    folder = bench.fresh_folder(profilers.TRACES)
    with DiskWatch(folder, "out/*.mtrace") as raw:
        wall, _, _ = measured(bench, [memprof, "run", "-q", "-o", str(folder / "out"), "--",
                                      *command.argv])
    drained = disk_bytes(folder, "out/*.drained")
    report = json.loads(measured(bench, [memprof, "report", str(folder / "out"), "--format", "json",
                                         "--top", "1"])[2])
    totals, health = report["processes"][0]["totals"], report["processes"][0]["health"]
    data = {"pairs": pairs, "wall": wall, "most_raw_bytes": raw.most_bytes, "drained_bytes": drained,
            "allocations": totals["allocations"],
            "complete": totals["allocations"] >= pairs and health["lost_events"] == 0
            and health["damaged_bytes"] == 0}
    bench.fresh_folder(profilers.TRACES)
    return data, Table(
        f"One process of {2 * pairs / 1e6:,.0f} M events under memprof run",
        ["", "s", "trace at most, MB", "taken out of it, MB", "bytes a pair"],
        [["all of them there" if data["complete"] else "EVENTS MISSING", seconds(wall),
          number(raw.most_bytes / 1e6, 1), number(drained / 1e6, 1), number(drained / pairs, 2)]])


def scale(bench):
    if bench.program("build_traces") is None or bench.program("memprof") is None:
        return Result({}, [Table("A build of thousands of processes", ["", "not here"], [])])
    data, table = synthesized(bench)
    tables = [table]
    result = {"synthesized": data}
    if bench.program("memprof_bench_churn") is not None:
        result["long_process"], table = long_process(bench)
        tables.append(table)
    if all(map(shutil.which, ("make", "cmake", "g++"))):
        result["make"], table = beside_make(bench)
        tables.append(table)
    return Result(result, tables)
