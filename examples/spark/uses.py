"""The certificates of a scanned file, one row for each part that each plays: all that a match needs, so that a table which is not
known yet can be matched without the file."""

import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

# A row of what is kept.
TEXTS = pa.list_(pa.string())
USE = pa.struct(
    {
        "use": pa.int32(),
        "identity": pa.string(),
        "role": pa.string(),
        "signature": pa.int32(),
        "place": pa.string(),
        "certificate": pa.int32(),
        "serial": pa.string(),
        "serial_raw": pa.string(),
        "subject_dn": pa.string(),
        "issuer_dn": pa.string(),
        "common_name": TEXTS,
        "organization": TEXTS,
        "organizational_unit": TEXTS,
        "issuer_common_name": TEXTS,
        "issuer_organization": TEXTS,
        "not_before": pa.string(),
        "not_after": pa.string(),
        "signature_algorithm": pa.string(),
        "eku": TEXTS,
        "sha1": pa.string(),
        "sha256": pa.string(),
        "tbs_sha1": pa.string(),
        "tbs_sha256": pa.string(),
        "spki_sha256": pa.string(),
        "program_name": pa.string(),
        "signing_time": pa.string(),
        "signed_at": pa.string(),
        "timestamps": TEXTS,
        "der": pa.binary(),
        "issuer_der": pa.binary(),
        "chain": pa.list_(pa.binary()),
    }
)


@dataclass
class Use:
    """A certificate in a part it plays; without a certificate, somebody who is only named."""

    role: str
    place: str
    signature: int | None = None
    certificate: int | None = None
    signer: dict | None = None
    above: list[int] = field(default_factory=list)
    named_in: tuple[int, int] | None = None
    signer_id: dict | None = None


def certificate_uses(record: dict) -> list[Use]:
    """Every certificate in every part it plays, as the library lists them (`SignedFile::certificate_uses`)."""
    detail = record["detail"]
    if detail is None:
        return []
    # A file of certificates alone signs nothing: its certificates stand for themselves.
    left_over = "store" if record["status"] == "certificates" else "unused"
    uses: list[Use] = []
    for index, (signature, further) in enumerate(zip(record["signatures"], detail["signatures"], strict=True)):
        of_one = _uses_of_signature(signature, further["signers"], left_over)
        for use in of_one:
            use.signature = index
        uses += of_one
    for number, entry in enumerate(detail["entries"]):
        if entry["certificate"] is not None:
            uses.append(Use("unused", f"entry[{number}]", certificate=entry["certificate"]))
    for part in detail["parts"]:
        uses.append(Use(part["role"], f"entry[{part['entry']}]", certificate=part["certificate"]))
    return uses


def _uses_of_signature(signature: dict, signers: list[dict], left_over: str) -> list[Use]:
    uses: list[Use] = []
    told: set[tuple] = set()
    ids = [signature["signer_id"], *(one["signer_id"] for one in signature["additional_signers"])]
    for number, (signer, signer_id) in enumerate(zip(signers, ids)):
        suffix = f"[{number}]" if number else ""
        span = (signer["offset"], signer["length"])
        if not signer["candidates"]:
            uses.append(Use("named_only", f"signer{suffix}", signer=signer, named_in=span, signer_id=signer_id))
        # SignerInfos that name the same signer are told in full once.
        is_told = _note(told, "signer", signer_id, signer["candidates"])
        for one in signer["candidates"][: 1 if is_told else None]:
            uses.append(Use("signer", f"signer{suffix}", certificate=one, signer=signer, above=signer["chain"]))
        if not is_told:
            prefix = f"signer{suffix}." if number else ""
            for depth, one in enumerate(signer["chain"]):
                above = signer["chain"][depth + 1 :]
                uses.append(Use("chain", f"{prefix}chain[{depth}]", certificate=one, signer=signer, above=above))
    stamps = [stamp for signer in signers for stamp in signer["timestamps"]]
    for number, (stamp, outline) in enumerate(zip(stamps, signature["timestamps"])):
        uses += _uses_of_timestamp(number, stamp, outline, told, left_over)
    used = {use.certificate for use in uses}
    for index, one in enumerate(signature["certificates"]):
        if one not in used:
            uses.append(Use(left_over, f"certificates[{index}]", certificate=one))
    return uses


def _uses_of_timestamp(number: int, stamp: dict, outline: dict, told: set[tuple], left_over: str) -> list[Use]:
    uses: list[Use] = []
    prefix = f"timestamp[{number}]"
    signer = [] if outline["signer"] is None else [outline["signer"]]
    if stamp["signer_id"] is not None:
        if not signer:
            span = (stamp["offset"], stamp["length"])
            named = Use("timestamp_signer", f"{prefix}.signer", named_in=span, signer_id=stamp["signer_id"])
            uses.append(named)
        # The certificates of a countersignature are those of the message that it is in; a token has its own.
        is_told = stamp["kind"] == "pkcs9" and _note(told, "timestamp_signer", stamp["signer_id"], signer)
        uses += [Use("timestamp_signer", f"{prefix}.signer", certificate=one) for one in signer]
        if not is_told:
            for depth, one in enumerate(stamp["chain"]):
                uses.append(Use("timestamp_chain", f"{prefix}.chain[{depth}]", certificate=one))
    used = {use.certificate for use in uses}
    for index, one in enumerate(outline["certificates"]):
        if one not in used:
            uses.append(Use(left_over, f"{prefix}.certificates[{index}]", certificate=one))
    return uses


def _note(told: set[tuple], role: str, signer_id: dict | None, candidates: list[int]) -> bool:
    """Whether this signer was told before, by its name or by its certificates."""
    keys = {(role, json.dumps(signer_id, sort_keys=True))}
    if candidates:
        keys.add((role, tuple(candidates)))
    is_told = not keys.isdisjoint(told)
    told |= keys
    return is_told


class Octets:
    """Reads the certificates of files out of them. Each distinct one is read once and kept, of the latest some thousands: files of one
    collection share their signers."""

    MOST_KEPT = 4_096

    def __init__(self) -> None:
        self.kept: OrderedDict[str, bytes] = OrderedDict()

    def certificates(self, path: bytes, record: dict) -> list[bytes | None]:
        """The DER of each certificate of the record; nothing where the file is no longer what was scanned."""
        found: list[bytes | None] = []
        details = record["detail"]["certificates"] if record["certificates"] else []
        for one, further in zip(record["certificates"], details, strict=True):
            der = self.kept.get(one["sha256"])
            if der is None:
                # What the file stores in another form is in the record.
                told = further["der"]
                der = _read(path, one["offset"], further["length"]) if told is None else bytes.fromhex(told.rstrip("…"))
                if hashlib.sha256(der).hexdigest() != one["sha256"]:
                    der = None
                else:
                    self.kept[one["sha256"]] = der
                    if len(self.kept) > self.MOST_KEPT:
                        self.kept.popitem(last=False)
            found.append(der)
        return found


def _read(path: bytes, offset: int, length: int) -> bytes:
    """Octets of a file; none where it cannot be read any more, since one file never ends a run."""
    try:
        with open(path, "rb", buffering=0) as file:
            return os.pread(file.fileno(), length, offset)
    except OSError:
        return b""


def kept_of(path: bytes, record: dict, octets: Octets) -> tuple[list[dict], bool]:
    """A row of the type `USE` for each use, and whether they are all there is to be matched.

    They are not where the record does not hold everything, which it says in a fault; where the file changed meanwhile; and where the
    library says something else of the certificates' roles than what is found here.
    """
    uses = certificate_uses(record)
    rows = list(_rows(path, record, uses, octets))
    is_cut = any(fault["code"] == "limit-reached" for fault in record["faults"])
    is_missing = any(row["identity"] is None for row in rows)
    roles: dict[int | None, set[str]] = {}
    for use in uses:
        roles.setdefault(use.certificate, set()).add(use.role)
    agrees = all(set(one["roles"]) == roles.get(one["index"], set()) for one in record["certificates"])
    return rows, agrees and not is_cut and not is_missing


def _rows(path: bytes, record: dict, uses: list[Use], octets: Octets) -> Iterator[dict]:
    ders = octets.certificates(path, record)
    for number, use in enumerate(uses):
        row = {"use": number, "role": use.role, "signature": use.signature, "place": use.place}
        if use.certificate is None:
            row |= _named(path, use)
            is_whole = row["serial"] is None or row["serial_raw"] is not None
        else:
            row |= _certificate(record, use.certificate, ders[use.certificate])
            is_whole = row["der"] is not None
        chain = [ders[one] for one in use.above]
        row["chain"] = [one for one in chain if one is not None]
        row |= _signing(use)
        is_whole = is_whole and len(row["chain"]) == len(chain)
        row["identity"] = _identity(row) if is_whole else None
        yield row


def _certificate(record: dict, index: int, der: bytes | None) -> dict:
    one, further = record["certificates"][index], record["detail"]["certificates"][index]
    subject, issuer = one["subject"], one["issuer"]
    same = ("serial", "serial_raw", "not_before", "not_after", "signature_algorithm", "eku")
    hashes = ("sha1", "sha256", "tbs_sha256", "spki_sha256")
    return {
        **{key: one[key] for key in (*same, *hashes)},
        **{key: subject[key] for key in ("common_name", "organization", "organizational_unit")},
        "certificate": index,
        "subject_dn": subject["dn"],
        "issuer_dn": issuer["dn"],
        "issuer_common_name": issuer["common_name"],
        "issuer_organization": issuer["organization"],
        "tbs_sha1": further["tbs_sha1"],
        "der": der,
    }


def _named(path: bytes, use: Use) -> dict:
    """Of somebody whose certificate is not in the file: the issuer and the serial, as the SignerInfo has them."""
    issuer, serial = _issuer_and_serial(path, use)
    if serial is not None and canonical(serial.hex()) != use.signer_id["serial"]:
        # Another file stands there now.
        issuer, serial = None, None
    return {
        "serial": (use.signer_id or {}).get("serial"),
        "serial_raw": None if serial is None else serial.hex(),
        "issuer_dn": (use.signer_id or {}).get("issuer"),
        "issuer_der": issuer,
    }


def _signing(use: Use) -> dict:
    """What is told of the signature beside its certificates."""
    if use.signer is None:
        return {}
    stamps = [stamp["time"] for stamp in use.signer["timestamps"] if stamp["time"] is not None]
    is_signer = use.role in ("signer", "named_only")
    return {
        "program_name": use.signer["program_name"] if is_signer else None,
        "signing_time": use.signer["signing_time"],
        "timestamps": stamps,
        # Nobody verified the stamps, and an old one is easily added: the latest counts, as it does for the library. Their texts are
        # in the order of their times.
        "signed_at": max(stamps, default=None),
    }


def _identity(row: dict) -> str:
    """Equal for rows that every indicator matches alike, but for the times of signing."""
    parts = [row["role"], row.get("sha256"), row.get("serial_raw"), row.get("program_name")]
    parts += [(row.get("issuer_der") or b"").hex(), *(hashlib.sha256(one).hexdigest() for one in row["chain"])]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def canonical(serial: str) -> str:
    """Hex digits of a serial without leading zeros: an even number, and two at least. Serials are equal when these are."""
    digits = serial.lower().lstrip("0")
    return digits.zfill(max(2, len(digits) + len(digits) % 2))


def seconds(text: str | None) -> int | None:
    """Seconds since 1970 of a time in a record."""
    if text is None:
        return None
    # Certificates may have the year 0, which Python has not: 400 years on, the calendar is the same.
    later = 400 if text < "0400" else 0
    time = datetime.fromisoformat(f"{int(text[:4]) + later:04}{text[4:]}")
    return int(time.timestamp()) - later * 31_556_952


# Tags of DER.
INTEGER, SET = 0x02, 0x31


def _issuer_and_serial(path: bytes, use: Use) -> tuple[bytes | None, bytes | None]:
    """The issuer's DER and the serial's octets, as a SignerInfo, a countersignature or a token has them; nothing for a key's identifier,
    nor where they cannot be read."""
    if use.signer_id is None or use.signer_id["serial"] is None or use.named_in is None:
        return None, None
    try:
        members = _members(_read(path, *use.named_in))
        # RFC 5652: a token is a ContentInfo (3), which holds a SignedData (5.1), the last part of which is the SignerInfos (5.3).
        if members[0][0] != INTEGER:
            members = _members(members[1][2])
        if members[1][0] == SET:
            members = _members(members[-1][2])
        issuer, serial = _children(members[1][2])[:2]
    except (IndexError, ValueError):
        return None, None
    return issuer[1], serial[2]


def _members(der: bytes) -> list[tuple[int, bytes, bytes]]:
    return _children(_children(der)[0][2])


def _children(der: bytes) -> list[tuple[int, bytes, bytes]]:
    """Tag, whole octets and content of the values that stand one after another."""
    found = []
    at = 0
    while at < len(der):
        start, tag, length = at, der[at], der[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if count == 0:
                raise ValueError("an indefinite length")
            length = int.from_bytes(der[at : at + count], "big")
            at += count
        found.append((tag, der[start : at + length], der[at : at + length]))
        at += length
    return found
