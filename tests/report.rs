//! The record and the text of files made for it: that both name everybody, and that neither grows beyond measure.

#![cfg(feature = "report")]
#![expect(clippy::unwrap_used, reason = "a test that cannot build its file must stop")]

mod support;

use certsift::{
    Condition, Indicator, IndicatorTable, Input, MatchRecord, NameField, NameTest, Report, Roles, SignedFile, TextMode,
    TextStyle,
};
use support::cms::{
    Certificate, SignedData, attribute, certificate, common_name, countersignatures, message, name, named_signer_info,
    opus_info, signed_by, signer_info,
};
use support::der::{OID, UTF8, joined, sequence, tlv};
use support::pe::{entry, image, signed};

fn report(file: &[u8]) -> Report {
    Report::new(Input::from_path("x".as_ref()), &SignedFile::parse(file).unwrap(), &IndicatorTable::empty())
}

fn text(report: &Report, verbose: bool) -> String {
    let mut style = TextStyle::default();
    style.verbose = verbose;
    report.to_text(style)
}

fn info(certificate: &Certificate) -> Vec<u8> {
    signer_info(certificate).der()
}

#[test]
fn everybody_who_may_have_signed_is_named() {
    let (signer, decoy) = (certificate("c0ffee01", "Signer"), certificate("0dec01", "Decoy"));
    let twin = certificate("c0ffee01", "Twin");
    let long = common_name(&format!("\u{1b}{}", "x".repeat(1_000)));
    let absent = named_signer_info(&long, &[0x77]).der();
    let two = signed(message([decoy.der(), signer.der()], [info(&decoy), info(&signer)]).der());
    let either = signed(message([twin.der(), signer.der()], [info(&signer)]).der());
    let second_absent = signed(message([signer.der()], [info(&signer), absent]).der());
    let crowd: Vec<Certificate> = (0..9_u8).map(|n| certificate(&format!("77{n:02x}"), &format!("S{n}"))).collect();
    let crowd = signed(message(crowd.iter().map(Certificate::der), crowd.iter().map(info)).der());
    let rows: [(&[u8], &str, &[&str]); 4] = [
        (&two, "signed by Decoy; Signer, not verified", &["signed by  Decoy\n", "and by     Signer\n"]),
        (&either, "signed by Twin or Signer, not verified", &["signed by  Twin\n", "or by      Signer\n"]),
        (
            &second_absent,
            "signed by Signer; a certificate that is not in the file, not verified",
            &["and by     a certificate that is not in the file\n", "issued by CN=\\x1bxxx", "xxx…\n"],
        ),
        (&crowd, "signed by S0; S1; S2; S3; and 5 more, not verified", &["and by     S8\n"]),
    ];
    for (file, line, described) in rows {
        let report = report(file);
        let (short, long) = (text(&report, false), text(&report, true));
        assert!(short.contains(line), "{short}");
        for part in described {
            assert!(long.contains(part), "no {part:?} in {long}");
        }
    }
    let record = report(&either);
    assert_eq!((record.signatures[0].signer, record.signatures[0].candidates.as_slice()), (Some(0), [0, 1].as_slice()));
    let record = report(&two);
    assert_eq!(record.signatures[0].candidates, [0]);
    assert_eq!(record.signatures[0].additional_signers[0].candidates, [1]);
}

/// Files that filled records of many times their own size. What is left out is told, and the record stays below so many bytes.
#[test]
fn no_record_grows_beyond_measure() {
    const MOST_BYTES: usize = 4 << 20;
    let many = |count: u32, one: &dyn Fn(u32) -> Vec<u8>| (0..count).map(one).collect::<Vec<_>>();
    let numbered = |number: u32| certificate(&format!("{number:08x}"), "D");
    let signer = certificate("c0ffee01", "Signer");
    let of = |info: support::cms::SignerInfo| signed(message([signer.der()], [info.der()]).der());
    let named = |name: Vec<u8>| signed(signed_by(&signer.clone().subject(name)).der());
    let stamp = info(&signer);
    let stamped = signer_info(&signer)
        .unsigned(countersignatures(&vec![stamp; 500]))
        .unsigned(countersignatures(&vec![info(&signer); 500]));
    let nulls = attribute("1.2.3", vec![[5, 0]; 500]);
    let with_nulls = (0..200).fold(signer_info(&signer), |info, _| info.unsigned(nulls.clone())).der();
    let sets = |entries: u32, each: u32| {
        let set = |entry: u32| many(each, &|number| numbered(0x1100_0000 + entry * each + number).der());
        image(joined((0..entries).map(|number| entry(message(set(number), []).der())))).bytes()
    };
    let fitting = many(400, &|number| certificate("c0ffee01", &format!("D{number}")).der());
    let crls = SignedData { crls: vec![vec![5, 0]; 1_000], ..signed_by(&signer) }.der();
    let bad_text = |number: u32| numbered(number).subject(name(&[(10, UTF8, b"\xff")])).der();
    let extensions = (0..900).fold(signer.clone(), |one, number| one.extension(&format!("1.2.{number}"), [5, 0]));
    let many_extensions = |number: u32| {
        let mut one = extensions.clone();
        one.serial = number.to_be_bytes().to_vec();
        one.der()
    };
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "timestamps",
            signed(message([signer.der()], vec![stamped.der(); 4]).der()),
            "timestamps was reached: 1024 are told",
        ),
        (
            "attributes",
            signed(message([signer.der()], vec![with_nulls; 60]).der()),
            "attributes was reached: 8192 are told",
        ),
        (
            "values",
            signed(message([signer.der()], vec![signer_info(&signer).unsigned(nulls).der(); 60]).der()),
            "values of attributes was reached: 8192 are told",
        ),
        ("certificates", sets(3, 1_000), "certificates was reached: 2048 are told"),
        (
            "certificates that fit",
            image(joined(vec![entry(message(fitting.clone(), [info(&signer)]).der()); 3])).bytes(),
            "further certificates that fit a signer was reached: 1024 are told",
        ),
        (
            "SignerInfos",
            image(joined(vec![entry(message([signer.der()], vec![info(&signer); 60]).der()); 20])).bytes(),
            "further SignerInfos was reached: 1024 are told",
        ),
        (
            "revocation lists",
            image(joined([entry(&crls), entry(&crls)])).bytes(),
            "other parts was reached: 1024 are told",
        ),
        (
            "extensions",
            signed(message(many(20, &many_extensions), [info(&signer)]).der()),
            "extensions was reached: 16384 are told",
        ),
        (
            "faults inside certificates",
            signed(message(many(300, &bad_text), [info(&signer)]).der()),
            "faults inside certificates was reached: 256 are told",
        ),
        ("a long name", named(name(&[(10, UTF8, &[1; 3_000_000])])), "bytes of one text was reached: 1024 are told"),
        ("a long identifier", of(signer_info(&signer).unsigned(sequence([tlv(OID, vec![0x7f; 1_000_000])]))), ""),
        ("a long serial", signed(signed_by(&certificate(&"77".repeat(1_000_000), "D")).der()), "one text"),
        ("octets that are no text", named(name(&[(10, UTF8, &[0xff; 1_000_000])])), "octets in hex was reached: 8192"),
        (
            "a name of many parts",
            named(name(&vec![(10, UTF8, b"O".as_slice()); 9_000])),
            "names in one list was reached: 32",
        ),
        ("a long program name", of(signer_info(&signer).signed(opus_info(&"\u{1}".repeat(1_000_000)))), "one text"),
    ];
    for (row, file, left_out) in rows {
        let file = SignedFile::parse(&file).unwrap();
        let report = Report::detailed(Input::from_path("x".as_ref()), &file, &IndicatorTable::empty());
        let told = report.faults.iter().any(|fault| fault.code == "limit-reached" && fault.detail.contains(left_out));
        assert!(told || left_out.is_empty(), "{row}: {:?}", report.faults.last());
        let sizes = [report.to_json_line().len(), text(&report, true).len()];
        assert!(sizes.iter().all(|size| *size < MOST_BYTES), "{row}: {sizes:?} bytes");
        let verified = verified_size(&file);
        assert!(verified < MOST_BYTES, "{row}: {verified} bytes");
        assert!(file.certificate_faults().len() <= 257, "{row}");
    }
}

/// Bytes of the record with everything that is verified.
#[cfg(feature = "verify")]
fn verified_size(file: &SignedFile<'_>) -> usize {
    let verifier = certsift::Verifier::new(certsift::Time::from_unix(0));
    let facts = verifier.verify(file, None);
    Report::verified(Input::from_path("x".as_ref()), file, &IndicatorTable::empty(), &facts).to_json_line().len()
}

#[cfg(not(feature = "verify"))]
fn verified_size(_: &SignedFile<'_>) -> usize {
    0
}

/// What the record has no room for is matched as a whole.
#[test]
fn what_is_left_out_matches() {
    let organization = "x".repeat(5_000) + "y";
    let named = |field, value: String| Condition::Subject(NameTest::new(field, TextMode::Exact, value));
    let indicator =
        |condition| Indicator { scope: Roles::ANY, alternatives: vec![vec![condition]], ..Indicator::default() };
    let table = IndicatorTable::new([
        indicator(named(NameField::Organization, organization.clone())),
        indicator(named(NameField::CommonName, "Last".to_owned())),
    ])
    .unwrap();
    let long = certificate("c0ffee01", "Signer").subject(name(&[(10, UTF8, organization.as_bytes())]));
    let crowd = |first: u32| (first..first + 1_000).map(|number| certificate(&format!("{number:08x}"), "D").der());
    let last = crowd(0x3000_0000).chain([certificate("77", "Last").der()]);
    let table_of = joined([
        entry(message(crowd(0x1000_0000), []).der()),
        entry(message(crowd(0x2000_0000), []).der()),
        entry(message(last, []).der()),
        entry(signed_by(&long).der()),
    ]);
    let file = image(table_of).bytes();
    let report = Report::new(Input::from_path("x".as_ref()), &SignedFile::parse(&file).unwrap(), &table);
    let of = |found: &MatchRecord| report.certificates.get(found.certificate.unwrap()).unwrap().serial.clone();
    assert_eq!(report.matches.iter().map(of).collect::<Vec<_>>(), ["77", "c0ffee01"]);
    let actual = report.matches.last().and_then(|found| found.fields.first()?.actual.clone()).unwrap();
    assert_eq!(actual, "x".repeat(1_024) + "…");
    assert_eq!(report.matches.first().map(|found| found.role.as_str()), Some("unused"));
    assert_eq!(report.certificates.last().map(|one| one.roles.clone()), Some(vec!["unused".to_owned()]));
}
