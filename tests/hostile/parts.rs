//! Parts that a complete reader tells, in every form they are met in: message versions, kinds of content, opus information,
//! attributes, timestamps, nested signatures, entries, unsigned bytes.

use certsift::Structure;

use crate::At::{Byte, Of};
use crate::support::cms::{
    PAGE_HASHES_V1, PAGE_HASHES_V2, SHA1, SignedData, SignerInfo, attribute, certificate, content_info,
    indirect_data_of, message, nested, opus_info, opus_info_of, page_hashes_link, signed_by, signer_info, signing_time,
    statement_type, token, token_response,
};
use crate::support::der::{self, context, joined, oid, sequence, set, tlv};
use crate::support::pe::{TABLE, entry, image, raw_entry};
use crate::{MESSAGE, OTHER, Row, SIGNER, good, hex_text, length_of, other, signer};

fn with_content(name: &str, content: Vec<u8>) -> Row {
    Row::signed(name, SignedData { content: Some(content), ..signed_by(&signer()) }.der()).finds(SIGNER)
}

/// A message of the signer whose SignerInfo is this one.
fn with_info(name: &str, info: SignerInfo) -> Row {
    Row::signed(name, message([signer().der()], [info.der()]).der()).finds(SIGNER)
}

/// A message of the signer in which part `index` of the SignedData is another.
fn replaced(index: usize, part: Vec<u8>) -> Vec<u8> {
    let mut parts = signed_by(&signer()).parts();
    parts.splice(index..=index, [part]);
    content_info(sequence(parts))
}

/// Versions, announced algorithms, content.
pub(crate) fn message_rows() -> Vec<Row> {
    let digest = format!("digest sha256 {}", "ab".repeat(32));
    let mut rows: Vec<Row> = (1..=5_u8)
        .map(|version| {
            Row::signed(format!("SignedData version {version}"), replaced(0, tlv(der::INTEGER, [version])))
                .finds(SIGNER)
                .says(format!("version Some({version})"))
        })
        .collect();
    let huge = tlv(der::INTEGER, [0x7f; 9]);
    rows.push(Row::signed("a version of nine octets", replaced(0, huge)).finds(SIGNER).says("version None"));
    let two = set([sequence([oid(SHA1)]), sequence([oid("1.2.3.4")])]);
    rows.push(Row::signed("two announced algorithms", replaced(1, two)).finds(SIGNER).says("announces 2"));
    let url = tlv(0x80, "https://example.com/");
    let file = context(2, [tlv(0x81, "file name")]);
    let pe_data = |link: Vec<u8>| sequence([tlv(der::BIT_STRING, [7, 0x80]), context(0, [link])]);
    let kinds = [
        ("1.3.6.1.4.1.311.2.1.15", pe_data(context(2, [tlv(0x80, b"\0<\0o")])), "link <o"),
        ("1.3.6.1.4.1.311.2.1.15", pe_data(url.clone()), "flags 0780"),
        ("1.3.6.1.4.1.311.2.1.21", pe_data(context(2, [tlv(0x80, b"\0<\0o")])), "link <o"),
        ("1.3.6.1.4.1.311.2.1.25", url.clone(), "link https://example.com/"),
        ("1.3.6.1.4.1.311.2.1.28", file, "link file name"),
        ("1.3.6.1.4.1.311.2.1.30", sip_info(), "package Some(65536) 4bdfc50a07ce2446911dc3a0b2ddcfe4"),
        ("1.2.3.4", tlv(der::NULL, []), "kind 1.2.3.4"),
    ];
    rows.extend(kinds.map(|(kind, value, fact)| {
        with_content(&format!("content of kind {kind}, {fact}"), indirect_data_of(kind, value))
            .says(digest.clone())
            .says(format!("kind {kind}"))
            .says(fact)
    }));
    rows.extend([(PAGE_HASHES_V1, 20), (PAGE_HASHES_V2, 32)].map(|(kind, length)| {
        let content = indirect_data_of("1.3.6.1.4.1.311.2.1.15", pe_data(page_hashes(kind, length)));
        with_content(&format!("page hashes {kind}"), content)
            .says(digest.clone())
            .says(format!("page {} at 0", "11".repeat(length)))
            .says(format!("page {} at 4096", "00".repeat(length)))
    }));
    let wrapped = tlv(der::OCTET_STRING, indirect_data_of("1.3.6.1.4.1.311.2.1.15", pe_data(url)));
    rows.push(with_content("content in an OCTET STRING", wrapped).says("content wrapped: true").says(digest));
    let crls = vec![sequence([sequence([tlv(der::INTEGER, [1])])]), sequence([sequence([tlv(der::INTEGER, [2])])])];
    let length = crls.first().unwrap().len();
    let with_crls = SignedData { crls: crls.clone(), ..signed_by(&signer()) }.der();
    let at = MESSAGE + position(&with_crls, &joined(&crls));
    rows.push(
        Row::signed("two CRLs", with_crls)
            .finds(SIGNER)
            .says("2 CRLs")
            .says("crl entropy 2.24")
            .says(format!("crl at {at:#x}: {length} bytes"))
            .says(format!("crl at {:#x}: {length} bytes", at + u64::try_from(length).unwrap())),
    );
    rows
}

/// SpcSipInfo as MSI packages have it.
fn sip_info() -> Vec<u8> {
    let guid = der::hex("4bdfc50a07ce2446911dc3a0b2ddcfe4");
    let zeros = (0..5).map(|_| tlv(der::INTEGER, [0]));
    sequence([tlv(der::INTEGER, [1, 0, 0]), tlv(der::OCTET_STRING, guid)].into_iter().chain(zeros))
}

/// The link to an object with two page hashes, of which the second ends the table.
fn page_hashes(kind: &str, length: usize) -> Vec<u8> {
    let pages = [vec![0; 4], vec![0x11; length], vec![0, 0x10, 0, 0], vec![0; length]];
    page_hashes_link(&[(kind, joined(pages))])
}

fn position(whole: &[u8], part: &[u8]) -> u64 {
    u64::try_from(whole.windows(part.len()).position(|window| window == part).unwrap()).unwrap()
}

/// SignerInfos and their attributes.
pub(crate) fn signer_rows() -> Vec<Row> {
    let info = || signer_info(&signer());
    let program = |tag: u8, octets: &[u8]| {
        info().signed(opus_info_of(tlv(tag, octets), tlv(0x80, "https://a.example/"), tlv(0x80, "https://p.example/")))
    };
    let link = context(2, [tlv(0x80, b"\0p\0.\0t\0x\0t")]);
    let digest = attribute("1.2.840.113549.1.9.4", [tlv(der::OCTET_STRING, [0xd1; 32])]);
    let sealing = attribute("1.3.6.1.4.1.311.2.4.3", [tlv(der::OCTET_STRING, [0x5e; 4])]);
    let unknown = attribute("1.2.3.4", [tlv(der::OCTET_STRING, [0x55; 9])]);
    let with_unknown = info().unsigned(sealing.clone()).unsigned(unknown.clone());
    let placed = message([signer().der()], [with_unknown.der()]).der();
    let at = |part: &[u8]| MESSAGE + position(&placed, part);
    vec![
        with_info("a program name in UTF-16", program(0x80, b"\0P\x04\x16")).says("program PЖ"),
        with_info("a program name in IA5String", program(0x81, b"Program")).says("program Program"),
        with_info("a program name in IA5String that is UTF-8", program(0x81, "Größe".as_bytes())).says("program Größe"),
        with_info("a program name in IA5String that is Latin-1", program(0x81, b"Caf\xe9")).says("program Café"),
        with_info("the other parts of opus information", program(0x81, b"P"))
            .says("more at https://a.example/")
            .says("publisher https://p.example/"),
        with_info(
            "opus information that names a file",
            info().signed(opus_info_of(tlv(0x81, "P"), link, tlv(0x80, "p"))),
        )
        .says("more at p.txt"),
        with_info("a statement type", info().signed(statement_type(&["1.3.6.1.4.1.311.2.1.22"])))
            .says("statement 1.3.6.1.4.1.311.2.1.22"),
        with_info("a signing time", info().signed(signing_time("141103000000Z")))
            .says("signed at 2014-11-03T00:00:00Z"),
        with_info("a message digest", info().signed(digest)).says(format!("message digest {}", "d1".repeat(32))),
        with_info("the signature itself", info())
            .says(format!("signature {}", "09".repeat(16)))
            .says("signature by 1.2.840.113549.1.1.1"),
        // DER sorts the members of a SET; some signers do not.
        with_info("attributes that are not sorted", info().signed(unknown.clone()).signed(opus_info("last")))
            .says("program last"),
        with_info("sealing and unknown attributes, raw", with_unknown)
            .says(format!("unsigned 1.3.6.1.4.1.311.2.4.3 at {:#x}: 04045e5e5e5e", at(&sealing)))
            .says(format!("unsigned 1.2.3.4 at {:#x}: {}", at(&unknown), hex_text(&tlv(der::OCTET_STRING, [0x55; 9]))))
            .says(format!("unknown_attribute at {:#x}: {} bytes", at(&unknown), unknown.len())),
    ]
}

/// Timestamps and nested signatures.
pub(crate) fn stamp_rows() -> Vec<Row> {
    let authority = certificate("7e57", "Time");
    let info = || signer_info(&signer());
    let inner = |serial: &str| signed_by(&certificate(serial, "Inner")).der();
    let attributes = info().unsigned(nested(&[inner("11")])).unsigned(nested(&[inner("12")]));
    let imprint = format!("stamps sha256 {}", "07".repeat(32));
    vec![
        with_info("what a token says", info().unsigned(token(&authority, "20141103000000Z")))
            .says("Rfc3161 2014-11-03T00:00:00Z by 7e57")
            .says("policy 1.2.3")
            .says("token 05")
            .says(imprint.clone()),
        with_info("a token in a TimeStampResp", info().unsigned(token_response(&authority, "20141103000000Z")))
            .says("Rfc3161 2014-11-03T00:00:00Z by 7e57")
            .says("in a response: true")
            .says("policy 1.2.3")
            .says(imprint),
        with_info("nested signatures in two attributes", attributes)
            .finds("11")
            .finds("12")
            .says("nested at 0")
            .says("nested at 1")
            .fault("nested-extra-value", Structure::Attribute, Of(inner("12"))),
    ]
}

/// Entries of every type, and what lies around them.
pub(crate) fn entry_rows() -> Vec<Row> {
    let first = entry(good());
    let end = TABLE + u64::from(length_of(&first));
    let lone = other().der();
    let row = |name: String, parts: &[&[u8]]| Row::new(name, image(joined(parts)).bytes());
    let guid = der::hex("9dd2af4adf68ee498aa9347d375665a7");
    let efi = raw_entry(length_of(&good()) + 24, 0x0200, 0x0ef1, joined([&guid, &good()]));
    let bare_efi = raw_entry(length_of(&good()) + 8, 0x0200, 0x0ef1, good());
    let opaque = raw_entry(24, 0x0200, 4, [0x42; 16]);
    let mut rows: Vec<Row> = [1, 2, 3, 4, 0x0ef0, 0x7777]
        .into_iter()
        .map(|kind| {
            let entry = raw_entry(length_of(&good()) + 8, 0x0200, kind, good());
            row(format!("a message in an entry of type {kind:#06x}"), &[&entry]).finds(SIGNER)
        })
        .collect();
    rows.extend([0x0100, 0x0200, 0x0300].map(|revision| {
        row(format!("revision {revision:#06x}"), &[&raw_entry(length_of(&good()) + 8, revision, 2, good())])
            .finds(SIGNER)
    }));
    rows.extend([1, 2].map(|kind| {
        let certificate = raw_entry(length_of(&lone) + 8, 0x0200, kind, &lone);
        let padding = vec![0; (8 - lone.len() % 8) % 8];
        row(format!("a certificate alone in an entry of type {kind}"), &[&certificate, &padding, &first])
            .finds(SIGNER)
            .says(format!("unused {OTHER}"))
            .says("1 signatures")
    }));
    rows.push(
        row("an EFI GUID".to_owned(), &[&efi]).finds(SIGNER).says(format!("EFI_GUID with GUID {}", hex_text(&guid))),
    );
    rows.push(row("an EFI entry without its GUID".to_owned(), &[&bare_efi]).finds(SIGNER));
    rows.push(
        row("an entry that holds nothing readable".to_owned(), &[&first, &opaque])
            .finds(SIGNER)
            .fault("entry-not-cms", Structure::WinCertificate, Byte(end))
            .says(format!("opaque_entry at {:#x}: 16 bytes", end + 8)),
    );
    rows.push(
        row("zeros behind the last entry".to_owned(), &[&first, &[0; 24]])
            .finds(SIGNER)
            .says(format!("padding at {end:#x}: 24 bytes")),
    );
    rows.push(
        row("bytes in no entry".to_owned(), &[&first, b"abcd"])
            .finds(SIGNER)
            .fault("stray-bytes", Structure::WinCertificate, Byte(end))
            .says("between_entries entropy 2.00")
            .says(format!("between_entries at {end:#x}: 4 bytes")),
    );
    let unused = message([signer().der(), lone.clone()], [signer_info(&signer()).der()]).der();
    let at = MESSAGE + position(&unused, &lone);
    rows.push(
        Row::signed("a certificate in nobody's chain", unused)
            .finds(SIGNER)
            .says(format!("unused {OTHER}"))
            .says(format!("unused_certificate at {at:#x}: {} bytes", lone.len())),
    );
    rows
}
