"""Runs the jobs of this folder and compares them with a direct scan, record by record.

    python3 examples/spark/test_spark.py

Installs Spark into target/spark-venv (half a GB), builds the programs, and works in target/spark-test. Needs Java 17, cargo and pip.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from test_indicators import new_indicators
from test_processes import ROOT, VENV, WORK, check, cluster, end, submit, wait_until

# mapInArrow does not start without pandas, which is not used here.
PACKAGES = ["pyspark==4.3.0", "pyarrow==26.0.1", "pandas>=2.2"]
COPIES = 12
PARTITIONS = 8
TASK_SECONDS = 180
MOST_MATCHES = 1_024


def main() -> None:
    ensure_environment()
    programs = build()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    paths = make_files()
    (WORK / "paths").write_bytes(b"".join(path + b"\0" for path in paths))
    began = time.monotonic()
    direct = direct_scan(programs["scan"], [])
    print(f"direct scan: {len(direct)} records in {time.monotonic() - began:.1f} s")
    check(len(direct) == len(paths), "the direct scan has a record for each path")

    test_wrong_answers(programs["scan"], paths)
    test_stamps(direct)
    test_local(programs["scan"], direct)
    test_killed_worker(programs["scan"], direct)
    test_match(programs, direct)
    print("everything holds")


# Preparing


def ensure_environment() -> None:
    """Goes on in an environment that has Spark."""
    python = VENV / "bin/python"
    if Path(sys.prefix) == VENV:
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


def build() -> dict[str, str]:
    names = ["scan", "rematch", "indicators"]
    examples = [option for name in names for option in ("--example", name)]
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", *examples], check=True, cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return {name: str((ROOT / target / "release/examples" / name).resolve()) for name in names}


def make_files() -> list[bytes]:
    """Many files from few, under names of every kind."""
    folder = os.fsencode(WORK / "files")
    os.makedirs(folder)
    fixtures = sorted(file for file in (ROOT / "tests/fixtures").rglob("*") if file.is_file())
    paths: list[bytes] = []
    for number in range(COPIES):
        for fixture in fixtures:
            copy = os.path.join(folder, b"%d-%d-%s" % (number, len(paths), os.fsencode(fixture.name)))
            shutil.copy(fixture, copy)
            paths.append(copy)
    sample = ROOT / "tests/fixtures/seed_nested.exe"
    for name in [b"line\nend.exe", b"latin \xe9\xff.exe", b"\n\n \xfe", b'quote".exe', "Ромашка.exe".encode(), b"return\r"]:
        copy = os.path.join(folder, name)
        shutil.copy(sample, copy)
        paths.append(copy)
    paths.append(os.path.join(folder, b"missing.exe"))
    corpus = Path(os.environ.get("CERTSIFT_CORPUS", ROOT / "../shared/corpus")) / "files"
    if corpus.is_dir():
        paths += [os.fsencode(file.resolve()) for file in sorted(corpus.rglob("*")) if file.is_file()]
    else:
        print("no corpus: left out")
    return paths


def direct_scan(program: str, options: list[str]) -> dict[str, str]:
    """The record of each path (in hex), as one process writes it."""
    command = [program, "--files-from", str(WORK / "paths"), "-0", "--format", "ndjson", "--exit-zero", "--detail", *options]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().split("\n")[:-1]
    return {path_of(json.loads(line)): line for line in lines}


def path_of(record: dict) -> str:
    return record["input"]["path_hex"] or record["input"]["path"].encode().hex()


# Programs that do wrong


def stand_in(name: str, body: str) -> str:
    """A program in the place of scan."""
    file = WORK / name
    file.write_text(f"#!{sys.executable}\n{body}")
    file.chmod(0o755)
    return str(file)


def changed_answers(name: str, scan: str, change: str) -> str:
    """scan, with its lines changed: `change` is Python about the list `lines`."""
    body = f"""
import subprocess, sys
lines = subprocess.run([{scan!r}, *sys.argv[1:]], stdout=subprocess.PIPE).stdout.splitlines(keepends=True)
{change}
sys.stdout.buffer.writelines(lines)
"""
    return stand_in(name, body)


def test_wrong_answers(scan: str, paths: list[bytes]) -> None:
    print("a task, and programs that do wrong")
    # Who waits for a program that waits for him does so for ever.
    signal.alarm(TASK_SECONDS)
    import pyarrow as pa

    from program import ProgramFailed
    from scan_job import Scan, WrongAnswer

    def run(program: str, paths: list[bytes]) -> int:
        batches = (pa.record_batch({"path": paths[at : at + 100]}) for at in range(0, len(paths), 100))
        return sum(batch.num_rows for batch in Scan(program, [], True, None).run(batches))

    def raises(error: type[Exception], program: str) -> bool:
        try:
            run(program, paths[:300])
        except error:
            return True
        return False

    # Both ways more than pipes hold.
    check(run(scan, paths) == len(paths), "a row for each path")
    wrong: list[tuple[str, type[Exception], str]] = [
        ("drops a record", WrongAnswer, "del lines[7]"),
        ("writes a record twice", WrongAnswer, "lines.append(lines[7])"),
        ("writes one in another's place", WrongAnswer, "lines[7] = lines[8]"),
        ("cuts a record", WrongAnswer, "lines[-1] = lines[-1][:50]"),
        ("writes something else", WrongAnswer, "lines.insert(3, b'warning\\n')"),
        ("writes nothing", WrongAnswer, "lines = []"),
        ("fails at its end", ProgramFailed, "sys.stdout.buffer.writelines(lines); sys.stdout.flush(); sys.exit(3)"),
    ]
    for number, (what, error, change) in enumerate(wrong):
        check(raises(error, changed_answers(f"wrong-{number}", scan, change)), f"an error where the program {what}")
    check(raises(ProgramFailed, stand_in("deaf", "raise SystemExit(5)")), "an error where the program reads nothing")
    signal.alarm(0)


def test_stamps(direct: dict[str, str]) -> None:
    """No file at hand has two stamps of different times, so one is made up."""
    print("what is kept of a signature with two stamps, and of a file that is gone")
    from uses import Octets, kept_of

    for path, line in direct.items():
        record = json.loads(line)
        if not record["signatures"] or not record["signatures"][0]["timestamps"]:
            continue
        stamps, outlines = record["detail"]["signatures"][0]["signers"][0]["timestamps"], record["signatures"][0]["timestamps"]
        latest = stamps[0]["time"]
        stamps.append({**stamps[0], "time": "1999-12-31T00:00:00Z"})
        outlines.append(outlines[0])
        rows, _ = kept_of(bytes.fromhex(path), record, Octets())
        check(rows[0]["signed_at"] == latest, "the latest counts")
        rows, is_complete = kept_of(b"nowhere", record, Octets())
        check(bool(rows) and not is_complete, "what cannot be read any more is told to be incomplete")
        return
    check(False, "some file has a stamp")


# The scan


def scan_arguments(name: str, program: str) -> list[str]:
    marks = WORK / f"{name}-marks"
    marks.mkdir()
    arguments = ["--paths", str(WORK / "paths"), "-0", "--output", str(WORK / name), "--program", program]
    return [*arguments, "--marks", str(marks), "--partitions", str(PARTITIONS)]


def attempts(name: str) -> list[dict]:
    """What each attempt's marks tell."""
    found = []
    for start in sorted((WORK / f"{name}-marks").glob("*.start")):
        paths, end_mark = start.with_suffix(".paths"), start.with_suffix(".end")
        try:
            mark = json.loads(start.read_text())
        except ValueError:
            # It is being written.
            continue
        mark["paths"] = set(paths.read_text().split()) if paths.exists() else set()
        found.append(mark | {"has_ended": end_mark.exists()})
    return found


def compare_with_direct(name: str, direct: dict[str, str]) -> None:
    rows = read_rows(WORK / name / "records", "hive")
    check(len(rows) == len(direct), f"{len(rows)} rows for {len(direct)} paths")
    check({row["path_hex"] for row in rows} == direct.keys(), "every path has one row")
    different = [row["path"] for row in rows if row["record"] != direct[row["path_hex"]]]
    check(not different, f"every record is that of the direct scan, octet for octet{different[:3] or ''}")
    folders = {folder.name for folder in (WORK / name / "records").glob("status=*")}
    statuses = {json.loads(line)["status"] for line in direct.values()}
    check(folders == {f"status={status}" for status in statuses}, f"a folder for each status: {sorted(statuses)}")
    for row in rows:
        record = json.loads(row["record"])
        if row["status"] != record["status"] or row["matched"] != [match["indicator"]["id"] for match in record["matches"]]:
            check(False, f"the columns of {row['path']} say what its record says")
    check(not (WORK / name / "_scanned").exists(), "nothing is left over")


def test_local(scan: str, direct: dict[str, str]) -> None:
    print("local, with a program that drops a record once")
    flag = WORK / "dropped"
    # Opening a file that must not be there is done by one of several processes.
    change = f"""
try:
    open({str(flag)!r}, "x")
    del lines[-1]
except FileExistsError:
    pass
"""
    program = changed_answers("drops-once", scan, change)
    submit("local", "local[2,4]", "scan_job.py", scan_arguments("local", program))
    tried = attempts("local")
    failed = [one for one in tried if not one["has_ended"]]
    check(len(failed) == 1 and len(tried) == PARTITIONS + 1, f"of {len(tried)} attempts one failed, and was made again")
    compare_with_direct("local", direct)


def test_killed_worker(scan: str, direct: dict[str, str]) -> None:
    print("a master and two workers, one of which is killed")
    # Paths come slowly, so that the job is at work when the worker dies.
    slow = stand_in(
        "slow",
        f"""
import subprocess, sys, time
scan = subprocess.Popen([{scan!r}, *sys.argv[1:]], stdin=subprocess.PIPE)
rest = b""
while octets := sys.stdin.buffer.read1():
    *paths, rest = (rest + octets).split(b"\\0")
    for path in paths:
        scan.stdin.write(path + b"\\0")
        scan.stdin.flush()
        time.sleep(0.02)
scan.stdin.close()
sys.exit(scan.wait())
""",
    )
    with cluster(["steady", "doomed"]) as (master, workers):
        killed_at = 0.0

        def kill_one() -> None:
            nonlocal killed_at
            doomed = str(WORK / "work-doomed")

            def is_at_work() -> bool:
                tried = attempts("standalone")
                open_there = [one for one in tried if one["cwd"].startswith(doomed) and one["paths"] and not one["has_ended"]]
                return bool(open_there) and any(one["has_ended"] for one in tried)

            wait_until(is_at_work, "the doomed worker is at work, and some task has ended")
            killed_at = time.time()
            end(workers["doomed"])

        submit("standalone", master, "scan_job.py", scan_arguments("standalone", slow), kill_one)
    tried = attempts("standalone")
    ended = [one for one in tried if one["has_ended"]]
    lost = [one for one in tried if not one["has_ended"]]
    check(bool(lost), f"of {len(tried)} attempts {len(lost)} began and did not end")
    on_doomed = [one for one in lost if one["cwd"].startswith(str(WORK / "work-doomed"))]
    check(any(one["time"] < killed_at for one in on_doomed), "one of them was at work on the killed worker when that was killed")
    check(all(one["time"] < killed_at for one in tried if "work-doomed" in one["cwd"]), "nothing began there afterwards")
    again = set().union(*(one["paths"] for one in ended if one["time"] > killed_at))
    paths = set().union(*(one["paths"] for one in on_doomed))
    check(bool(paths) and paths <= again, f"the {len(paths)} paths that it had were run again, by attempts that ended")
    compare_with_direct("standalone", direct)


# The match


def test_match(programs: dict[str, str], direct: dict[str, str]) -> None:
    print("new indicators against what was kept")
    records = [json.loads(line) for line in direct.values()]
    bounded = {path_of(one) for one in records if any(fault["code"] == "limit-reached" for fault in one["faults"])}
    tables = new_indicators(records)
    expected: dict[str, dict[str, dict]] = {}
    for name, indicators in tables.items():
        table = WORK / f"{name}.jsonl"
        table.write_text("".join(json.dumps(one) + "\n" for one in indicators))
        options = ["--no-builtin", "--quiet", "--indicators", str(table)]
        expected[name] = {path: json.loads(line) for path, line in direct_scan(programs["scan"], options).items()}
    # No file may be touched, so none is left.
    (WORK / "files").rename(WORK / "files-away")
    for name, indicators in tables.items():
        print(f"{name}: {len(indicators)} indicators")
        output = WORK / f"matched-{name}"
        arguments = ["--scanned", str(WORK / "standalone"), "--indicators", str(WORK / f"{name}.jsonl"), "--output", str(output)]
        arguments += ["--program", programs["rematch"], "--indicators-program", programs["indicators"]]
        submit(f"match-{name}", "local[2]", "match_job.py", arguments)
        rows, again = read_rows(output / "matches"), {row["path_hex"] for row in read_rows(output / "scan_again")}
        check(again == bounded, f"{len(again)} files are to be scanned again: those whose records do not hold everything")
        compare_matches(rows, expected[name], again)
        if name == "everything":
            check_kinds(rows, indicators)


def read_rows(folder: Path, partitioning: str | None = None) -> list[dict]:
    import pyarrow.dataset

    return pyarrow.dataset.dataset(folder, partitioning=partitioning).to_table().to_pylist()


def compare_matches(rows: list[dict], records: dict[str, dict], again: set[str]) -> None:
    expected = Counter(
        match_text(path, match, match["certificate"], match["role"], match["signature"])
        for path, record in records.items()
        for match in record["matches"]
        if path not in again
    )
    actual = Counter(
        match_text(row["path_hex"], json.loads(row["match"]), row["certificate"], row["role"], row["signature"])
        for row in rows
        if row["path_hex"] not in again
    )
    # A record tells no more matches of a file than this; of such a file, those that it tells are compared.
    cut = {path for path, record in records.items() if len(record["matches"]) >= MOST_MATCHES}
    for text in actual - expected:
        if json.loads(text)[0] in cut:
            actual[text] = expected[text]
    actual = +actual
    for text in [*(expected - actual)][:3]:
        print("only in the scan:", text)
    for text in [*(actual - expected)][:3]:
        print("only in the match:", text)
    check(bool(expected) and expected == actual, f"{expected.total()} matches, every one as the scan has it, and no other")
    wrong = [row for row in rows if row["indicator"] != json.loads(row["match"])["indicator"]["id"]]
    check(not wrong, "the columns say what the matches say")


def match_text(path: str, match: dict, certificate: int | None, role: str, signature: int | None) -> str:
    compared = ("indicator", "strength", "serial_match", "fields", "unmatched", "shared", "timing", "severity")
    told = {key: match[key] for key in compared}
    return json.dumps([path, certificate, role, signature, told], sort_keys=True)


def check_kinds(rows: list[dict], indicators: list[dict]) -> None:
    counted = Counter((json.loads(row["match"])["indicator"]["category"], row["strength"], row["serial_match"]) for row in rows)
    for (category, strength, how), count in sorted(counted.items(), key=str):
        print(f"    {category}: {count}, {strength}, serial {how}")
    print("    roles:", dict(Counter(row["role"] for row in rows)))
    # A near miss of one certificate may name another, or somebody's driver.
    silent = {one["category"] for one in indicators} - {category for category, _, _ in counted} - {"near miss"}
    check(silent == {"never"}, "each kind of indicator has matched but those that must not")
    check({"historical", "abused"} <= {row["timing"] for row in rows}, "some files were signed before the abuse, some since")


if __name__ == "__main__":
    main()
