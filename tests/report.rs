//! The record and the text of files made for it: that both name everybody, and that neither grows beyond measure.

#![cfg(feature = "report")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot build its file must stop")]

mod support;

use certsift::{IndicatorTable, Input, Report, SignedFile, TextStyle};
use support::cms::{Certificate, certificate, common_name, message, named_signer_info, signer_info};
use support::pe::signed;

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
