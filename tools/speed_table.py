#!/usr/bin/env python3
"""Runs the benches and prints what they find as the README's table: ratios, a command beside each.

    python3 tools/speed_table.py [FOLDER…]
    python3 tools/speed_table.py --without-peers [FOLDER…]    without benches/peers, which takes many minutes to build

The folders hold signed PE files; without any, the corpus beside the repository is taken ($CERTSIFT_CORPUS names another), else the
fixtures. Progress, and what the benches themselves print, goes to standard error. Times on a machine that does other things vary, and
so every figure is a median of ratios whose two sides ran next to each other.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = pathlib.Path(os.environ.get("CERTSIFT_CORPUS", ROOT / "../shared/corpus"))
PEERS = ["cargo", "run", "--release", "--locked", "--quiet", "--manifest-path", "benches/peers/Cargo.toml", "--"]

# Names of figures, as the benches tell them: what the README says, how it is written, and the run that tells it.
RATIO, TIMES, COUNT = "{:.2f} times", "{:.0f} times", "{:.0f}"
ROWS = [
    ("scan to floor, every record, many", "`scan`, one thread, every record in full, to the floor", RATIO, "process"),
    ("scan to floor, matches only, many", "the same with `--only matched`", RATIO, "process"),
    ("scan to floor, matches only, of which there are none, many", "the same, with indicators of which none matches", RATIO, "process"),
    ("scan to floor, every record, many, CPU time", "`scan`, one thread, every record in full, to the floor: time of the processor", RATIO, "process"),
    ("scan to floor, matches only, many, CPU time", "the same with `--only matched`", RATIO, "process"),
    ("scan to floor, every record, once", "every record, each file once: with what starting a process costs", RATIO, "process"),
    ("scan to floor, matches only, once", "the same with `--only matched`", RATIO, "process"),
    ("scan to floor, matches only, of which there are none, once", "the same, with indicators of which none matches", RATIO, "process"),
    ("two threads to one, hashed", "two threads as fast as one, `--hash`", RATIO, "process"),
    ("two threads to one, every record", "two threads as fast as one, every record", RATIO, "process"),
    ("two threads to one, in detail", "two threads as fast as one, `--detail`", RATIO, "process"),
    ("two processes at once", "*what the machine gives: two processes at once, `--hash`*", RATIO, "process"),
    ("in process to floor, signatures", "opening a file and reading its signatures, to the floor", RATIO, "parse"),
    ("in process to floor, is it known?", "the same with the question to the built-in table", RATIO, "parse"),
    ("in process to floor, record as JSON", "the same with the record in full", RATIO, "parse"),
    ("authenticode to certsift", "authenticode to certsift, in memory, a file", RATIO, "peers"),
    ("authenticode, certificates missed", "certificates that authenticode does not find", COUNT, "peers"),
    ("goblin + x509-parser to certsift", "goblin and x509-parser to certsift", RATIO, "peers"),
    ("goblin + x509-parser, certificates missed", "certificates that they do not find", COUNT, "peers"),
    ("cms + x509-cert to certsift", "cms and x509-cert to certsift", RATIO, "peers"),
    ("cms + x509-cert, certificates missed", "certificates that they do not find", COUNT, "peers"),
    ("YARA-X, pe module to certsift", "YARA-X's pe module to certsift, without rules", TIMES, "peers"),
    ("YARA-X, pe module, certificates missed", "certificates that it does not find", COUNT, "peers"),
    ("YARA-X with the same indicators to certsift", "YARA-X to certsift, the same indicators", TIMES, "peers"),
    ("alternatives, YARA-X to certsift", "YARA-X to certsift, small images made for each indicator", TIMES, "alternatives"),
]


def run(command, figures):
    """Runs a bench; its figures come by way of a file."""
    print("+", *command, file=sys.stderr, flush=True)
    run = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, env={**os.environ, "CERTSIFT_FIGURES": figures})
    return run.returncode


def own_folders():
    """What the benches take when no folder is named. The process bench writes out the corpus' skeletons."""
    if not (CORPUS / "files").is_dir():
        return [str(ROOT / "tests/fixtures")]
    # Those that were made to be hostile would outweigh the real ones.
    real = sorted(str(path) for path in (CORPUS / "files").iterdir() if path.name != "synth")
    skeletons = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "tmp/bench/skeletons"
    return [*real, *([str(skeletons)] if skeletons.is_dir() else [])]


def main():
    parser = argparse.ArgumentParser(description="Prints the README's table of ratios.")
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="folders of signed PE files")
    parser.add_argument("--without-peers", action="store_true", help="leave benches/peers out")
    arguments = parser.parse_args()
    folders = [str(pathlib.Path(folder).resolve()) for folder in arguments.folders]
    if folders:
        # The parse bench takes no folders as arguments.
        os.environ["CERTSIFT_BENCH_FOLDERS"] = os.pathsep.join(folders)
    with tempfile.TemporaryDirectory() as scratch:
        figures = str(pathlib.Path(scratch) / "figures")
        failed = run(["cargo", "build", "--release", "--locked", "--quiet", "--examples"], figures)
        failed |= run(["cargo", "bench", "--locked", "--quiet", "--bench", "process", "--", *folders], figures)
        failed |= run(["cargo", "bench", "--locked", "--quiet", "--bench", "parse", "--", "no such bench"], figures)
        if not arguments.without_peers:
            failed |= run([*PEERS, *(folders or own_folders())], figures)
            failed |= run(PEERS, figures)
        lines = pathlib.Path(figures).read_text(encoding="utf-8").splitlines() if os.path.exists(figures) else []
    values = {name: float(value) for name, value in (line.split("\t") for line in lines)}
    shown = " ".join(arguments.folders) or "FOLDER…"
    shown_paths = os.pathsep.join(arguments.folders)
    commands = {
        "process": f"`cargo build --release --examples && cargo bench --bench process -- {shown}`",
        "parse": "`cargo bench --bench parse`" if not folders else f"`CERTSIFT_BENCH_FOLDERS={shown_paths} cargo bench --bench parse`",
        "peers": f"`cargo run --release --manifest-path benches/peers/Cargo.toml -- {shown}`",
        "alternatives": "`cargo run --release --manifest-path benches/peers/Cargo.toml`",
    }
    print("| what | median | command |\n|---|---|---|")
    for name, what, form, source in ROWS:
        if name in values:
            print(f"| {what} | {form.format(values[name])} | {commands[source]} |")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
