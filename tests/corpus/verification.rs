//! Every signature of the corpus whose signer's certificate is there: that its key made it, and over this content. None is forged but
//! those that are listed, with the reason.

use certsift::{BreakReason, Limits, SignatureData, SignedFile, Time, TimestampKind, Verifier, WeaknessKind};

use crate::files::Corpus;
use crate::shared_data;

/// When the corpus was collected: no certificate's validity is asked here.
const NOW: i64 = 1_795_000_000;

/// Signatures that do not hold, by the end of the path and the index: which fact says so, and why.
const FALSE: &[(&str, usize, &str, &str)] = &[
    (
        "signify/sigcheck_sha1_patched.exe",
        0,
        "content_matches",
        "its test collection patched the claimed digest and left messageDigest alone",
    ),
    (
        "yarax/130f9b2e65bfceae8d9e7cbe205471fc8ee34c3d9996f77baa3c3ab47a3b3068",
        0,
        "timestamp[0].content_matches",
        "malware whose time-stamp token was altered behind its authority's back; OpenSSL refuses it, too",
    ),
];

/// Which certificates write their curve out (CVE-2020-0601).
const EXPLICIT_CURVES: &[&str] = &["signify/7z1900-x64_signed.exe"];

#[derive(Default)]
struct Tally {
    signatures: usize,
    timestamps: [usize; 2],
    known_false: usize,
    explicit: usize,
    complaints: Vec<String>,
}

#[test]
fn every_signature_holds_but_the_forged_ones() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let corpus = Corpus::open(folder);
    let verifier = Verifier::new(Time::from_unix(NOW));
    let mut tally = Tally::default();
    for entry in &corpus.entries {
        let bytes = corpus.bytes(entry);
        let mut data = SignatureData::new();
        let Ok(file) = data.parse(&bytes, Limits::default()) else { continue };
        tally.judge(&entry.path, &file, &verifier);
    }
    eprintln!(
        "{} signatures hold, and so do {} countersignatures and {} tokens; {} forged ones are told",
        tally.signatures, tally.timestamps[0], tally.timestamps[1], tally.known_false
    );
    assert!(tally.complaints.is_empty(), "{}", tally.complaints.join("\n"));
    assert_eq!((tally.known_false, tally.explicit), (FALSE.len(), EXPLICIT_CURVES.len()));
    assert!(tally.signatures >= 150 && tally.timestamps.iter().all(|count| *count >= 30), "too few were compared");
}

impl Tally {
    fn judge(&mut self, path: &str, file: &SignedFile<'_>, verifier: &Verifier) {
        let facts = verifier.verify(file, None);
        assert_eq!(facts.len(), file.signatures().len(), "{path}");
        for (index, verification) in facts.iter().enumerate() {
            assert_eq!(verification.digest_matches, None, "{path}: nothing was computed");
            assert!(!verification.limit_reached, "{path}: real files cost little");
            for signer in verification.signers.iter().filter(|signer| signer.certificate.is_some()) {
                let facts = [("content_matches", signer.content_matches), ("signature_valid", signer.signature_valid)];
                self.signatures += usize::from(self.all_hold(path, index, "", &facts));
                for (number, stamp) in signer.timestamps.iter().enumerate() {
                    let facts = [
                        ("imprint_matches", stamp.imprint_matches),
                        ("content_matches", stamp.content_matches),
                        ("signature_valid", stamp.signature_valid),
                        ("time_stamping", stamp.time_stamping),
                    ];
                    let holds = self.all_hold(path, index, &format!("timestamp[{number}]."), &facts);
                    self.timestamps[usize::from(stamp.kind == TimestampKind::Rfc3161)] += usize::from(holds);
                    assert!(!stamp.is_verified() && stamp.path.anchor.is_none(), "{path}: no anchor was given");
                }
                assert!(signer.path.anchor.is_none() && signer.time.timestamp.is_none(), "{path}: nor here");
                let explicit = signer.weaknesses.iter().any(|weakness| weakness.kind == WeaknessKind::ExplicitCurve);
                let reason = signer.path.broken.map(|broken| broken.reason);
                let is_listed = EXPLICIT_CURVES.iter().any(|listed| path.ends_with(listed));
                assert_eq!(explicit, is_listed, "{path}");
                assert!(!explicit || reason == Some(BreakReason::UnknownAlgorithm), "{path}: {reason:?}");
                self.explicit += usize::from(explicit);
            }
        }
    }

    fn all_hold(&mut self, path: &str, index: usize, place: &str, facts: &[(&str, Option<bool>)]) -> bool {
        for (name, fact) in facts {
            let name = format!("{place}{name}");
            let is_false =
                FALSE.iter().any(|(file, at, fact, _)| path.ends_with(file) && *at == index && *fact == name);
            if *fact != Some(!is_false) {
                self.complaints.push(format!("{path}: signature {index}: {name} is {fact:?}"));
            }
            self.known_false += usize::from(is_false);
        }
        facts.iter().all(|(_, fact)| *fact == Some(true))
    }
}
