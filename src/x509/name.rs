//! [`Name`]: the attributes of a distinguished name as text, whatever string type they have, and how two names compare.

use std::borrow::Cow;
use std::fmt;

use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::string::{is_string, text_of};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, Structure};
use crate::limits::Budget;

/// A distinguished name (RFC 5280, 4.1.2.4): the subject or issuer of a certificate, borrowed from it.
///
/// Attributes are read one by one by their type, never out of a rendered text, so a value like `x/O=Some Company` is only ever
/// the value it is. A value that is damaged spoils itself alone.
///
/// `Display` is the text of RFC 4514: last attribute first, `CN=Example,O=Example\, Inc.,C=US`.
#[derive(Clone, Copy)]
pub struct Name<'a>(Span<'a>);

/// One attribute of a [`Name`].
#[derive(Debug, Clone, Copy)]
pub struct NameAttribute<'a> {
    kind: Oid<'a>,
    value: Element<'a>,
    starts_rdn: bool,
}

impl<'a> Name<'a> {
    pub(crate) const fn new(raw: Span<'a>) -> Self {
        Self(raw)
    }

    /// A name from its DER, the SEQUENCE's tag and length included.
    ///
    /// Nothing is checked here; octets that are no name have no attributes.
    #[must_use]
    pub const fn from_der(der: &'a [u8]) -> Self {
        Self(Span::new(der, 0))
    }

    /// File offset of the name; 0-based in its own octets where it was made from these alone.
    pub(crate) const fn offset(self) -> u64 {
        self.0.offset()
    }

    /// The stored octets, the SEQUENCE's tag and length included.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// The octets inside the SEQUENCE; none when there is no SEQUENCE.
    #[must_use]
    pub fn content_bytes(self) -> &'a [u8] {
        crate::asn1::der::open(self.0).map_or(&[], |(_, content)| content.as_bytes())
    }

    /// Every attribute in stored order, those of multi-valued RDNs one after the other.
    pub fn attributes(self) -> impl Iterator<Item = NameAttribute<'a>> {
        self.walk()
    }

    /// [`attributes`](Self::attributes), with what is met on the way.
    pub(super) fn walk(self) -> Attributes<'a> {
        Attributes::new(self.0)
    }

    /// The values of all attributes of one type, as text.
    pub(crate) fn values(self, kind: Oid<'static>) -> impl Iterator<Item = Cow<'a, str>> {
        self.attributes().filter(move |attribute| attribute.kind == kind).map(NameAttribute::text)
    }

    /// Every organization (O, 2.5.4.10).
    pub fn organizations(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.values(oid::ORGANIZATION)
    }

    /// Every common name (CN, 2.5.4.3).
    pub fn common_names(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.values(oid::COMMON_NAME)
    }

    /// The text `/C=US/O=Example/CN=Example`: stored order, nothing escaped. Ambiguous by nature; only for tests that were written
    /// against this text.
    #[must_use]
    pub fn to_oneline(self) -> String {
        let mut text = String::new();
        for attribute in self.attributes() {
            text.push('/');
            text.push_str(&attribute.kind_text());
            text.push('=');
            text.push_str(&attribute.text());
        }
        text
    }
}

impl PartialEq for Name<'_> {
    /// Octet for octet; see [`Name::matches`] for equality by value.
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Name<'_> {}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes: Vec<NameAttribute<'_>> = self.attributes().collect();
        let mut end = attributes.len();
        let mut first = true;
        while end > 0 {
            let head = attributes.get(..end).unwrap_or_default();
            let start = head.iter().rposition(|attribute| attribute.starts_rdn).unwrap_or(0);
            let separators = std::iter::once(if first { "" } else { "," }).chain(std::iter::repeat("+"));
            for (attribute, separator) in head.iter().skip(start).zip(separators) {
                write!(f, "{separator}{}=", attribute.kind_text())?;
                write_escaped(f, &attribute.text())?;
            }
            first = false;
            end = start;
        }
        Ok(())
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// RFC 4514, 2.4. NUL is written as `\00`.
fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let special = |c: char| matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '\0');
    let mut rest = text;
    if rest.starts_with(['#', ' ']) {
        f.write_str("\\")?;
    }
    while let Some(at) = rest.find(special) {
        let (plain, tail) = rest.split_at(at);
        f.write_str(plain)?;
        let mut tail_chars = tail.chars();
        match tail_chars.next() {
            Some('\0') => f.write_str("\\00")?,
            Some(c) => write!(f, "\\{c}")?,
            None => {}
        }
        rest = tail_chars.as_str();
    }
    match rest.strip_suffix(' ') {
        // The only blank of a text is escaped as its first character already.
        Some(plain) if text != " " => write!(f, "{plain}\\ "),
        _ => f.write_str(rest),
    }
}

impl<'a> NameAttribute<'a> {
    /// The attribute's type, such as 2.5.4.10.
    #[must_use]
    pub const fn kind(self) -> Oid<'a> {
        self.kind
    }

    /// The short name of the type (`O`), or its dotted text.
    #[must_use]
    pub fn kind_text(self) -> Cow<'static, str> {
        self.kind.name().map_or_else(|| Cow::Owned(self.kind.to_string()), Cow::Borrowed)
    }

    /// The value's octets as stored, tag and length not included.
    #[must_use]
    pub const fn value_bytes(self) -> &'a [u8] {
        self.value.content.as_bytes()
    }

    /// Whether both are values of one string type with the same octets.
    pub(super) fn is_same(self, other: NameAttribute<'_>) -> bool {
        self.value.tag == other.value.tag && self.value_bytes() == other.value_bytes()
    }

    /// The value as text, and whether nothing of it was lost.
    pub(super) fn lossy_text(self) -> (Cow<'a, str>, bool) {
        text_of(self.value)
    }

    /// File offset of the value.
    pub(super) const fn offset(self) -> u64 {
        self.value.raw.offset()
    }

    /// The tag of the value, such as 0x0c for a UTF8String.
    pub(super) const fn tag(self) -> u32 {
        self.value.tag
    }

    /// Whether the value is of a string type.
    pub(super) const fn is_string(self) -> bool {
        is_string(self.value.tag & !tag::CONSTRUCTED)
    }

    /// Whether the value's octets are text of their string type, so that [`text`](Self::text) lost nothing.
    #[must_use]
    pub fn is_text(self) -> bool {
        text_of(self.value).1
    }

    /// The value as text. What cannot be decoded is replaced by U+FFFD; a value that is no string at all is `#` and the hex of
    /// its octets.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        text_of(self.value).0
    }

    /// Whether this attribute begins a relative distinguished name; false for the further ones of a multi-valued RDN.
    #[must_use]
    pub const fn starts_rdn(self) -> bool {
        self.starts_rdn
    }
}

/// Walks RDNSequence → RDN → AttributeTypeAndValue. What is damaged ends its own level only.
pub(super) struct Attributes<'a> {
    rdns: Cursor<'a>,
    rdn: Cursor<'a>,
    starts_rdn: bool,
    budget: Budget,
}

impl<'a> Attributes<'a> {
    fn new(name: Span<'a>) -> Self {
        // A name is walked on its own budget: it is a bounded piece of a file whose walk was paid for already.
        let mut budget = Budget::default();
        let mut outer = Cursor::new(name, Structure::Name);
        let outer = outer.expect(tag::SEQUENCE, &mut budget);
        let content = budget.survive(outer).map_or(name.truncate(0), |element| element.content);
        let rdn = Cursor::new(name.truncate(0), Structure::Name);
        Self { rdns: Cursor::new(content, Structure::Name), rdn, starts_rdn: false, budget }
    }

    /// What was damaged in the part that was walked.
    pub(super) fn into_faults(self) -> Vec<Error> {
        self.budget.into_faults()
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = NameAttribute<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rdn.is_at_end() {
                let rdn = self.rdns.next_or_fault(&mut self.budget)?;
                self.rdn = rdn.members(Structure::Name);
                self.starts_rdn = true;
            }
            let Some(pair) = self.rdn.next_or_fault(&mut self.budget) else { continue };
            let mut parts = pair.members(Structure::Name);
            let kind = parts.expect(tag::OID, &mut self.budget);
            let Some(kind) = self.budget.survive(kind) else { continue };
            let Some(value) = parts.next_or_fault(&mut self.budget) else { continue };
            let starts_rdn = std::mem::take(&mut self.starts_rdn);
            return Some(NameAttribute { kind: Oid::from_content(kind.content.as_bytes()), value, starts_rdn });
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One RDN a row, each of (last arc under 2.5.4, string tag, octets).
    pub(in crate::x509) fn name(rdns: &[&[(u8, u8, &[u8])]]) -> Vec<u8> {
        let tlv = |tag: u8, content: &[u8]| {
            let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
            out.extend_from_slice(content);
            out
        };
        let rdns: Vec<u8> = rdns
            .iter()
            .flat_map(|rdn| {
                let pairs: Vec<u8> = rdn
                    .iter()
                    .flat_map(|(arc, tag, octets)| {
                        tlv(0x30, &[tlv(0x06, &[0x55, 4, *arc]), tlv(*tag, octets)].concat())
                    })
                    .collect();
                tlv(0x31, &pairs)
            })
            .collect();
        tlv(0x30, &rdns)
    }

    #[test]
    fn text_of_every_string_type() {
        let cases: &[(u8, &[u8], &str, bool)] = &[
            (0x0c, "ООО \"СМ\"".as_bytes(), "ООО \"СМ\"", true),
            (0x0c, b"bad \xff", "bad \u{fffd}", false),
            (0x13, b"Under_score & co", "Under_score & co", true),
            (0x16, b"a@b.example", "a@b.example", true),
            (0x1a, b"visible", "visible", true),
            (0x12, b"123", "123", true),
            (0x14, b"Caf\xe9 Ltd", "Café Ltd", true),
            (0x14, "Café Ltd".as_bytes(), "Café Ltd", true),
            (0x1e, b"\x00O\x00r\x00g", "Org", true),
            (0x1e, b"\x00O\xd8\x00", "O\u{fffd}", false),
            (0x1e, b"\x00O\x00", "O", false),
            (0x1c, b"\x00\x01\xf6\x00", "😀", true),
            (0x1c, b"\x7f\xff\xff\xff", "\u{fffd}", false),
            (0x04, b"\x01\x02", "#04020102", false),
            (0x2c, b"\x0c\x03Exa\x0c\x04mple", "Example", true),
            (0x3e, b"\x04\x02\x00O\x04\x04\x00r\x00g", "Org", true),
        ];
        for (tag, octets, text, lossless) in cases {
            let der = name(&[&[(10, *tag, octets)]]);
            let attribute = Name::from_der(&der).attributes().next().unwrap();
            assert_eq!(attribute.text(), *text, "{tag:#x}");
            assert_eq!(attribute.is_text(), *lossless, "{tag:#x} {octets:?}");
        }
    }

    #[test]
    fn rfc_4514_text() {
        let der = name(&[
            &[(6, 0x13, b"US")],
            &[(10, 0x0c, b"A/B=C, D + E\\;<F>")],
            &[(11, 0x0c, b"#first"), (11, 0x0c, b" both "), (11, 0x0c, b" ")],
            &[(3, 0x0c, b"a\0b")],
        ]);
        let name = Name::from_der(&der);
        assert_eq!(
            name.to_string(),
            "CN=a\\00b,OU=\\#first+OU=\\ both\\ +OU=\\ ,O=A/B=C\\, D \\+ E\\\\\\;\\<F\\>,C=US"
        );
        assert_eq!(name.to_oneline(), "/C=US/O=A/B=C, D + E\\;<F>/OU=#first/OU= both /OU= /CN=a\0b");
    }

    #[test]
    fn a_damaged_attribute_spoils_itself_only() {
        let mut der = name(&[&[(10, 0x0c, b"first")], &[(11, 0x0c, b"second")]]);
        // The type of the first attribute becomes a BOOLEAN.
        der[6] = 0x01;
        let texts: Vec<_> = Name::from_der(&der).attributes().map(NameAttribute::text).collect();
        assert_eq!(texts, ["second"]);
    }
}
