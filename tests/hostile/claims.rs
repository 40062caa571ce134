//! Claims about signers that nothing signs, so that anybody can write them otherwise: who signed must be found all the same.

use certsift::Structure;

use crate::At::{Byte, Of};
use crate::support::cms::{
    Certificate, SignedData, attribute, certificate, common_name, content_info, countersignatures, message, name,
    named_signer_info, nested, signed_by, signer_info, token_of, tst_info,
};
use crate::support::der::{self, context, joined, oid, sequence, set, tlv};
use crate::{MESSAGE, OTHER, Row, SIGNER, hex_text, other, signer};

/// A SignerInfo of the signer that names it by this.
fn named_by(id: Vec<u8>) -> Vec<u8> {
    let mut info = signer_info(&signer());
    info.id = id;
    info.der()
}

fn of(name: &str, certificate: &Certificate, info: Vec<u8>) -> Row {
    Row::signed(name, message([certificate.der()], [info]).der())
}

/// How a SignerInfo names its certificate.
pub(crate) fn id_rows() -> Vec<Row> {
    let key_id = [0x5e; 20];
    let half = tlv(der::OCTET_STRING, [0x5e; 10]);
    let segments = || context(0, [&half, &half]);
    let stated = signer().subject_key_id(&key_id);
    let in_segments = signer().extension("2.5.29.14", tlv(0x24, joined([&half, &half])));
    let certificate_der = signer().der();
    let whole_hash = certsift::Certificate::from_der(&certificate_der).unwrap();
    let key_hash = |octets: &[u8]| named_by(tlv(0x80, sha1(octets)));
    let (_, spki, _) = der::split(whole_hash.spki());
    let (_, _, key) = der::split(spki);
    let (_, key, _) = der::split(key);
    let negative = certificate("85c0ffee01", "Signer");
    let padded = named_signer_info(&common_name("Issuer"), &der::hex("ffff85c0ffee01")).der();
    let by_key_id = named_by(tlv(0x80, key_id));
    let (_, content, _) = der::split(&by_key_id);
    let (_, _, rest) = der::split(content);
    let without_version = sequence([rest]);
    vec![
        of("by a key id in segments", &stated, named_by(segments())).finds(SIGNER),
        of("by a key id that the certificate has in segments", &in_segments, named_by(tlv(0x80, key_id))).finds(SIGNER),
        of("by the hash of the key's information", &signer(), key_hash(whole_hash.spki())).finds(SIGNER).fault(
            "signer-by-key-hash",
            Structure::SignerInfo,
            Of(key_hash(whole_hash.spki())),
        ),
        of("by the hash of the key", &signer(), key_hash(key.get(1..).unwrap())).finds(SIGNER).fault(
            "signer-by-key-hash",
            Structure::SignerInfo,
            Of(key_hash(key.get(1..).unwrap())),
        ),
        of("by a negative serial with more octets than it needs", &negative, padded.clone())
            .finds("85c0ffee01")
            .fault("non-minimal-integer", Structure::SignerInfo, Of(tlv(der::INTEGER, der::hex("ffff85c0ffee01"))))
            .fault("signer-by-value", Structure::SignerInfo, Of(padded)),
        of("by key id, without a version", &stated, without_version.clone()).finds(SIGNER).fault(
            "missing",
            Structure::SignerInfo,
            Of(tlv(0x80, key_id)),
        ),
    ]
}

/// SHA-1, which certsift computes of the certificates that it is told.
fn sha1(octets: &[u8]) -> Vec<u8> {
    use sha1::Digest;
    sha1::Sha1::digest(octets).to_vec()
}

/// A SignedData whose parts behind its content are these.
fn with_parts(parts: &[Vec<u8>]) -> Vec<u8> {
    let head = signed_by(&signer()).parts();
    content_info(sequence(head.iter().take(3).chain(parts)))
}

/// Parts of a message in another order, of another type, or too many.
pub(crate) fn part_rows() -> Vec<Row> {
    let certificates = || context(0, [signer().der()]);
    let crls = || context(1, [sequence([sequence([tlv(der::INTEGER, [1])])])]);
    let infos = || set([signer_info(&signer()).der()]);
    let odd = || tlv(der::UTF8, "odd part");
    let row = |name: &str, parts: &[Vec<u8>]| Row::signed(name, with_parts(parts)).finds(SIGNER);
    let unexpected = |row: Row, at: Vec<u8>| row.fault("unexpected-tag", Structure::SignedData, Of(at));
    let sequence_of = |certificates: Vec<u8>| {
        let (_, content, _) = der::split(&certificates);
        tlv(der::SET, content)
    };
    let mut empty_content = signed_by(&signer()).parts();
    *empty_content.get_mut(2).unwrap() = sequence([[]]);
    let mut odd_content = signed_by(&signer()).parts();
    *odd_content.get_mut(2).unwrap() = odd();
    let sm2 = sequence([oid("1.2.156.10197.6.1.4.2.2"), context(0, [sequence(signed_by(&signer()).parts())])]);
    // A tag number of four octets is no reason to stop.
    let high = vec![0xbf, 0x81, 0x82, 0x83, 0x04, 0];
    let behind_high = message([high.clone(), signer().der()], [signer_info(&signer()).der()]);
    let like_end = [0, 0x81, 0];
    let before_signer = |member: &[u8]| joined([member, &signer().der()]);
    let other_end = message([like_end.to_vec(), signer().der()], [signer_info(&signer()).der()]);
    let versionless = |certificate: &Certificate| {
        let info = signer_info(certificate).der();
        let (_, content, _) = der::split(&info);
        let (_, _, rest) = der::split(content);
        sequence([rest])
    };
    let first_junk = sequence([sequence([[]])]);
    let attribute_certificate = || context(1, [tlv(der::INTEGER, [1])]);
    let mixed = |tag: u8| tlv(tag, joined([attribute_certificate(), signer().der()]));
    let mixed_row = |name: &str, tag: u8| {
        let expected = row(name, &[mixed(tag), infos()]).fault("unexpected-tag", Structure::SignedData, Of(mixed(tag)));
        expected.fault("not-x509", Structure::CertificateSet, Of(attribute_certificate()))
    };
    vec![
        row("a SignerInfo without a version", &[certificates(), set([versionless(&signer())])]).fault(
            "missing",
            Structure::SignerInfo,
            Of(signer_info(&signer()).id),
        ),
        row(
            "a first SignerInfo that is none",
            &[certificates(), set([first_junk.clone(), signer_info(&signer()).der()])],
        )
        .fault("missing", Structure::SignerInfo, Of(first_junk.clone()))
        .shifted(2)
        .fault("missing", Structure::SignerInfo, Of(first_junk.clone()))
        .shifted(4),
        mixed_row("certificates in a SET, another choice first", der::SET),
        mixed_row("certificates in a SEQUENCE, another choice first", der::SEQUENCE),
        unexpected(row("a part between certificates and SignerInfos", &[certificates(), odd(), infos()]), odd()),
        row("revocation lists before the certificates", &[crls(), certificates(), infos()]).says("1 CRLs"),
        row("certificates in two parts", &[context(0, [other().der()]), certificates(), infos()]),
        unexpected(row("certificates in a SET", &[sequence_of(certificates()), infos()]), sequence_of(certificates())),
        unexpected(
            row("SignerInfos in a SEQUENCE", &[certificates(), sequence([signer_info(&signer()).der()])]),
            sequence([signer_info(&signer()).der()]),
        ),
        Row::signed("no content type", content_info(sequence(&empty_content)))
            .finds(SIGNER)
            .fault("missing", Structure::SignedData, Of(joined(empty_content.get(..3).unwrap())))
            .shifted(u64::try_from(joined(empty_content.get(..3).unwrap()).len()).unwrap()),
        Row::signed("content of another type", content_info(sequence(&odd_content))).finds(SIGNER).fault(
            "unexpected-tag",
            Structure::SignedData,
            Of(odd()),
        ),
        Row::signed("the type of an SM2 message", sm2).finds(SIGNER),
        Row::signed("a member with a long tag number", behind_high.der()).finds(SIGNER).fault(
            "not-x509",
            Structure::CertificateSet,
            Of(high.clone()),
        ),
        Row::signed("a member with a long tag number, in BER", indefinite_set(&high))
            .finds(SIGNER)
            .fault("indefinite-length", Structure::ContentInfo, Byte(MESSAGE))
            .fault("not-x509", Structure::CertificateSet, Of(high)),
        Row::signed("a value like end-of-contents, in BER", indefinite_set(&like_end))
            .finds(SIGNER)
            .fault("indefinite-length", Structure::ContentInfo, Byte(MESSAGE))
            .fault("non-minimal-length", Structure::CertificateSet, Of(before_signer(&like_end)))
            .fault("not-x509", Structure::CertificateSet, Of(before_signer(&like_end))),
        Row::signed("a value like end-of-contents", other_end.der())
            .finds(SIGNER)
            .fault("non-minimal-length", Structure::CertificateSet, Of(before_signer(&like_end)))
            .fault("not-x509", Structure::CertificateSet, Of(before_signer(&like_end))),
        Row::signed("unsigned attributes in a SEQUENCE", sequence_of_attributes()).finds(SIGNER).finds(OTHER).fault(
            "unexpected-tag",
            Structure::SignerInfo,
            Of(sequence([nested(&[signed_by(&other()).der()])])),
        ),
    ]
}

/// A message in BER with this member before the signer's certificate.
fn indefinite_set(member: &[u8]) -> Vec<u8> {
    let set = joined([&[0xa0, 0x80], member, &signer().der(), &[0, 0]]);
    let body =
        joined([signed_by(&signer()).parts().iter().take(3).flatten().copied().collect(), set, infos_of_signer()]);
    let body = joined([&[0x30, 0x80], body.as_slice(), &[0, 0]]);
    let explicit = joined([&[0xa0, 0x80], body.as_slice(), &[0, 0]]);
    joined([&[0x30, 0x80], oid("1.2.840.113549.1.7.2").as_slice(), &explicit, &[0, 0]])
}

fn infos_of_signer() -> Vec<u8> {
    set([signer_info(&signer()).der()])
}

/// A SignerInfo whose unsigned attributes have the tag of a SEQUENCE.
fn sequence_of_attributes() -> Vec<u8> {
    let attributes = [nested(&[signed_by(&other()).der()])];
    let info = signer_info(&signer()).der();
    let (_, content, _) = der::split(&info);
    let info = sequence([content, sequence(&attributes).as_slice()]);
    message([signer().der()], [info]).der()
}

/// Data in places that no reader looks at, none of it signed.
pub(crate) fn hidden_data_rows() -> Vec<Row> {
    let data = || tlv(der::OCTET_STRING, [0xda; 30]);
    let parts = || signed_by(&signer()).parts();
    let body = || sequence(parts());
    let kind = || oid("1.2.840.113549.1.7.2");
    let row = |name: &str, message: Vec<u8>, structure| {
        let at = message.windows(32).position(|window| window == data()).unwrap();
        let at = MESSAGE + u64::try_from(at).unwrap();
        Row::signed(format!("data {name}"), message)
            .finds(SIGNER)
            .fault("unknown-parts", structure, Byte(at))
            .says(format!("unknown_part at {at:#x}: 32 bytes"))
    };
    let with_content = |content: Vec<u8>| {
        let mut parts = parts();
        *parts.get_mut(2).unwrap() = content;
        content_info(sequence(parts))
    };
    let indirect = || signed_by(&signer()).content.unwrap();
    let content_type = || oid("1.3.6.1.4.1.311.2.1.4");
    let info = signer_info(&signer()).unsigned(attribute("1.2.3", [[5, 0]])).der();
    let (_, info_content, _) = der::split(&info);
    let info_behind = sequence([info_content, data().as_slice()]);
    let mut in_id = signer_info(&signer());
    in_id.id = sequence([common_name("Issuer"), tlv(der::INTEGER, der::hex(SIGNER)), data()]);
    let mut in_algorithm = signer_info(&signer());
    in_algorithm.digest_algorithm = joined([oid("2.16.840.1.101.3.4.2.1"), data()]);
    let der = signer().der();
    let (_, certificate_content, _) = der::split(&der);
    let behind_signature = sequence([certificate_content, data().as_slice()]);
    let listed = |name: &str, kind: &str, info: Vec<u8>, part: Vec<u8>| {
        let message = message([signer().der()], [info]).der();
        let at = message.windows(part.len()).position(|window| window == part).unwrap();
        let at = MESSAGE + u64::try_from(at).unwrap();
        Row::signed(format!("data {name}"), message)
            .finds(SIGNER)
            .says(format!("{kind} at {at:#x}: {} bytes", part.len()))
    };
    let sealing = attribute("1.3.6.1.4.1.311.2.4.3", [data()]);
    let of_stamp = attribute("1.3.6.1.4.1.311.2.4.1", [data()]);
    let stamp = signer_info(&signer()).unsigned(of_stamp.clone()).der();
    let opaque = nested(&[data()]);
    // Of a type that is looked into: an unknown attribute is listed as a whole.
    let three_parts = sequence([oid("1.2.840.113549.1.9.6"), set([signer_info(&signer()).der()]), data()]);
    vec![
        row(
            "behind the SignerInfos",
            content_info(sequence(parts().into_iter().chain([data()]))),
            Structure::SignedData,
        ),
        row("behind the message's content", sequence([kind(), context(0, [body()]), data()]), Structure::ContentInfo),
        row("behind the SignedData", sequence([kind(), context(0, [body(), data()])]), Structure::ContentInfo),
        row(
            "behind the content",
            with_content(sequence([content_type(), context(0, [indirect(), data()])])),
            Structure::SignedData,
        ),
        row(
            "behind the content's tag",
            with_content(sequence([content_type(), context(0, [indirect()]), data()])),
            Structure::SignedData,
        ),
        row("behind a SignerInfo's parts", message([signer().der()], [info_behind]).der(), Structure::SignerInfo),
        row(
            "behind a certificate's signature",
            message([behind_signature], [signer_info(&signer()).der()]).der(),
            Structure::Certificate,
        ),
        Row::signed("data behind a signer's serial", message([signer().der()], [in_id.der()]).der())
            .finds(SIGNER)
            .fault("unknown-parts", Structure::SignerInfo, Of(data())),
        listed(
            "behind an attribute's values",
            "unknown_part",
            signer_info(&signer()).unsigned(three_parts.clone()).der(),
            data(),
        )
        .fault("unknown-parts", Structure::Attribute, Of(data())),
        listed("in an algorithm's parameters", "unknown_part", in_algorithm.der(), data()),
        listed(
            "in a sealing attribute",
            "sealing_attribute",
            signer_info(&signer()).unsigned(sealing.clone()).der(),
            sealing,
        ),
        listed(
            "in a countersignature's attribute",
            "unknown_attribute",
            signer_info(&signer()).unsigned(countersignatures(&[stamp])).der(),
            of_stamp,
        ),
        listed("in place of a nested signature", "opaque_value", signer_info(&signer()).unsigned(opaque).der(), data())
            .fault("unexpected-tag", Structure::ContentInfo, Of(data())),
    ]
}

/// Unsigned parts in such numbers that a limit or a purse ends.
pub(crate) fn flood_rows() -> Vec<Row> {
    let inner = || nested(&[signed_by(&other()).der()]);
    let with_unsigned = |attributes: Vec<Vec<u8>>| {
        let mut info = signer_info(&signer());
        info.unsigned = attributes;
        message([signer().der()], [info.der()]).der()
    };
    let empty_stamps = attribute("1.2.840.113549.1.9.6", [[]; 0]);
    let tiny = attribute("1.2", [[]; 0]);
    let junk_infos = |count: usize| sequence([tlv(der::INTEGER, [1]), sequence([[]])]).repeat(count);
    let infos = |before: Vec<u8>| message([signer().der()], [joined([before, signer_info(&signer()).der()])]).der();
    let small = certificate("01", "").subject(sequence([[]])).issuer(sequence([[]])).der();
    let crowd = message([small.repeat(60_000), signer().der()], [signer_info(&signer()).unsigned(inner()).der()]).der();
    let many = (0..1_000_u32).map(|number| tlv(der::OCTET_STRING, number.to_be_bytes()));
    let extended = (0..1_000_u32).fold(signer(), |signer, _| signer.extension("1.2.3", [5, 0]));
    let by_key_ids = many.map(|id| {
        let (_, octets, _) = der::split(&id);
        named_by(tlv(0x80, octets))
    });
    let key_ids = message([extended.der()], by_key_ids.chain([signer_info(&signer()).der()])).der();
    let crowd_row = |name: &str, message: Vec<u8>| Row::signed(name, message).finds(SIGNER);
    let named = |row: Row| {
        (0..64_u32).fold(row, |row, number| row.names(&hex_text(&number.to_be_bytes()))).finds(SIGNER).among_others()
    };
    // Where the first of many begins, and how many are read before a limit.
    let beyond = |row: Row, structure, one: &[u8], count: usize| {
        row.fault("limit-reached", structure, Of(one.repeat(3))).shifted(u64::try_from(one.len() * count).unwrap())
    };
    let stamps_first = with_unsigned(vec![empty_stamps.clone(); 600].into_iter().chain([inner()]).collect());
    let empty_nested = attribute("1.3.6.1.4.1.311.2.4.1", [[]; 0]);
    let nested_first = with_unsigned(vec![empty_nested.clone(); 800].into_iter().chain([inner()]).collect());
    let tiny_first = with_unsigned(vec![tiny.repeat(1_400_000), inner()]);
    let swollen = {
        let mut parts = certificate("77", "Swollen").tbs_parts();
        parts.push(tlv(0x81, [0]).repeat(2_000_000));
        sequence([sequence(parts), sequence([oid("1.2.3")]), tlv(der::BIT_STRING, [0, 1])])
    };
    let by_value = named_signer_info(&name(&[(3, der::UTF8, b"ISSUER")]), &der::hex(SIGNER)).der();
    let both = message([small.repeat(1_024), signer().der()], [joined([[5, 0].repeat(64), by_value.clone()])]).der();
    let in_sequence = sequence([oid("1.3.6.1.4.1.311.2.4.1"), sequence([signed_by(&other()).der()])]);
    let info_65 = named_by(tlv(0x80, 64_u32.to_be_bytes()));
    vec![
        beyond(
            crowd_row("600 empty attributes for stamps before a nested signature", stamps_first).finds(OTHER),
            Structure::SignerInfo,
            &empty_stamps,
            256,
        ),
        beyond(
            crowd_row("800 empty attributes for nested signatures before one", nested_first).finds(OTHER),
            Structure::SignerInfo,
            &empty_nested,
            256,
        ),
        beyond(
            crowd_row("1.4 million attributes before a nested signature", tiny_first).finds(OTHER),
            Structure::SignerInfo,
            &tiny,
            256,
        ),
        beyond(
            crowd_row("600,000 SignerInfos that cannot be read", infos(junk_infos(600_000))).among_others(),
            Structure::SignedData,
            &junk_infos(1),
            64,
        ),
        beyond(
            crowd_row("60,000 small certificates", crowd).finds(OTHER).among_others(),
            Structure::CertificateSet,
            &small,
            1_024,
        ),
        Row::signed(
            "a certificate with millions of parts",
            message([swollen.clone(), signer().der()], [signer_info(&signer()).unsigned(inner()).der()]).der(),
        )
        .finds(SIGNER)
        .finds(OTHER)
        .fault("unknown-parts", Structure::Certificate, Of(tlv(0x81, [0]).repeat(4)))
        .shifted(3),
        Row::signed(
            "64 junk SignerInfos, and a signer by value",
            message([signer().der()], [joined([[5, 0].repeat(64), by_value.clone()])]).der(),
        )
        .finds(SIGNER)
        .fault("signer-by-value", Structure::SignerInfo, Of(by_value.clone()))
        .among_others(),
        Row::signed("1,024 junk certificates and 64 junk SignerInfos, and a signer by value", both)
            .finds(SIGNER)
            .fault("signer-by-value", Structure::SignerInfo, Of(by_value))
            .among_others(),
        Row::signed("a nested signature in a SEQUENCE of values", with_unsigned(vec![in_sequence.clone()]))
            .finds(SIGNER)
            .finds(OTHER)
            .fault("unexpected-tag", Structure::Attribute, Of(sequence([signed_by(&other()).der()]))),
        named(Row::signed("1,000 SignerInfos with key ids, and a certificate of 1,000 extensions", key_ids)).fault(
            "limit-reached",
            Structure::SignedData,
            Of(info_65),
        ),
    ]
}

/// Chains and stamps beside which something else was put.
pub(crate) fn decoy_rows() -> Vec<Row> {
    let leaf = signer().issuer(common_name("CA")).authority_key_id(&[1; 8]);
    let real = certificate("ca", "CA").issuer(common_name("Root")).subject_key_id(&[1; 8]);
    let decoy = certificate("dec0", "CA").issuer(common_name("CA")).subject_key_id(&[1; 8]);
    let renewed = certificate("5e", "CA").issuer(common_name("Root")).subject_key_id(&[2; 8]);
    let row = |name: &str, certificates: &[&Certificate]| {
        Row::signed(name, message(certificates.iter().map(|one| one.der()), [signer_info(&leaf).der()]).der())
            .finds(SIGNER)
    };
    let signer_der = signer().der();
    let authority = certificate("7e57", "Time");
    let content = tlv(der::OCTET_STRING, tst_info("20141103000000Z"));
    let outer = SignedData {
        content_type: oid("1.2.840.113549.1.9.16.1.4"),
        content: Some(content),
        ..message([], [signer_info(&authority).der()])
    };
    let bare_token = attribute("1.3.6.1.4.1.311.3.3.1", [outer.der()]);
    let stamped = |certificates: Vec<Vec<u8>>| {
        message(certificates, [signer_info(&signer()).unsigned(bare_token.clone()).der()]).der()
    };
    let odd_name = name(&[(3, der::UTF8, b"x\xff")]);
    let other_odd = name(&[(3, der::UTF8, b"x\xfe")]);
    let named = named_signer_info(&other_odd, &der::hex(SIGNER)).der();
    let hashed = certsift::Certificate::from_der(&signer_der).map(|one| sha1(one.spki())).unwrap();
    let states_it = certificate("dec0", "Decoy").subject_key_id(&hashed);
    let by_hash = named_by(tlv(0x80, &hashed));
    let by_value = certificate("ca", "CA").issuer(common_name("Root")).subject(name(&[(3, der::UTF8, b"ca")]));
    let plain_leaf = signer().issuer(common_name("CA"));
    let twin_authority = certificate("7e57", "Decoy time");
    let with_decoy = SignedData {
        content_type: oid("1.2.840.113549.1.9.16.1.4"),
        content: Some(tlv(der::OCTET_STRING, tst_info("20141103000000Z"))),
        ..message([twin_authority.der()], [signer_info(&authority).der()])
    };
    let decoy_token = attribute("1.3.6.1.4.1.311.3.3.1", [with_decoy.der()]);
    let beside = message([signer().der(), authority.der()], [signer_info(&signer()).unsigned(decoy_token).der()]).der();
    vec![
        Row::signed(
            "a decoy that states the hash of the signer's key",
            message([states_it.der(), signer_der.clone()], [by_hash.clone()]).der(),
        )
        .finds("dec0")
        .finds(SIGNER)
        .fault("ambiguous-signer", Structure::SignerInfo, Of(by_hash)),
        Row::signed(
            "a decoy authority whose name fits better",
            message([decoy.der(), by_value.der(), plain_leaf.der()], [signer_info(&plain_leaf).der()]).der(),
        )
        .finds(SIGNER)
        .says("chain ca")
        .says("chain dec0"),
        Row::signed("a decoy in a token whose signer is beside it", beside)
            .finds(SIGNER)
            .says("timestamp_signer 7e57")
            .says("subject CN=Time")
            .says("subject CN=Decoy time"),
        row("a decoy authority before the real one", &[&decoy, &real, &leaf]).says("chain ca").says("chain dec0"),
        row("an authority with another key", &[&renewed, &real, &leaf]).says("chain ca").says("unused 5e"),
        Row::signed("a token whose signer is beside it", stamped(vec![signer().der(), authority.der()]))
            .finds(SIGNER)
            .says("Rfc3161 2014-11-03T00:00:00Z by 7e57")
            .says("timestamp_signer 7e57"),
        Row::signed("a token whose signer is nowhere", stamped(vec![signer().der()]))
            .finds(SIGNER)
            .says("timestamp_signer 7e57")
            .fault("signer-absent", Structure::SignerInfo, Of(signer_info(&authority).der())),
        Row::signed(
            "an issuer that is another undecodable text",
            message([signer().issuer(odd_name).der()], [named.clone()]).der(),
        )
        .names(SIGNER)
        .fault("signer-absent", Structure::SignerInfo, Of(named))
        .fault("bad-text", Structure::Name, Of(tlv(der::UTF8, b"x\xff"))),
        Row::signed("a token with its own certificate", {
            let token = token_of(&authority, tlv(der::OCTET_STRING, tst_info("20141103000000Z")));
            message([signer().der()], [signer_info(&signer()).unsigned(token).der()]).der()
        })
        .finds(SIGNER)
        .says("timestamp_signer 7e57"),
    ]
}
