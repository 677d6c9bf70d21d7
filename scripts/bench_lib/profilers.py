"""The ways in which a command is run: alone, under memprof, under heaptrack."""

import pathlib
import shutil

from bench_lib.bench import BenchError, Command

NATIVE = "native"
MEMPROF = "memprof"
PEER_RECORDER = "heaptrack_recorder"
PEER = "heaptrack"
PEERS = (PEER_RECORDER, PEER)

TRACES = "traces"

# The address space that heaptrack may fill. On some traces of cc1plus its interpreter takes all the
# memory of the machine and then dies.
PEER_KIB = 8 << 20


def peer_library():
    """heaptrack's preloaded library, found as its own script finds it; None: not here."""
    script = shutil.which("heaptrack")
    if script is None:
        return None
    library = pathlib.Path(script).resolve().parent / "../lib/heaptrack/libheaptrack_preload.so"
    return str(library.resolve()) if library.is_file() else None


def environment(bench, name):
    """The variables that make a profiler's library record into the folder TRACES."""
    out = bench.place / TRACES
    if name == MEMPROF:
        return {"LD_PRELOAD": str(bench.library), "MEMPROF_OUT": str(out / "memprof")}
    if name == PEER_RECORDER:
        return {"LD_PRELOAD": peer_library(), "DUMP_HEAPTRACK_OUTPUT": str(out / "heaptrack.raw")}
    return {}


def peer_command(program):
    """Of heaptrack, with a limit."""
    return ["sh", "-c", f'ulimit -v {PEER_KIB} && exec "$@"', "sh", program]


def prefix(bench, name):
    """What stands in front of a command."""
    out = str(bench.place / TRACES / "heaptrack")
    return [*peer_command("heaptrack"), "-o", out] if name == PEER else []


def names(peer=True, whole=True):
    """Those that can be measured here."""
    found = [NATIVE, MEMPROF]
    if peer and peer_library():
        found.append(PEER_RECORDER)
    if peer and whole and shutil.which("heaptrack"):
        found.append(PEER)
    return found


def profiled(bench, name, command):
    """The command under the profiler of that name, writing into an empty folder TRACES."""
    def before():
        bench.fresh_folder(TRACES)
        if command.before:
            command.before()
    return Command(prefix(bench, name) + command.argv, command.env | environment(bench, name), before)


def variants(bench, command, **which):
    """{name: function that runs the command so}, for Bench.interleave."""
    return {name: lambda c=profiled(bench, name, command): bench.run(c) for name in names(**which)}


def only(bench, name, command):
    """The same for one profiler."""
    return {name: lambda: bench.run(profiled(bench, name, command))}


def trace_files(bench):
    return sorted(str(path) for path in (bench.place / TRACES / "memprof").glob("*.mtrace"))


def trace_totals(bench):
    """(bytes, births) of what memprof recorded last; None without the program that counts them."""
    counter = bench.program("memprof_trace_bytes")
    if counter is None:
        return None
    taken, births, _ = map(int, bench.run(Command([counter, *trace_files(bench)])).out.split())
    if births == 0:
        raise BenchError(f"{bench.library}: has recorded no allocation, so there is nothing to "
                         "measure")
    return taken, births
