use base64::Engine as _;
use proptest::prelude::*;

use super::*;

/// What was given, and the outcome: how many there were and how many distinct ones are kept, or what was wrong and where.
type Case = (&'static str, Vec<u8>, Result<[usize; 2], String>);

#[test]
fn certificates_in_every_form() {
    let (root, ca) = (read("root.der"), read("ca.der"));
    let (root_pem, ca_pem) = (pem("CERTIFICATE", &root), pem("CERTIFICATE", &ca));
    let both = format!("{root_pem}{ca_pem}");
    let auxiliary = [root.as_slice(), &[0x30, 0]].concat();
    let store = seed_store();
    let cases: Vec<Case> = vec![
        ("DER", root.clone(), Ok([1, 1])),
        ("DER and a line end", [root.as_slice(), b"\r\n"].concat(), Ok([1, 1])),
        ("DER twice", [root.as_slice(), &ca].concat(), Ok([2, 2])),
        ("DER, then PEM", [root.as_slice(), b"\n", ca_pem.as_bytes()].concat(), Ok([2, 2])),
        ("PEM", root_pem.clone().into(), Ok([1, 1])),
        ("two", both.clone().into(), Ok([2, 2])),
        ("the same twice", format!("{root_pem}{root_pem}").into(), Ok([2, 1])),
        ("CR LF", both.replace('\n', "\r\n").into(), Ok([2, 2])),
        ("no end of the last line", both.trim_end().into(), Ok([2, 2])),
        ("byte order mark", format!("\u{feff}{both}").into(), Ok([2, 2])),
        ("text around", format!("0 text, -----BEGIN is in it\n\n{root_pem}\ntext\n{ca_pem}---\n").into(), Ok([2, 2])),
        ("text that begins as DER", format!("0 s:CN = a name of more than the octets\n{root_pem}").into(), Ok([1, 1])),
        ("X509", pem("X509 CERTIFICATE", &root).into(), Ok([1, 1])),
        ("TRUSTED", pem("TRUSTED CERTIFICATE", &auxiliary).into(), Ok([1, 1])),
        ("message", store.clone(), Ok([2, 2])),
        ("message in PEM", pem("PKCS7", &store).into(), Ok([2, 2])),
        (
            "other blocks",
            format!("{}{root_pem}{}", pem("PRIVATE KEY", b"no key"), pem("X509 CRL", b"")).into(),
            Ok([1, 1]),
        ),
        ("another block without an end", format!("-----BEGIN EC PRIVATE KEY-----\n{root_pem}").into(), Ok([1, 1])),
        ("nothing", Vec::new(), Err("no certificate at offset 0".into())),
        ("text", b"no certificate".to_vec(), Err("no certificate at offset 0".into())),
        (
            "a number",
            b"0".to_vec(),
            Err("a certificate that cannot be read: a tag or length that cannot be read at offset 0".into()),
        ),
        ("key alone", pem("PRIVATE KEY", b"no key").into(), Err("no certificate at offset 0".into())),
        ("a list", read("good.crl"), Err("a certificate that cannot be read at offset 0".into())),
        ("cut DER", root[..200].to_vec(), Err("a certificate that cannot be read at offset 0".into())),
        (
            "cut behind DER",
            [root.as_slice(), &ca[..200]].concat(),
            Err(format!("a certificate that cannot be read at offset {}", root.len())),
        ),
        (
            "text behind DER",
            [root.as_slice(), b"text"].concat(),
            Err(format!("a certificate that cannot be read at offset {}", root.len())),
        ),
        (
            "no end",
            root_pem.replace("-----END CERTIFICATE-----", "").into(),
            Err("a damaged PEM block at offset 0".into()),
        ),
        (
            "no base64",
            format!("{root_pem}{}", ca_pem.replace("\nM", "\n!")).into(),
            Err(format!("a damaged PEM block at offset {}", root_pem.len())),
        ),
        (
            "no certificate in the block",
            format!("{root_pem}{}", pem("CERTIFICATE", &[0x30, 0])).into(),
            Err(format!("a certificate that cannot be read at offset {}", root_pem.len())),
        ),
        (
            "something behind it in the block",
            pem("CERTIFICATE", &auxiliary).into(),
            Err("a certificate that cannot be read: unknown parts after the last known one at offset 0".into()),
        ),
        (
            "no certificate in a message",
            pem("PKCS7", b"text").into(),
            Err("a certificate that cannot be read at offset 0".into()),
        ),
        (
            "cut message",
            pem("PKCS7", store.get(..store.len() - 300).unwrap()).into(),
            Err("a certificate that cannot be read at offset 0".into()),
        ),
    ];
    for (name, octets, expected) in cases {
        let mut trust = Trust::default();
        let added = trust.add_anchors(&octets).map(|count| [count, trust.anchors.seen.len()]);
        assert_outcome(name, added, &expected);
        if expected.is_err() {
            assert_eq!(trust.anchors.seen.len(), 0, "{name}: all or nothing");
        }
        let mut trust = Trust::default();
        let added = trust.add_certificates(&octets).map(|count| [count, trust.given.seen.len()]);
        assert_outcome(name, added, &expected);
    }
}

#[test]
fn lists_in_every_form() {
    let (good, revoked) = (read("good.crl"), read("revoked.crl"));
    let (good_pem, revoked_pem) = (pem("X509 CRL", &good), pem("X509 CRL", &revoked));
    let bad = "a revocation list that cannot be read".to_owned();
    let cases: Vec<Case> = vec![
        ("DER", good.clone(), Ok([1, 1])),
        ("PEM", good_pem.clone().into(), Ok([1, 1])),
        ("PEM of two issuers", read("good.pem"), Ok([2, 2])),
        ("the same twice", format!("{good_pem}{good_pem}{revoked_pem}").into(), Ok([3, 2])),
        ("with a certificate", format!("{}{good_pem}", pem("CERTIFICATE", &read("root.der"))).into(), Ok([1, 1])),
        ("unusable", read("critical.crl"), Ok([1, 1])),
        ("nothing", Vec::new(), Err("no revocation list at offset 0".into())),
        (
            "a certificate in PEM",
            pem("CERTIFICATE", &read("root.der")).into(),
            Err("no revocation list at offset 0".into()),
        ),
        ("a certificate", read("root.der"), Err(bad.clone())),
        ("cut", read("truncated.crl"), Err(bad.clone())),
        ("cut in PEM", format!("{revoked_pem}{}", pem("X509 CRL", &read("truncated.crl"))).into(), Err(bad.clone())),
        ("bad entry", read("bad_entry.crl"), Err(bad.clone())),
        ("bad date", read("bad_date.crl"), Err(bad.clone())),
        ("an extension twice", read("twice_extension.crl"), Err(bad.clone())),
    ];
    for (name, octets, expected) in cases {
        let mut trust = Trust::default();
        let added = trust.add_crls(&octets).map(|count| [count, trust.lists.seen.len()]);
        assert_outcome(name, added, &expected);
        if expected.is_err() {
            assert_eq!(trust.lists.seen.len(), 0, "{name}: all or nothing");
        }
    }
}

#[test]
fn looked_up_by_name() {
    let octets = ["root", "ca", "ca_no_crl_sign", "leaf"].map(|name| read(&format!("{name}.der")));
    let [root, ca, other_ca, leaf] = octets.each_ref().map(|der| Certificate::from_der(der).unwrap());
    let mut trust = Trust::default();
    trust.add_anchors(root.der()).unwrap();
    trust.add_certificates(other_ca.der()).unwrap();
    trust.add_certificates(ca.der()).unwrap();
    for list in ["good.crl", "printable.crl", "root_good.crl"] {
        trust.add_crls(&read(list)).unwrap();
    }

    assert_eq!(trust.anchors_named(ca.issuer()).collect::<Vec<_>>(), [root]);
    assert_eq!(trust.given_named(leaf.issuer()).collect::<Vec<_>>(), [other_ca, ca], "in the order given");
    assert_eq!(trust.anchors_named(leaf.issuer()).count() + trust.given_named(leaf.subject()).count(), 0);
    assert!(trust.is_anchor(root));
    assert!(!trust.is_anchor(ca) && !trust.is_anchor(leaf));
    let root_twin = [root.der(), b"behind"].concat();
    assert!(trust.is_anchor(Certificate::from_der(&root_twin).unwrap()), "what follows is no part of it");
    assert_eq!(trust.lists_of(leaf.issuer()).count(), 2, "whatever the letter case and string type");
    assert_eq!(trust.lists_of(root.subject()).count(), 1);
}

#[test]
fn the_empty_name_is_nobodys() {
    let mut store = Store::default();
    let nameless = Name::from_der(&[0x30, 0]);
    store.add(nameless.match_key(), b"somebody", 1);
    store.add(nameless.match_key(), b"somebody", 1);
    assert!(store.named(nameless).is_empty());
    assert_eq!(store.keyed(&[]), [1], "though it is there, for those who compare octets");
}

proptest! {
    /// Whatever is done to a file, it is read or refused, whole.
    #[test]
    fn damage_is_refused_or_read(list in any::<bool>(), in_pem in any::<bool>(), at in any::<prop::sample::Index>(),
                                 octet in any::<u8>(), cut in any::<bool>()) {
        let (file, label) = if list { ("point_a.crl", "X509 CRL") } else { ("leaf.der", "CERTIFICATE") };
        let mut octets = if in_pem { pem(label, &read(file)).into_bytes() } else { read(file) };
        let at = at.index(octets.len());
        if cut {
            octets.truncate(at);
        }
        if let Some(target) = octets.get_mut(at) {
            *target = octet;
        }
        let mut trust = Trust::default();
        let results = [trust.add_anchors(&octets), trust.add_certificates(&octets), trust.add_crls(&octets)];
        let kept = [trust.anchors.seen.len(), trust.given.seen.len(), trust.lists.seen.len()];
        for (result, kept) in results.into_iter().zip(kept) {
            match result {
                Ok(count) => prop_assert_eq!(count, kept),
                Err(error) => prop_assert!(kept == 0 && error.offset() <= octets.len()),
            }
        }
    }
}

/// An error is expected by the start of what it says.
fn assert_outcome(name: &str, outcome: Result<[usize; 2], TrustError>, expected: &Result<[usize; 2], String>) {
    match (outcome, expected) {
        (Err(error), Err(expected)) => {
            let said = error.to_string();
            let (kind, offset) = expected.split_once(" at offset").unwrap_or((expected.as_str(), ""));
            assert!(said.starts_with(kind) && said.ends_with(offset), "{name}: {said}");
        }
        (outcome, expected) => assert_eq!(outcome.ok(), expected.clone().ok(), "{name}"),
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn read(name: &str) -> Vec<u8> {
    read_fixture(&format!("revocation/{name}"))
}

/// A PKCS #7 message with two certificates and no signer.
fn seed_store() -> Vec<u8> {
    read_fixture("seed.p7b")
}

fn read_fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
