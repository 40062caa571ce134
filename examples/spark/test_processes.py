"""Spark's processes, for test_spark.py: a job, or a cluster of a master and workers. Each ends with all that it started, whatever
happens."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / "target/spark-venv"
WORK = ROOT / "target/spark-test"
JOB_SECONDS = 420


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"FAILED: {what}")
    print(f"  holds: {what}", flush=True)


def environment() -> dict[str, str]:
    python = str(VENV / "bin/python")
    own = {
        "PYSPARK_PYTHON": python,
        "PYSPARK_DRIVER_PYTHON": python,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(WORK / "local"),
        "SPARK_LOG_DIR": str(WORK / "logs"),
        "SPARK_WORKER_DIR": str(WORK / "work"),
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SPARK_", "PYSPARK_"))}
    return kept | own


def submit_command(master: str, job: str, arguments: list[str]) -> list[str]:
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "700m",
        "spark.sql.shuffle.partitions": "4",
    }
    options = [option for key, value in settings.items() for option in ("--conf", f"{key}={value}")]
    return [str(VENV / "bin/spark-submit"), "--master", master, *options, str(HERE / job), *arguments]


def submit(name: str, master: str, job: str, arguments: list[str], while_running: Callable[[], None] | None = None) -> None:
    """Runs a job to its end; ends it, and everything it started, whatever happens."""
    log = WORK / f"{name}.log"
    began = time.monotonic()
    with open(log, "wb") as out:
        command = submit_command(master, job, arguments)
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment(), start_new_session=True)
        try:
            if while_running is not None:
                while_running()
            status = process.wait(timeout=JOB_SECONDS)
        finally:
            end(process)
    if status != 0:
        print(log.read_text(errors="replace")[-6_000:])
    check(status == 0, f"{job} on {master} ends well, after {time.monotonic() - began:.1f} s")


@contextmanager
def cluster(names: list[str]) -> Iterator[tuple[str, dict[str, subprocess.Popen]]]:
    """A master and a worker of each name, ended at the end."""
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    spark_class = str(next(VENV.glob("lib/python*/site-packages/pyspark/bin/spark-class")))
    prefix = [spark_class, "org.apache.spark.deploy"]
    started: list[subprocess.Popen] = []

    def start(name: str, role: str, options: list[str]) -> subprocess.Popen:
        command = [prefix[0], f"{prefix[1]}.{role}", "--host", "127.0.0.1", "--webui-port", "0", *options]
        with open(WORK / f"{name}.log", "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment(), start_new_session=True, cwd=WORK)
        started.append(process)
        return process

    try:
        start("master", "master.Master", ["--port", str(port)])
        wait_until(lambda: "Starting Spark master" in (WORK / "master.log").read_text(), "the master listens")
        workers = {}
        for name in names:
            options = ["--cores", "1", "--memory", "1g", "--work-dir", str(WORK / f"work-{name}"), master]
            workers[name] = start(f"worker-{name}", "worker.Worker", options)
        log = WORK / "master.log"
        wait_until(lambda: log.read_text().count("Registering worker") == len(names), "the workers have come")
        yield master, workers
    finally:
        for process in started:
            end(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > limit:
            raise SystemExit(f"FAILED: waited {seconds} s for this: {what}")
        time.sleep(0.05)


def end(process: subprocess.Popen) -> None:
    """Kills a process and all that it started, at once."""
    # One that has ended may have given its number to another.
    if process.poll() is not None:
        return
    for identifier in [process.pid, *descendants(process.pid)]:
        try:
            os.kill(identifier, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def descendants(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name before it, in parentheses, may hold anything.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found
