//! Unsigned, cut or mistyped parts that must not hide who signed.

use certsift::Structure;

use crate::At::{Byte, Of};
use crate::support::cms::{
    SignedData, attribute, certificate, common_name, content_info, indirect_data, message, named_signer_info, nested,
    signed_by, signer_info,
};
use crate::support::der::{self, indefinite, joined, sequence, tlv};
use crate::support::pe::{TABLE, entry, image};
use crate::{MESSAGE, Row, SIGNER, cut, good, signer};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let bad_time = tlv(der::UTC_TIME, "141332000000Z");
    rows.push(
        Row::signed("bad time", signed_by(&signer().not_before(der::UTC_TIME, "141332000000Z")).der())
            .finds(SIGNER)
            .fault("bad-time", Structure::Validity, Of(bad_time))
            .shifted_back(2),
    );
    rows.push(
        Row::signed(
            "empty digest algorithms",
            SignedData { digest_algorithms: Vec::new(), ..signed_by(&signer()) }.der(),
        )
        .finds(SIGNER)
        .fault("missing", Structure::SignedData, Of(vec![0x31, 0])),
    );
    let absent = SignedData { content: None, ..signed_by(&signer()) };
    rows.push(Row::signed("absent content", absent.der()).finds(SIGNER).fault(
        "missing",
        Structure::SpcIndirectData,
        Byte(TABLE + 8),
    ));
    let pieces = tlv(0x24, tlv(der::OCTET_STRING, indirect_data()));
    rows.push(
        Row::signed(
            "content in an OCTET STRING of pieces",
            SignedData { content: Some(pieces), ..signed_by(&signer()) }.der(),
        )
        .finds(SIGNER)
        .says(format!("digest sha256 {}", "ab".repeat(32))),
    );
    let deep = (0..70).fold(Vec::new(), |inner, _| joined([&[0x30, 0x80], inner.as_slice(), &[0, 0]]));
    let info = signer_info(&signer()).unsigned(attribute("1.2.3", [tlv(der::OCTET_STRING, [0x55; 30])]));
    let whole = indefinite(&message([signer().der()], [info.der()]).der(), 99);
    let octets = tlv(der::OCTET_STRING, [0x55; 30]);
    let at = whole.windows(octets.len()).position(|w| w == octets).unwrap();
    let mut hidden = whole.clone();
    hidden.splice(at..at + octets.len(), deep);
    rows.push(Row::signed("deep unsigned attribute in BER", hidden).finds(SIGNER).fault(
        "indefinite-length",
        Structure::ContentInfo,
        Byte(MESSAGE),
    ));
    rows.push(
        Row::signed(
            "four million CRLs",
            SignedData { crls: vec![[5, 0].repeat(4_000_000)], ..signed_by(&signer()) }.der(),
        )
        .finds(SIGNER)
        .fault("limit-reached", Structure::SignedData, Of([5, 0].repeat(8)))
        .shifted(2 * 1_024),
    );
    let many = (0..1100_u32).map(|n| certificate(&format!("77{n:08x}"), "Unused").der()).chain([signer().der()]);
    rows.push(
        Row::signed("1100 unused certificates before the signer", message(many, [signer_info(&signer()).der()]).der())
            .finds(SIGNER)
            .fault(
                "limit-reached",
                Structure::CertificateSet,
                Of(certificate(&format!("77{:08x}", 1_024), "Unused").der()),
            ),
    );
    let no_validity = {
        let der = signer().der();
        let validity = sequence([tlv(der::UTC_TIME, "130101000000Z"), tlv(der::UTC_TIME, "430101000000Z")]);
        let at = der.windows(validity.len()).position(|w| w == validity).unwrap();
        let mut der = der;
        *der.get_mut(at).unwrap() = 0x31;
        der
    };
    rows.push(
        Row::signed("validity of another type", message([no_validity], [signer_info(&signer()).der()]).der())
            .finds(SIGNER)
            .fault(
                "unexpected-tag",
                Structure::Certificate,
                Of(tlv(der::SET, joined([tlv(der::UTC_TIME, "130101000000Z"), tlv(der::UTC_TIME, "430101000000Z")]))),
            ),
    );
    for missing in [8, 20, 30] {
        let table = entry(good());
        rows.push(
            Row::new(format!("last {missing} bytes missing"), image(cut(&table, missing)).bytes())
                .finds(SIGNER)
                .fault("entry-past-end", Structure::WinCertificate, Byte(TABLE))
                .among_others(),
        );
    }
    let ber = indefinite(&good(), 99);
    rows.push(
        Row::new("cut BER", image(entry(cut(&ber, 12))).bytes())
            .finds(SIGNER)
            .fault("unterminated", Structure::ContentInfo, Byte(MESSAGE))
            .among_others(),
    );
    let mut parts = signed_by(&signer()).parts();
    *parts.get_mut(1).unwrap() = sequence([[]]);
    let first_parts = joined(parts.get(..2).unwrap());
    rows.push(
        Row::signed("digest algorithms of another type", content_info(sequence(parts)))
            .finds(SIGNER)
            .fault("unexpected-tag", Structure::SignedData, Of(first_parts))
            .shifted(3),
    );
    for length in 0..40 {
        let m = signed_by(&signer().subject(common_name(&"x".repeat(600 + length)))).der();
        rows.push(Row::new(format!("bare BER {length}"), indefinite(&m, 99)).finds(SIGNER).fault(
            "indefinite-length",
            Structure::ContentInfo,
            Byte(0),
        ));
    }
    let junk = joined([&[0xa1, 0x80], [5, 0].repeat(4_000_000).as_slice(), &[0, 0]]);
    let info = signer_info(&signer());
    let info = info.der();
    let (_, content, _) = der::split(&info);
    let info = sequence([content, &junk]);
    rows.push(
        Row::signed("4M unsigned elements", message([signer().der()], [info]).der())
            .finds(SIGNER)
            .fault("unexpected-tag", Structure::Attribute, Of(vec![0xa1, 0x80, 5, 0]))
            .shifted(2)
            .among_others(),
    );
    rows.extend(crowds());
    rows.extend(bounds());
    rows
}

/// Files up to what the limits must let through, and beyond them: what was read, and a fault.
fn bounds() -> Vec<Row> {
    let nested_to = |levels: u32| {
        (0..levels).fold(good(), |inner, level| {
            let outer = certificate(&format!("77{level:06x}"), "Outer");
            message([outer.der()], [signer_info(&outer).unsigned(nested(&[inner])).der()]).der()
        })
    };
    let outside_in = |row: Row, levels: std::ops::Range<u32>| {
        levels.rev().fold(row, |row, level| row.finds(&format!("77{level:06x}")))
    };
    let in_entries = |count: usize| image(entry(good()).repeat(count)).bytes();
    let times = |row: Row, count: usize| (0..count).fold(row, |row, _| row.finds(SIGNER));
    let entry_length = u64::try_from(entry(good()).len()).unwrap();
    vec![
        times(Row::new("300 signatures", in_entries(300)), 300).says("300 signatures"),
        times(Row::new("600 signatures", in_entries(600)), 512).says("512 signatures").fault(
            "limit-reached",
            Structure::File,
            Byte(TABLE + 512 * entry_length + 8),
        ),
        outside_in(Row::signed("256 levels of nesting", nested_to(256)), 0..256).finds(SIGNER),
        outside_in(Row::signed("260 levels of nesting", nested_to(260)), 3..260).fault(
            "limit-reached",
            Structure::SignerInfo,
            Of(nested_to(3)),
        ),
    ]
}

/// Parts that are there so often that a limit ends their list.
fn crowds() -> Vec<Row> {
    let info = || signer_info(&signer()).der();
    let decoys = (0..9).map(|number| certificate("c0ffee01", &format!("Decoy {number}")).der());
    let decoyed = message(decoys.chain([signer().der()]), [info()]).der();
    let junk = message([[5, 0].repeat(5_000_000), signer().der()], [info()]).der();
    let after_junk = image(joined([entry(&junk), entry(good())])).bytes();
    let attributes = (0..300).fold(signer_info(&signer()), |info, _| info.unsigned(attribute("1.2.3", [[5, 0]])));
    let behind_attributes = attributes.unsigned(nested(&[good()])).der();
    let fakes = (0..70_u32).map(|number| named_signer_info(&common_name("Nobody"), &number.to_be_bytes()).der());
    let behind_fakes = message([signer().der()], fakes.chain([info()])).der();
    let crowd = |name: &str, message: Vec<u8>| Row::signed(name, message).among_others();
    let junk_start = || Of([5, 0].repeat(8));
    let not_x509 = |row: Row| row.fault("not-x509", Structure::CertificateSet, junk_start());
    let fake_65 = named_signer_info(&common_name("Nobody"), &64_u32.to_be_bytes()).der();
    let one_attribute = attribute("1.2.3", [[5, 0]]);
    let length_of_256 = 256 * u64::try_from(one_attribute.len()).unwrap();
    let times = |row: Row, count: usize| (0..count).fold(row, |row, _| row.finds(SIGNER));
    vec![
        times(crowd("nine others with the signer's issuer and serial", decoyed), 10).fault(
            "ambiguous-signer",
            Structure::SignerInfo,
            Of(info()),
        ),
        not_x509(crowd("five million members that are no certificates", junk).finds(SIGNER)),
        not_x509(times(Row::new("an entry behind one full of junk", after_junk).among_others(), 2)),
        times(
            crowd("300 attributes before a nested signature", message([signer().der()], [behind_attributes]).der()),
            2,
        )
        .fault("limit-reached", Structure::SignerInfo, Of(one_attribute.repeat(3)))
        .shifted(length_of_256),
        (0..64_u32)
            .fold(crowd("70 SignerInfos of nobody before the signer's", behind_fakes), |row, number| {
                row.names(&format!("{number:02x}"))
            })
            .finds(SIGNER)
            .fault("limit-reached", Structure::SignedData, Of(fake_65)),
    ]
}
