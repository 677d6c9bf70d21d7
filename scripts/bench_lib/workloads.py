"""The commands of the overhead table."""

import dataclasses
import os
import shutil
import sys
import typing

from bench_lib import inputs
from bench_lib.bench import Bench, Command
from bench_lib.machine import first_line

DEBIAN_PYTHON = "/usr/bin/python3"


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    what: str
    needs: tuple  # programs
    command: typing.Callable[[Bench], Command]  # prepares its inputs, too
    peer: bool = True  # heaptrack sees what the command does
    warm: bool = True  # runs once before, unmeasured, so that files are in memory


def cc1plus(bench):
    """Without g++, which would start it, and which heaptrack would not follow to there."""
    compiler = first_line("g++", "-print-prog-name=cc1plus")
    return Command([compiler, "-quiet", "-fpreprocessed", "-std=c++20", "-O1",
                    str(inputs.preprocessed_cpp(bench)), "-o", str(bench.place / "heavy.s")])


def python(bench):
    interpreter = DEBIAN_PYTHON if os.path.exists(DEBIAN_PYTHON) else sys.executable
    return Command([interpreter, "-S", "-s", str(inputs.python_script(bench))],
                   {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"})


def xmllint(bench):
    """The document several times: once is over too soon."""
    times = 1 if bench.options.quick else 10
    return Command(["xmllint", "--noout"] + [str(inputs.xml_document(bench))] * times)


def sqlite(bench):
    return Command(["sqlite3", "-bail", ":memory:", f".read {inputs.sql_script(bench)}"])


def sitegen(bench):
    out = bench.place / "public"
    return Command([bench.program("sitegen"), "build", str(inputs.site(bench)), "-o", str(out)],
                   before=lambda: shutil.rmtree(out, ignore_errors=True))


def churn_command(bench, depth, pattern, threads, pairs):
    """`pairs` in each thread."""
    return Command([bench.program("memprof_bench_churn"), str(depth), pattern, str(threads),
                    str(pairs)])


def churn(depth, pattern, threads, pairs):
    return lambda bench: churn_command(bench, depth, pattern, threads,
                                       pairs // 20 if bench.options.quick else pairs)


def make(bench, targets=()):
    """Of memprof's reader, and of `targets`, or else of the replay where there is time."""
    place = inputs.project(bench)
    if not targets and not bench.options.quick:
        targets = ("memprof_heap",)
    return Command(["make", "-C", str(place), "-j2", "memprof_trace", *targets],
                   before=lambda: inputs.run_unmeasured(["make", "-C", str(place), "clean"]))


CHURN = ("memprof_bench_churn",)
WORKLOADS = (
    Workload("cc1plus", "cc1plus -O1 of one heavy C++ file", ("g++",), cc1plus),
    Workload("python", "python3 with PYTHONMALLOC=malloc", ("python3",), python),
    Workload("xmllint", "xmllint of 120,000 elements, ten times", ("xmllint",), xmllint),
    Workload("sqlite", "sqlite3, 60,000 rows into memory", ("sqlite3",), sqlite),
    Workload("sitegen", "sitegen build of 1,000 pages", ("sitegen",), sitegen),
    Workload("churn_same", "malloc and free, 20 deep, same stack", CHURN,
             churn(20, "same_stack", 1, 2_000_000)),
    Workload("churn_5", "the same, 5 deep, every frame new", CHURN,
             churn(5, "all_new", 1, 2_000_000)),
    Workload("churn_20", "the same, 20 deep, every frame new", CHURN,
             churn(20, "all_new", 1, 2_000_000)),
    Workload("churn_threads", "2 threads, 5 deep, every frame new", CHURN,
             churn(5, "all_new", 2, 1_000_000)),
    Workload("make", "make -j2 of memprof's reader and replay", ("make", "cmake", "g++"), make,
             peer=False, warm=False),
)
