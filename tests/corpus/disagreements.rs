//! Where other readers disagree about the corpus's files, one test a row of its list: what is right is asked for by value.
//! Rows of which the corpus has no file are in `tests/hostile`.

use certsift::{
    Condition, ErrorKind, Indicator, IndicatorTable, Input, Limit, Metadata, Report, SerialBuf, SignedFile, Status,
};

use crate::files::{self, Corpus};
use crate::shared_data;
use crate::truth;

/// The corpus's files by path.
struct Files(Corpus);

impl Files {
    fn open() -> Option<Self> {
        shared_data::folder("CERTSIFT_CORPUS", "corpus").map(|folder| Self(Corpus::open(folder)))
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        let entry = self.0.entries.iter().find(|entry| entry.path == path);
        self.0.bytes(entry.unwrap_or_else(|| panic!("{path} is not in the corpus")))
    }

    fn report(&self, path: &str) -> Report {
        self.report_with(path, &IndicatorTable::empty())
    }

    fn report_with(&self, path: &str, table: &IndicatorTable) -> Report {
        let bytes = self.bytes(path);
        let file = SignedFile::parse(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
        Report::detailed(Input::from_path(path.as_ref()), &file, table)
    }

    /// Every file of which anything can be said.
    fn reports(&self) -> impl Iterator<Item = (String, Report)> {
        self.0.entries.iter().filter_map(|entry| {
            let bytes = self.0.bytes(entry);
            let file = SignedFile::parse(&bytes).ok()?;
            let report = Report::detailed(Input::default(), &file, &IndicatorTable::empty());
            Some((entry.path.clone(), report))
        })
    }
}

/// The organization, else the common name, of the signer of the signature with this index.
fn signer_name(report: &Report, signature: usize) -> &str {
    let signer = report.signatures[signature].signer.expect("a signer");
    let subject = &report.certificates[signer].subject;
    subject.organization.first().or(subject.common_name.first()).map_or("", String::as_str)
}

#[test]
fn a1_the_time_of_a_token_is_its_gen_time() {
    let Some(files) = Files::open() else { return };
    let report = files.report("files/debugpy/attach_x86.dll");
    let detail = &report.detail.as_ref().expect("a detail").signatures[0].signers[0].timestamps[0];
    assert_eq!(report.signatures[0].timestamps[0].kind, "rfc3161");
    assert!(report.signatures[0].timestamps[0].time.is_some());
    assert_eq!(detail.signing_time, None, "the signer of Microsoft's tokens states none");
    let (mut without_attribute, mut with_another, mut untimed) = (0, 0, Vec::new());
    for (path, report) in files.reports() {
        let details = &report.detail.as_ref().expect("a detail").signatures;
        for stamp in details.iter().flat_map(|signature| &signature.signers).flat_map(|signer| &signer.timestamps) {
            if stamp.kind == "rfc3161" && stamp.time.is_none() {
                untimed.push(path.clone());
            }
            let both = (stamp.time.as_ref(), stamp.signing_time.as_ref());
            without_attribute += usize::from(stamp.kind == "rfc3161" && both.1.is_none());
            with_another += usize::from(stamp.kind == "rfc3161" && both.1.is_some() && both.0 != both.1);
        }
    }
    assert_eq!(untimed, [""; 0], "tokens without a time");
    assert!(without_attribute >= 40, "{without_attribute} tokens without the attribute");
    assert!(with_another >= 1, "{with_another} tokens whose signer states another time");
    // The self-made ones say one time and were made at another.
    let synthetic = files.report("files/synth/nested_2.exe");
    let times: Vec<_> = synthetic.signatures.iter().flat_map(|one| &one.timestamps).collect();
    assert!(times.iter().any(|stamp| stamp.time.as_deref() == Some("2025-06-15T15:08:43Z")), "{times:?}");
}

#[test]
fn a2_the_signer_has_the_issuer_and_the_serial() {
    let Some(files) = Files::open() else { return };
    let mut issuer_first = 0;
    for (path, report) in files.reports() {
        for signature in &report.signatures {
            let (Some(signer), Some(id)) = (signature.signer, &signature.signer_id) else { continue };
            let signer = &report.certificates[signer];
            assert_eq!(Some(&signer.serial), id.serial.as_ref(), "{path}");
            let first = signature.certificates.iter().map(|index| &report.certificates[*index]);
            let mut first = first.filter(|certificate| certificate.issuer.dn == signer.issuer.dn);
            issuer_first += usize::from(first.next().is_some_and(|first| first.serial != signer.serial));
        }
    }
    assert!(issuer_first >= 20, "{issuer_first} sets in which another certificate of the issuer comes first");
}

#[test]
fn a3_the_table_is_a_sequence_of_entries() {
    let Some(files) = Files::open() else { return };
    let rows: &[(&str, usize)] = &[
        ("files/debian/shimx64.efi.signed", 2),
        ("files/jsign/fbx64-signed-by-sbsign.efi", 2),
        ("files/uthenticode/32_pegoat-authenticode_duplicated.exe", 2),
        ("files/synth/mut_many_entries.exe", 64),
    ];
    for (path, count) in rows {
        let report = files.report(path);
        let entries: Vec<usize> = report.signatures.iter().map(|signature| signature.entry).collect();
        assert_eq!(entries, (0..*count).collect::<Vec<_>>(), "{path}");
        assert!(report.signatures.iter().all(|signature| signature.signer.is_some()), "{path}");
    }
}

#[test]
fn a5_a_certificate_that_some_decoder_refuses_hides_nothing() {
    let Some(files) = Files::open() else { return };
    // Path, certificates, an algorithm that is not everywhere.
    let rows: &[(&str, usize, &str)] = &[
        (
            "files/signify/19e818d0da361c4feedd456fca63d68d4b024fbbd3d9265f606076c7ee72e8f8.ViR",
            4,
            "md2WithRSAEncryption",
        ),
        ("files/yarax/fdcd2e8b997e99164a9d7df3b1f52816f1c8e5438e5a921e04b879eb25471e41", 5, "md2WithRSAEncryption"),
        ("files/signify/7z1900-x64_signed.exe", 2, "ecPublicKey"),
    ];
    for (path, count, algorithm) in rows {
        let report = files.report(path);
        assert_eq!(report.signatures[0].certificates.len(), *count, "{path}");
        assert!(report.signatures[0].signer.is_some(), "{path}");
        let named = report.certificates.iter().any(|one| {
            one.signature_algorithm.as_deref() == Some(*algorithm)
                || one.public_key.as_ref().is_some_and(|key| key.algorithm == *algorithm)
        });
        assert!(named, "{path}: nothing is {algorithm}");
    }
    // Issuers in BMPString and in UTF-8 find their signer as any other does.
    for path in ["files/relic/WindowsFormsApplication1.exe", "files/signify/17ad1735a13898c978cc6bbe6b2056cb8471329b"] {
        assert!(files.report(path).signatures[0].signer.is_some(), "{path}");
    }
}

#[test]
fn a6_the_kind_of_the_content_is_not_needed_for_the_certificates() {
    let Some(files) = Files::open() else { return };
    let report = files.report("files/debian/fwupdaa64.efi.signed");
    let detail = &report.detail.as_ref().expect("a detail").signatures[0];
    let kind = detail.indirect_data.as_ref().map(|data| data.kind.as_str());
    assert_eq!(kind, Some("1.3.6.1.4.1.311.2.1.21"));
    assert_eq!((report.status, report.signatures.len()), (Status::Signed, 1));
    assert!(report.signatures[0].signer.is_some() && report.signatures[0].claimed_digest.is_some());
}

#[test]
fn a7_a_negative_serial_is_its_octets() {
    let Some(files) = Files::open() else { return };
    let report = files.report("files/signify/kdbazis.dll");
    let negative: Vec<&str> = report
        .certificates
        .iter()
        .map(|certificate| certificate.serial_raw.as_str())
        .filter(|serial| serial.starts_with(|digit: char| digit > '7'))
        .collect();
    assert_eq!(negative.len(), 1, "{negative:?}");
    let signer = report.signatures[0].signer.expect("a signer");
    assert_eq!(report.certificates[signer].serial, negative[0]);
    assert!(negative[0].starts_with("8db7f738"), "{negative:?}");
}

#[test]
fn a8_a_leading_zero_octet_makes_no_difference() {
    let Some(files) = Files::open() else { return };
    let path = "files/pydivert/WinDivert64.sys";
    let report = files.report(path);
    let all = files.reports().flat_map(|(path, report)| {
        let stored = report.certificates.into_iter().map(|one| (one.serial_raw.clone(), one.serial.clone()));
        stored.map(|(raw, canonical)| (path.clone(), raw, canonical)).collect::<Vec<_>>()
    });
    let signed: Vec<_> = all.filter(|(_, raw, canonical)| *raw == format!("00{canonical}")).collect();
    assert!(signed.len() > 10, "{} serials with a zero octet in front", signed.len());
    // Both spellings are the same indicator, whichever the certificate has.
    let signer = &report.certificates[report.signatures[0].signer.expect("a signer")];
    for spelling in [signer.serial.clone(), format!("00{}", signer.serial), format!("00:{}", signer.serial)] {
        let serial = SerialBuf::parse_hex(&spelling).expect("a serial");
        let indicator = Indicator {
            metadata: Metadata { id: "spelled".into(), ..Metadata::default() },
            alternatives: vec![vec![Condition::Serial(serial)]],
            ..Indicator::default()
        };
        let table = IndicatorTable::new([indicator]).expect("a table");
        assert_eq!(files.report_with(path, &table).matches.len(), 1, "{spelling}");
    }
}

#[test]
fn a9_a_signature_algorithm_names_its_hash() {
    let Some(files) = Files::open() else { return };
    let report = files.report("files/yarax/1e435fea9ced78bd31ae8320a894df290cdf8a262ba1b50c9b116caa26983145");
    assert_eq!(report.signatures[0].digest_algorithm.as_deref(), Some("sha1"));
    assert_eq!(report.signatures[0].claimed_digest.as_ref().map(String::len), Some(40));
}

#[test]
fn a11_nested_signatures_are_followed_to_a_bound() {
    let Some(files) = Files::open() else { return };
    let deep = files.report("files/synth/nested_deep200.exe");
    assert_eq!(deep.signatures.len(), 201);
    assert_eq!(deep.signatures.last().map(|signature| signature.level), Some(200));
    assert!(deep.faults.iter().all(|fault| fault.code != "limit-reached"), "{:?}", deep.faults);
    let bytes = files.bytes("files/synth/nested_bomb_2pow11.exe");
    let bomb = SignedFile::parse(&bytes).expect("a file");
    assert_eq!(bomb.signatures().len(), 512, "what the limit lets through");
    let limit = ErrorKind::LimitReached { limit: Limit::Signatures };
    assert!(bomb.faults().iter().any(|fault| fault.kind() == limit));
}

#[test]
fn a12_what_was_not_checked_is_not_called_valid() {
    let Some(files) = Files::open() else { return };
    let words = ["\"valid\"", "\"trusted\"", "\"expired\"", "\"invalid\""];
    for (path, report) in files.reports() {
        assert!(report.signatures.iter().all(|signature| signature.verification.is_none()), "{path}");
        let json = report.to_json_line();
        assert!(words.iter().all(|word| !json.contains(word)), "{path}");
    }
    let table = IndicatorTable::builtin();
    let shim = files.report_with("files/debian/shimx64.efi.signed", &table);
    assert!(shim.matches.iter().all(|found| found.signature_status == "not_checked"));
}

/// The representation rows: the same octets, which others spell so that a comparison misses them.
#[test]
fn b_names_and_texts() {
    let Some(files) = Files::open() else { return };
    // BMPString names as text.
    let bmp = files.report("files/relic/WindowsFormsApplication1.exe");
    assert!(bmp.certificates.iter().all(|one| !one.subject.dn.contains('#') && !one.issuer.dn.contains('\0')));
    // Values beyond ASCII, unescaped.
    assert!(signer_name(&files.report("files/pydivert/WinDivert64.sys"), 0).is_ascii());
    let chinese = files.report("files/signify/17ad1735a13898c978cc6bbe6b2056cb8471329b");
    let has = |text: &str| chinese.certificates.iter().any(|one| one.issuer.dn.contains(text));
    assert!(has("行政院"), "{:?}", chinese.certificates.iter().map(|one| &one.issuer.dn).collect::<Vec<_>>());
    // A value that looks like several attributes is one value.
    let odd = files.report("files/synth/cert_odd.exe");
    let organizations: Vec<_> = odd.certificates.iter().flat_map(|one| &one.subject.organization).collect();
    assert!(organizations.iter().any(|one| *one == "A/B=C, D + E\\;<F>"), "{organizations:?}");
    // A NUL inside a name is kept, so that nobody is Good Corp by it.
    let nul = files.report("files/synth/cert_embedded_nul.exe");
    let names: Vec<_> = nul
        .certificates
        .iter()
        .flat_map(|one| [&one.subject.organization, &one.subject.common_name])
        .flatten()
        .collect();
    assert!(names.iter().any(|name| name.starts_with("Good Corp") && name.contains('\0')), "{names:?}");
    assert!(names.iter().all(|name| *name != "Good Corp"));
    // Invalid UTF-8 in a name costs that value's text, nothing else, and is told.
    let bad = files.report("files/synth/cert_bad_utf8.exe");
    assert!(bad.signatures[0].signer.is_some());
    assert!(bad.faults.iter().any(|fault| fault.code == "bad-text"), "{:?}", bad.faults);
    // Redundant zeros in a serial cost nothing either.
    let padded = files.report("files/synth/cert_zero_serial_padded.exe");
    assert!(padded.signatures[0].signer.is_some());
    assert!(padded.faults.iter().any(|fault| fault.code == "non-minimal-integer"), "{:?}", padded.faults);
}

#[test]
fn b_certificates_and_digests_of_tokens_stay_apart() {
    let Some(files) = Files::open() else { return };
    let report = files.report("files/intel_openmp/libiomp5md.dll");
    let signature = &report.signatures[0];
    let stamp = &signature.timestamps[0];
    assert!(stamp.certificates.iter().all(|index| !signature.certificates.contains(index)));
    // The hash of what was stamped, and the hash that the stamper signed with.
    let detail = &report.detail.as_ref().expect("a detail").signatures[0].signers[0].timestamps[0];
    assert_ne!(detail.digest_algorithm, detail.imprint_algorithm);
    assert_eq!(detail.imprint.as_ref().map(String::len), Some(64));
}

/// The rows of the truth that say what every file of a kind must give, beyond what the truth's own reader lists.
#[test]
fn every_signer_of_the_truth_is_found() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let rows = files::json_lines::<truth::Row>(&folder.join("truth/reference.jsonl"));
    let files = Files(Corpus::open(folder));
    let mut seen = 0;
    for row in rows.iter().filter(|row| row.status == "ok" && row.has_signer()) {
        let bytes = files.bytes(&row.path);
        let Ok(file) = SignedFile::parse(&bytes) else { continue };
        let listed = row.signatures.iter().filter(|signature| signature.has_signer()).count();
        let found = file.signatures().iter().filter(|signature| !signature.signers().is_empty()).count();
        assert!(found >= listed.min(512), "{}: {found} of {listed}", row.path);
        seen += listed;
    }
    assert!(seen > 300, "{seen} signatures with a signer");
}
