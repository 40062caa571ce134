#!/usr/bin/env python3
"""Counts the instructions of each case of benches/instructions.rs and compares them with benches/instructions.csv.

    python3 tools/count_instructions.py            exit status 1 when a case differs by more than the margin
    python3 tools/count_instructions.py --update   writes the file anew
    python3 tools/count_instructions.py parse-pe32 known-nested    only these

A case is run twice under valgrind's callgrind, a few times and many times; the difference of the two counts is that of the
repetitions alone, without the start of the program. Counts repeat where times do not. They depend on the compiler and on what the
processor can do, so a baseline of another rustc or target is not compared, and the line that says so is all there is. Needs valgrind.
"""
import argparse
import concurrent.futures
import csv
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINES = ROOT / "benches/instructions.csv"
# How far a count may be from its baseline. Counts of the same program differ by less than a thousandth.
MARGIN = 0.05
# Repetitions of the shorter run, and of the longer one.
COUNTS = (10, 60)
# What costs a million instructions or more: one repetition says as much as fifty.
HEAVY_COUNTS = (1, 3)
HEAVY = ("record-", "import-", "build-", "load-")


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout


def toolchain():
    """What counts depend on beside the sources."""
    lines = dict(line.split(": ", 1) for line in output("rustc", "--version", "--verbose").splitlines()[1:])
    return f"rustc {lines['release']} ({lines['commit-hash'][:9]}) {lines['host']}"


def build():
    """The bench program, as cargo builds it for `cargo bench`."""
    command = ["cargo", "bench", "--locked", "--quiet", "--bench", "instructions", "--no-run", "--message-format", "json"]
    found = re.findall(r'"executable":"([^"]+)"', output(*command))
    return found[-1]


def count(program, case, repetitions):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, case, str(repetitions)]
    if shutil.which("setarch"):
        # Addresses that change from run to run change how far some loops go.
        command = ["setarch", os.uname().machine, "-R", *command]
    # A fixed environment: its size moves the stack.
    run = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, env={"PATH": os.environ["PATH"]})
    collected = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not collected:
        raise SystemExit(f"{case}: {run.stderr}")
    return int(collected[1])


def instructions(program, case):
    """Of one repetition."""
    few, many = HEAVY_COUNTS if case.startswith(HEAVY) else COUNTS
    return round((count(program, case, many) - count(program, case, few)) / (many - few))


def read_baselines():
    """The toolchain that the counts are of, and the counts."""
    first, *rest = BASELINES.read_text(encoding="utf-8").splitlines()
    return first.removeprefix("# "), {row["case"]: int(row["instructions"]) for row in csv.DictReader(rest)}


def write_baselines(found):
    rows = [f"# {toolchain()}", "case,instructions", *(f"{case},{number}" for case, number in found.items())]
    BASELINES.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def compare(found, expected, is_whole):
    complaints = []
    for case, number in found.items():
        before = expected.get(case)
        change = "new" if before is None else f"{number / before - 1:+.2%}"
        print(f"{case:26} {number:12,} {change:>9}")
        if before is None:
            complaints.append(f"{case} has no baseline")
        elif abs(number - before) > MARGIN * before:
            better = "fewer" if number < before else "more"
            complaints.append(f"{case} takes {number:,} instructions, {better} than the {before:,} of its baseline")
    if is_whole:
        complaints += [f"{case} has a baseline and is no case" for case in expected.keys() - found.keys()]
    return complaints


def main():
    parser = argparse.ArgumentParser(description="Counts the instructions of cases and compares them with their baselines.")
    parser.add_argument("cases", nargs="*", help="only these")
    parser.add_argument("--update", action="store_true", help="write benches/instructions.csv anew")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        raise SystemExit("valgrind is not there")
    if arguments.update and arguments.cases:
        raise SystemExit("--update is for all cases: they are all of one toolchain")
    before, expected = read_baselines() if BASELINES.exists() or not arguments.update else (None, {})
    if not arguments.update and before != toolchain():
        print(f"the baselines are of {before}, and this is {toolchain()}: not compared")
        return 0
    program = build()
    cases = output(program).split()
    chosen = [case for case in cases if not arguments.cases or case in arguments.cases]
    if unknown := set(arguments.cases) - set(cases):
        raise SystemExit(f"no such case: {', '.join(sorted(unknown))}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(chosen, pool.map(lambda case: instructions(program, case), chosen)))
    if arguments.update:
        write_baselines(found)
    complaints = compare(found, expected, is_whole=not arguments.cases)
    if arguments.update:
        return 0
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        print("what was meant is a new baseline: python3 tools/count_instructions.py --update", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
