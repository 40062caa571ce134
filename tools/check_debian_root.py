#!/usr/bin/env python3
"""Build a real Debian root in a scratch folder, and see what `hunt trust-store` finds in it.

    cargo build --release --example hunt
    python3 tools/check_debian_root.py target/release/examples/hunt

The root gets the certificates of this system's package ca-certificates, and its bundle from the system's own update-ca-certificates, told to
work in that folder. Where that program or openssl is absent, nothing is checked, and the script says so. Needs no rights and no network.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHIPPED = Path("/usr/share/ca-certificates")
LISTED = ("452156C3B3FB0176365BDB5B7715BC4C", "/O=CallTogether, Inc./CN=Listed Root")


def make_authority(path, serial, subject):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256",
         "-keyout", "/dev/null", "-days", "3650", "-set_serial", f"0x{serial}", "-subj", subject, "-out", str(path)],
        check=True, capture_output=True)  # fmt: skip


def update(root):
    """Let the system's own program make the bundle of the root."""
    subprocess.run(
        ["update-ca-certificates", "--fresh",
         "--certsconf", str(root / "etc/ca-certificates.conf"), "--certsdir", str(root / "usr/share/ca-certificates"),
         "--localcertsdir", str(root / "usr/local/share/ca-certificates"), "--etccertsdir", str(root / "etc/ssl/certs"),
         "--hooksdir", str(root / "hooks")],
        check=True, capture_output=True)  # fmt: skip


def main(hunt):
    missing = [name for name in ("update-ca-certificates", "openssl") if not shutil.which(name)]
    if missing or not SHIPPED.is_dir():
        print(f"left out: no {missing[0] if missing else SHIPPED}")
        return
    with tempfile.TemporaryDirectory() as folder:
        root, baseline = Path(folder) / "root", Path(folder) / "baseline.ndjson"
        local = root / "usr/local/share/ca-certificates"
        for path in (local, root / "etc/ssl/certs", root / "hooks"):
            path.mkdir(parents=True)
        shutil.copytree(SHIPPED, root / "usr/share/ca-certificates")
        names = sorted(str(path.relative_to(SHIPPED)) for path in SHIPPED.rglob("*.crt"))
        (root / "etc/ca-certificates.conf").write_text("\n".join(names) + "\n")

        def run(*words):
            words = [hunt, "trust-store", words[0], "--root", str(root), *words[1:]]
            started = time.monotonic()
            done = subprocess.run(words, capture_output=True, text=True)
            taken = (time.monotonic() - started) * 1000
            return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], taken

        def check(what, holds):
            print(("ok    " if holds else "WRONG ") + what)
            if not holds:
                sys.exit(1)

        update(root)
        status, records, taken = run("scan")
        certificates = [one for one in records if one["kind"] == "store_certificate"]
        check(f"scan: {len(certificates)} authorities in {taken:.0f} ms, none of medium severity or more", status == 0)
        status, records, _ = run("baseline", "--output", str(baseline))
        check("baseline", status == 0 and baseline.is_file())
        status, records, _ = run("diff", "--baseline", str(baseline))
        check("diff without a change is silent", status == 0 and not records)
        make_authority(local / "fresh.crt", "1122334455667788", "/O=Nobody Knows/CN=Fresh Root")
        update(root)
        status, records, _ = run("diff", "--baseline", str(baseline), "--update")
        found = [(one["change"], one["severity"], one["subject"]) for one in records]
        check(f"a fresh authority: {found}", status == 1 and found == [("added", "medium", "CN=Fresh Root,O=Nobody Knows")])
        places = {place["place_kind"] for place in records[0]["certificate"]["places"]}
        check(f"it is in {sorted(places)}", places == {"anchors", "bundle"})
        codes = [finding["code"] for finding in records[0]["certificate"]["findings"]]
        check(f"and is {codes}", codes == ["not_in_baseline", "young"])
        make_authority(local / "listed.crt", *LISTED)
        update(root)
        status, records, _ = run("diff", "--baseline", str(baseline), "--update")
        found = [(one["change"], one["severity"], one["certificate"]["matches"][0]["indicator"]["id"]) for one in records]
        check(f"a listed authority: {found}", status == 1 and found == [("added", "high", "callTogether_certificate")])
        status, records, _ = run("diff", "--baseline", str(baseline), "--update")
        check("a second run without a change is silent", status == 0 and not records)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
