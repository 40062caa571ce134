//! The digest of every whole PE image of the corpus: against those that its signatures claim, as the manifest judged them, and
//! against those that the truth's own reader computed.

use std::collections::{BTreeMap, HashMap};

use certsift::{ComputedDigest, DigestRule, HashAlgorithm, ImageDigests, SectionRule, SignedFile, image_digests};

use crate::files::{self, Corpus, Entry};
use crate::{shared_data, truth};

/// A word of the manifest, and what it says of every claimed digest of the file.
const FLAGS: &[(&str, Option<DigestRule>, SectionRule)] = &[
    ("digest-ok", Some(DigestRule::Flat), SectionRule::Same),
    ("digest-ok-flat-only", Some(DigestRule::Flat), SectionRule::Differs),
    ("digest-ok-sections-only", Some(DigestRule::Sections), SectionRule::Differs),
    ("digest-mismatch", None, SectionRule::Same),
];

/// Files of which the manifest says nothing, because the truth's reader gave up on the message; ours reads the claimed digest, and it
/// is the file's.
const UNFLAGGED: &[(&str, &str)] = &[
    ("files/synth/ber_length_huge.exe", "the length of the outermost tag is 2^64 - 1; the rest is whole"),
    (
        "files/synth/mut_truncated.exe",
        "the file ends in the certificate table, 1,256 bytes into it; the content comes first",
    ),
];

/// Files of which the truth computed another section-wise digest.
const OTHER_SECTIONS: &[(&str, &str)] = &[(
    "files/synth/mut_trailing_after_table.exe",
    "700 bytes follow the table at 1536..4048; the paper's last step, which takes a table at the end for granted, hashes 1536..2236: \
     the start of the table itself, which no signer can have hashed. Ours leaves the table out where it lies",
)];

/// Files that no tool's single rule gets right: which one the claimed digest follows.
const RULES_DIFFER: &[(&str, Option<DigestRule>)] = &[
    ("files/debian/fwupdaa64.efi.signed", Some(DigestRule::Sections)),
    ("files/signify/spotify_sample.exe", Some(DigestRule::Flat)),
    // Its table lies inside .rsrc, before the end of the file: what is loaded there was not hashed (`ImageDigests::covers_image`). Windows'
    // CryptQueryObject finds no signature in it (trailofbits/uthenticode#84).
    ("files/uthenticode/YourPhone.exe", Some(DigestRule::Flat)),
];

#[derive(Default)]
struct Tally {
    images: usize,
    signatures: usize,
    matching: usize,
    digests: usize,
    complaints: Vec<String>,
}

#[test]
fn every_image_has_the_digests_that_the_truth_says() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let rows = files::json_lines::<truth::Row>(&folder.join("truth/reference.jsonl"));
    let rows: HashMap<String, truth::Row> = rows.into_iter().map(|row| (row.path.clone(), row)).collect();
    let corpus = Corpus::open(folder);
    let mut tally = Tally::default();
    for entry in corpus.entries.iter().filter(|entry| entry.is_pe() && entry.is_raw()) {
        let bytes = corpus.bytes(entry);
        match image_digests(bytes.as_slice(), HashAlgorithm::ALL) {
            Ok(digests) => {
                tally.images += 1;
                tally.judge_claims(entry, &bytes, &digests);
                if let Some(row) = rows.get(&entry.path) {
                    tally.judge_digests(entry, row, &digests);
                }
            }
            Err(error) => tally.complaints.push(format!("{}: {error}", entry.path)),
        }
    }
    tally.finish();
}

impl Tally {
    /// Every claimed digest compares as the manifest says.
    fn judge_claims(&mut self, entry: &Entry, bytes: &[u8], digests: &ImageDigests) {
        let Ok(file) = SignedFile::parse(bytes) else { return };
        let claims: Vec<_> = file.signatures().iter().filter_map(|signature| signature.image_digest()).collect();
        let flagged = FLAGS.iter().find(|(flag, ..)| entry.flags.iter().any(|own| own == flag));
        let unflagged = UNFLAGGED.iter().any(|(path, _)| *path == entry.path);
        let (rule, section_rule) = match flagged {
            Some((_, rule, section_rule)) => (*rule, *section_rule),
            None if unflagged && !claims.is_empty() => (Some(DigestRule::Flat), SectionRule::Same),
            None if claims.is_empty() && !unflagged => return,
            None => return self.complaints.push(format!("{}: {} claims, and no flag", entry.path, claims.len())),
        };
        if claims.is_empty() || unflagged == flagged.is_some() {
            self.complaints.push(format!("{}: flagged, and there is no claim or an exception", entry.path));
        }
        for claimed in claims {
            let found = digests.for_claim(claimed).map(|computed| computed.rule_of(claimed.digest));
            self.signatures += 1;
            self.matching += usize::from(found.flatten().is_some());
            if (found, digests.section_rule()) != (Some(rule), section_rule) {
                let what = (found, digests.section_rule());
                self.complaints.push(format!("{}: {what:?}, not {:?}", entry.path, (rule, section_rule)));
            }
        }
    }

    /// Every digest, by both rules, is the one that the truth's reader computed.
    fn judge_digests(&mut self, entry: &Entry, row: &truth::Row, digests: &ImageDigests) {
        let excepted = OTHER_SECTIONS.iter().any(|(path, _)| *path == entry.path);
        let flat = |digest: &ComputedDigest| digest.flat.clone();
        let sections = |digest: &ComputedDigest| digest.sections.clone().unwrap_or_else(|| digest.flat.clone());
        let by_rule = [
            ("flat", row.authentihash_computed.as_ref(), by_name(digests, flat), false),
            ("sections", row.authentihash_sections.as_ref(), by_name(digests, sections), excepted),
        ];
        for (rule, truth, ours, excepted) in by_rule {
            let Some(truth) = truth else { continue };
            self.digests += truth.len();
            if (*truth == ours) == excepted {
                self.complaints.push(format!("{}: {rule}: ours {ours:?}, truth {truth:?}", entry.path));
            }
        }
    }

    fn finish(self) {
        eprintln!(
            "{} images, {} claimed digests, of which {} are the file's; {} digests compared with the truth's",
            self.images, self.signatures, self.matching, self.digests
        );
        let count = self.complaints.len();
        assert!(self.complaints.is_empty(), "{count} complaints:\n{}", self.complaints.join("\n"));
        assert!(self.images > 0 && self.matching > 0 && self.digests > 0, "nothing was compared");
    }
}

/// Hex by the algorithm's name, as the truth has it.
fn by_name(digests: &ImageDigests, digest: impl Fn(&ComputedDigest) -> Vec<u8>) -> BTreeMap<String, String> {
    let hex = |octets: Vec<u8>| octets.iter().map(|octet| format!("{octet:02x}")).collect();
    digests.digests().iter().map(|one| (one.algorithm.name().to_owned(), hex(digest(one)))).collect()
}

#[test]
fn where_the_rules_differ() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let corpus = Corpus::open(folder);
    let mut judged = 0;
    for (path, rule) in RULES_DIFFER {
        let Some(entry) = corpus.entries.iter().find(|entry| entry.path == *path && entry.is_raw()) else {
            eprintln!("not in this corpus: {path}");
            continue;
        };
        let bytes = corpus.bytes(entry);
        let file = SignedFile::parse(&bytes).expect("an image");
        let digests = image_digests(bytes.as_slice(), &file.claimed_hash_algorithms()).expect("an image");
        let claimed = file.signatures()[0].image_digest().expect("a claimed digest");
        let computed = digests.for_claim(claimed).expect("the claimed algorithm");
        assert_eq!(computed.rule_of(claimed.digest), *rule, "{path}");
        judged += 1;
    }
    assert!(judged > 0, "none of the files is there");
}
