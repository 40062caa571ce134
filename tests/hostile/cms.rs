//! Damage to CMS messages: certificate sets, SignerInfos, attributes, encodings, content.

use certsift::Structure;

use crate::At::{Byte, End, Of};
use crate::support::cms::{
    Certificate, RSA, SPC_INDIRECT_DATA, SignedData, SignerInfo, attribute, certificate, common_name, content_info,
    countersignatures, indirect_data, message, name, named_signer_info, nested, opus_info, signed_by, signer_info,
    signing_time, token,
};
use crate::support::der::{self, context, indefinite, joined, long_lengths, oid, sequence, set, tlv};
use crate::{MESSAGE, OTHER, Row, SIGNER, cut, good, other, signer};

/// The certificate set.
pub(crate) fn set_rows() -> Vec<Row> {
    let of = |certificates: &[&[u8]]| {
        message(certificates.iter().map(|one| one.to_vec()), [signer_info(&signer()).der()]).der()
    };
    let row = |name: &str, certificates: &[&[u8]]| Row::signed(name, of(certificates));
    let (mine, others) = (signer().der(), other().der());
    let broken = sequence([sequence([tlv(der::BOOLEAN, [0xff])]), tlv(der::NULL, [])]);
    let attribute_certificate = context(1, [tlv(der::INTEGER, [1])]);
    let other_format = context(3, [oid("1.2.3"), tlv(der::INTEGER, [2])]);
    let (_, content, _) = der::split(&mine);
    let truncated = tlv(der::SEQUENCE, cut(content, 100));
    let stub = tlv(der::SEQUENCE, content.get(..20).unwrap());
    let long = [0x30, 0x82, 0xff, 0xf0, 0x30, 0x82, 0xff, 0xee];
    let cut_off = cut(&others, 60).to_vec();
    let twin = certificate(SIGNER, "Twin").der();
    let root = certificate("0a", "Issuer").der();
    // What is no readable certificate is kept as it is: its kind of choice, its place, its length.
    let kept = |row: Row, choice: Option<u32>, member: &[u8]| {
        let at = row.file.windows(member.len()).position(|window| window == member).unwrap();
        row.says(format!("other certificate {choice:?} at {at:#x}: {} bytes", member.len()))
            .says(format!("other_certificate at {at:#x}: {} bytes", member.len()))
    };
    vec![
        row("the same certificate three times", &[&mine, &others, &mine, &mine]).finds(SIGNER),
        row("the signer last", &[&root, &others, &mine]).finds(SIGNER).says("chain 0a").says(format!("unused {OTHER}")),
        kept(row("an attribute certificate", &[&attribute_certificate, &mine]), Some(1), &attribute_certificate)
            .finds(SIGNER)
            .fault("not-x509", Structure::CertificateSet, Of(attribute_certificate.clone())),
        kept(row("a certificate of another format", &[&mine, &other_format]), Some(3), &other_format)
            .finds(SIGNER)
            .fault("not-x509", Structure::CertificateSet, Of(other_format.clone())),
        kept(row("a broken certificate among good ones", &[&others, &broken, &mine]), None, &broken)
            .finds(SIGNER)
            .fault("unexpected-tag", Structure::Certificate, Of(tlv(der::BOOLEAN, [0xff])))
            .says(format!("unused {OTHER}")),
        row("no certificate but a number", &[&tlv(der::INTEGER, [9, 9, 9]), &mine]).finds(SIGNER).fault(
            "not-x509",
            Structure::CertificateSet,
            Of(tlv(der::INTEGER, [9, 9, 9])),
        ),
        row("a certificate cut inside its own length", &[&truncated, &others])
            .finds(SIGNER)
            .fault("length-past-end", Structure::Certificate, Of(tbs_start(&mine)))
            .among_others(),
        row("a certificate cut before its issuer", &[&stub, &others])
            .names(SIGNER)
            .fault("length-past-end", Structure::Certificate, Of(tbs_start(&mine)))
            .among_others(),
        kept(row("a last certificate that the set's end cuts", &[&mine, &cut_off]), None, &cut_off)
            .finds(SIGNER)
            .fault("length-past-end", Structure::CertificateSet, Of(cut_off.clone()))
            .says(format!("cut {OTHER} by CN=Issuer for CN=Other")),
        row("a last certificate longer than the set", &[&mine, &long]).finds(SIGNER).fault(
            "length-past-end",
            Structure::CertificateSet,
            Of(long.to_vec()),
        ),
        row("two certificates with one issuer and serial", &[&mine, &twin])
            .finds(SIGNER)
            .finds(SIGNER)
            .fault("ambiguous-signer", Structure::SignerInfo, Of(signer_info(&signer()).der()))
            .says("subject CN=Twin"),
        row("no certificates", &[]).names(SIGNER).fault(
            "signer-absent",
            Structure::SignerInfo,
            Of(signer_info(&signer()).der()),
        ),
    ]
}

/// Tag and length of a TBSCertificate, enough of it to be found.
fn tbs_start(certificate: &[u8]) -> Vec<u8> {
    let (_, content, _) = der::split(certificate);
    content.get(..8).unwrap().to_vec()
}

/// SignerInfos and how they name their certificate.
pub(crate) fn signer_rows() -> Vec<Row> {
    let key_id = [0x5e; 20];
    let key_id_text = "5e".repeat(20);
    let with_key_id = signer().subject_key_id(&key_id);
    let by_key_id = |id: Vec<u8>| {
        let mut info = signer_info(&with_key_id);
        info.id = id;
        info.der()
    };
    let row = |name: &str, certificate: &Certificate, infos: &[Vec<u8>]| {
        Row::signed(name, message([certificate.der()], infos.to_vec()).der())
    };
    let utf8_issuer = name(&[(3, der::UTF8, b" iSSUER ")]);
    let named = |issuer: &[u8], serial: &[u8]| named_signer_info(issuer, serial).der();
    let serial = der::hex(SIGNER);
    let issuer = common_name("Issuer");
    let mine = signer_info(&signer()).der();
    let broken = sequence([tlv(der::INTEGER, [1]), tlv(der::UTF8, "who?")]);
    let (_, content, _) = der::split(&mine);
    let bare = tlv(der::SEQUENCE, cut(content, 18));
    vec![
        row("by key id", &with_key_id, &[by_key_id(tlv(0x80, key_id))]).finds(SIGNER),
        row("by an explicit key id", &with_key_id, &[by_key_id(context(0, [tlv(der::OCTET_STRING, key_id)]))])
            .finds(SIGNER),
        row("by a key id that nobody has", &signer(), &[by_key_id(tlv(0x80, key_id))]).names(&key_id_text).fault(
            "signer-absent",
            Structure::SignerInfo,
            Of(by_key_id(tlv(0x80, key_id))),
        ),
        row("by issuer in another string type", &signer(), &[named(&utf8_issuer, &serial)]).finds(SIGNER).fault(
            "signer-by-value",
            Structure::SignerInfo,
            Of(named(&utf8_issuer, &serial)),
        ),
        row("the serial of another issuer", &signer(), &[named(&common_name("Nobody"), &serial)]).names(SIGNER).fault(
            "signer-absent",
            Structure::SignerInfo,
            Of(named(&common_name("Nobody"), &serial)),
        ),
        row("the issuer of another serial", &signer(), &[named(&issuer, &[7])]).names("07").fault(
            "signer-absent",
            Structure::SignerInfo,
            Of(named(&issuer, &[7])),
        ),
        row("a serial without its sign octet", &certificate("00c0ffee01", "Signer"), &[named(&issuer, &serial)])
            .finds(SIGNER),
        row("no SignerInfo", &signer(), &[])
            .fault("no-signer-info", Structure::SignedData, Byte(MESSAGE))
            .says(format!("unused {SIGNER}")),
        row("three SignerInfos", &signer(), &[named(&issuer, &[7]), mine.clone(), mine.clone()])
            .names("07")
            .finds(SIGNER)
            .finds(SIGNER)
            .fault("several-signer-infos", Structure::SignedData, Of(mine.clone()))
            .fault("signer-absent", Structure::SignerInfo, Of(named(&issuer, &[7]))),
        row("a broken SignerInfo before a good one", &signer(), &[broken.clone(), mine.clone()]).finds(SIGNER).fault(
            "unexpected-tag",
            Structure::SignerInfo,
            Of(tlv(der::UTF8, "who?")),
        ),
        row("a SignerInfo without its signature", &signer(), std::slice::from_ref(&bare)).finds(SIGNER).fault(
            "missing",
            Structure::SignerInfo,
            End(bare.clone()),
        ),
        row("a SignerInfo with parts behind the last", &signer(), &[sequence([content, &[4, 1, 7]])])
            .finds(SIGNER)
            .fault("unknown-parts", Structure::SignerInfo, Of(vec![4, 1, 7])),
    ]
}

/// Authenticated and unauthenticated attributes.
pub(crate) fn attribute_rows() -> Vec<Row> {
    let authority = certificate("7e57", "Time");
    let stamp = signer_info(&authority).signed(signing_time("141103000000Z")).der();
    let bad_stamp = sequence([tlv(der::INTEGER, [1]), tlv(der::UTF8, "bad")]);
    let info = || signer_info(&signer());
    let row = |name: &str, info: SignerInfo| {
        Row::signed(name, message([signer().der(), authority.der()], [info.der()]).der()).finds(SIGNER)
    };
    let bare = SignerInfo { signed: None, ..info() };
    let unknown = SignerInfo { digest_algorithm: oid("1.2.3.4"), ..info() };
    let no_algorithm = SignerInfo { digest_algorithm: tlv(der::NULL, []), ..info() };
    let no_set = sequence([oid("1.2.3"), tlv(der::INTEGER, [8])]);
    let inner = |serial: &str| signed_by(&certificate(serial, "Inner")).der();
    let bad_inner = sequence([tlv(der::UTF8, "inner")]);
    let deep = (0..20_u8).fold(good(), |inner, level| {
        let outer = certificate(&format!("{:02x}", level + 1), "Outer");
        message([outer.der()], [signer_info(&outer).unsigned(nested(&[inner])).der()]).der()
    });
    let deep_row = (0..20_u8)
        .rev()
        .fold(Row::signed("twenty levels of nesting", deep), |row, level| row.finds(&format!("{:02x}", level + 1)));
    let bad_token = attribute("1.3.6.1.4.1.311.3.3.1", [sequence([oid("1.2.3")])]);
    vec![
        row("no authenticated attributes", bare),
        row("an unknown digest algorithm", unknown).says("signed with 1.2.3.4"),
        row("no digest algorithm", no_algorithm)
            .fault("unexpected-tag", Structure::SignerInfo, Of([sequence([tlv(der::NULL, [])]), vec![0xa0]].concat()))
            .shifted(2),
        row("attributes twice", info().signed(opus_info("one")).signed(opus_info("two")))
            .fault("repeated-attribute", Structure::Attribute, Of(opus_info("two")))
            .says("program one"),
        row("a signing time that is no date", info().signed(signing_time("141332000000Z"))).fault(
            "bad-time",
            Structure::Attribute,
            Of(tlv(der::UTC_TIME, "141332000000Z")),
        ),
        row("an attribute without values", info().signed(no_set.clone()).signed(opus_info("p")))
            .fault("unexpected-tag", Structure::Attribute, Of(tlv(der::INTEGER, [8])))
            .says("program p"),
        row("a countersignature", info().unsigned(countersignatures(std::slice::from_ref(&stamp))))
            .says("Pkcs9 2014-11-03T00:00:00Z by 7e57"),
        row("a bad countersignature before a good one", info().unsigned(countersignatures(&[bad_stamp, stamp])))
            .fault("unexpected-tag", Structure::SignerInfo, Of(tlv(der::UTF8, "bad")))
            .says("Pkcs9 2014-11-03T00:00:00Z by 7e57"),
        row("a time-stamp token", info().unsigned(token(&authority, "20141103000000.25Z")))
            .says("Rfc3161 2014-11-03T00:00:00Z by 7e57"),
        row("a token without a date", info().unsigned(token(&authority, "2014")))
            .fault("bad-time", Structure::TstInfo, Of(tlv(der::GENERALIZED_TIME, "2014")))
            .says("Rfc3161 never by 7e57"),
        row(
            "a bad token before a good one",
            info().unsigned(bad_token.clone()).unsigned(token(&authority, "20141103000000Z")),
        )
        .fault("not-signed-data", Structure::ContentInfo, Of(oid("1.2.3")))
        .says("Rfc3161 2014-11-03T00:00:00Z by 7e57"),
        row("nested signatures", info().unsigned(nested(&[inner("11"), inner("12")]))).finds("11").finds("12").fault(
            "nested-extra-value",
            Structure::Attribute,
            Of(inner("12")),
        ),
        row("a bad nested signature before a good one", info().unsigned(nested(&[bad_inner, inner("12")])))
            .finds("12")
            .fault("nested-extra-value", Structure::Attribute, Of(inner("12")))
            .fault("unexpected-tag", Structure::ContentInfo, Of(tlv(der::UTF8, "inner"))),
        row("unknown unsigned attributes", info().unsigned(attribute("1.2.3", [tlv(der::OCTET_STRING, [1; 4000])]))),
        deep_row.finds(SIGNER),
    ]
}

/// Spellings that BER has and DER forbids, and messages that end too early.
pub(crate) fn encoding_rows() -> Vec<Row> {
    let long = long_lengths(&good(), 99);
    let at_message =
        |row: Row, code: &'static str| row.finds(SIGNER).fault(code, Structure::ContentInfo, Byte(MESSAGE));
    let both = indefinite(&long, 4);
    let both_row = Row::signed("non-minimal lengths in indefinite ones", both);
    let content_type = long_lengths(&oid(SPC_INDIRECT_DATA), 1);
    vec![
        at_message(Row::signed("indefinite lengths throughout", indefinite(&good(), 99)), "indefinite-length"),
        at_message(Row::signed("an indefinite length outside only", indefinite(&good(), 1)), "indefinite-length"),
        at_message(Row::signed("non-minimal lengths throughout", long), "non-minimal-length"),
        at_message(both_row, "indefinite-length").fault("non-minimal-length", Structure::SignedData, Of(content_type)),
        Row::new("a bare message", good()).finds(SIGNER),
        Row::new("a bare message of indefinite length", indefinite(&good(), 99)).finds(SIGNER).fault(
            "indefinite-length",
            Structure::ContentInfo,
            Byte(0),
        ),
        Row::new("a bare message with bytes behind it", joined([&good(), b"more".as_slice()])).finds(SIGNER).fault(
            "trailing-data",
            Structure::WinCertificate,
            End(good()),
        ),
    ]
}

/// Content, and wrong types where a SignedData has its parts.
pub(crate) fn content_rows() -> Vec<Row> {
    let digest = format!("digest sha256 {}", "ab".repeat(32));
    let with_content = |content: Option<Vec<u8>>| SignedData { content, ..signed_by(&signer()) };
    let wrapped = tlv(der::OCTET_STRING, indirect_data());
    let no_digest = sequence([sequence([oid("1.2.3")]), sequence([tlv(der::UTF8, "digest")])]);
    let crl = sequence([sequence([tlv(der::INTEGER, [1])])]);
    let replaced = |index: usize, part: Vec<u8>| {
        let mut parts = signed_by(&signer()).parts();
        parts.splice(index..=index, [part]);
        content_info(sequence(parts))
    };
    vec![
        Row::signed("content", with_content(Some(indirect_data())).der()).finds(SIGNER).says(digest.clone()),
        Row::signed("content in an OCTET STRING", with_content(Some(wrapped)).der()).finds(SIGNER).says(digest),
        Row::signed("content without a digest", with_content(Some(no_digest)).der()).finds(SIGNER).fault(
            "unexpected-tag",
            Structure::SpcIndirectData,
            Of(tlv(der::UTF8, "digest")),
        ),
        Row::signed("content that is a number", with_content(Some(tlv(der::INTEGER, [5; 9]))).der())
            .finds(SIGNER)
            .fault("unexpected-tag", Structure::SpcIndirectData, Of(tlv(der::INTEGER, [5; 9]))),
        Row::signed("a CRL", SignedData { crls: vec![crl], ..signed_by(&signer()) }.der()).finds(SIGNER),
        Row::signed("a version that is text", replaced(0, tlv(der::UTF8, "one"))).finds(SIGNER).fault(
            "unexpected-tag",
            Structure::SignedData,
            Of(tlv(der::UTF8, "one")),
        ),
        Row::signed("SignerInfos in a SEQUENCE", replaced(4, sequence([signer_info(&signer()).der()])))
            .fault("unexpected-tag", Structure::SignedData, Of(sequence([signer_info(&signer()).der()])))
            .finds(SIGNER),
        Row::signed("a message without SignedData", sequence([oid(RSA), context(0, [set([[]])])])).fault(
            "not-signed-data",
            Structure::ContentInfo,
            Of(oid(RSA)),
        ),
    ]
}
