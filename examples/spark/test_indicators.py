"""Indicators about the certificates of scanned files, for test_spark.py."""

from datetime import datetime, timedelta

# Whose certificate stands for those of drivers' makers.
PUBLISHER = "Microsoft Windows Hardware Compatibility Publisher"


class Listed(list):
    """Indicators, the category of which tells the kind."""

    def add(self, category: str, **conditions) -> None:
        self.append({"id": f"new-{len(self)}", "category": category, "severity": "high", **conditions})


def new_indicators(records: list[dict]) -> dict[str, list[dict]]:
    """Tables about the certificates that were met, and about none: of every kind of indicator; of those with a serial or hash, one for
    each certificate, so that each is found in one way alone; and of those without."""
    keyed, drivers, others = keyed_indicators(records), driver_indicators(records), other_indicators(records)
    # Somebody's driver is to be found without Microsoft's serial.
    groups = [group for subject, group in keyed if PUBLISHER not in subject]
    keys = [group[number % len(group)] for number, group in enumerate(groups)] + drivers
    everything = [one for _, group in keyed for one in group] + drivers + others
    tables = {"keys": keys, "names": [one for one in others if "serial" not in one], "everything": everything}
    return {name: [one | {"id": f"{name}-{number}"} for number, one in enumerate(table)] for name, table in tables.items()}


def keyed_indicators(records: list[dict]) -> list[tuple[str, list[dict]]]:
    """Of each certificate its subject, and indicators about it."""
    certificates: dict[str, dict] = {}
    for record in records:
        for one in record["certificates"]:
            certificates.setdefault(one["sha256"], one)
    found = []
    for one in certificates.values():
        serial, subject, issuer = one["serial"], one["subject"], one["issuer"]
        listed = Listed()
        listed.add("serial, any role", serial=serial, role="any")
        if subject["organization"]:
            organization = subject["organization"][0]
            listed.add("serial and organization", serial=f"00{serial}", organization=organization, role="any")
            folded = organization.upper() + "  LLC"
            listed.add("serial and organization, folded", serial=serial, organization=folded, role="any")
            listed.add("never", serial=serial, organization="Somebody Else", role="any")
            listed.add("near miss", serial=f"{int(serial, 16) ^ 1:x}", organization=organization)
        if issuer["common_name"]:
            listed.add("serial and issuer", serial=serial.upper(), issuer=issuer["common_name"][0], role="any")
        listed.add("sha256", sha256=one["sha256"].upper(), role="any")
        listed.add("sha1", sha1=one["sha1"], role="signer chain")
        listed.add("tbs", tbs_sha256=one["tbs_sha256"], role="any")
        found.append((subject["dn"], listed))
    return found


def driver_indicators(records: list[dict]) -> list[dict]:
    """Microsoft signed for somebody, whom only the program's name tells: no serial can lead there."""
    listed = Listed()
    for program, subject in programs_of(records):
        if PUBLISHER in subject:
            listed.add("driver of somebody", serial="c0ffee0102030405", organization=f"{program} LLC")
    return listed


def programs_of(records: list[dict]) -> list[tuple[str, str]]:
    """The names of programs, and who signed them."""
    named = [(record, signer) for record, signer in signers_of(records) if signer["program_name"]]
    subjects = [(signer["program_name"], record, one) for record, signer in named for one in signer["candidates"]]
    return sorted({(program, record["certificates"][one]["subject"]["dn"]) for program, record, one in subjects})


def signers_of(records: list[dict]) -> list[tuple[dict, dict]]:
    """Each SignerInfo, and the record that it is in."""
    detailed = [record for record in records if record["detail"] is not None]
    signatures = [(record, signature) for record in detailed for signature in record["detail"]["signatures"]]
    return [(record, signer) for record, signature in signatures for signer in signature["signers"]]


def other_indicators(records: list[dict]) -> list[dict]:
    by_serial, seed = "452156c3b3fb0176365bdb5b7715bc4c", "CallTogether, Inc."
    listed = Listed()
    listed.add("organization", organization=seed)
    listed.add("organization, folded", organization="CALLTOGETHER INC")
    listed.add("look-alike", organization="CaIlTogether, Inc.")
    listed.add("part of a name", subject_contains="lTogeth")
    listed.add("part of the issuer", issuer_contains="Fixture Root", role="any")
    listed.add("never", serial="01", role="any")
    listed.add("never", sha256="00" * 32, role="any")
    listed.add("never", program_name="no program has this name")
    test = {"field": "subject", "attribute": "organization", "value": seed}
    after = {"field": "not_before", "compare": ">=", "value": "2000-01-01"}
    serial = {"field": "serial", "value": by_serial}
    listed.add("alternatives", conditions=[[serial, after], [test, {"field": "serial", "value": "1234"}]])
    part = {**test, "value": "callTOGETHER", "compare": "prefix", "ignore_case": True}
    listed.add("validity and part", conditions=[[part, after]])
    listed.add("never", conditions=[[serial, {**after, "compare": "<"}]])
    authorities = {record["certificates"][one]["tbs_sha256"] for record, signer in signers_of(records) for one in signer["chain"]}
    for tbs in sorted(authorities):
        listed.add("authority", conditions=[[{"field": "chain_tbs_sha256", "value": tbs}]], role="signer chain")
    for program in sorted({program for program, _ in programs_of(records)}):
        listed.add("program name", program_name=program)
    named: set[tuple[str, str]] = set()
    stamped: set[tuple[str, str]] = set()
    for record in records:
        for signature in record["signatures"]:
            signer_id, stamps = signature["signer_id"], [stamp["time"] for stamp in signature["timestamps"] if stamp["time"]]
            if signature["signer"] is None and signer_id and signer_id["serial"]:
                named.add((signer_id["serial"], signer_id["issuer"]))
            if signature["signer"] is not None and stamps:
                stamped.add((record["certificates"][signature["signer"]]["serial"], max(stamps)))
    for number, issuer in sorted(named):
        listed.add("named only", serial=f"0000{number}", issuer=issuer, role="named_only")
    for number, latest in sorted(stamped):
        listed.add("abused since it signed", serial=number, role="any", abused_from=latest)
        later = datetime.fromisoformat(latest) + timedelta(seconds=1)
        listed.add("revoked since it signed", serial=number, role="any", revoked_at=later.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return listed
