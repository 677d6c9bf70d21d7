"""The sections, each with its tables."""

import dataclasses
import shutil
import statistics
import typing

from bench_lib import analyzer, generators, profilers, scale, workloads
from bench_lib.bench import Bench, Command, Cost, median
from bench_lib.profilers import MEMPROF, NATIVE, PEER, PEER_RECORDER
from bench_lib.tables import NOT_HERE, NOT_MEASURED, Result, Table, number, percent, ratio, seconds

PROFILED = (MEMPROF, PEER_RECORDER, PEER)


@dataclasses.dataclass(frozen=True)
class Section:
    name: str
    what: str
    measure: typing.Callable[[Bench], Result]


def selects(chosen, name):
    """Whether --only CHOSEN means `name`."""
    return name == chosen or name.startswith(chosen + "_")


def wanted(bench, name):
    return bench.options.only is None or any(selects(c, name) for c in bench.options.only)


def names():
    """(name, what it is) of all that --only knows."""
    return ([(w.name, w.what) for w in workloads.WORKLOADS]
            + [(s.name, s.what) for s in SECTIONS if s.name != OVERHEAD])


def chosen(bench):
    """The sections of this session, in order."""
    return [s for s in SECTIONS
            if wanted(bench, s.name)
            or s.name == OVERHEAD and any(wanted(bench, w.name) for w in workloads.WORKLOADS)]


# --- Overhead of whole commands

def relative(costs, what, base, pick=statistics.median):
    """The overhead that `pick` chooses of the runs, to the median of `base`'s."""
    if not costs:
        return None
    alone = median(base, what)
    return (pick(getattr(cost, what) for cost in costs) - alone) / alone


def measure_workload(bench, workload):
    """{"costs": of every profiler's runs, "data": for JSON}; None when a program is not here."""
    if any(bench.program(program) is None for program in workload.needs):
        return None
    command = workload.command(bench)
    variants = profilers.variants(bench, command, peer=workload.peer)
    totals = {}

    # The trace is looked at outside the run.
    def run_and_count(run=variants[MEMPROF]):
        cost = run()
        totals["trace"] = profilers.trace_totals(bench)
        return cost
    variants[MEMPROF] = run_and_count
    if workload.warm:
        variants[NATIVE]()
    runs = bench.interleave(workload.name, variants, may_fail=profilers.PEERS)
    taken, births = totals["trace"] or (None, None)
    return {"costs": runs, "data": {
        "what": workload.what,
        "native": {what: median(runs[NATIVE], what) for what in ("wall", "cpu")},
        "overhead": {name: {what: relative(runs.get(name), what, runs[NATIVE])
                            for what in ("wall", "cpu")} for name in PROFILED},
        "runs": {name: [[c.wall, c.cpu] for c in costs] for name, costs in runs.items()},
        "trace_bytes": taken, "allocations": births}}


def overhead(bench):
    """Tables of CPU time, wall time and the spread of CPU time."""
    rows = {"cpu": [], "wall": []}
    spreads, data = [], {}
    for workload in workloads.WORKLOADS:
        if not wanted(bench, workload.name):
            continue
        measured = measure_workload(bench, workload)
        data[workload.name] = measured and measured["data"]
        if measured is None:
            for each in rows.values():
                each.append([workload.name, NOT_HERE])
            continue
        costs, over = measured["costs"], measured["data"]["overhead"]
        for what, each in rows.items():
            peers = [cell for name in (PEER_RECORDER, PEER)
                     for cell in (percent(over[name][what]),
                                  ratio(over[MEMPROF][what], over[name][what]))]
            each.append([workload.name, seconds(median(costs[NATIVE], what)),
                         percent(over[MEMPROF][what]), *peers])
        spreads.append([workload.name] + [
            f"{percent(relative(costs.get(name), 'cpu', costs[NATIVE], min))}.."
            f"{percent(relative(costs.get(name), 'cpu', costs[NATIVE], max))}"
            if costs.get(name) else NOT_MEASURED for name in (NATIVE, *PROFILED)])
    columns = ["", "native s", "memprof", "recorder", "ratio", "whole", "ratio"]
    notes = ["recorder: heaptrack's library alone; whole: heaptrack with its interpreter",
             "and compressor; ratio: memprof's overhead to the one on its left"]
    result = [Table("Overhead, CPU time of all processes: (with - without) / without", columns,
                    rows["cpu"], notes),
              Table("Overhead, wall time", columns, rows["wall"])]
    if spreads:
        result.append(Table("Overhead, CPU: lowest and highest run, to native's median",
                            ["", "native", "memprof", "recorder", "whole"], spreads))
    return Result(data, result)


# --- Starting a short process

def start(bench):
    starter = bench.program("memprof_bench_start")
    if starter is None or shutil.which("true") is None:
        return Result({}, [Table("Start of a short process", ["", NOT_HERE], [])])
    rounds, each = (bench.options.runs, 10) if bench.options.quick else (5 * bench.options.runs, 20)

    # It is the program that is started under the profiler, not the starter.
    def variant(name):
        times = 2 if name == PEER else each
        variables = [f"{n}={v}" for n, v in profilers.environment(bench, name).items()]
        argv = [starter, str(times), *variables, *profilers.prefix(bench, name), "/bin/true"]
        command = Command(argv, before=lambda: bench.fresh_folder(profilers.TRACES))
        return lambda: [Cost(*map(int, line.split()))
                        for line in bench.run(command).out.splitlines()]
    groups = bench.interleave("start", {name: variant(name) for name in profilers.names()}, rounds,
                              profilers.PEERS)
    runs = {name: [cost for costs in group for cost in costs] for name, group in groups.items()}
    medians = {name: {what: median(costs, what) / 1e6 for what in ("wall", "cpu")}
               for name, costs in runs.items() if costs}

    def cells(name, what):
        if name not in medians:
            return [NOT_MEASURED] * 2
        more = medians[name][what] - medians[NATIVE][what]
        return [number(medians[name][what], 2), NOT_MEASURED if name == NATIVE else f"{more:+.2f}"]
    rows = [[title, *cells(name, "wall"), *cells(name, "cpu"), number(len(runs.get(name, [])))]
            for name, title in ((NATIVE, "native"), (MEMPROF, "memprof"),
                                (PEER_RECORDER, "heaptrack, recorder"), (PEER, "heaptrack, whole"))]
    return Result({"median_ms": medians,
                   "runs_ns": {n: [[c.wall, c.cpu] for c in costs] for n, costs in runs.items()}},
                  [Table("Start to end of /bin/true, ms",
                         ["", "wall", "more", "CPU", "more", "runs"], rows)])


# --- Size of a trace

def trace_bytes(bench):
    title = "Size of a trace: cc1plus"
    if any(bench.program(p) is None for p in ("g++", "memprof_trace_bytes")):
        return Result({}, [Table(title, ["", NOT_HERE], [])])
    command = workloads.cc1plus(bench)
    bench.progress(title)
    bench.run(profilers.profiled(bench, MEMPROF, command))
    raw, births = profilers.trace_totals(bench)
    data = {"allocations": births, "raw_bytes": raw, "zstd_bytes": None, "heaptrack_bytes": None}
    if shutil.which("zstd"):
        packed = bench.place / "trace.zst"
        counter = bench.program("memprof_trace_bytes")
        bench.run(Command(["sh", "-c", 'packed=$1; shift; "$@" | zstd -q -1 -f -o "$packed"', "sh",
                           str(packed), counter, "--raw", *profilers.trace_files(bench)]))
        data["zstd_bytes"] = packed.stat().st_size
    if shutil.which("heaptrack"):
        done = bench.interleave("trace_bytes", profilers.only(bench, PEER, command), 1,
                                profilers.PEERS)
        if done[PEER]:
            data["heaptrack_bytes"] = sum(path.stat().st_size for path in
                                          (bench.place / profilers.TRACES).glob("heaptrack.*"))
    rows = [[what, number(data[key] and data[key] / 1e6, 1),
             number(data[key] and data[key] / births, 2)]
            for what, key in (("memprof, as recorded", "raw_bytes"),
                              ("memprof, by zstd -1", "zstd_bytes"),
                              ("heaptrack, interpreted and compressed", "heaptrack_bytes"))]
    return Result(data, [Table(f"{title}, {births:,} allocations",
                               ["", "MB", "bytes for each, with its free"], rows)])


# --- One pair of malloc and free

DEPTHS = (1, 5, 20, 100)
PATTERNS = ("same_stack", "new_leaf", "all_new")
THREADS = (1, 2, 4, 8, 16)
THREADS_DEPTH = 5
PAIRS = 300_000


def pair_costs(bench, title, depth, pattern, threads, pairs):
    """{profiler: [Cost of one pair by run]}, in ns. Medians are taken later."""
    command = workloads.churn_command(bench, depth, pattern, threads, pairs)

    def each(run):
        made, wall, cpu = map(int, run().out.split())
        return Cost(wall / made, cpu / made)
    variants = profilers.variants(bench, command, whole=False)
    return bench.interleave(title, {n: lambda r=run: each(r) for n, run in variants.items()},
                            may_fail=profilers.PEERS)


def pair_row(costs, whats):
    """Native, memprof and heaptrack by each of `whats`, and how they compare."""
    medians = {what: {name: median(group, what) for name, group in costs.items() if group}
               for what in whats}
    cells = [number(medians[what].get(name)) for name in (NATIVE, MEMPROF, PEER_RECORDER)
             for what in whats]
    last = medians[whats[-1]]
    over = {name: value - last[NATIVE] for name, value in last.items()}
    return medians, cells + [ratio(over[MEMPROF], over.get(PEER_RECORDER))]


def depth(bench):
    title = "One malloc and its free by depth and pattern, CPU, ns"
    if bench.program("memprof_bench_churn") is None:
        return Result({}, [Table(title, ["", NOT_HERE], [])])
    rows, data = [], {}
    for pattern in PATTERNS:
        for frames in DEPTHS:
            pairs = PAIRS // (10 if bench.options.quick else 1) // (4 if frames >= 100 else 1)
            costs = pair_costs(bench, f"{pattern}, {frames} deep", frames, pattern, 1, pairs)
            medians, cells = pair_row(costs, ("cpu",))
            data.setdefault(pattern, {})[str(frames)] = medians["cpu"]
            rows.append([f"{pattern}, {frames} deep", *cells])
    return Result(data, [Table(title, ["", "native", "memprof", "heaptrack", "ratio"], rows,
                               ["ratio: of what the recorders add"])])


def threads(bench):
    title = f"One malloc and its free by threads, {THREADS_DEPTH} deep, all_new, ns"
    if bench.program("memprof_bench_churn") is None:
        return Result({}, [Table(title, ["", NOT_HERE], [])])
    rows, data = [], {}
    for count in THREADS:
        pairs = PAIRS // (10 if bench.options.quick else 1) // count
        costs = pair_costs(bench, f"{count} threads", THREADS_DEPTH, "all_new", count, pairs)
        medians, cells = pair_row(costs, ("cpu", "wall"))
        data[str(count)] = medians
        rows.append([str(count), *cells])
    return Result(data, [Table(title, ["", "native", "wall", "memprof", "wall", "heaptrack", "wall",
                                       "ratio"], rows,
                               ["CPU time of all threads by pair, and wall time by pair made in any",
                                "thread; ratio: of what the recorders add to the wall time"])])


OVERHEAD = "overhead"
SECTIONS = (
    Section(OVERHEAD, "the workloads' times", overhead),
    Section("start", "start to end of /bin/true", start),
    Section("trace_bytes", "size of cc1plus's trace", trace_bytes),
    Section("depth", "one malloc and its free by depth and pattern", depth),
    Section("threads", "one malloc and its free by number of threads", threads),
    Section("replay", "events a second", analyzer.replay),
    Section("report", "from the command to the text: cc1plus", analyzer.report),
    Section("memory", "what long traces take to replay", analyzer.memory),
    Section("end_to_end", "recording and reporting", analyzer.end_to_end),
    Section("scale", "a build of 10,000 processes in a profile file", scale.scale),
    Section("sitegen_hugo", "sitegen beside Hugo, on a blog", generators.generators),
)
