"""The sections about reading traces."""

import dataclasses
import shutil

from bench_lib import profilers, workloads
from bench_lib.bench import Command, Cost, median
from bench_lib.profilers import MEMPROF, NATIVE, PEER
from bench_lib.tables import NOT_HERE, NOT_MEASURED, Result, Table, number, ratio, seconds

# Bytes of disk for each event of a long trace, a little above what it takes.
LONG_EVENT_BYTES = 20


@dataclasses.dataclass(frozen=True)
class Replayed(Cost):
    """Of one trace; `wall` and `cpu` in seconds."""
    events: int = 0
    rss: int = 0


def not_here(title):
    return Result({}, [Table(title, ["", NOT_HERE], [])])


def long_trace(bench, events, threads):
    """The file, written at first use; None: no program for it, or no room on the disk."""
    writer = bench.program("long_trace")
    if writer is None or shutil.disk_usage(bench.place).free < events * LONG_EVENT_BYTES + (2 << 30):
        return None
    return bench.made(f"long_{events}_{threads}.mtrace", lambda path: bench.run(
        Command([writer, str(path), str(events), str(threads)])))


def cc1plus_trace(bench):
    """A folder with the trace of one run; None: no compiler."""
    if bench.program("g++") is None:
        return None

    def record(path):
        command = workloads.cc1plus(bench)
        bench.run(Command(command.argv, {"LD_PRELOAD": str(bench.library),
                                         "MEMPROF_OUT": str(path)}))
    return bench.made("cc1plus.traces", record)


def replayed(bench, cores, path):
    out = bench.run(Command([bench.program("memprof_bench_replay"), str(cores), str(path)])).out
    events, wall, cpu, rss = map(int, out.split())
    return Replayed(wall / 1e9, cpu / 1e9, "", events, rss)


# --- Events a second

REPLAY_EVENTS = 20_000_000
REPLAY_CORES = (1, 2)


def replay(bench):
    title = "Replay with all stacks, million events a second"
    if bench.program("memprof_bench_replay") is None:
        return not_here(title)
    events = REPLAY_EVENTS // (20 if bench.options.quick else 1)
    folder = cc1plus_trace(bench)
    traces = {
        "cc1plus": next(folder.glob("*.mtrace")) if folder else None,
        "generated, 1 thread": long_trace(bench, events, 1),
        "generated, 4 threads": long_trace(bench, events, 4)}
    rows, data = [], {}
    for name, path in traces.items():
        if path is None:
            rows.append([name, NOT_HERE])
            continue
        runs = bench.interleave(f"replay, {name}", {
            cores: lambda c=cores: replayed(bench, c, path) for cores in REPLAY_CORES})
        count = runs[1][0].events
        # What else runs takes no CPU time from one core, but it does take the second core.
        speeds = {cores: count / median(costs, "cpu" if cores == 1 else "wall") / 1e6
                  for cores, costs in runs.items()}
        data[name] = {"events": count, "bytes": path.stat().st_size,
                      "runs": {str(c): [[r.wall, r.cpu] for r in costs]
                               for c, costs in runs.items()}}
        rows.append([name, number(count / 1e6, 1), *(number(speeds[c], 1) for c in REPLAY_CORES)])
    return Result(data, [Table(title, ["", "M events", "1 core", "2 cores"], rows,
                               ["an event is a birth or a death; reading the file, which is in "
                                "memory, is", "part of it; 1 core: by CPU time, 2 cores: by wall "
                                "time"])])


# --- From the command to the text

def report(bench):
    title = "memprof report of cc1plus's trace, from the command to the text, s"
    folder = cc1plus_trace(bench)
    if folder is None or bench.program("memprof") is None:
        return not_here(title)
    cache = bench.place / "cache"
    trace = str(next(folder.glob("*.mtrace")))

    def run(before=None):
        return bench.run(Command([bench.program("memprof"), "report", trace],
                                 {"XDG_CACHE_HOME": str(cache)}, before))
    run()
    runs = bench.interleave("report", {
        "reading the file alone": lambda: bench.run(Command(["dd", f"if={trace}", "of=/dev/null", "bs=1M"])),
        "first time": lambda: run(lambda: shutil.rmtree(cache)),
        "symbols cached": run})
    rows = [[name, seconds(median(costs, "wall")), seconds(min(c.wall for c in costs)),
             seconds(max(c.wall for c in costs)), seconds(median(costs, "cpu"))]
            for name, costs in runs.items()]
    return Result({name: [[c.wall, c.cpu] for c in costs] for name, costs in runs.items()},
                  [Table(title, ["", "wall", "least", "most", "CPU"], rows)])


# --- Memory

MEMORY_EVENTS = (1_000_000, 10_000_000, 100_000_000, 500_000_000)


def memory(bench):
    title = "Replay of ever longer traces of 2 threads, 100,000 blocks alive"
    if bench.program("memprof_bench_replay") is None:
        return not_here(title)
    rows, data = [], {}
    for events in MEMORY_EVENTS[:2] if bench.options.quick else MEMORY_EVENTS:
        path = long_trace(bench, events, 2)
        name = number(events / 1e6) + " M events"
        if path is None:
            rows.append([name, NOT_HERE])
            continue
        bench.progress(f"memory, {name}")
        taken = path.stat().st_size
        done = replayed(bench, 2, path)
        path.unlink()
        data[str(events)] = {"bytes": taken, "rss_bytes": done.rss, "seconds": done.wall}
        rows.append([name, number(taken / 1e6), number(done.rss / 1e6), seconds(done.wall)])
    return Result(data, [Table(title, ["", "trace, MB", "memory, MB", "s"], rows)])


# --- Record and report

END_TO_END = ("cc1plus", "python", "xmllint", "sqlite")


def both_ways(bench, workload):
    """{profiler: [[Cost of each step] by run]}"""
    command = workload.command(bench)
    folder = bench.place / profilers.TRACES

    def steps(*commands):
        def run():
            bench.fresh_folder(profilers.TRACES)
            return [bench.run(Command(argv, command.env)) for argv in commands]
        return run
    memprof = bench.program("memprof")
    variants = {NATIVE: steps(command.argv),
                MEMPROF: steps([memprof, "run", "-q", "-o", str(folder / "run"), "--",
                                *command.argv],
                               [memprof, "report", str(folder / "run")])}
    if shutil.which("heaptrack") and shutil.which("heaptrack_print"):
        # The compressor decides how the file is called.
        variants[PEER] = steps(profilers.prefix(bench, PEER) + command.argv,
                               [*profilers.peer_command("sh"), "-c", 'exec heaptrack_print "$1".*',
                                "sh", str(folder / "heaptrack")])
    return bench.interleave(f"end_to_end, {workload.name}", variants, min(3, bench.options.runs),
                            profilers.PEERS)


def end_to_end(bench):
    title = "Record and report, wall time in s"
    if bench.program("memprof") is None:
        return not_here(title)
    rows, data = [], {}
    for workload in workloads.WORKLOADS:
        if workload.name not in END_TO_END:
            continue
        if any(bench.program(program) is None for program in workload.needs):
            rows.append([workload.name, NOT_HERE])
            continue
        runs = both_ways(bench, workload)
        medians = {name: {what: [median(step, what) for step in zip(*groups)]
                          for what in ("wall", "cpu")} for name, groups in runs.items() if groups}
        extra = {name: {what: sum(steps) - sum(medians[NATIVE][what]) for what, steps in
                        whats.items()} for name, whats in medians.items()}
        data[workload.name] = {"medians": medians, "extra": extra}
        cells = [seconds(medians[NATIVE]["wall"][0])]
        for name in (MEMPROF, PEER):
            cells += ([seconds(s) for s in medians[name]["wall"]] if name in medians
                      else [NOT_MEASURED] * 2)
        peer = extra.get(PEER, {})
        rows.append([workload.name, *cells] + [ratio(extra[MEMPROF][what], peer.get(what))
                                               for what in ("wall", "cpu")])
    return Result(data, [Table(
        title, ["", "native", "record", "report", "heaptrack", "print", "ratio", "CPU"], rows,
        ["record, report: memprof's; heaptrack, print: heaptrack and heaptrack_print;",
         "ratio: of what both steps add to native's time"])])
