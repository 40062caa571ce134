//! Trust stores: what is found in which place, what is odd about it, what has changed, and that no link leads out of the root.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use certsift::{Baseline, IndicatorTable, StoreCertificate, TextStyle, TrustStore, TrustStoreOptions};
use serde::Deserialize;
use serde_json::json;

use super::ecs_fields::complaints;
use super::scratch::{Scratch, kept_root};
use super::{AT, shared_data};

const LOCAL: &str = "usr/local/share/ca-certificates";

fn options() -> TrustStoreOptions {
    let mut options = TrustStoreOptions::default();
    options.at = AT;
    options
}

fn read(root: &Path, options: &TrustStoreOptions) -> TrustStore {
    TrustStore::read(root, options, &IndicatorTable::builtin())
}

/// The certificate that lies at a path inside, whichever comes first there.
fn at<'s>(store: &'s TrustStore, path: &str) -> &'s StoreCertificate {
    let found = store.certificates.iter().find(|one| one.places.iter().any(|place| place.path == path));
    found.unwrap_or_else(|| panic!("nothing at {path}"))
}

fn codes(one: &StoreCertificate) -> Vec<&str> {
    one.findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn every_authority_has_its_verdict() {
    let store = read(&kept_root(), &options());
    let rows: [(&str, Option<&str>, &[&str]); 6] = [
        ("/usr/share/ca-certificates/mozilla/known.crt", None, &[]),
        ("/usr/local/share/ca-certificates/listed.crt", Some("high"), &["not_in_baseline"]),
        ("/usr/local/share/ca-certificates/fresh.crt", Some("medium"), &["not_in_baseline", "young", "long_lived"]),
        ("/usr/local/share/ca-certificates/team/leaf.crt", Some("medium"), &["not_in_baseline", "ca_flag_missing"]),
        ("/usr/local/share/ca-certificates/team/weak.crt", Some("medium"), &["not_in_baseline", "weak_key"]),
        ("/usr/local/share/ca-certificates/team/similar.crt", Some("medium"), &["not_in_baseline", "similar_name"]),
    ];
    assert_eq!(store.certificates.len(), rows.len());
    for (path, severity, expected) in rows {
        let one = at(&store, path);
        assert_eq!((one.severity.as_deref(), codes(one)), (severity, expected.to_vec()), "{path}");
        assert_eq!(one.known, Some(severity.is_none()), "{path}");
    }
    let listed = at(&store, "/usr/local/share/ca-certificates/listed.crt");
    assert!(listed.has_strong_match());
    assert_eq!(listed.matches[0].role, "store");
    let kinds: Vec<&str> = listed.places.iter().map(|place| place.place_kind.as_str()).collect();
    assert_eq!(kinds, ["anchors", "bundle"]);
    let text = listed.to_text(TextStyle::default());
    for part in ["listed.crt: HIGH, CallTogether Root\n", "indicator  callTogether_certificate, by serial and name\n"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(store.files.len(), 1);
    assert_eq!(store.files[0].path, "/etc/ssl/certs/ca-certificates.crt");
    assert_eq!(store.files[0].faults[0].code, "mixed-encoding");
    assert!(!store.has_errors());
}

#[test]
fn what_is_usual_can_be_set() {
    let mut options = options();
    (options.young_days, options.long_lived_days) = (0, 100_000);
    (options.least_key_bits, options.least_curve_bits) = (1_024, 257);
    options.folders = vec!["/".to_owned()];
    let store = read(&kept_root(), &options);
    let fresh = at(&store, "/usr/local/share/ca-certificates/fresh.crt");
    assert_eq!(codes(fresh), ["not_in_baseline", "weak_key"]);
    let weak = at(&store, "/usr/local/share/ca-certificates/team/weak.crt");
    assert_eq!(codes(weak), ["not_in_baseline"]);
    assert_eq!(at(&store, "/new.crt").severity.as_deref(), Some("medium"), "a folder of one's own");
    options.at = certsift::Time::from_rfc3339("2040-01-01").unwrap();
    options.least_curve_bits = 224;
    let store = read(&kept_root(), &options);
    assert!(codes(at(&store, "/new.crt")).contains(&"expired"));
    options.at = certsift::Time::from_rfc3339("2014-01-01").unwrap();
    let store = read(&kept_root(), &options);
    assert!(codes(at(&store, "/new.crt")).contains(&"not_yet_valid"));
}

#[test]
fn a_baseline_makes_known() {
    let store = read(&kept_root(), &options());
    let baseline = store.baseline();
    let mut options = options();
    options.baseline = Some(baseline.clone());
    let again = read(&kept_root(), &options);
    assert_eq!(again.changes_since(&baseline), [], "a second time is silent");
    let similar = at(&again, "/usr/local/share/ca-certificates/team/similar.crt");
    assert_eq!((similar.known_by.as_deref(), similar.severity.as_deref()), (Some("baseline"), None));
    let weak = at(&again, "/usr/local/share/ca-certificates/team/weak.crt");
    assert_eq!(weak.severity.as_deref(), Some("low"));
    let listed = at(&again, "/usr/local/share/ca-certificates/listed.crt");
    assert_eq!(listed.severity.as_deref(), Some("high"), "known, and on the list");
}

#[test]
fn changes_are_told_once() {
    let scratch = Scratch::root();
    let empty = IndicatorTable::empty();
    // As before anybody knew of the one that is listed now.
    let baseline = TrustStore::read(&scratch.0, &options(), &empty).baseline();
    scratch.write(format!("{LOCAL}/new.crt"), fs::read(kept_root().join("new.crt")).unwrap());
    let known = fs::read(kept_root().join("usr/share/ca-certificates/mozilla/known.crt")).unwrap();
    scratch.write(format!("{LOCAL}/copy.crt"), known);
    fs::remove_file(scratch.0.join(LOCAL).join("team/weak.crt")).unwrap();
    let mut options = options();
    options.baseline = Some(baseline.clone());
    let store = read(&scratch.0, &options);
    let changes = store.changes_since(&baseline);
    let told: BTreeMap<&str, (&str, &str)> = changes
        .iter()
        .map(|change| (change.change.as_str(), (change.subject.as_str(), change.severity.as_str())))
        .collect();
    let expected = [
        ("added", ("CN=New Root,O=New Authority", "medium")),
        ("new_match", ("CN=CallTogether Root,O=CallTogether\\, Inc.", "high")),
        ("new_place", ("CN=Known Root,O=Known Authority", "low")),
        ("removed", ("CN=Weak Root,O=Weak Authority", "low")),
    ];
    assert_eq!(changes.len(), expected.len());
    assert_eq!(told, expected.into_iter().collect());
    for change in &changes {
        let document = change.to_ecs(AT);
        assert_eq!(complaints(&document), Vec::<String>::new(), "{document:#}");
        assert!(change.to_text(TextStyle::default()).starts_with(&change.change.replace('_', " ")));
    }
    assert_eq!(store.changes_since(&store.baseline()), [], "and the next time nothing");
}

#[test]
fn a_document_says_which_authority() {
    let store = read(&kept_root(), &options());
    for one in &store.certificates {
        let Some(document) = one.to_ecs(AT) else { continue };
        assert_eq!(complaints(&document), Vec::<String>::new(), "{document:#}");
        assert_eq!(
            document["threat"]["technique"]["subtechnique"]["id"].as_array().unwrap().last(),
            Some(&json!("T1553.004"))
        );
    }
    let known = at(&store, "/usr/share/ca-certificates/mozilla/known.crt");
    assert_eq!(known.to_ecs(AT), None);
    let document = at(&store, "/usr/local/share/ca-certificates/listed.crt").to_ecs(AT).unwrap();
    let rows = [
        ("/event/risk_score", json!(73)),
        ("/event/dataset", json!("certsift.store")),
        ("/file/path", json!("/usr/local/share/ca-certificates/listed.crt")),
        ("/file/x509/serial_number", json!("452156C3B3FB0176365BDB5B7715BC4C")),
        ("/rule/id", json!("callTogether_certificate")),
        ("/labels/store_known", json!("false")),
        ("/labels/store_findings", json!("not_in_baseline")),
    ];
    for (pointer, expected) in rows {
        assert_eq!(document.pointer(pointer), Some(&expected), "{pointer} of {document:#}");
    }
}

#[test]
fn baselines_are_files() {
    let baseline = read(&kept_root(), &options()).baseline();
    let text = baseline.to_text();
    assert_eq!(Baseline::parse(&text), Ok(baseline));
    let header = text.lines().next().unwrap();
    let rows: [(String, usize, &str); 7] = [
        (String::new(), 1, "empty"),
        ("{}".to_owned(), 1, "not the first line of a baseline"),
        (text.replace("\"version\":1", "\"version\":2"), 1, "not of certsift/1 store_baseline 2"),
        (header.to_owned(), 1, "0 certificates where the first line promises 6"),
        (text.lines().take(3).collect::<Vec<_>>().join("\n"), 3, "2 certificates where"),
        (text.replace("\"sha256\":\"", "\"sha256\":\"x"), 2, "64 lower-case hex digits"),
        (format!("{header}\nx"), 2, "expected value"),
    ];
    for (text, line, problem) in rows {
        let error = Baseline::parse(&text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().contains(problem), "{error}");
    }
    assert!(Baseline::parse(&text.replace('\n', "\r\n")).is_ok());
}

/// Every form in which certificates are put into stores.
#[test]
fn content_decides() {
    #[derive(Deserialize)]
    struct Row {
        file: String,
        certificates: usize,
        distinct_matching: usize,
    }
    let Some(folder) = shared_data::folder("CERTSIFT_TRUST_STORE", "trust_store") else { return };
    let rows: Vec<Row> = serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let scratch = Scratch::new();
    for row in &rows {
        let bytes = fs::read(folder.join(&row.file)).unwrap();
        // One store a file, so that the same certificate counts in each.
        scratch.write(format!("{}/{LOCAL}/{}", row.file, row.file), bytes);
    }
    for Row { file, certificates, distinct_matching } in rows {
        let store = read(&scratch.0.join(&file), &options());
        let distinct = if file == "duplicate.pem" { 1 } else { certificates };
        assert_eq!(store.certificates.len(), distinct, "{file}");
        let matching = store.certificates.iter().filter(|one| one.severity.as_deref() == Some("high"));
        assert_eq!(matching.count(), distinct_matching, "{file}");
        assert!(store.certificates.iter().all(|one| one.severity.is_some()), "{file}");
        let faults: Vec<&str> =
            store.files.iter().flat_map(|file| &file.faults).map(|fault| fault.code.as_str()).collect();
        assert_eq!(faults.contains(&"mixed-encoding"), file.contains("der_then_pem"), "{file}: {faults:?}");
        if file.starts_with("truncated") || file.starts_with("bad") {
            assert!(!store.files.is_empty(), "{file}: damage is told");
        }
    }
}

#[cfg(unix)]
#[test]
fn no_link_leads_out() {
    use std::os::unix::fs::symlink;

    let outside = Scratch::new();
    outside.write("secret.crt", fs::read(kept_root().join("new.crt")).unwrap());
    let scratch = Scratch::root();
    let local = scratch.0.join(LOCAL);
    let link = |target: &str, name: &str| symlink(target, local.join(name)).unwrap();
    // Out of the root, by name and by dots.
    link(outside.0.join("secret.crt").to_str().unwrap(), "out.crt");
    link(outside.0.to_str().unwrap(), "out");
    link(&format!("../../../../../../../../../..{}/secret.crt", outside.0.display()), "dots.crt");
    // In circles, and nowhere.
    link("circle.crt", "circle.crt");
    link("..", "up");
    link("/usr/local", "again");
    link("gone.crt", "gone.crt.link");
    // Inside of the root: absolute, and with more dots than there are folders.
    link("/usr/share/ca-certificates/mozilla/known.crt", "inside.crt");
    link("../../../../../../../../../../new.crt", "dots_inside.crt");
    let store = read(&scratch.0, &options());
    let known = at(&store, "/usr/share/ca-certificates/mozilla/known.crt");
    assert!(known.places.iter().any(|place| place.place_kind == "anchors"), "{:?}", known.places);
    let new = at(&store, "/new.crt");
    assert_eq!(new.places.len(), 1, "{:?}", new.places);
    assert_eq!(store.certificates.len(), 7, "the six, and the one that a link leads to");
    let circle = store.files.iter().find(|file| file.path.ends_with("circle.crt")).expect("is told");
    assert!(circle.error.as_ref().unwrap().detail.contains("too many symbolic links"));
    assert!(store.has_errors());
    // The folder itself may be a link.
    let other = Scratch::new();
    other.write("real/new.crt", fs::read(kept_root().join("new.crt")).unwrap());
    fs::create_dir_all(other.0.join("usr/local/share")).unwrap();
    symlink("/real", other.0.join(LOCAL)).unwrap();
    assert_eq!(at(&read(&other.0, &options()), "/real/new.crt").places[0].place, "/usr/local/share/ca-certificates");
}

#[cfg(unix)]
#[test]
fn pipes_are_not_opened() {
    let scratch = Scratch::root();
    let pipe = scratch.0.join(LOCAL).join("pipe.crt");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("no mkfifo: left out");
        return;
    }
    assert_eq!(read(&scratch.0, &options()).certificates.len(), 6);
}

#[test]
fn what_is_distrusted_is_not_trusted() {
    let scratch = Scratch::new();
    let new = fs::read(kept_root().join("new.crt")).unwrap();
    let fresh = fs::read(kept_root().join(LOCAL).join("fresh.crt")).unwrap();
    scratch.write("etc/pki/ca-trust/source/blocklist/new.pem", &new);
    scratch.write("etc/pki/ca-trust/source/anchors/fresh.pem", &fresh);
    let store = read(&scratch.0, &options());
    assert_eq!(store.certificates.len(), 1);
    assert_eq!(store.certificates[0].places[0].place, "/etc/pki/ca-trust/source/anchors");
    assert_eq!(store.certificates[0].places.len(), 1, "the anchors are not told with the folder above them");
    // Of a bundle alone nobody knows who belongs in it.
    let scratch = Scratch::new();
    scratch.write("etc/ssl/certs/ca-certificates.crt", &new);
    let store = read(&scratch.0, &options());
    assert_eq!((store.certificates[0].known, store.certificates[0].severity.as_deref()), (None, None));
}

#[test]
fn other_systems_have_other_places() {
    let pem = |name: &str| fs::read(kept_root().join(name)).unwrap();
    let known = pem("usr/share/ca-certificates/mozilla/known.crt");
    let mut p11_kit =
        b"# comment\n[p11-kit-object-v1]\nlabel: \"Known\"\ntrusted: true\nx-certificate-extension: false\n".to_vec();
    p11_kit.extend(&known);
    let rows: [(&str, &str, &str); 3] = [
        // Distribution's set, its own anchors, the bundle.
        (
            "usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit",
            "etc/pki/ca-trust/source/anchors/new.pem",
            "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        ),
        (
            "usr/share/pki/trust/ca-certificates-mozilla.trust.p11-kit",
            "etc/pki/trust/anchors/new.pem",
            "var/lib/ca-certificates/ca-bundle.pem",
        ),
        (
            "usr/share/ca-certificates/trust-source/mozilla.trust.p11-kit",
            "etc/ca-certificates/trust-source/anchors/new.crt",
            "etc/ca-certificates/extracted/tls-ca-bundle.pem",
        ),
    ];
    for (distribution, anchor, bundle) in rows {
        let scratch = Scratch::new();
        scratch.write(distribution, &p11_kit);
        scratch.write(anchor, pem("new.crt"));
        scratch.write(bundle, [known.clone(), pem("new.crt")].concat());
        let store = read(&scratch.0, &options());
        let told: BTreeMap<&str, (Option<&str>, Vec<&str>)> = store
            .certificates
            .iter()
            .map(|one| {
                let kinds = one.places.iter().map(|place| place.place_kind.as_str()).collect();
                (one.certificate.subject.dn.as_str(), (one.severity.as_deref(), kinds))
            })
            .collect();
        let expected = [
            ("CN=Known Root,O=Known Authority", (None, vec!["bundle", "distribution"])),
            ("CN=New Root,O=New Authority", (Some("medium"), vec!["anchors", "bundle"])),
        ];
        assert_eq!(told, expected.into_iter().collect(), "{anchor}");
        for place in store.certificates.iter().flat_map(|one| &one.places) {
            assert_eq!(TrustStore::place_of(&place.path), Some(place.place.as_str()));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_told() {
    use std::os::unix::ffi::OsStrExt;

    let scratch = Scratch::root();
    let name = std::ffi::OsStr::from_bytes(b"n\xe9w.crt");
    fs::copy(kept_root().join("new.crt"), scratch.0.join(LOCAL).join(name)).unwrap();
    let store = read(&scratch.0, &options());
    let new = store.certificates.iter().find(|one| one.certificate.subject.dn.contains("New Root")).unwrap();
    assert_eq!(new.places[0].path, "/usr/local/share/ca-certificates/n\u{fffd}w.crt");
    assert!(new.places[0].path_hex.as_deref().unwrap().ends_with("6ee9772e637274"));
}

#[test]
fn too_large_files_are_told() {
    let scratch = Scratch::root();
    let mut options = options();
    options.max_file_bytes = 1_000;
    let store = read(&scratch.0, &options);
    assert_eq!(store.files[0].error.as_ref().unwrap().code, "too-large");
    assert!(store.has_errors());
    options = self::options();
    options.limits.max_entries = 1;
    let store = read(&kept_root(), &options);
    assert!(store.has_errors(), "there may be more than was seen");
}
