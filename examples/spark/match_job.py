"""Matches new indicators against the certificates that scan_job.py kept, without the files. See README.md."""

import argparse
import json
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark import SparkFiles
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema

from program import answers
from uses import canonical, seconds

BATCH_ROWS = 1_000

# Conditions by which an alternative is joined, the most selective first. Each is a column of the certificates, and holds for a
# certificate exactly when both are equal.
KEYS = ("sha256", "tbs_sha256", "sha1", "tbs_sha1", "serial")

# The certificate by which Microsoft signs drivers for others: such a driver matches by its program's name alone, whatever else an
# indicator asks for.
SIGNS_FOR_OTHERS = "Microsoft Windows Hardware Compatibility Publisher"

# What is told of a use beside what matches it, and what is asked about it.
TOLD = ("path", "path_hex", "status", "complete", "use", "role", "signature", "place", "certificate", "serial", "subject_dn")
ASKED = ("identity", "role", "der", "issuer_der", "serial_raw", "program_name", "signed_at", "chain")

IDENTITY = pa.schema({"identity": pa.string()})
MATCH = pa.schema(
    {
        "path": pa.string(),
        "path_hex": pa.string(),
        "status": pa.string(),
        "complete": pa.bool_(),
        "use": pa.int32(),
        "role": pa.string(),
        "signature": pa.int32(),
        "place": pa.string(),
        "certificate": pa.int32(),
        "serial": pa.string(),
        "subject_dn": pa.string(),
        "indicator": pa.string(),
        "source": pa.string(),
        "strength": pa.string(),
        "serial_match": pa.string(),
        "severity": pa.string(),
        "timing": pa.string(),
        "match": pa.string(),
    }
)


class WrongAnswer(Exception):
    """What came back is not one answer for each question, so that the task is to be tried again."""


@dataclass
class Rematch:
    """What each task does: asks the rematch program about certificates."""

    program: str
    table: str

    def ask(self, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[dict, list[dict]]]:
        """Each row, and what matches it."""
        # Questions that are not answered yet. The program answers as it goes, so these stay few.
        waiting: deque[dict] = deque()
        command = [self.program, "--quiet", "--no-builtin", "--indicators", SparkFiles.get(self.table)]
        for line in answers(command, _questions(batches, waiting)):
            try:
                answer = json.loads(line)
                row = waiting.popleft()
            except (IndexError, ValueError) as error:
                raise WrongAnswer(f"no answer: {line[:200]!r}") from error
            if answer["key"] != row["identity"]:
                raise WrongAnswer(f"an answer about {answer['key']}, where one about {row['identity']} was due")
            yield row, answer["matches"]
        if waiting:
            raise WrongAnswer(f"{len(waiting)} certificates have no answer")

    def identities(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The identities of rows that something matches."""
        found = ({"identity": row["identity"]} for row, matches in self.ask(batches) if matches)
        yield from _batches(found, IDENTITY)

    def matches(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """A row for each match."""
        found = (_match_row(row, match) for row, matches in self.ask(batches) for match in matches)
        yield from _batches(found, MATCH)


def _questions(batches: Iterator[pa.RecordBatch], waiting: deque[dict]) -> Iterator[bytes]:
    for batch in batches:
        rows = batch.to_pylist()
        waiting.extend(rows)
        yield b"".join(_question(row) for row in rows)


def _question(row: dict) -> bytes:
    octets = {"certificate": row["der"], "issuer": row["issuer_der"]}
    question = {
        "key": row["identity"],
        "role": row["role"],
        **{key: None if value is None else value.hex() for key, value in octets.items()},
        "serial": row["serial_raw"],
        "program_name": row["program_name"],
        "signed_at": seconds(row["signed_at"]),
        "chain": [one.hex() for one in row["chain"]],
    }
    return json.dumps(question).encode() + b"\n"


def _match_row(row: dict, match: dict) -> dict:
    told = {key: match[key] for key in ("strength", "serial_match", "severity", "timing")}
    indicator = match["indicator"]
    use = {key: row[key] for key in TOLD}
    return {**use, "indicator": indicator["id"], "source": indicator["source"], **told, "match": json.dumps(match)}


def _batches(rows: Iterator[dict], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    batch: list[dict] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield pa.RecordBatch.from_pylist(batch, schema=schema)
            batch = []
    if batch:
        yield pa.RecordBatch.from_pylist(batch, schema=schema)


def key_of(conditions: dict[str, str]) -> tuple[str, str] | None:
    """The column and the value by which the certificates that meet these conditions are joined; none where there is no such condition."""
    for column in KEYS:
        value = conditions.get(column)
        if value and column == "serial":
            # A sign in front is read by the program alone.
            return None if value.startswith("-") else (column, canonical(value))
        if value:
            return column, value.lower()
    return None


def keys_of(indicator: dict) -> list[tuple[str, str]] | None:
    """A key for each of an indicator's alternatives; none where one has none."""
    alternatives = indicator.get("conditions")
    if alternatives is None:
        conditions = [indicator]
    else:
        conditions = [{one["field"]: one["value"] for one in alternative} for alternative in alternatives]
    keys = [key_of(one) for one in conditions]
    return None if None in keys else keys


class Table:
    """The new indicators: all of them as the programs read them, the keys of those that are joined, and those that have to be asked."""

    def __init__(self, files: list[str], program: str, folder: Path) -> None:
        self.whole, self.open = folder / "indicators.table", folder / "indicators-open.table"
        _run([program, "compile", "--quiet", "--output", str(self.whole), *files])
        lines = _run([program, "convert", "--quiet", "--to", "json", *files]).splitlines()
        self.keys: set[tuple[str, str]] = set()
        asked = []
        for line in lines:
            keys = keys_of(json.loads(line))
            if keys is None:
                asked.append(line)
            else:
                self.keys.update(keys)
        self.has_open = bool(asked)
        if asked:
            listed = folder / "indicators-open.jsonl"
            listed.write_bytes(b"\n".join(asked) + b"\n")
            _run([program, "compile", "--quiet", "--output", str(self.open), str(listed)])


def _run(command: list[str]) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def select(spark: SparkSession, kept: DataFrame, table: Table, program: str) -> DataFrame:
    """The rows that may match: every one that does is among them."""
    selected = []
    for column in KEYS:
        values = sorted(value for key, value in table.keys if key == column)
        if values:
            keys = spark.createDataFrame([(value,) for value in values], f"{column}: string")
            selected.append(kept.join(f.broadcast(keys), column, "left_semi").select("path_hex", "use"))
    # What has no key is asked of each distinct certificate: the same few are in most files.
    asked = []
    if table.has_open:
        asked.append((kept, table.open))
    drivers = kept.where(f.array_contains("common_name", SIGNS_FOR_OTHERS) & f.col("program_name").isNotNull())
    asked.append((drivers, table.whole))
    for rows, file in asked:
        distinct = rows.select(*ASKED).dropDuplicates(["identity"])
        rematch = Rematch(program, file.name)
        found = distinct.mapInArrow(rematch.identities, from_arrow_schema(IDENTITY))
        selected.append(rows.join(found, "identity", "left_semi").select("path_hex", "use"))
    either = selected[0]
    for more in selected[1:]:
        either = either.unionByName(more)
    return kept.join(either.distinct(), ["path_hex", "use"], "left_semi")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scanned", required=True, help="the output folder of scan_job.py")
    parser.add_argument("--indicators", action="append", required=True, help="new indicators, in any form that is read; repeatable")
    parser.add_argument("--output", required=True, help="folder of the matches")
    parser.add_argument("--program", default="rematch", help="the rematch program, a path on every worker")
    parser.add_argument("--indicators-program", default="indicators", help="the indicators program, a path on the driver")
    options = parser.parse_args()

    spark = SparkSession.builder.appName("certsift match").getOrCreate()
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH_ROWS)
    for name in ("program.py", "uses.py"):
        spark.sparkContext.addPyFile(str(Path(__file__).with_name(name)))
    with tempfile.TemporaryDirectory() as folder:
        table = Table(options.indicators, options.indicators_program, Path(folder))
        spark.sparkContext.addFile(str(table.whole))
        if table.has_open:
            spark.sparkContext.addFile(str(table.open))
        # What could not be kept in full cannot be asked.
        kept = spark.read.parquet(f"{options.scanned}/certificates").where(f.col("identity").isNotNull())
        asked = select(spark, kept, table, options.program).select(*dict.fromkeys((*TOLD, *ASKED)))
        rematch = Rematch(options.program, table.whole.name)
        asked.mapInArrow(rematch.matches, from_arrow_schema(MATCH)).write.mode("overwrite").parquet(f"{options.output}/matches")
        records = spark.read.parquet(f"{options.scanned}/records")
        again = records.where(~f.col("complete")).select("path", "path_hex", "status")
        again.write.mode("overwrite").parquet(f"{options.output}/scan_again")
    spark.stop()


if __name__ == "__main__":
    main()
