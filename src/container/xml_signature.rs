//! The certificates of XML signatures (W3C, "XML Signature Syntax and Processing", 4.5.4): of ClickOnce manifests, and of the parts that
//! sign Open Packaging packages.
//!
//! Only tags are told apart, in one pass: what an XML parser does about namespaces and attributes costs a hostile file the square of its
//! length, and a cut file everything.

use memchr::{memchr, memmem};

use super::base64::Decoder;
use super::certificates::push;
use super::part::{PartKind, Parts};
use crate::bytes::{Span, to_u64};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// The namespace of XML signatures.
const NAMESPACE: &[u8] = b"http://www.w3.org/2000/09/xmldsig#";

/// Whether a text is XML with a signature that has certificates.
pub(super) fn is_signed_xml(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // Not the text of one in UTF-16: its mark is no ASCII.
    let text = text.strip_prefix(b"?").unwrap_or(text);
    text.trim_ascii_start().starts_with(b"<")
        && memmem::find(text, NAMESPACE).is_some()
        && memmem::find(text, b"X509Certificate").is_some()
}

/// The elements that lead to a certificate, each in the one before.
const PATH: [&[u8]; 4] = [b"Signature", b"KeyInfo", b"X509Data", b"X509Certificate"];
/// Where on the path other elements are.
const ELSEWHERE: u8 = 0;
/// Where on the path a KeyInfo is, and a certificate.
const KEY_INFO: u8 = 2;
const CERTIFICATE: u8 = 4;

/// Where each offset of a text lies in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) offset: u64,
    /// Bytes of the file that each octet of the text takes; 0 where it is not in the file as it is.
    pub(super) width: u64,
}

/// Takes the certificates of the signatures in a text of XML.
pub(super) fn unpack(text: &[u8], place: Place, parts: &mut Parts, budget: &mut Budget) {
    let mut open: Vec<u8> = Vec::new();
    let mut is_first = false;
    let mut is_sound = true;
    let mut markup = Markup { text, at: 0 };
    let at = |offset: usize| place.offset.saturating_add(to_u64(offset).saturating_mul(place.width));
    while let Some(tag) = markup.next() {
        match tag {
            Tag::Open { name, is_empty } => {
                let depth = open.last().copied().unwrap_or(ELSEWHERE);
                let own = step(depth, name);
                is_first |= own == KEY_INFO;
                if own == CERTIFICATE && !is_empty {
                    let begin = markup.at;
                    let octets = markup.base64();
                    let kind = PartKind::KeyInfo { is_first: std::mem::take(&mut is_first) };
                    match octets {
                        Some(octets) if !octets.is_empty() => {
                            if !push(kind, Span::new(&octets, at(begin)), parts, budget) {
                                return;
                            }
                        }
                        _ => budget.fault(Error::new(ErrorKind::BadEncoding, Structure::XmlSignature, at(begin))),
                    }
                }
                if !is_empty {
                    open.push(own);
                }
            }
            Tag::Close => is_sound &= open.pop().is_some(),
            Tag::Cut => is_sound = false,
        }
    }
    if !is_sound || !open.is_empty() {
        budget.fault(Error::new(ErrorKind::BadMarkup, Structure::XmlSignature, at(0)));
    }
}

/// How far on the path an element is whose parent is so far.
fn step(parent: u8, name: &[u8]) -> u8 {
    let own = PATH.iter().zip(1..).find(|(own, _)| **own == name).map_or(ELSEWHERE, |(_, place)| place);
    // A signature may lie anywhere, and the others in it alone.
    if own == 1 || own.checked_sub(1) == Some(parent) { own } else { ELSEWHERE }
}

/// A tag of XML.
enum Tag<'t> {
    /// A start tag, by its name without prefix.
    Open { name: &'t [u8], is_empty: bool },
    /// An end tag.
    Close,
    /// One that is not ended.
    Cut,
}

/// The tags of a text, comments and the like set aside.
struct Markup<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Markup<'t> {
    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Moves behind what begins here and ends with `end`; false where it does not end.
    fn pass(&mut self, end: &[u8]) -> bool {
        let found = memmem::find(self.rest(), end);
        self.at = found.map_or(self.text.len(), |found| self.at.saturating_add(found).saturating_add(end.len()));
        found.is_some()
    }

    fn next(&mut self) -> Option<Tag<'t>> {
        loop {
            let begin = memchr(b'<', self.rest())?;
            self.at = self.at.saturating_add(begin);
            let end: &[u8] = match self.rest() {
                [b'<', b'!', b'-', b'-', ..] => b"-->",
                [b'<', b'!', b'[', ..] => b"]]>",
                [b'<', b'?', ..] => b"?>",
                [b'<', b'!', ..] => b">",
                [b'<', b'/', ..] => return Some(if self.pass(b">") { Tag::Close } else { Tag::Cut }),
                _ => return Some(self.open()),
            };
            if !self.pass(end) {
                return Some(Tag::Cut);
            }
        }
    }

    /// The start tag that begins here.
    fn open(&mut self) -> Tag<'t> {
        let tag = self.rest().get(1..).unwrap_or_default();
        let mut quote = None;
        let end = tag.iter().position(|&octet| match quote {
            None if matches!(octet, b'"' | b'\'') => {
                quote = Some(octet);
                false
            }
            None => octet == b'>',
            Some(open) => {
                quote = quote.filter(|_| octet != open);
                false
            }
        });
        let Some(end) = end else {
            self.at = self.text.len();
            return Tag::Cut;
        };
        self.at = self.at.saturating_add(end).saturating_add(2);
        let tag = tag.get(..end).unwrap_or_default();
        let is_end = |octet: &u8| octet.is_ascii_whitespace() || *octet == b'/';
        let name = tag.split(is_end).next().unwrap_or_default();
        let name = name.rsplit(|octet| *octet == b':').next().unwrap_or_default();
        Tag::Open { name, is_empty: tag.ends_with(b"/") }
    }

    /// The octets of the base64 up to the next tag. Writers of XML put the line ends of Windows as character references.
    fn base64(&mut self) -> Option<Vec<u8>> {
        let rest = self.rest();
        let text = rest.get(..memchr(b'<', rest).unwrap_or(rest.len())).unwrap_or_default();
        self.at = self.at.saturating_add(text.len());
        let mut decoder = Decoder::default();
        let mut octets = Vec::with_capacity(text.len().saturating_mul(3) / 4);
        for (index, piece) in text.split(|octet| *octet == b'&').enumerate() {
            let piece = match index {
                0 => piece,
                _ => LINE_ENDS.iter().find_map(|reference| piece.strip_prefix(*reference))?,
            };
            if !decoder.decode(piece, &mut octets) {
                return None;
            }
        }
        decoder.is_at_end().then_some(octets)
    }
}

/// References to the characters of line ends, behind their `&`.
const LINE_ENDS: [&[u8]; 6] = [b"#13;", b"#xD;", b"#xd;", b"#10;", b"#xA;", b"#xa;"];

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text holds, `!` before the first of a KeyInfo, and whether it has faults.
    fn read(text: &str) -> (Vec<String>, bool) {
        let (mut parts, mut budget) = (Parts::default(), Budget::default());
        unpack(text.as_bytes(), Place { offset: 0, width: 1 }, &mut parts, &mut budget);
        let told = parts.iter().map(|(kind, span)| {
            let mark = if kind == (PartKind::KeyInfo { is_first: true }) { "!" } else { "" };
            format!("{mark}{}", String::from_utf8_lossy(span.as_bytes()))
        });
        (told.collect(), !budget.faults().is_empty())
    }

    #[test]
    fn certificates_of_key_infos() {
        // YQ== is a, Yg== is b.
        let of = |inside: &str| format!("<Signature><KeyInfo><X509Data>{inside}</X509Data></KeyInfo></Signature>");
        let a = "<X509Certificate>YQ==</X509Certificate>";
        let b = "<X509Certificate>Yg==</X509Certificate>";
        let cases: &[(&str, String, &[&str], bool)] = &[
            ("nothing", String::new(), &[], false),
            ("one", of(a), &["!a"], false),
            ("two of one key", of(&format!("{a}{b}")), &["!a", "b"], false),
            ("two keys", of(a) + &of(b), &["!a", "!b"], false),
            ("prefixes", of(a).replace("</", "</ds:").replace("<S", "<ds:S").replace("<K", "<ds:K"), &["!a"], false),
            ("blanks in tags", of(a).replace('>', " \n>"), &["!a"], false),
            ("attributes", of(a).replace("<KeyInfo>", "<KeyInfo Id='a>\"b' x=\"</KeyInfo>\">"), &["!a"], false),
            ("line ends", of(&a.replace("YQ", "&#13;\nYQ&#xD;\r\n")), &["!a"], false),
            ("another entity", of(&a.replace("YQ", "&amp;YQ")), &[], true),
            ("a comment", of(&format!("<!-- {a} -->{b}")), &["!b"], false),
            ("character data", of(&format!("<![CDATA[ {a} ]]>{b}")), &["!b"], false),
            ("an instruction", of(&format!("<? {a} ?>{b}")), &["!b"], false),
            ("a declaration", format!("<!DOCTYPE a>{}", of(a)), &["!a"], false),
            ("no base64", of(&a.replace("YQ", "Y!")), &[], true),
            ("empty", of(&(a.replace("YQ==", "") + b)), &["b"], true),
            ("an element without content", of(&format!("<X509Certificate/>{b}")), &["!b"], false),
            ("in no signature", of(a).replace("Signature", "Descriptor"), &[], false),
            ("not at its place", of(a).replace("X509Data", "X509Other"), &[], false),
            ("a signature in a signature", of(&of(a)), &["!a"], false),
            ("the end of the text", of(a).replace("</X509Data></KeyInfo></Signature>", ""), &["!a"], true),
            ("too many ends", of(a) + "</a>", &["!a"], true),
            ("a tag that is not ended", of(a) + "<a", &["!a"], true),
            ("a quote that is not ended", format!("<a b='>{}", of(a)), &[], true),
        ];
        for (name, text, found, has_faults) in cases {
            let found: Vec<String> = found.iter().map(|found| (*found).to_owned()).collect();
            assert_eq!(read(text), (found, *has_faults), "{name}");
        }
    }
}
