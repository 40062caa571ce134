#!/usr/bin/env python3
"""Writes src/indicators/builtin.tsv, the table compiled into the crate.

    python3 tools/make_builtin.py DIR

DIR holds the facts: published_rules.jsonl (facts extracted from published YARA certificate rules) and cscb_2022-06-17.csv (the
Code Signing Certificate Blocklist of abuse.ch). NOTICE names their sources and licences. Entries without a serial, fingerprint or
TBS hash are left out: a name alone says too little for a default. tests/builtin.rs compares the result with the facts.

The format, one record a line, fields separated by tabs:

    S  key  source  reference  severity  category          a source
    I  key  id  family  date  not_after_at_least  condition…  an indicator; conditions of one alternative follow one another, a
                                                           field "or" starts the next alternative

A condition is its kind, a colon and its value: s serial as the source writes it (hex), o organization (exact), n common name
(exact), a part of any subject attribute, i part of any issuer attribute, h SHA-256 of the certificate.
"""
import csv, io, json, pathlib, re, sys

RULES = {
    "reversinglabs": ("rl", "ReversingLabs YARA rules", "https://github.com/reversinglabs/reversinglabs-yara-rules"),
    "ditekshen": ("dt", "ditekshen detection rules", "https://github.com/ditekshen/detection"),
}
SEED = (
    "callTogether_certificate", "FireEye Labs", "2014-11-03", "452156c3b3fb0176365bdb5b7715bc4c", "CallTogether, Inc.",
    "https://www.fireeye.com/blog/threat-research/2014/11/operation-poisoned-handover-unveiling-ties-between-apt-activity-in-"
    "hong-kongs-pro-democracy-movement.html",
)
ONE_LINE = re.compile(r"/[A-Za-z0-9.]+=")


def field(text):
    """A value as a field: the separators cannot occur in one."""
    if "\t" in text or "\n" in text:
        raise SystemExit(f"a separator in {text!r}")
    return text


def is_weak(serial):
    canonical = bytes.fromhex(serial).lstrip(b"\0")
    return len(canonical) < 8 or len(set(canonical)) < 4


def rule_alternative(alternative):
    # Several spellings of a serial differ in the sign octet; the longest has it.
    conditions = ["s:" + max(alternative["serial_raw"], key=len).replace(":", "").lower()] if alternative["serial"] else []
    texts = [("a:", text) for text in alternative.get("subject_contains", [])]
    texts += [("i:", text) for text in alternative.get("issuer_contains", [])]
    for kind, text in texts:
        if ONE_LINE.search(text):
            raise SystemExit(f"a test of the one-line name, which the format cannot say: {text!r}")
        conditions.append(kind + text)
    return conditions


def rules(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        rule = json.loads(line)
        if not rule["serials"] and not rule["thumbprints"]:
            continue
        key = RULES[rule["source"].split("/")[0]][0]
        not_after = [n for a in rule["alternatives"] for n in a.get("not_after >=", [])]
        alternatives = [rule_alternative(alternative) for alternative in rule["alternatives"]]
        yield [key, rule["rule"], "", rule["date"] or "", str(min(not_after, default="")), alternatives]


def cscb(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    header = next(line for line in lines if line.startswith('# "time_stamp_utc"'))[2:]
    body = [line for line in lines if line and not line.startswith("#")]
    names = next(csv.reader([header], skipinitialspace=True))
    for values in csv.reader(io.StringIO("\n".join(body)), skipinitialspace=True):
        row = dict(zip(names, values))
        serial, thumbprint = row["serial_number"].lower(), row["thumbprint"].lower()
        by_serial = [f"s:{serial}"]
        if is_weak(serial):
            by_serial.append(f"n:{row['subject_cn']}")
        yield ["cscb", f"cscb:{serial}", row["Reason"], row["time_stamp_utc"][:10], "", [[f"h:{thumbprint}"], by_serial]]


def main():
    facts = pathlib.Path(sys.argv[1])
    seed_id, seed_source, seed_date, seed_serial, seed_organization, seed_reference = SEED
    lines = [["S", "seed", seed_source, seed_reference, "high", "abused_certificate"]]
    lines += [["S", key, name, url, "high", "abused_certificate"] for key, name, url in RULES.values()]
    lines.append(["S", "cscb", "abuse.ch CSCB 2022-06-17", "https://bazaar.abuse.ch/", "high", "abused_certificate"])
    rows = [["seed", seed_id, "", seed_date, "", [[f"s:{seed_serial}", f"o:{seed_organization}"]]]]
    rows += rules(facts / "published_rules.jsonl")
    rows += cscb(facts / "cscb_2022-06-17.csv")
    for *head, alternatives in rows:
        line = ["I", *head]
        for number, conditions in enumerate(alternatives):
            line += (["or"] if number else []) + conditions
        lines.append(line)
    out = pathlib.Path(__file__).resolve().parent.parent / "src" / "indicators" / "builtin.tsv"
    out.write_text("".join("\t".join(map(field, line)) + "\n" for line in lines), encoding="utf-8")
    print(f"{len(rows)} indicators, {out.stat().st_size} bytes")


main()
