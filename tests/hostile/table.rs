//! Damage to the headers, the security directory and the WIN_CERTIFICATE records.

use certsift::Structure;

use crate::At::{Byte, End};
use crate::support::cms::{certificate, message, signed_by};
use crate::support::der::{self, joined, sequence, tlv};
use crate::support::pe::{Pe, TABLE, entry, image, raw_entry};
use crate::{MESSAGE, OTHER, Row, SIGNER, cut, good, length_of, other};

/// The headers and the security directory.
pub(crate) fn directory_rows() -> Vec<Row> {
    let table = entry(good());
    let length = length_of(&table);
    let end = TABLE + u64::from(length);
    let start = length_of(&[0; 0x200]);
    let pe = || image(table.clone());
    let row = |name: &str, pe: Pe| Row::new(name, pe.bytes());
    let count_64 = 0x40 + 24 + 108;
    let count_32 = 0x40 + 24 + 92;
    let directory_64 = 0x40 + 24 + 144;
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
                .says(format!("after_table at {end:#x}: 4 bytes")),
            row("the directory reaches past the file", Pe { directory: Some((start, length + 100)), ..pe() })
                .finds(SIGNER)
                .fault("table-truncated", Structure::CertificateTable, Byte(TABLE)),
            row("offset and size wrap in 32 bits", Pe { directory: Some((start, u32::MAX)), ..pe() })
                .finds(SIGNER)
                .fault("table-truncated", Structure::CertificateTable, Byte(TABLE)),
            row("the table starts past the file", Pe { directory: Some((0xffff_fff8, 0x10)), ..pe() })
                .fault("table-outside-file", Structure::CertificateTable, Byte(0xffff_fff8))
                .says("0 entries"),
            row("17 directories, and the table starts past the file", {
                Pe { directory_count: 17, directory: Some((0xffff_fff8, 0x10)), ..pe() }
            })
            .fault("directory-count", Structure::PeHeader, Byte(count_64))
            .fault("table-outside-file", Structure::CertificateTable, Byte(0xffff_fff8))
            .says("0 entries"),
            row("the table starts where the file ends", Pe { table: Vec::new(), directory: Some((start, 8)), ..pe() })
                .fault("table-outside-file", Structure::CertificateTable, Byte(TABLE))
                .says("0 entries"),
            row("an unaligned table", Pe { table_offset: TABLE + 1, ..pe() }).finds(SIGNER).fault(
                "table-unaligned",
                Structure::CertificateTable,
                Byte(TABLE + 1),
            ),
            row("the directory says nothing", Pe { directory: Some((0, 0)), ..pe() }).says("0 entries"),
            row("the directory has an offset only", Pe { directory: Some((start, 0)), ..pe() })
                .fault("directory-incomplete", Structure::PeHeader, Byte(directory_64))
                .says("0 entries"),
            row("the directory has a size only", Pe { directory: Some((0, 8)), ..pe() })
                .fault("directory-incomplete", Structure::PeHeader, Byte(directory_64))
                .says("0 entries"),
            row(
                "an object's SizeOfOptionalHeader",
                Pe { size_of_optional_header: Some(0), directory: Some((0, 0)), ..pe() },
            )
            .says("0 entries"),
            row(
                "no SizeOfOptionalHeader, 4 directories",
                Pe { size_of_optional_header: Some(0), directory_count: 4, ..pe() },
            )
            .says("0 entries"),
        ];
    // The section headers would lie where the security directory stands, but it is counted.
    rows.extend([0, 2, 112 + 4 * 8].map(|size| {
        row(&format!("SizeOfOptionalHeader {size}"), Pe { size_of_optional_header: Some(size), ..pe() })
            .finds(SIGNER)
            .fault("directory-count", Structure::PeHeader, Byte(count_64))
    }));
    // PE32+ by its machine; a ROM image's magic.
    rows.extend([0, 0x0107, 0xffff].map(|magic| {
        row(&format!("PE32+ with magic {magic:#x}"), Pe { magic: Some(magic), ..pe() }).finds(SIGNER).fault(
            "unknown-optional-magic",
            Structure::PeHeader,
            Byte(0x40 + 24),
        )
    }));
    rows.extend([0, 1, 4, 17, 0x0100_0000, u32::MAX].map(|directory_count| {
        row(&format!("{directory_count} directories"), Pe { directory_count, ..pe() }).finds(SIGNER).fault(
            "directory-count",
            Structure::PeHeader,
            Byte(count_64),
        )
    }));
    rows.push(row("5 directories are enough", Pe { directory_count: 5, ..pe() }).finds(SIGNER));
    // Up to the fourth directory, so that the fifth would lie in the section headers.
    let short = Some(112 + 4 * 8);
    rows.push(
        row(
            "the header ends before the security directory",
            Pe { directory_count: 4, size_of_optional_header: short, ..pe() },
        )
        .says("0 entries"),
    );
    rows
}

/// WIN_CERTIFICATE records.
pub(crate) fn entry_rows() -> Vec<Row> {
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
    let certificate = other().der();
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
            .says(format!("entry_trailer at {:#x}: 7 bytes", MESSAGE + u64::from(length_of(&odd)))),
        row("fifteen zeros in the entry", &[&trailer(&[0; 15])])
            .finds(SIGNER)
            .fault("trailing-data", Structure::WinCertificate, odd_end())
            .says(format!("entry_trailer at {:#x}: 15 bytes", MESSAGE + u64::from(length_of(&odd)))),
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
        row("dwLength of 4 GiB before the good one", &[&raw_entry(u32::MAX, 0x0200, 0x4711, [0x42; 24]), &first])
            .finds(SIGNER)
            .fault("entry-past-end", Structure::WinCertificate, Byte(TABLE))
            .fault("entry-not-cms", Structure::WinCertificate, Byte(TABLE))
            .says(format!("opaque_entry at {MESSAGE:#x}: 24 bytes"))
            .says("2 entries"),
        row("a damaged message of 4 GiB before the good one", &[&raw_entry(u32::MAX, 0x0200, 2, [0x30; 24]), &first])
            .finds(SIGNER)
            .fault("entry-past-end", Structure::WinCertificate, Byte(TABLE))
            .among_others(),
        row("an unknown revision", &[&raw_entry(odd_length, 0x4711, 2, &odd)]).finds(SIGNER),
        row("an unknown type", &[&raw_entry(odd_length, 0x0200, 0x4711, &odd)]).finds(SIGNER),
        row("an EFI GUID before the message", &[&efi]).finds(SIGNER),
        row("a certificate that the table's end cuts", &[&entry_of_kind(1, cut(&certificate, 40))])
            .fault("length-past-end", Structure::Certificate, Byte(MESSAGE))
            .among_others()
            .says("unused 0123456789"),
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
    rows.extend(crowds());
    // Lengths of 4 GiB that would hide what follows them.
    let past_end = |name: &str, parts: &[&[u8]]| {
        row(name, parts).fault("entry-past-end", Structure::WinCertificate, Byte(TABLE)).among_others()
    };
    let nobody = message([other().der()], []).der();
    let liar = |body: &[u8]| {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(8), 0);
        raw_entry(u32::MAX, 0x0200, 2, body)
    };
    let cut_off = cut(&first, 8);
    rows.push(past_end("a certificate of 4 GiB before the good one", &[&liar(&certificate), &first]).finds(SIGNER));
    rows.push(past_end("a message of nobody of 4 GiB before the good one", &[&liar(&nobody), &first]).finds(SIGNER));
    rows.push(past_end("4 GiB before one that the table's end cuts", &[&liar(&[0x42; 24]), cut_off]).finds(SIGNER));
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

/// Tables full of what holds no signature.
fn crowds() -> Vec<Row> {
    let first = entry(good());
    let after_first = TABLE + u64::from(length_of(&first));
    let nobody = || entry(message([certificate("77", "Nobody").der()], []).der());
    let in_table = |name: &str, parts: &[&[u8]]| Row::new(name, image(joined(parts)).bytes());
    // The first one that is not kept is told.
    let behind = |name: &str, junk: &[u8], count: usize| {
        let beyond = TABLE + 1_024 * u64::from(length_of(junk));
        in_table(name, &[&junk.repeat(count), &first])
            .finds(SIGNER)
            .fault("limit-reached", Structure::CertificateTable, Byte(beyond))
            .among_others()
            .says("1025 entries")
    };
    vec![
        in_table("zeros, and one more byte", &[&first, &vec![0; 4 << 20], &[1, 0, 0, 0, 0, 0, 0, 0], &first])
            .finds(SIGNER)
            .fault("entry-too-short", Structure::WinCertificate, Byte(after_first))
            .finds(SIGNER)
            .says(format!("between_entries at {after_first:#x}: {} bytes", (4 << 20) + 8)),
        in_table("a million headers that are too short", &[&[7, 0, 0, 0, 0, 2, 2, 0].repeat(1 << 20), &first])
            .fault("entry-too-short", Structure::WinCertificate, Byte(TABLE))
            .finds(SIGNER)
            .says("1 entries"),
        behind("5,000,000 empty entries", &raw_entry(8, 0x0200, 2, []), 5_000_000),
        behind("3,000 damaged messages", &entry(sequence([tlv(der::NULL, [])])), 3_000),
        behind("3,000 messages of nobody", &nobody(), 3_000).says("513 signatures"),
        behind("3,000 certificates", &entry(certificate("77", "Nobody").der()), 3_000),
    ]
}
