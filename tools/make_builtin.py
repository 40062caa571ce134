#!/usr/bin/env python3
"""Writes data/published_rules.jsonl and data/cscb_2022-06-17.csv, what the table compiled into the crate is made of.

    python3 tools/make_builtin.py DIR
    UPDATE=1 cargo test --test builtin

DIR holds the facts: published_rules.jsonl (facts extracted from published YARA certificate rules) and cscb_2022-06-17.csv (the
Code Signing Certificate Blocklist of abuse.ch). NOTICE names their sources and licences. Rules without a serial, fingerprint or
TBS hash are left out: a name alone says too little for a default. The second command reads both files with the crate's own importers
and writes src/indicators/builtin.table; tests/builtin.rs compares that table with the facts.
"""
import json, pathlib, re, shutil, sys

RULES = {
    "reversinglabs": ("ReversingLabs YARA rules", "https://github.com/reversinglabs/reversinglabs-yara-rules"),
    "ditekshen": ("ditekshen detection rules", "https://github.com/ditekshen/detection"),
}
SEED = {
    "id": "callTogether_certificate",
    "name": "callTogether_certificate",
    "serial": "452156c3b3fb0176365bdb5b7715bc4c",
    "organization": "CallTogether, Inc.",
    "source": "FireEye Labs",
    "reference": "https://www.fireeye.com/blog/threat-research/2014/11/operation-poisoned-handover-unveiling-ties-between-apt-activity-in-"
    "hong-kongs-pro-democracy-movement.html",
    "severity": "high",
    "category": "abused_certificate",
    "date": "2014-11-03",
    "attack": ["T1553.002"],
}
ONE_LINE = re.compile(r"/[A-Za-z0-9.]+=")
BLOCKLIST = "cscb_2022-06-17.csv"


def conditions(alternative):
    # Several spellings of a serial differ in the sign octet; the longest has it.
    serial = max(alternative["serial_raw"], key=len) if alternative["serial"] else None
    found = [{"field": "serial", "value": serial.replace(":", "").lower()}] if serial else []
    texts = [("subject", text) for text in alternative.get("subject_contains", [])]
    texts += [("issuer", text) for text in alternative.get("issuer_contains", [])]
    for field, text in texts:
        if ONE_LINE.search(text):
            raise SystemExit(f"a test of the one-line name: {text!r}")
        found.append({"field": field, "attribute": "any", "compare": "contains", "value": text})
    return found


def notes(alternative):
    escaped = alternative.get("raw_escaped", [])
    yield from ({"cause": "openssl-escaped-text", "detail": text} for text in escaped)
    if not escaped:
        texts = alternative.get("subject_contains", []) + alternative.get("issuer_contains", [])
        yield from ({"cause": "raw-utf8-text", "detail": text} for text in texts if not text.isascii())


def rules(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        rule = json.loads(line)
        if not rule["serials"] and not rule["thumbprints"]:
            continue
        source, reference = RULES[rule["source"].split("/")[0]]
        not_after = [n for a in rule["alternatives"] for n in a.get("not_after >=", [])]
        record = {
            "id": rule["rule"],
            "name": rule["rule"],
            "source": source,
            "reference": reference,
            "severity": "high",
            "category": "abused_certificate",
            "date": rule["date"],
            "author": rule["author"],
            "license": rule["license"],
            "description": rule["description"],
            "attack": ["T1553.002"],
            "not_after_at_least": f"@{min(not_after)}" if not_after else None,
            "notes": [note for a in rule["alternatives"] for note in notes(a)],
            "conditions": [conditions(alternative) for alternative in rule["alternatives"]],
        }
        yield {key: value for key, value in record.items() if value}


def main():
    facts = pathlib.Path(sys.argv[1])
    data = pathlib.Path(__file__).resolve().parent.parent / "data"
    records = [SEED, *rules(facts / "published_rules.jsonl")]
    lines = (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)
    (data / "published_rules.jsonl").write_text("".join(lines), encoding="utf-8")
    shutil.copyfile(facts / BLOCKLIST, data / BLOCKLIST)
    print(f"{len(records)} rules")


main()
