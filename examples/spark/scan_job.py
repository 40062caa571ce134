"""Scans the files of a list on a Spark cluster. See README.md."""

import argparse
import json
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark import SparkFiles, TaskContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema

from program import answers
from uses import TEXTS, USE, Octets, kept_of

# Rows of one batch, to Spark and from it, and the bytes of records after which one ends earlier.
BATCH_ROWS = 1_000
BATCH_BYTES = 8 << 20

RECORD = pa.schema(
    {
        "path": pa.string(),
        "path_hex": pa.string(),
        "size": pa.int64(),
        "sha256": pa.string(),
        "container": pa.string(),
        "status": pa.string(),
        "error_code": pa.string(),
        "error_detail": pa.string(),
        "signatures": pa.int32(),
        "certificates": pa.int32(),
        "signers": TEXTS,
        "matched": TEXTS,
        "strengths": TEXTS,
        "faults": TEXTS,
        "complete": pa.bool_(),
        "record": pa.string(),
        "uses": pa.list_(USE),
    }
)


class WrongAnswer(Exception):
    """What came back is not one record for each path, so that the task is to be tried again."""


@dataclass
class Scan:
    """What each task does."""

    program: str
    indicators: list[str]
    no_builtin: bool
    marks: str | None

    def run(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        marks = Marks(self.marks)
        marks.write("start", {"cwd": os.getcwd(), "pid": os.getpid()})
        # Paths that were handed out and have no record yet. The program answers as it goes, so these stay few.
        open_paths: set[bytes] = set()
        octets = Octets()
        rows: list[dict] = []
        size = count = 0
        for line in answers(self.command(), _paths_of(batches, open_paths, marks)):
            row = _row_of(line, open_paths, octets)
            rows.append(row)
            size += len(line)
            count += 1
            if len(rows) >= BATCH_ROWS or size >= BATCH_BYTES:
                yield pa.RecordBatch.from_pylist(rows, schema=RECORD)
                rows, size = [], 0
        if open_paths:
            raise WrongAnswer(f"{len(open_paths)} paths have no record, such as {min(open_paths)!r}")
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=RECORD)
        marks.write("end", {"count": count})

    def command(self) -> list[str]:
        options = ["--files-from", "-", "-0", "--format", "ndjson", "--exit-zero", "--jobs", "1", "--detail"]
        if self.no_builtin:
            options.append("--no-builtin")
        for name in self.indicators:
            options += ["--indicators", SparkFiles.get(name)]
        return [self.program, *options]


def _paths_of(batches: Iterator[pa.RecordBatch], open_paths: set[bytes], marks: "Marks") -> Iterator[bytes]:
    for batch in batches:
        paths = batch.column(0).to_pylist()
        # Before they are written: the first records may come while the last paths of a batch are still on their way.
        open_paths.update(paths)
        marks.add_paths(paths)
        yield b"".join(path + b"\0" for path in paths)


def _row_of(line: bytes, open_paths: set[bytes], octets: Octets) -> dict:
    try:
        record = json.loads(line)
        given = record["input"]
        path = bytes.fromhex(given["path_hex"]) if given["path_hex"] else given["path"].encode()
    except (KeyError, TypeError, ValueError) as error:
        raise WrongAnswer(f"no record: {line[:200]!r}") from error
    if path not in open_paths:
        raise WrongAnswer(f"a record of {path!r}, which was not asked for, or has one already")
    open_paths.remove(path)
    uses, is_complete = kept_of(path, record, octets)
    failure = record["error"] or {}
    signers = [signature["signer"] for signature in record["signatures"] if signature["signer"] is not None]
    return {
        "path": given["path"],
        "path_hex": path.hex(),
        **{key: given[key] for key in ("size", "sha256", "container")},
        "status": record["status"],
        "error_code": failure.get("code"),
        "error_detail": failure.get("detail"),
        "signatures": len(record["signatures"]),
        "certificates": len(record["certificates"]),
        "signers": [record["certificates"][signer]["subject"]["dn"] for signer in signers],
        "matched": [match["indicator"]["id"] for match in record["matches"]],
        "strengths": [match["strength"] for match in record["matches"]],
        "faults": [fault["code"] for fault in record["faults"]],
        "complete": is_complete,
        "record": line.decode().rstrip("\n"),
        "uses": uses,
    }


class Marks:
    """Files that tell of each attempt at a task when it began, what it was given and when it ended. For looking into what a cluster
    did; nothing reads them here."""

    def __init__(self, folder: str | None) -> None:
        self.folder = None if folder is None else Path(folder)
        self.name = uuid.uuid4().hex

    def write(self, what: str, more: dict) -> None:
        if self.folder is not None:
            context = TaskContext.get()
            # Attempts in a stage that is run again count from 0 again.
            attempt = {"stage": context.stageId(), "partition": context.partitionId(), "number": context.attemptNumber()}
            mark = {**attempt, "time": time.time(), **more}
            (self.folder / f"{self.name}.{what}").write_text(json.dumps(mark))

    def add_paths(self, paths: list[bytes]) -> None:
        if self.folder is not None:
            with open(self.folder / f"{self.name}.paths", "a") as file:
                file.writelines(path.hex() + "\n" for path in paths)


def read_paths(spark: SparkSession, file: str, null: bool) -> DataFrame:
    """The paths, as octets, in a column `path`: of a text file, one a line or separated by NUL, or of a column `path` of Parquet."""
    if file.rstrip("/").endswith(".parquet"):
        paths = spark.read.parquet(file).select("path")
    else:
        # Spark takes the octets between separators as they are, whether or not they are UTF-8.
        paths = spark.read.option("lineSep", "\0" if null else "\n").text(file).withColumnRenamed("value", "path")
    return paths.select(f.col("path").cast("binary").alias("path")).where(f.length("path") > 0)


def write(spark: SparkSession, scanned: DataFrame, output: str) -> None:
    """Writes both datasets. Scanning is done once, into a folder between; what is derived from one scan agrees."""
    between = f"{output}/_scanned"
    scanned.write.mode("overwrite").parquet(between)
    scanned = spark.read.parquet(between)
    scanned.drop("uses").write.mode("overwrite").partitionBy("status").parquet(f"{output}/records")
    uses = scanned.select("path", "path_hex", "status", "complete", f.explode("uses").alias("one"))
    uses = uses.select("path", "path_hex", "status", "complete", "one.*")
    uses.write.mode("overwrite").parquet(f"{output}/certificates")
    context = spark.sparkContext
    between = context._jvm.org.apache.hadoop.fs.Path(between)
    between.getFileSystem(context._jsc.hadoopConfiguration()).delete(between, True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", required=True, help="the list: a text file, or Parquet (.parquet) with a column path")
    parser.add_argument("-0", dest="null", action="store_true", help="the text file is separated by NUL")
    parser.add_argument("--output", required=True, help="folder of the results")
    parser.add_argument("--program", default="scan", help="the scan program, a path on every worker")
    parser.add_argument("--indicators", action="append", default=[], help="a file of indicators; it is sent to the workers")
    parser.add_argument("--no-builtin", action="store_true", help="leave out the built-in indicators")
    parser.add_argument("--partitions", type=int, help="tasks [default: four for each core]")
    parser.add_argument("--marks", help="folder, seen by every worker, for files that tell of each attempt")
    options = parser.parse_args()

    spark = SparkSession.builder.appName("certsift scan").getOrCreate()
    context = spark.sparkContext
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH_ROWS)
    for name in ("program.py", "uses.py"):
        context.addPyFile(str(Path(__file__).with_name(name)))
    for file in options.indicators:
        context.addFile(file)
    partitions = options.partitions or 4 * context.defaultParallelism
    # Each path once, so that there is one record for each. Equal paths meet in one partition.
    paths = read_paths(spark, options.paths, options.null).repartition(partitions, "path").dropDuplicates(["path"])
    indicators = [Path(file).name for file in options.indicators]
    scan = Scan(options.program, indicators, options.no_builtin, options.marks)
    write(spark, paths.mapInArrow(scan.run, from_arrow_schema(RECORD)), options.output)
    spark.stop()


if __name__ == "__main__":
    main()
