#!/usr/bin/env python3
"""Compare the image digests that certsift computes with those of osslsigncode, on freshly made and signed files.

    cargo build --release --example scan
    python3 tools/compare_image_digests.py [--scan PROGRAM] [--keep FOLDER]

Makes PE32 and PE32+ programs, drivers and EFI programs of many sizes and shapes (odd sizes, overlays, gaps between sections, empty
sections, sections out of order, several lengths of headers and of SectionAlignment), signs each with osslsigncode in several hash
algorithms, with and without page hashes, some twice (nested), and scans them all with `scan --hash`. For every signature the digest
that osslsigncode says it calculated must be `computed_digest` of the record, and its verdict `digest_match`. A copy of each file in
which one byte of the body differs must not match, by either program. Where the records tell how page hashes compare (`scan
--verify`), they must hold, and not hold in the copy.

Needs openssl 3.0 and osslsigncode 2.9 or newer on PATH. Writes into a temporary folder; --keep names another one. The exit status is
1 when there is a disagreement. No test runs this.
"""

import argparse
import itertools
import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fixtures"))
import make_fixtures as fixtures  # noqa: E402

OPTIONAL = 64 + 24  # where the optional header of fixtures.pe starts
CONSOLE, NATIVE, EFI_APPLICATION = 3, 1, 10


# Files


def filled(length, seed):
    """Bytes that differ from place to place and from file to file."""
    return bytes((index * 7 + seed * 31 + (index >> 8)) % 251 for index in range(length))


def image(bits, sections, *, headers=512, alignment=0x1000, subsystem=CONSOLE, overlay=b""):
    """A PE file with these sections, each its file offset and its bytes."""
    file = bytearray(fixtures.pe(bits)[:512])
    file.extend(bytes(headers - 512))
    table = OPTIONAL + struct.unpack_from("<H", file, 64 + 20)[0]
    assert table + 40 * len(sections) <= headers
    struct.pack_into("<H", file, 64 + 6, len(sections))
    struct.pack_into("<I", file, OPTIONAL + 32, alignment)
    struct.pack_into("<I", file, OPTIONAL + 60, headers)
    struct.pack_into("<H", file, OPTIONAL + 68, subsystem)
    address = alignment
    for index, (offset, octets) in enumerate(sections):
        name = b".s%d" % index
        struct.pack_into("<8sIIIIIIHHI", file, table + 40 * index, name, len(octets), address, len(octets), offset,
                         0, 0, 0, 0, 0x6000_0020)  # fmt: skip
        address += -(-max(len(octets), 1) // alignment) * alignment
    for offset, octets in sections:
        file.extend(bytes(max(0, offset + len(octets) - len(file))))
        file[offset : offset + len(octets)] = octets
    return bytes(file) + overlay


def shapes(bits, subsystem):
    """Name and bytes of every file of one kind."""
    make = lambda sections, **more: image(bits, sections, subsystem=subsystem, **more)  # noqa: E731
    for size in (1, 7, 8, 9, 511, 512, 4095, 4096, 4097, 65_539, 300_001):
        yield f"size_{size}", make([(512, filled(size, size))])
    for overlay in (1, 4, 8, 100, 5_003):
        yield f"overlay_{overlay}", make([(512, filled(1024, 1))], overlay=filled(overlay, 2))
    two = [(1024, filled(1000, 3)), (2048, filled(5001, 4))]
    yield "headers_1024_gap", make(two, headers=1024)
    yield "headers_4096", make([(4096, filled(777, 5))], headers=4096)
    yield "gap", make([(512, filled(512, 6)), (2048, filled(512, 7))])
    yield "gap_before", make([(1024, filled(512, 8))])
    yield "gap_overlay", make([(512, filled(100, 9)), (1024, filled(100, 10))], overlay=filled(33, 11))
    yield "empty_section", make([(512, filled(512, 12)), (0, b""), (1024, filled(512, 13))])
    yield "empty_last", make([(512, filled(512, 14)), (0, b"")])
    yield "out_of_order", make([(1024, filled(512, 15)), (512, filled(512, 16))])
    yield "unaligned", make([(529, filled(513, 17))])
    for alignment in (0x200, 0x2000, 0x10000):
        sections = [(512, filled(3 * alignment // 2 + 5, alignment)), (512 + 2 * alignment, filled(99, 18))]
        yield f"alignment_{alignment:x}", make(sections, alignment=alignment)


KINDS = {
    "pe32": (32, CONSOLE),
    "pe64": (64, CONSOLE),
    "sys64": (64, NATIVE),
    "efi32": (32, EFI_APPLICATION),
    "efi64": (64, EFI_APPLICATION),
}
# What osslsigncode is told, by name. Page hashes are SHA-1 with -h sha1, else SHA-256.
OPTIONS = {
    "md5": ("-h", "md5"),
    "sha1": ("-h", "sha1"),
    "sha1_ph": ("-h", "sha1", "-ph"),
    "sha256": ("-h", "sha256"),
    "sha256_ph": ("-h", "sha256", "-ph"),
    "sha384": ("-h", "sha384"),
    "sha512": ("-h", "sha512"),
    "nested": ("-h", "sha1"),  # and sha256_ph nested in it
}


# Programs


def osslsigncode(*words, cwd):
    done = subprocess.run(["osslsigncode", *map(str, words)], cwd=cwd, capture_output=True, stdin=subprocess.DEVNULL)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def sign(work, unsigned, signed, options):
    key = ("-certs", work / "seed.pem", "-key", work / "seed.key")
    status, said = osslsigncode("sign", *options, *key, "-in", unsigned, "-out", signed, cwd=work)
    return None if status == 0 else said.strip().splitlines()[0] if said.strip() else "crashed"


def calculated(work, path):
    """What osslsigncode says of every signature: algorithm, digest, whether it is the claimed one."""
    _, said = osslsigncode("verify", "-CAfile", work / "root.pem", "-in", path, cwd=work)
    pattern = (
        r"Message digest algorithm  : (\S+)\s*\n"
        r"Current message digest    : [0-9A-F]+ *\n"
        r"Calculated message digest : ([0-9A-F]+) *(MISMATCH)?"
    )
    return [(name.lower(), digest.lower(), not wrong) for name, digest, wrong in re.findall(pattern, said)]


def records(scan, folder, extra):
    done = subprocess.run(
        [scan, "--hash", *extra, "--exit-zero", "--format", "ndjson", "--no-builtin", folder], capture_output=True
    )
    if done.returncode != 0:
        sys.exit(done.stderr.decode("utf-8", "replace"))
    rows = map(json.loads, done.stdout.decode().splitlines())
    return {Path(row["input"]["path"]).name: row["signatures"] for row in rows}


# Comparison


def make_files(work, folder):
    """Signs every file in every way; how many osslsigncode refused, by what it said."""
    refused = {}
    for (kind, (bits, subsystem)), (option, words) in itertools.product(KINDS.items(), OPTIONS.items()):
        for shape, octets in shapes(bits, subsystem):
            name = f"{kind}-{shape}-{option}.exe"
            unsigned, signed = work / "unsigned.exe", folder / name
            unsigned.write_bytes(octets)
            problem = sign(work, unsigned, signed, words)
            if problem is None and option == "nested":
                once = work / "once.exe"
                once.unlink(missing_ok=True)
                signed.rename(once)
                problem = sign(work, once, signed, ("-nest", *OPTIONS["sha256_ph"]))
            if problem is not None:
                refused[problem] = refused.get(problem, 0) + 1
                signed.unlink(missing_ok=True)
                continue
            changed = bytearray(signed.read_bytes())
            # The first byte behind the headers: of a gap, or of the first section.
            changed[struct.unpack_from("<I", changed, OPTIONAL + 60)[0]] ^= 1
            (folder / f"changed-{name}").write_bytes(changed)
    return refused


def compare(work, folder, scan, extra):
    counts, complaints = {"files": 0, "signatures": 0, "match": 0, "mismatch": 0, "page tables": 0}, []
    found = records(scan, folder, extra)
    for path in sorted(folder.iterdir()):
        theirs = calculated(work, path)
        ours = [
            (one["digest_algorithm"], one["computed_digest"], one["digest_match"]) for one in found.get(path.name, [])
        ]
        counts["files"] += 1
        counts["signatures"] += len(ours)
        for _, _, match in ours:
            counts["match" if match else "mismatch"] += 1
        # osslsigncode stops at the first digest that is wrong.
        told = ours[: len(theirs)] if path.name.startswith("changed-") else ours
        if not theirs or told != theirs or all(match for _, _, match in ours) == path.name.startswith("changed-"):
            complaints.append(f"{path.name}: ours {ours}, osslsigncode {theirs}")
        for one in found.get(path.name, []):
            for table in (one.get("verification") or {}).get("page_hashes") or []:
                counts["page tables"] += 1
                # A byte of a gap is in no page.
                if table["matches"] is not True and not path.name.startswith("changed-"):
                    complaints.append(f"{path.name}: {table}")
    return counts, complaints


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--scan", default=ROOT / "target" / "release" / "examples" / "scan", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for the signed files, which stays")
    parser.add_argument("--verify", action="store_true", help="run scan with --verify, for page hashes")
    arguments = parser.parse_args()
    if not arguments.scan.exists():
        sys.exit(f"{arguments.scan} is not there: cargo build --release --example scan")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        folder = arguments.keep or work / "signed"
        folder.mkdir(parents=True, exist_ok=True)
        for certificate in ("root", "seed"):
            fixtures.make_certificate(work, certificate)
        refused = make_files(work, folder)
        counts, complaints = compare(work, folder, arguments.scan.resolve(), ["--verify"] if arguments.verify else [])
    for problem, count in refused.items():
        print(f"osslsigncode refused {count}: {problem}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    print(f"{len(complaints)} disagreements")
    print("\n".join(complaints[:40]))
    sys.exit(bool(complaints) or counts["signatures"] == 0)


if __name__ == "__main__":
    main()
