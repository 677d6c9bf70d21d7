"""What it was measured on."""

import os
import platform
import shutil
import subprocess
import time

from bench_lib.bench import ROOT


def first_line(*command):
    """Of what a command prints; "" when it is not here or fails."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    lines = done.stdout.splitlines()
    return lines[0].strip() if done.returncode == 0 and lines else ""


def processor():
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def facts(bench):
    peer = first_line("heaptrack", "--version")
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "kernel": platform.release(),
        "glibc": platform.libc_ver()[1],
        "gcc": first_line("g++", "-dumpfullversion"),
        "heaptrack": peer.split()[-1] if peer else None,
        "revision": first_line("git", "describe", "--always", "--dirty"),
        "date": time.strftime("%Y-%m-%d"),
        "runs": bench.options.runs,
        "quick": bench.options.quick,
    }


def text(facts, markdown):
    peer = f"heaptrack {facts['heaptrack']}" if facts["heaptrack"] else "no heaptrack"
    lines = [f"{facts['processor']}, {facts['cores']} cores, load {facts['load']} at the start",
             f"Linux {facts['kernel']}, glibc {facts['glibc']}, gcc {facts['gcc']}, {peer}",
             f"memprof {facts['revision']}, {facts['date']}, runs of each: {facts['runs']}"]
    if facts["quick"]:
        lines.append("--quick: no figures to quote")
    return "<br>\n".join(lines) if markdown else "\n".join(lines)
