//! What verifying says of signatures that hold, and of every way to spoil one. A row of a table changes one thing and names every fact
//! that changes with it; a fact that changes beside those fails the row.

#![cfg(feature = "verify")]
#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test that cannot build its file must stop")]

mod attacks;
mod costs;
mod crowds;
mod facts;
mod forged_root;
mod fresh;
mod image;
mod issued;
mod keys;
mod lengths;
mod message;
mod path;
mod scene;
mod stamps;
#[path = "../support/mod.rs"]
mod support;
mod time;
mod unsigned;

use facts::Facts;
use scene::{Check, Scene, check, scene};

/// One change to a file, or to who checks it.
struct Row {
    name: String,
    before: Vec<u8>,
    after: Vec<u8>,
    /// Checks both files.
    check: Check,
    /// Checks the changed file, where somebody else does.
    check_after: Option<Check>,
    changes: Vec<String>,
}

impl Row {
    /// The stamped image becomes `after`, and nothing changes.
    fn new(name: impl Into<String>, after: Vec<u8>) -> Self {
        Self::from(name, &scene(), after)
    }

    /// The image of another scene becomes `after`.
    fn from(name: impl Into<String>, before: &Scene, after: Vec<u8>) -> Self {
        let before = before.file();
        Self { name: name.into(), before, after, check: check(), check_after: None, changes: Vec::new() }
    }

    /// What changes.
    fn changes(mut self, changes: &[impl AsRef<str>]) -> Self {
        self.changes.extend(changes.iter().map(|change| change.as_ref().to_owned()));
        self
    }

    /// The same at another time.
    fn at(mut self, now: i64) -> Self {
        self.check.now = now;
        self
    }

    /// The changed file is checked by somebody else.
    fn checked_by(mut self, check: Check) -> Self {
        self.check_after = Some(check);
        self
    }

    /// What is wrong with the row, if anything.
    fn failure(&self) -> Option<String> {
        let before = Facts::of(&self.before, &self.check.verifier());
        let after = Facts::of(&self.after, &self.check_after.as_ref().unwrap_or(&self.check).verifier());
        let mut expected = self.changes.clone();
        expected.sort();
        let mut found = before.changes(&after);
        found.sort();
        let missing =
            expected.iter().filter(|change| !found.contains(change)).map(|change| format!("  missing  {change}"));
        let extra =
            found.iter().filter(|change| !expected.contains(change)).map(|change| format!("  too many {change}"));
        let wrong: Vec<String> = missing.chain(extra).collect();
        (!wrong.is_empty()).then(|| format!("{}\n{}", self.name, wrong.join("\n")))
    }
}

/// Fails with every row that is not as it says.
#[track_caller]
fn run(rows: &[Row]) {
    let failures: Vec<String> = rows.iter().filter_map(Row::failure).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

/// The facts that hang together where the key did not make the signature.
const NOT_SIGNED: [&str; 2] = ["signature_valid: yes -> no", "signed_form: attributes -> none"];
/// The same where the image is another one.
const OTHER_IMAGE: [&str; 2] = ["digest_matches: yes -> no", "digest_rule: Flat -> none"];
/// 2020-06-01, when the images are stamped.
const STAMPED: &str = "1590969600";

/// What every row starts from: the images that hold.
#[test]
fn unspoiled_images_hold() {
    let expected = [
        ("digest_matches", "yes"),
        ("digest_rule", "Flat"),
        ("padding_off", "yes"),
        ("padding_on", "yes"),
        ("signers", "1"),
        ("certificate", "Signer"),
        ("content_matches", "yes"),
        ("content_type_matches", "yes"),
        ("signature_valid", "yes"),
        ("signed_form", "attributes"),
        ("code_signing", "yes"),
        ("path", "Signer (file) < Intermediate (file) < Root (anchor)"),
        ("anchor", "Root"),
        ("broken", "none"),
        ("path0.name_matches", "yes"),
        ("path0.signature_valid", "yes"),
        ("path0.key_id_matches", "yes"),
        ("path0.validity", "valid"),
        ("path1.name_matches", "yes"),
        ("path1.signature_valid", "yes"),
        ("path1.key_id_matches", "yes"),
        ("path1.is_ca", "yes"),
        ("path1.validity", "valid"),
        ("path2.is_ca", "yes"),
        ("time.validity", "valid"),
        ("time.path_validity", "valid"),
        ("time.lifetime_signing", "false"),
        ("revoked", "unknown"),
        ("weaknesses", ""),
    ];
    let stamped = [
        ("stamps", "1"),
        ("time", STAMPED),
        ("time.timestamp", "0"),
        ("stamp0.time", STAMPED),
        ("stamp0.certificate", "Stamper"),
        ("stamp0.imprint_matches", "yes"),
        ("stamp0.content_matches", "yes"),
        ("stamp0.signature_valid", "yes"),
        ("stamp0.time_stamping", "yes"),
        ("stamp0.path", "Stamper (file) < Stamp Root (anchor)"),
        ("stamp0.anchor", "Stamp Root"),
        ("stamp0.validity", "valid"),
        ("stamp0.weaknesses", ""),
        ("stamp0.verified", "true"),
    ];
    let not_stamped = [("stamps", "0"), ("time.timestamp", "none"), ("time", "1704067200")];
    let scenes = [
        ("a token", scene(), [&expected[..], &stamped, &[("stamp0.kind", "rfc3161")]].concat()),
        ("a countersignature", scene::countersigned(), [&expected[..], &stamped, &[("stamp0.kind", "pkcs9")]].concat()),
        ("no stamp", scene::unstamped(), [&expected[..], &not_stamped].concat()),
    ];
    for (name, scene, expected) in scenes {
        let facts = Facts::of(&scene.file(), &check().verifier());
        let wrong: Vec<_> = expected.iter().filter(|(name, value)| facts.get(name) != *value).collect();
        assert!(wrong.is_empty(), "{name}: expected {wrong:#?}, found {:#?}", facts.list());
    }
}
