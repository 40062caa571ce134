//! Odd certificates and names: serials, string types, times.

use crate::support::cms::{certificate, name, signed_by};
use crate::support::der;
use crate::{Row, SIGNER, signer};

/// Serial numbers as they are met.
pub(crate) fn serial_rows() -> Vec<Row> {
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
pub(crate) fn text_rows() -> Vec<Row> {
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
pub(crate) fn time_rows() -> Vec<Row> {
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
