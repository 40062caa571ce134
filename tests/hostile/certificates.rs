//! Odd certificates and names: serials, string types, times, extensions, algorithms, damage.

use certsift::Structure;

use crate::At::{End, Of};
use crate::support::cms::{
    Certificate, RSA, certificate, common_name, message, name, public_key, rsa_key, signed_by, signer_info,
};
use crate::support::der::{self, context, joined, oid, sequence, tlv};
use crate::{OTHER, Row, SIGNER, cut, other, signer};

/// Serial numbers as they are met.
pub(crate) fn serial_rows() -> Vec<Row> {
    let forms = [
        ("a leading zero octet", "00c0ffee", "c0ffee", None),
        ("several leading zero octets", "000000c0ffee", "c0ffee", Some("non-minimal-integer")),
        ("a high bit without its zero octet", "c0ffee", "c0ffee", None),
        ("negative", "ff7f", "ff7f", None),
        ("negative, in more octets than it needs", "ff8f", "ff8f", Some("non-minimal-integer")),
        ("zero", "00", "00", None),
        ("no octets", "", "00", Some("missing")),
        (
            "24 octets",
            "0102030405060708090a0b0c0d0e0f101112131415161718",
            "0102030405060708090a0b0c0d0e0f101112131415161718",
            None,
        ),
    ];
    let row = |(name, stored, canonical, fault): (&str, &str, &str, Option<&'static str>)| {
        let signer = certificate(stored, "Signer");
        let row = Row::signed(format!("a serial: {name}"), signed_by(&signer).der())
            .finds(canonical)
            .says(format!("stored serial {stored}"))
            .says(format!("named by serial {stored}"));
        // Where the serial stands: behind the version, and behind the issuer.
        let version = context(0, [tlv(der::INTEGER, [2])]);
        let id = sequence([signer.issuer.clone(), tlv(der::INTEGER, &signer.serial)]);
        let behind_issuer = 2 + u64::try_from(signer.issuer.len()).unwrap();
        match fault {
            None => row,
            Some(code) => row
                .fault(code, Structure::Certificate, End(version))
                .fault(code, Structure::SignerInfo, Of(id))
                .shifted(behind_issuer),
        }
    };
    forms.map(row).into()
}

/// Names in every string type.
pub(crate) fn text_rows() -> Vec<Row> {
    let long = "long ".repeat(100);
    let (bad, odd) = (Some("bad-text"), Some("unexpected-tag"));
    let forms: [(u8, &[u8], &str, Option<&'static str>); 15] = [
        (der::UTF8, "Größe".as_bytes(), "Größe", None),
        (der::UTF8, b"bad \xff", "bad \u{fffd}", bad),
        (der::PRINTABLE, b"Under_score & co", "Under_score & co", None),
        (der::IA5, b"a@b.example", "a@b.example", None),
        (der::VISIBLE, b"visible", "visible", None),
        (der::NUMERIC, b"123", "123", None),
        (der::TELETEX, b"Caf\xe9", "Café", None),
        (der::TELETEX, "Café".as_bytes(), "Café", None),
        (der::BMP, b"\x00O\x04\x16", "OЖ", None),
        (der::BMP, b"\x00O\x04", "O", bad),
        (der::UNIVERSAL, b"\x00\x01\xf6\x00", "😀", None),
        (der::UNIVERSAL, b"\x00\x11\x00\x00", "\u{fffd}", bad),
        (der::OCTET_STRING, &[1, 2], "\\#04020102", odd),
        (der::UTF8, b"x/O=Microsoft", "x/O=Microsoft", None),
        (der::UTF8, long.trim_end().as_bytes(), long.trim_end(), None),
    ];
    let row = |(tag, octets, text, fault): (u8, &[u8], &str, Option<&'static str>)| {
        // The second attribute tells that the first spoils nothing.
        let subject = name(&[(10, tag, octets), (3, der::UTF8, b"Signer")]);
        let row = Row::signed(format!("a name: {tag:#x} {text}"), signed_by(&signer().subject(subject)).der())
            .finds(SIGNER)
            .says(format!("subject CN=Signer,O={text}"));
        match fault {
            None => row,
            Some(code) => row.fault(code, Structure::Name, Of(tlv(tag, octets))),
        }
    };
    let mut rows: Vec<Row> = forms.map(row).into();
    // The pair of type and value is a number, and spoils itself alone.
    let broken = sequence([
        tlv(der::SET, tlv(der::INTEGER, [7; 5])),
        tlv(der::SET, sequence([oid("2.5.4.3"), tlv(der::UTF8, "Signer")])),
    ]);
    rows.push(
        Row::signed("a name with a broken attribute", signed_by(&signer().subject(broken)).der())
            .finds(SIGNER)
            .says("subject CN=Signer")
            .fault("length-past-end", Structure::Name, Of(tlv(der::INTEGER, [7; 5])))
            .shifted(2),
    );
    // An RDN is cut inside its only pair.
    let cut_pair = tlv(der::SET, [0x30, 9, 6, 3, 0x55, 4, 10]);
    let after = tlv(der::SET, sequence([oid("2.5.4.3"), tlv(der::UTF8, "Signer")]));
    rows.push(
        Row::signed("a name with a cut pair", signed_by(&signer().subject(sequence([cut_pair.clone(), after]))).der())
            .finds(SIGNER)
            .says("subject CN=Signer")
            .fault("length-past-end", Structure::Name, Of(cut_pair))
            .shifted(2),
    );
    rows
}

/// Times of validity that are read.
pub(crate) fn time_rows() -> Vec<Row> {
    let forms = [
        (der::UTC_TIME, "141103000000Z", "2014-11-03T00:00:00Z"),
        (der::UTC_TIME, "141103000000", "2014-11-03T00:00:00Z"),
        (der::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
        (der::UTC_TIME, "161231235960Z", "2017-01-01T00:00:00Z"),
        (der::GENERALIZED_TIME, "20141103000000.123456789Z", "2014-11-03T00:00:00Z"),
        (der::GENERALIZED_TIME, "20141103013000+0130", "2014-11-03T00:00:00Z"),
    ];
    let row = |(tag, stored, time): (u8, &str, &str)| {
        Row::signed(format!("a time: {stored}"), signed_by(&signer().not_before(tag, stored)).der())
            .finds(SIGNER)
            .says(format!("valid {time} to 2043-01-01T00:00:00Z"))
    };
    forms.map(row).into()
}

/// Extensions: what they tell, and how they spoil themselves only.
pub(crate) fn extension_rows() -> Vec<Row> {
    let row = |name: &str, certificate: Certificate| Row::signed(name, signed_by(&certificate).der()).finds(SIGNER);
    let octets = |id: &[u8]| tlv(der::OCTET_STRING, id);
    let extension = |kind: &str, value: &[u8]| sequence([oid(kind), tlv(der::OCTET_STRING, value)]);
    let first = octets(&[1; 8]);
    let second = octets(&[2; 8]);
    let purposes = sequence([oid("1.3.6.1.5.5.7.3.3"), oid("1.2.3.4")]);
    let policies = sequence([sequence([oid("2.23.140.1.3")]), sequence([oid("1.2.3"), sequence([[]])])]);
    let constraints = sequence([tlv(der::BOOLEAN, [0xff]), tlv(der::INTEGER, [3])]);
    let bad = |name: &str, kind: &str, value: Vec<u8>| {
        let damaged = signer().extension(kind, &value).extension("2.5.29.37", &purposes);
        let damaged = if kind == "2.5.29.37" { signer().extension(kind, &value) } else { damaged };
        row(name, damaged).fault("bad-extension", Structure::Extension, Of(extension(kind, &value)))
    };
    let directory_name = context(1, [context(4, [common_name("Root")])]);
    let full_authority = sequence([tlv(0x80, [0xa1; 4]), directory_name, tlv(0x82, [0x0a, 0x0b])]);
    let no_value = sequence([oid("2.5.29.15"), tlv(der::NULL, [])]);
    let mut without_value = signer().extension("2.5.29.37", &purposes);
    without_value.extensions.insert(0, no_value.clone());
    let critical = sequence([oid("2.5.29.19"), tlv(der::BOOLEAN, [0xff]), tlv(der::OCTET_STRING, &constraints)]);
    let mut authority = signer();
    authority.extensions.push(critical);
    vec![
        row("extended key usage", signer().extension("2.5.29.37", &purposes)).says("purposes codeSigning 1.2.3.4"),
        row("certificate policies", signer().extension("2.5.29.32", policies)).says("policies cabfEvCodeSigning 1.2.3"),
        row("basic constraints", authority)
            .says("authority Some(BasicConstraints { is_ca: true, path_length: Some(3) })"),
        row("no basic constraints", signer()).says("authority None"),
        row("key usage", signer().extension("2.5.29.15", tlv(der::BIT_STRING, [1, 0x86])))
            .says("digitalSignature keyCertSign cRLSign"),
        row("key usage of two octets", signer().extension("2.5.29.15", tlv(der::BIT_STRING, [7, 0, 0x80])))
            .says("decipherOnly"),
        row("key ids", signer().subject_key_id(&[0x5e; 4]).authority_key_id(&[0xa1; 4]))
            .says("key id 5e5e5e5e")
            .says("issuer key id a1a1a1a1"),
        row("an authority key id in full", signer().extension("2.5.29.35", full_authority))
            .says("authority's own CN=Root 0a0b"),
        row("an extension twice", signer().extension("2.5.29.14", &first).extension("2.5.29.14", &second))
            .says("key id 0101010101010101")
            .fault("duplicate-extension", Structure::Extension, Of(extension("2.5.29.14", &second))),
        row("an extension without a value", without_value).says("purposes codeSigning 1.2.3.4").fault(
            "bad-extension",
            Structure::Extension,
            Of(no_value),
        ),
        bad("key usage that is a number", "2.5.29.15", tlv(der::INTEGER, [1])).says("purposes codeSigning 1.2.3.4"),
        bad("a key id with bytes behind it", "2.5.29.14", joined([first.as_slice(), &[5, 0]])),
        bad("basic constraints of text", "2.5.29.19", tlv(der::UTF8, "CA")),
        bad("extended key usage with a number", "2.5.29.37", sequence([tlv(der::INTEGER, [1])])).says("purposes "),
        bad("policies with a number", "2.5.29.32", sequence([tlv(der::INTEGER, [1])])),
        bad("an issuer key id that is cut", "2.5.29.35", vec![0x30, 9, 0x80]),
    ]
}

/// Algorithms of signatures and keys, by name where there is one.
pub(crate) fn algorithm_rows() -> Vec<Row> {
    let names = [
        ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
        ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
        ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
        ("1.3.14.3.2.29", "sha1WithRSASignature"),
        ("1.2.840.113549.1.1.10", "rsassaPss"),
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
        ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
        ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
        ("1.2.840.10040.4.3", "dsaWithSha1"),
        ("2.16.840.1.101.3.4.3.2", "dsaWithSha256"),
        ("1.2.840.10045.4.1", "ecdsaWithSha1"),
        ("1.2.840.10045.4.3.2", "ecdsaWithSha256"),
        ("1.2.840.10045.4.3.3", "ecdsaWithSha384"),
        ("1.2.840.10045.4.3.4", "ecdsaWithSha512"),
        ("1.3.101.112", "ed25519"),
        ("2.16.840.1.101.3.4.3.17", "ml-dsa-44"),
        ("2.16.840.1.101.3.4.3.18", "ml-dsa-65"),
        ("2.16.840.1.101.3.4.3.19", "ml-dsa-87"),
        ("1.2.3.4.5", "1.2.3.4.5"),
    ];
    let row = |name: String, certificate: Certificate| Row::signed(name, signed_by(&certificate).der()).finds(SIGNER);
    let mut rows: Vec<Row> = names
        .into_iter()
        .map(|(dotted, name)| {
            row(format!("signed with {name}"), signer().algorithm(dotted))
                .says(format!("certificate signed with {name}"))
        })
        .collect();
    let ec = |curve: &str, octets: usize| public_key([oid("1.2.840.10045.2.1"), oid(curve)], &vec![4; octets]);
    let prime = tlv(der::INTEGER, joined([&[0, 0x80], vec![1; 127].as_slice()]));
    let dsa = sequence([prime, tlv(der::INTEGER, [7]), tlv(der::INTEGER, [2])]);
    let keys = [
        ("RSA", public_key([oid(RSA), tlv(der::NULL, [])], &rsa_key(256)), "key rsaEncryption Some(2045)"),
        ("P-256", ec("1.2.840.10045.3.1.7", 65), "key ecPublicKey Some(256)"),
        ("P-521", ec("1.3.132.0.35", 133), "key ecPublicKey Some(521)"),
        ("DSA", public_key([oid("1.2.840.10040.4.1"), dsa], &tlv(der::INTEGER, [5])), "key dsa Some(1024)"),
        ("Ed25519", public_key([oid("1.3.101.112")], &[9; 32]), "key ed25519 Some(256)"),
        ("unknown", public_key([oid("1.2.3.4")], &[9; 32]), "key 1.2.3.4 None"),
    ];
    rows.extend(keys.map(|(name, key, fact)| row(format!("a key: {name}"), signer().key(key)).says(fact)));
    rows
}

/// Certificates of which a part is missing or odd, or that a strict decoder refuses: serial and issuer still say who signed.
pub(crate) fn damage_rows() -> Vec<Row> {
    let of = |name: &str, der: Vec<u8>| {
        Row::signed(name, message([der, other().der()], [signer_info(&signer()).der()]).der())
    };
    let wrap = |parts: &[Vec<u8>]| sequence([sequence(parts), sequence([oid("1.2.3")]), tlv(der::BIT_STRING, [0])]);
    let parts = signer().tbs_parts();
    let upto = |count: usize| wrap(parts.get(..count).unwrap());
    let with = |index: usize, part: Vec<u8>| {
        let mut parts = parts.clone();
        parts.splice(index..=index, [part]);
        wrap(&parts)
    };
    let subject = common_name("Signer");
    let extra = tlv(der::UTF8, "more");
    let whole = signer().der();
    let (_, content, _) = der::split(&whole);
    let tbs_start = content.get(..8).unwrap().to_vec();
    let date = signer().not_before(der::UTC_TIME, "141332000000Z");
    vec![
        of("a certificate that ends behind its issuer", upto(4)).finds(SIGNER).fault(
            "missing",
            Structure::Certificate,
            End(joined(parts.get(1..4).unwrap())),
        ),
        of("a certificate that ends behind its subject", upto(6)).finds(SIGNER).says("subject CN=Signer").fault(
            "missing",
            Structure::Certificate,
            End(joined(parts.get(1..6).unwrap())),
        ),
        of("a subject that is text", with(5, tlv(der::UTF8, "Signer")))
            .finds(SIGNER)
            .fault("unexpected-tag", Structure::Certificate, Of(tlv(der::UTF8, "Signer")))
            .says(format!("unused {OTHER}")),
        of("parts behind the last", wrap(&[parts.clone(), vec![extra.clone()]].concat()))
            .finds(SIGNER)
            .says("strict false")
            .fault("unknown-parts", Structure::Certificate, Of(extra)),
        of("a version that is text", with(0, context(0, [tlv(der::UTF8, "v3")])))
            .finds(SIGNER)
            .says("certificate version None")
            .fault("unexpected-tag", Structure::Certificate, Of(tlv(der::UTF8, "v3"))),
        of("an X.509 v1 certificate", wrap(parts.get(1..).unwrap())).finds(SIGNER).says("certificate version Some(1)"),
        of("a date that does not exist", date.der())
            .finds(SIGNER)
            .says("strict false")
            .says("valid never to 2043-01-01T00:00:00Z")
            .says("subject CN=Signer")
            .fault("bad-time", Structure::Validity, Of(sequence([&date.not_before, &date.not_after]))),
        of("a certificate cut inside its key", tlv(der::SEQUENCE, cut(content, 60)))
            .finds(SIGNER)
            .says("subject CN=Signer")
            .fault("length-past-end", Structure::Certificate, Of(tbs_start))
            .among_others(),
        of("a subject twice", with(6, subject)).finds(SIGNER),
    ]
}
