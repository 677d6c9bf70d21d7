"""A build of thousands of processes in one profile file: size, time, memory, and whether it adds up."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time

from bench_lib import profilers
from bench_lib.bench import BenchError, Command, clean_environment, words
from bench_lib.tables import Result, Table, number, seconds

PROCESSES = 10_000
EVENTS = 3_000
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


def disk_bytes(folder):
    total = 0
    for path in folder.glob("**/*"):
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


def make_files(folder, count):
    folder.mkdir()
    names = [f"part{i}" for i in range(count)]
    for name in names:
        (folder / f"{name}.cpp").write_text(
            "#include <map>\n#include <string>\n#include <vector>\n"
            f"std::map<std::string, std::vector<std::string>> {name}(int n) {{\n"
            "  std::map<std::string, std::vector<std::string>> m;\n"
            "  for (int i = 0; i < n; ++i) m[std::to_string(i)].push_back(std::string(i, 'x'));\n"
            "  return m;\n}\n")
    objects = " ".join(f"{name}.o" for name in names)
    (folder / "Makefile").write_text(f"all: {objects}\n%.o: %.cpp\n\tg++ -O2 -c -o $@ $<\n")


def beside_make(bench):
    """A real make -j2: how long, and how much disk at most, with raw traces and folded as it goes."""
    memprof = bench.program("memprof")
    source = bench.place / "project"
    shutil.rmtree(source, ignore_errors=True)
    make_files(source, 4 if bench.options.quick else 24)
    rows, data = [], {}
    for what, output, options in (("raw traces", "out", []), ("folded as it goes", "out.mprof", [])):
        folder = bench.fresh_folder(profilers.TRACES)
        for old in source.glob("*.o"):
            old.unlink()
        most, done = [0], threading.Event()

        def watch():
            while not done.wait(WATCH_SECONDS):
                most[0] = max(most[0], disk_bytes(folder))
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            wall, _, _ = measured(bench, [memprof, "run", "-q", "-o", str(folder / output), *options,
                                          "--", "make", "-s", "-j2", "-C", str(source)])
        finally:
            done.set()
            watcher.join()
        left = disk_bytes(folder)
        data[what] = {"wall": wall, "most_bytes": max(most[0], left), "left_bytes": left}
        rows.append([what, seconds(wall), number(data[what]["most_bytes"] / 1e6, 1),
                     number(left / 1e6, 1)])
    return data, Table("make -j2, recorded", ["", "s", "disk at most, MB", "left, MB"], rows)


def scale(bench):
    if bench.program("build_traces") is None or bench.program("memprof") is None:
        return Result({}, [Table("A build of thousands of processes", ["", "not here"], [])])
    data, table = synthesized(bench)
    tables = [table]
    result = {"synthesized": data}
    if shutil.which("make") and shutil.which("g++"):
        result["make"], table = beside_make(bench)
        tables.append(table)
    return Result(result, tables)
