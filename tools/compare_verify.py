#!/usr/bin/env python3
"""Compares what `scan --verify` says of signatures with what `osslsigncode verify` says.

    cargo build --release --example scan
    python3 tools/compare_verify.py [--scan target/release/examples/scan] [--corpus ../shared/corpus]

Reads the images of tests/fixtures/verify and the raw images of the corpus. Trust anchors of the fixtures are the three beside them;
those of the corpus are the certificates in its files that issued themselves, and the system's bundle where there is one. Both programs
get the same ones. Prints how often they agree on each question, and every signature about which they do not, with the reason where it
is known. Exit status 1: there is a disagreement without a reason.

Needs osslsigncode 2.9. Not part of `cargo test`.
"""

import argparse
import base64
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests/fixtures/verify"
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
PROGRAM = "osslsigncode"
sys.path.insert(0, str(FIXTURES))
import signing  # noqa: E402  the reader of DER beside the fixtures

# What is known of the disagreements: part of the file's path, question, whether osslsigncode says yes.
REASONS = [
    ("verify/ed25519.exe", "holds", False, "OpenSSL's PKCS7_verify knows no Ed25519"),
    ("verify/rsa_pss_sha", "holds", False, "OpenSSL's PKCS7_verify does not look at the signature's algorithm"),
    ("verify/digest_info_", "holds", False, "OpenSSL compares the DigestInfo octet by octet with its own"),
    ("verify/unsorted_signed_sorted", "holds", False, "OpenSSL takes the attributes as stored"),
    ("verify/forged_exponent_1", "holds", True, "OpenSSL takes an RSA exponent of 1"),
    ("synth/pkcs7_two_signers", "holds", False, "osslsigncode takes no message with two SignerInfos"),
]
# Signatures that osslsigncode does not read at all, and why.
NOT_READ = [
    ("verify/subject_key_id", "PKCS #7 1.5 has no SignerInfo of version 3"),
    ("synth/nested_", "osslsigncode reads one level of nested signatures"),
    ("synth/mut_", "osslsigncode takes no table that is damaged"),
    ("synth/cert_", "OpenSSL does not read the certificate"),
    ("synth/pkcs7_", "OpenSSL does not read one of the certificates"),
]


def certificates_in(data):
    """Everything in the bytes that looks like a certificate of version 3 and can be taken apart."""
    for match in re.finditer(rb"\x30\x82..\x30\x82..\xa0\x03\x02\x01\x02", data, re.S):
        size = int.from_bytes(data[match.start() + 2 : match.start() + 4], "big") + 4
        der = data[match.start() : match.start() + size]
        try:
            tbs = signing.first_value(signing.first_value(der)[1])[0]
            parts = signing.values(signing.first_value(tbs)[1])
            yield der, parts[3], parts[5]
        except IndexError:
            continue


def pem(der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def anchors_of(paths):
    roots = {der for path in paths for der, issuer, subject in certificates_in(path.read_bytes()) if issuer == subject}
    readable = []
    for der in sorted(roots):
        done = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout"], input=der, capture_output=True)
        readable += [pem(der)] if done.returncode == 0 else []
    return "".join(readable) + (BUNDLE.read_text() if BUNDLE.exists() else "")


def ours(scan, anchors, paths):
    """For each path, the verification of each signature."""
    command = [scan, "--verify", "--anchors", anchors, "--no-builtin", "--format", "ndjson", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return {record["input"]["path"]: [one["verification"] for one in record["signatures"]] for record in records}


def holds(verification):
    """The one answer that osslsigncode gives, put together from the facts."""
    return (
        all(verification[fact] is True for fact in ("digest_matches", "signature_valid", "code_signing"))
        and verification["content_matches"] is not False
        and verification["anchor"] is not None
        and verification["time"]["path_validity"] == "valid"
    )


def theirs(anchors, path):
    """For each signature, whether the digest matches and whether it holds."""
    command = [PROGRAM, "verify", "-ignore-cdp", "-ignore-crl", "-CAfile", anchors, "-TSA-CAfile", anchors, "-in", path]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    answers = []
    for block in re.split(r"^Signature Index: ", done.stdout, flags=re.M)[1:]:
        digests = [re.search(rf"^{word} message digest *: (\w+)", block, re.M) for word in ("Current", "Calculated")]
        matches = None if None in digests else digests[0].group(1) == digests[1].group(1)
        answers.append({"digest": matches, "holds": "\nSignature verification: ok" in block})
    return answers


def reason_of(path, question, they_say):
    fits = (why for part, asked, said, why in REASONS if part in str(path) and (asked, said) == (question, they_say))
    return next(fits, None)


def compare(title, scan, anchors_text, paths):
    counts, unexplained = Counter(), 0
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(anchors_text)
        file.flush()
        records = ours(scan, file.name, paths)
        for path in paths:
            mine, other = records[str(path)], theirs(file.name, path)
            if len(mine) != len(other):
                counts["signatures seen by one of the two only"] += abs(len(mine) - len(other))
                why = next((why for part, why in NOT_READ if part in str(path)), "UNEXPLAINED")
                unexplained += why == "UNEXPLAINED"
                print(f"  {path}: {len(mine)} signatures here, {len(other)} there: {why}")
            for index, (verification, answer) in enumerate(zip(mine, other)):
                for question, fact in (("digest", verification["digest_matches"]), ("holds", holds(verification))):
                    if answer[question] is None:
                        continue
                    agreed = answer[question] == (fact is True)
                    said = ("yes" if answer[question] else "no") if agreed else "disagree"
                    counts[f"{question}: {said}"] += 1
                    if not agreed:
                        why = reason_of(path, question, answer[question])
                        unexplained += why is None
                        print(f"  {path} #{index}: {question}: here {fact}, there {answer[question]}: {why or 'UNEXPLAINED'}")
                        if why is None:
                            print(f"    {json.dumps(verification)}")
    print(f"{title}: {len(paths)} files; " + "; ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    return unexplained


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scan", default=str(ROOT / "target/release/examples/scan"))
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared/corpus")
    options = parser.parse_args()
    fixtures = sorted(FIXTURES.glob("*.exe"))
    anchors = "".join((FIXTURES / f"{name}_root.pem").read_text() for name in ("rsa", "ec", "stamp"))
    unexplained = compare("fixtures", options.scan, anchors, fixtures)
    manifest = options.corpus / "manifest.jsonl"
    if manifest.exists():
        entries = map(json.loads, manifest.read_text().splitlines())
        raw = [one for one in entries if one["form"] == "raw" and one["signed"] and one["kind"].startswith("pe")]
        paths = sorted(options.corpus / one["path"] for one in raw)
        unexplained += compare("corpus", options.scan, anchors_of(paths), paths)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
