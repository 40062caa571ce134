//! One row per way to damage a file: who must still be found as its signer, and which faults must be told, where.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its file must stop")]

mod support;

use certsift::{CertificateUse, Role, Signature, SignedFile, Structure, Time};
use support::cms::{
    Certificate, RSA, SignedData, attribute, certificate, common_name, content_info, countersignatures, indirect_data,
    message, name, named_signer_info, nested, opus_info, signed_by, signer_info, signing_time, token,
};
use support::der::{self, context, indefinite, joined, long_lengths, oid, sequence, set, tlv};
use support::pe::{Pe, TABLE, entry, image, raw_entry, signed};
use support::signers;

/// One damaged file.
struct Row {
    name: String,
    file: Vec<u8>,
    signers: Vec<String>,
    faults: Vec<(&'static str, Structure, u64)>,
    facts: Vec<String>,
}

/// Where a fault lies.
enum At {
    Byte(u64),
    /// Where these bytes are first found in the file.
    Of(Vec<u8>),
    /// Where these bytes end, where they are first found.
    End(Vec<u8>),
}
use At::{Byte, End, Of};

impl Row {
    fn new(name: impl Into<String>, file: Vec<u8>) -> Self {
        Self { name: name.into(), file, signers: Vec::new(), faults: Vec::new(), facts: Vec::new() }
    }

    /// A PE image with one message.
    fn signed(name: impl Into<String>, message: impl AsRef<[u8]>) -> Self {
        Self::new(name, signed(message))
    }

    /// The next signer that must be found, by its canonical serial.
    fn finds(mut self, serial: &str) -> Self {
        self.signers.push(format!("signer {serial}"));
        self
    }

    /// The next signer that must be named without its certificate, by canonical serial or key id.
    fn names(mut self, id: &str) -> Self {
        self.signers.push(format!("named_only {id}"));
        self
    }

    /// The next fault.
    fn fault(mut self, code: &'static str, structure: Structure, at: At) -> Self {
        let find = |part: &[u8]| self.file.windows(part.len()).position(|window| window == part).unwrap();
        let offset = match at {
            Byte(offset) => offset,
            Of(part) => u64::try_from(find(&part)).unwrap(),
            End(part) => u64::try_from(find(&part).checked_add(part.len()).unwrap()).unwrap(),
        };
        self.faults.push((code, structure, offset));
        self
    }

    /// The last fault lies this many bytes further.
    fn shifted(mut self, bytes: u64) -> Self {
        let last = self.faults.last_mut().unwrap();
        last.2 = last.2.checked_add(bytes).unwrap();
        self
    }

    /// A line that [`describe`] must give.
    fn says(mut self, fact: impl Into<String>) -> Self {
        self.facts.push(fact.into());
        self
    }

    /// What is not as this row says; empty when all is.
    fn complaints(&self) -> Vec<String> {
        let (found, errors, facts) = match SignedFile::parse(&self.file) {
            Ok(file) => (signers(&file), file.faults().to_vec(), describe(&file)),
            Err(error) => (Vec::new(), vec![error], vec!["nothing can be said".to_owned()]),
        };
        let faults: Vec<_> = errors.iter().map(|e| (e.kind().code(), e.structure(), e.offset())).collect();
        let mut complaints = Vec::new();
        if found != self.signers {
            complaints.push(format!("{}: found {found:?}, not {:?}", self.name, self.signers));
        }
        if faults != self.faults {
            complaints.push(format!("{}: faults {faults:?}, not {:?}", self.name, self.faults));
        }
        let missing = self.facts.iter().filter(|fact| !facts.contains(fact));
        complaints.extend(missing.map(|fact| format!("{}: no {fact:?} in {facts:?}", self.name)));
        complaints
    }
}

/// The runner: every row is read before the first complaint ends the test.
fn check(groups: &[Vec<Row>]) {
    let complaints: Vec<String> = groups.iter().flatten().flat_map(Row::complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What else is read of a file, one fact a line.
fn describe(file: &SignedFile<'_>) -> Vec<String> {
    let mut lines: Vec<String> = file.signatures().iter().flat_map(describe_signature).collect();
    lines.extend(file.certificate_uses().iter().filter_map(CertificateUse::certificate).flat_map(|certificate| {
        let validity = certificate.validity();
        let (from, to) = (time(validity.not_before), time(validity.not_after));
        [
            format!("subject {}", certificate.subject()),
            format!("stored serial {}", hex_text(certificate.serial().as_bytes())),
            format!("valid {from} to {to}"),
        ]
    }));
    let others = file.certificate_uses();
    let others = others.iter().filter(|used| !matches!(used.role(), Role::Signer | Role::NamedOnly));
    lines.extend(others.map(|used| format!("{} {}", used.role(), used.certificate().unwrap().serial())));
    lines.extend(file.unsigned_bytes().iter().map(|unsigned| format!("unsigned {} bytes", unsigned.length)));
    lines.push(format!("{} entries", file.entries().len()));
    lines
}

fn describe_signature(signature: &Signature<'_>) -> Vec<String> {
    let mut lines = vec![format!("level {}", signature.level())];
    lines.extend(signature.image_digest().map(|claimed| {
        format!("digest {} {}", claimed.algorithm.name().unwrap_or("unknown"), hex_text(claimed.digest))
    }));
    for signer in signature.signers() {
        lines.push(format!("signed with {}", signer.digest_algorithm()));
        lines.extend(signer.program_name().map(|program| format!("program {program}")));
        lines.extend(signer.signing_time().map(|time| format!("signed at {time}")));
        lines.extend(signer.timestamps().iter().map(|stamp| {
            let by = stamp.signer().map_or_else(|| "nobody".to_owned(), |signer| signer.serial().to_string());
            format!("{:?} {} by {by}", stamp.kind(), time(stamp.time()))
        }));
    }
    lines
}

fn time(time: Option<Time>) -> String {
    time.map_or_else(|| "never".to_owned(), |time| time.to_string())
}

fn hex_text(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Who signs, in every row that says nothing else.
const SIGNER: &str = "c0ffee01";
/// A further certificate.
const OTHER: &str = "0123456789";
/// File offset of the message in [`signed`].
const MESSAGE: u64 = TABLE + 8;

fn signer() -> Certificate {
    certificate(SIGNER, "Signer")
}

fn other() -> Certificate {
    certificate(OTHER, "Other")
}

/// A message of [`signer`].
fn good() -> Vec<u8> {
    signed_by(&signer()).der()
}

/// `bytes` without their last `count`.
fn cut(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(..bytes.len().checked_sub(count).unwrap()).unwrap()
}

fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

#[test]
fn the_certificate_table() {
    check(&[directory_rows(), entry_rows()]);
}

#[test]
fn cms_messages() {
    check(&[set_rows(), signer_rows(), attribute_rows(), encoding_rows(), content_rows()]);
}

#[test]
fn certificates_and_names() {
    check(&[serial_rows(), text_rows(), time_rows()]);
}

/// The headers and the security directory.
fn directory_rows() -> Vec<Row> {
    let table = entry(good());
    let length = length_of(&table);
    let end = TABLE + u64::from(length);
    let start = length_of(&[0; 0x200]);
    let pe = || image(table.clone());
    let row = |name: &str, pe: Pe| Row::new(name, pe.bytes());
    let count_64 = 0x40 + 24 + 108;
    let count_32 = 0x40 + 24 + 92;
    let mut rows =
        vec![
            row("PE32+", pe()).finds(SIGNER),
            row("PE32", Pe { wide: false, ..pe() }).finds(SIGNER),
            row("an unknown magic", Pe { wide: false, magic: Some(0x0107), ..pe() }).finds(SIGNER).fault(
                "unknown-optional-magic",
                Structure::PeHeader,
                Byte(0x40 + 24),
            ),
            row("4 directories in PE32", Pe { wide: false, directory_count: 4, ..pe() }).finds(SIGNER).fault(
                "directory-count",
                Structure::PeHeader,
                Byte(count_32),
            ),
            row("bytes behind the table", Pe { behind: b"more".to_vec(), ..pe() })
                .finds(SIGNER)
                .fault("data-after-table", Structure::CertificateTable, Byte(end))
                .says("unsigned 4 bytes"),
            row("the directory reaches past the file", Pe { directory: Some((start, length + 100)), ..pe() })
                .finds(SIGNER)
                .fault("table-truncated", Structure::CertificateTable, Byte(TABLE)),
            row("offset and size wrap in 32 bits", Pe { directory: Some((start, u32::MAX)), ..pe() })
                .finds(SIGNER)
                .fault("table-truncated", Structure::CertificateTable, Byte(TABLE)),
            row("the table starts past the file", Pe { directory: Some((0xffff_fff8, 0x10)), ..pe() })
                .fault("table-outside-file", Structure::CertificateTable, Byte(0xffff_fff8))
                .says("nothing can be said"),
            row("the table starts where the file ends", Pe { table: Vec::new(), directory: Some((start, 8)), ..pe() })
                .fault("table-outside-file", Structure::CertificateTable, Byte(TABLE))
                .says("nothing can be said"),
            row("an unaligned table", Pe { table_offset: TABLE + 1, ..pe() }).finds(SIGNER).fault(
                "table-unaligned",
                Structure::CertificateTable,
                Byte(TABLE + 1),
            ),
            row("the directory says nothing", Pe { directory: Some((0, 0)), ..pe() }).says("0 entries"),
            row("the directory has an offset only", Pe { directory: Some((start, 0)), ..pe() }).says("0 entries"),
        ];
    rows.extend([0, 1, 4, 17, 0x0100_0000, u32::MAX].map(|directory_count| {
        row(&format!("{directory_count} directories"), Pe { directory_count, ..pe() }).finds(SIGNER).fault(
            "directory-count",
            Structure::PeHeader,
            Byte(count_64),
        )
    }));
    rows.push(row("5 directories are enough", Pe { directory_count: 5, ..pe() }).finds(SIGNER));
    rows
}

/// WIN_CERTIFICATE records.
fn entry_rows() -> Vec<Row> {
    // One octet more than a multiple of 8, so that seven zeros pad it.
    let odd = (0..8_usize)
        .map(|more| signed_by(&certificate(SIGNER, &"x".repeat(more))).der())
        .find(|message| message.len() % 8 == 1)
        .unwrap();
    let odd_length = length_of(&odd) + 8;
    let first = entry(good());
    let second = entry(signed_by(&other()).der());
    let after_first = TABLE + u64::from(length_of(&first));
    let row = |name: &str, parts: &[&[u8]]| Row::new(name, image(joined(parts)).bytes());
    let guid = [0x9d; 16];
    let efi = raw_entry(length_of(&good()) + 24, 0x0200, 0x0ef1, joined([&guid, good().as_slice()]));
    let xml = b"<?xml version=\"1.0\"?><settings language=\"en\"/>";
    let trailer = |bytes: &[u8]| raw_entry(odd_length + length_of(bytes), 0x0200, 2, joined([&odd, bytes]));
    let odd_end = || End(odd.clone());
    let mut rows = vec![
        row("two entries", &[&first, &second]).finds(SIGNER).finds(OTHER).says("2 entries"),
        row("an unpadded last entry", &[&raw_entry(odd_length, 0x0200, 2, &odd)]).finds(SIGNER),
        row("padding that dwLength does not count", &[&raw_entry(odd_length, 0x0200, 2, &odd), &[0; 7], &second])
            .finds(SIGNER)
            .finds(OTHER),
        row("padding that is not zero", &[&raw_entry(odd_length, 0x0200, 2, &odd), &[0, 0, 0, 0, 0, 0, 1], &second])
            .finds(SIGNER)
            .fault("stray-bytes", Structure::WinCertificate, odd_end())
            .finds(OTHER),
        row("seven zeros in the entry", &[&trailer(&[0; 7])]).finds(SIGNER),
        row("a non-zero byte in the entry", &[&trailer(&[0, 0, 0, 0, 0, 0, 1])])
            .finds(SIGNER)
            .fault("trailing-data", Structure::WinCertificate, odd_end())
            .says("unsigned 7 bytes"),
        row("fifteen zeros in the entry", &[&trailer(&[0; 15])])
            .finds(SIGNER)
            .fault("trailing-data", Structure::WinCertificate, odd_end())
            .says("unsigned 15 bytes"),
        row("zeros after the last entry", &[&first, &[0; 64]]).finds(SIGNER).says("1 entries"),
        row("XML after the first entry", &[&first, xml])
            .finds(SIGNER)
            .fault("entry-past-end", Structure::WinCertificate, Byte(after_first))
            .fault("entry-not-cms", Structure::WinCertificate, Byte(after_first)),
        row("a few bytes after the first entry", &[&first, b"junk"]).finds(SIGNER).fault(
            "stray-bytes",
            Structure::WinCertificate,
            Byte(after_first),
        ),
        row("dwLength past the table", &[&raw_entry(length_of(&first) + 1000, 0x0200, 2, good())]).finds(SIGNER).fault(
            "entry-past-end",
            Structure::WinCertificate,
            Byte(TABLE),
        ),
        row("dwLength of 4 GiB", &[&raw_entry(u32::MAX, 0x0200, 2, good())]).finds(SIGNER).fault(
            "entry-past-end",
            Structure::WinCertificate,
            Byte(TABLE),
        ),
        row("an unknown revision", &[&raw_entry(odd_length, 0x4711, 2, &odd)]).finds(SIGNER),
        row("an unknown type", &[&raw_entry(odd_length, 0x0200, 0x4711, &odd)]).finds(SIGNER),
        row("an EFI GUID before the message", &[&efi]).finds(SIGNER),
        row("an entry of another kind before the good one", &[&entry_of_kind(4, &[0x42; 24]), &first])
            .finds(SIGNER)
            .fault("entry-not-cms", Structure::WinCertificate, Byte(TABLE)),
        row("an empty entry before the good one", &[&raw_entry(8, 0x0200, 2, []), &first]).finds(SIGNER).fault(
            "entry-not-cms",
            Structure::WinCertificate,
            Byte(TABLE),
        ),
        row("a damaged message before the good one", &[&entry(sequence([tlv(der::NULL, [])])), &first])
            .finds(SIGNER)
            .fault("unexpected-tag", Structure::ContentInfo, Byte(MESSAGE + 2)),
        Row::new("two entries in an unaligned table", {
            Pe { table_offset: TABLE + 4, ..image(joined([&first, &second])) }.bytes()
        })
        .finds(SIGNER)
        .finds(OTHER)
        .fault("table-unaligned", Structure::CertificateTable, Byte(TABLE + 4)),
    ];
    rows.extend((0..8).map(|length| {
        row(&format!("dwLength {length}"), &[&raw_entry(length, 0x0200, 2, []), &first]).finds(SIGNER).fault(
            "entry-too-short",
            Structure::WinCertificate,
            Byte(TABLE),
        )
    }));
    rows
}

fn entry_of_kind(kind: u16, body: &[u8]) -> Vec<u8> {
    raw_entry(length_of(body) + 8, 0x0200, kind, body)
}

/// The certificate set.
fn set_rows() -> Vec<Row> {
    let of = |certificates: &[&[u8]]| {
        message(certificates.iter().map(|one| one.to_vec()), [signer_info(&signer()).der()]).der()
    };
    let row = |name: &str, certificates: &[&[u8]]| Row::signed(name, of(certificates));
    let (mine, others) = (signer().der(), other().der());
    let broken = sequence([sequence([tlv(der::BOOLEAN, [0xff])]), tlv(der::NULL, [])]);
    let attribute_certificate = context(1, [tlv(der::INTEGER, [1])]);
    let (_, content, _) = der::split(&mine);
    let truncated = tlv(der::SEQUENCE, cut(content, 100));
    let long = [0x30, 0x82, 0xff, 0xf0, 0x30, 0x82, 0xff, 0xee];
    let twin = certificate(SIGNER, "Twin").der();
    let root = certificate("0a", "Issuer").der();
    vec![
        row("the same certificate three times", &[&mine, &others, &mine, &mine]).finds(SIGNER),
        row("the signer last", &[&root, &others, &mine]).finds(SIGNER).says("chain 0a").says(format!("unused {OTHER}")),
        row("an attribute certificate", &[&attribute_certificate, &mine]).finds(SIGNER).fault(
            "not-x509",
            Structure::CertificateSet,
            Of(attribute_certificate.clone()),
        ),
        row("a broken certificate among good ones", &[&others, &broken, &mine])
            .finds(SIGNER)
            .fault("unexpected-tag", Structure::Certificate, Of(tlv(der::BOOLEAN, [0xff])))
            .says(format!("unused {OTHER}")),
        row("no certificate but a number", &[&tlv(der::INTEGER, [9, 9, 9]), &mine]).finds(SIGNER).fault(
            "not-x509",
            Structure::CertificateSet,
            Of(tlv(der::INTEGER, [9, 9, 9])),
        ),
        row("a certificate cut inside its own length", &[&truncated, &others])
            .names(SIGNER)
            .fault("length-past-end", Structure::Certificate, Of(tbs_start(&mine)))
            .fault("signer-absent", Structure::SignerInfo, Of(signer_info(&signer()).der())),
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
fn signer_rows() -> Vec<Row> {
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
fn attribute_rows() -> Vec<Row> {
    let authority = certificate("7e57", "Time");
    let stamp = signer_info(&authority).signed(signing_time("141103000000Z")).der();
    let bad_stamp = sequence([tlv(der::INTEGER, [1]), tlv(der::UTF8, "bad")]);
    let info = || signer_info(&signer());
    let row = |name: &str, info: support::cms::SignerInfo| {
        Row::signed(name, message([signer().der(), authority.der()], [info.der()]).der()).finds(SIGNER)
    };
    let bare = support::cms::SignerInfo { signed: None, ..info() };
    let unknown = support::cms::SignerInfo { digest_algorithm: oid("1.2.3.4"), ..info() };
    let no_algorithm = support::cms::SignerInfo { digest_algorithm: tlv(der::NULL, []), ..info() };
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
        row("attributes twice", info().signed(opus_info("one")).signed(opus_info("one"))).says("program one"),
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
        row("nested signatures", info().unsigned(nested(&[inner("11"), inner("12")]))).finds("11").finds("12"),
        row("a bad nested signature before a good one", info().unsigned(nested(&[bad_inner, inner("12")])))
            .finds("12")
            .fault("unexpected-tag", Structure::ContentInfo, Of(tlv(der::UTF8, "inner"))),
        row("unknown unsigned attributes", info().unsigned(attribute("1.2.3", [tlv(der::OCTET_STRING, [1; 4000])]))),
        deep_row.finds(SIGNER),
    ]
}

/// Spellings that BER has and DER forbids, and messages that end too early.
fn encoding_rows() -> Vec<Row> {
    vec![
        Row::signed("indefinite lengths throughout", indefinite(&good(), 99)).finds(SIGNER),
        Row::signed("an indefinite length outside only", indefinite(&good(), 1)).finds(SIGNER),
        Row::signed("non-minimal lengths throughout", long_lengths(&good(), 99)).finds(SIGNER),
        Row::signed("non-minimal lengths in indefinite ones", indefinite(&long_lengths(&good(), 0), 4)).finds(SIGNER),
        Row::new("a bare message", good()).finds(SIGNER),
        Row::new("a bare message of indefinite length", indefinite(&good(), 99)).finds(SIGNER),
        Row::new("a bare message with bytes behind it", joined([&good(), b"more".as_slice()])).finds(SIGNER).fault(
            "trailing-data",
            Structure::WinCertificate,
            End(good()),
        ),
    ]
}

/// Content, and wrong types where a SignedData has its parts.
fn content_rows() -> Vec<Row> {
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
            .fault("unexpected-tag", Structure::SpcIndirectData, Of(tlv(der::INTEGER, [5; 9])))
            .shifted(2),
        Row::signed("a CRL", SignedData { crls: vec![crl], ..signed_by(&signer()) }.der()).finds(SIGNER),
        Row::signed("a version that is text", replaced(0, tlv(der::UTF8, "one"))).fault(
            "unexpected-tag",
            Structure::SignedData,
            Of(tlv(der::UTF8, "one")),
        ),
        Row::signed("SignerInfos in a SEQUENCE", replaced(4, sequence([signer_info(&signer()).der()])))
            .fault("unexpected-tag", Structure::SignedData, Of(sequence([signer_info(&signer()).der()])))
            .says(format!("unused {SIGNER}")),
        Row::signed("a message without SignedData", sequence([oid(RSA), context(0, [set([[]])])])).fault(
            "not-signed-data",
            Structure::ContentInfo,
            Of(oid(RSA)),
        ),
    ]
}

/// Serial numbers as they are met.
fn serial_rows() -> Vec<Row> {
    let forms = [
        ("a leading zero octet", "00c0ffee", "c0ffee"),
        ("several leading zero octets", "000000c0ffee", "c0ffee"),
        ("a high bit without its zero octet", "c0ffee", "c0ffee"),
        ("negative", "ff7f", "ff7f"),
        ("zero", "00", "00"),
        ("no octets", "", "00"),
        (
            "24 octets",
            "0102030405060708090a0b0c0d0e0f101112131415161718",
            "0102030405060708090a0b0c0d0e0f101112131415161718",
        ),
    ];
    let row = |(name, stored, canonical): (&str, &str, &str)| {
        Row::signed(format!("a serial: {name}"), signed_by(&certificate(stored, "Signer")).der())
            .finds(canonical)
            .says(format!("stored serial {stored}"))
    };
    forms.map(row).into()
}

/// Names in every string type.
fn text_rows() -> Vec<Row> {
    let long = "long ".repeat(100);
    let forms: [(u8, &[u8], &str); 13] = [
        (der::UTF8, "Größe".as_bytes(), "Größe"),
        (der::UTF8, b"bad \xff", "bad \u{fffd}"),
        (der::PRINTABLE, b"Under_score & co", "Under_score & co"),
        (der::IA5, b"a@b.example", "a@b.example"),
        (der::VISIBLE, b"visible", "visible"),
        (der::NUMERIC, b"123", "123"),
        (der::TELETEX, b"Caf\xe9", "Café"),
        (der::TELETEX, "Café".as_bytes(), "Café"),
        (der::BMP, b"\x00O\x04\x16", "OЖ"),
        (der::UNIVERSAL, b"\x00\x01\xf6\x00", "😀"),
        (der::OCTET_STRING, &[1, 2], "\\#04020102"),
        (der::UTF8, b"x/O=Microsoft", "x/O=Microsoft"),
        (der::UTF8, long.trim_end().as_bytes(), long.trim_end()),
    ];
    let row = |(tag, octets, text): (u8, &[u8], &str)| {
        // The second attribute tells that the first spoils nothing.
        let subject = name(&[(10, tag, octets), (3, der::UTF8, b"Signer")]);
        Row::signed(format!("a name: {tag:#x} {text}"), signed_by(&signer().subject(subject)).der())
            .finds(SIGNER)
            .says(format!("subject CN=Signer,O={text}"))
    };
    forms.map(row).into()
}

/// Times of validity that are read.
fn time_rows() -> Vec<Row> {
    let forms = [
        (der::UTC_TIME, "141103000000Z", "2014-11-03T00:00:00Z"),
        (der::UTC_TIME, "141103000000", "2014-11-03T00:00:00Z"),
        (der::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
        (der::UTC_TIME, "161231235960Z", "2017-01-01T00:00:00Z"),
        (der::GENERALIZED_TIME, "20141103000000.123456789Z", "2014-11-03T00:00:00Z"),
        (der::GENERALIZED_TIME, "20141103013000+0130", "2014-11-03T00:00:00Z"),
    ];
    let row = |(tag, stored, time): (u8, &str, &str)| {
        Row::signed(format!("a time: {stored}"), signed_by(&signer().not_before(tag, stored)).der())
            .finds(SIGNER)
            .says(format!("valid {time} to 2043-01-01T00:00:00Z"))
    };
    forms.map(row).into()
}
