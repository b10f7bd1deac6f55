#!/usr/bin/env python3
"""Measures UserTcp beside its peers on this machine, as root, and leaves results.md, results.json and results.svg.

What the peers are and how each figure comes about: ../README.md.
"""

import argparse
import os
import platform
import resource
import signal
import sys

sys.dont_write_bytecode = True

import build
import cold
import idle
import loss
import tcp
import tls
from lab import Lab
from report import Results

SUITES = {"tcp": tcp.measure, "tls": tls.measure, "idle": idle.measure, "loss": loss.measure, "cold": cold.measure}


class Plan:
    """How long, how often, and who."""

    def __init__(self, arguments):
        self.seconds = 0.2 if arguments.quick else 2
        self.rounds = arguments.rounds or (3 if arguments.quick else 5)
        self.repeats = 1 if arguments.quick else 3  # of what starts its processes anew
        self.pages = 5 if arguments.quick else 20
        self.only = arguments.only

    def choose(self, peers):
        return [peer for peer in peers if not self.only or any(word.lower() in peer.name.lower() for word in self.only)]


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    load = os.getloadavg()[0]
    return f"{len(os.sched_getaffinity(0))} cores of {model}, Linux {platform.release()}, load {load:.1f} at the start"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under five minutes, with fewer and shorter rounds")
    parser.add_argument("--suite", choices=SUITES, action="append", help="only this part; may be repeated")
    parser.add_argument("--only", action="append", metavar="WORD", help="only peers whose name contains it; may be repeated")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--output", default=os.path.join(build.HERE, "results"), help="where to, without the ending")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("It makes network namespaces and TAPs: run it as root.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    resource.setrlimit(resource.RLIMIT_NOFILE, 2 * (resource.getrlimit(resource.RLIMIT_NOFILE)[1],))  # the partner holds ten thousand connections
    folder = os.path.join(build.HERE, "bin")
    os.makedirs(folder, exist_ok=True)
    build.install()
    results = Results(machine())
    try:
        with Lab(folder) as lab:
            for suite in arguments.suite or SUITES:
                SUITES[suite](lab, folder, results, Plan(arguments))
    finally:
        results.write(arguments.output)
    print(results.markdown())


if __name__ == "__main__":
    main()
