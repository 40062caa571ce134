//! A glance at a certificate table: whether it holds nothing but plain signatures of signers whom nobody knows. Most files of a
//! collection are told apart by this, in a tenth of the time that reading their signatures takes.
//!
//! What is not exactly as DER and the structures have it is not judged here: everything else reads the file as it is. So this can be
//! wrong in one way only, and a test compares it with what a whole reading finds.

use crate::asn1::element::read_plain;
use crate::asn1::oid;
use crate::asn1::tag;
use crate::x509::serial::Serial;

/// Members of lists that are looked at in one file: messages, signers, attributes, and certificates once for each signer. Real files have
/// up to thirty.
const MOST_MEMBERS: u32 = 1 << 16;
/// WIN_CERT_TYPE_PKCS_SIGNED_DATA, little-endian.
const TYPE_PKCS: [u8; 2] = [2, 0];

/// Whether every signer of every signature in the table is somebody whom `is_known` does not know. It is told the certificates that may
/// be a signer's, tag and length included. False also where a glance is not enough to tell.
pub(crate) fn nobody_is_known(table: &[u8], is_known: impl FnMut(&[u8]) -> bool) -> bool {
    Glance { messages: Vec::new(), left: MOST_MEMBERS, is_known }.at_table(table).is_some()
}

/// What is still to be looked at. Every function answers `None` where somebody is known, or nobody can say.
struct Glance<'a, F> {
    messages: Vec<&'a [u8]>,
    left: u32,
    is_known: F,
}

impl<'a, F: FnMut(&[u8]) -> bool> Glance<'a, F> {
    /// Pays for one member of a list.
    fn pay(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        Some(())
    }

    fn at_table(&mut self, mut table: &'a [u8]) -> Option<()> {
        loop {
            let [a, b, c, d, _, _, kind @ ..] = table else { return None };
            let length = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).ok()?;
            if !kind.starts_with(&TYPE_PKCS) {
                return None;
            }
            let (tag, message, padding) = read_plain(table.get(8..length)?)?;
            if tag != tag::SEQUENCE || padding.iter().any(|octet| *octet != 0) {
                return None;
            }
            self.messages.push(message);
            while let Some(message) = self.messages.pop() {
                self.at_message(message)?;
            }
            table = match table.get(length.checked_next_multiple_of(8)?..) {
                None | Some([]) => return Some(()),
                Some(rest) => rest,
            };
        }
    }

    /// The content of a ContentInfo that holds a SignedData.
    fn at_message(&mut self, message: &'a [u8]) -> Option<()> {
        let mut outer = Members(message);
        if outer.expect(tag::OID)? != oid::SIGNED_DATA.as_bytes() {
            return None;
        }
        let mut explicit = Members(outer.expect(tag::CONSTRUCTED_0)?);
        let mut parts = Members(explicit.expect(tag::SEQUENCE)?);
        outer.end().and(explicit.end())?;
        parts.expect(tag::INTEGER)?;
        parts.expect(tag::SET)?;
        parts.expect(tag::SEQUENCE)?;
        let certificates = Members(parts.expect(tag::CONSTRUCTED_0)?);
        let mut signers = Members(parts.expect(tag::SET)?);
        parts.end()?;
        loop {
            self.pay()?;
            self.at_signer(signers.expect(tag::SEQUENCE)?, certificates)?;
            if signers.end().is_some() {
                return Some(());
            }
        }
    }

    /// The content of a SignerInfo. Messages nested in it are looked at later.
    fn at_signer(&mut self, signer: &'a [u8], certificates: Members<'a>) -> Option<()> {
        let mut parts = Members(signer);
        parts.expect(tag::INTEGER)?;
        let mut id = Members(parts.expect(tag::SEQUENCE)?);
        id.expect(tag::SEQUENCE)?;
        let serial = Serial::from_bytes(id.expect(tag::INTEGER)?);
        id.end()?;
        parts.expect(tag::SEQUENCE)?;
        parts.optional(tag::CONSTRUCTED_0)?;
        parts.expect(tag::SEQUENCE)?;
        parts.expect(tag::OCTET_STRING)?;
        let unsigned = parts.optional(tag::CONSTRUCTED_1)?;
        parts.end()?;
        self.at_certificates(certificates, serial)?;
        let mut attributes = Members(unsigned.unwrap_or_default());
        while attributes.end().is_none() {
            self.pay()?;
            let mut attribute = Members(attributes.expect(tag::SEQUENCE)?);
            if attribute.expect(tag::OID)? != oid::NESTED_SIGNATURE.as_bytes() {
                continue;
            }
            let mut values = Members(attribute.expect(tag::SET)?);
            attribute.end()?;
            while values.end().is_none() {
                self.pay()?;
                self.messages.push(values.expect(tag::SEQUENCE)?);
            }
        }
        Some(())
    }

    /// Every certificate with the signer's serial may be the signer's, whoever issued it; there must be one.
    fn at_certificates(&mut self, mut certificates: Members<'_>, serial: Serial<'_>) -> Option<()> {
        let mut is_there = false;
        while certificates.end().is_none() {
            self.pay()?;
            let before = certificates.0;
            let mut tbs = Members(Members(certificates.expect(tag::SEQUENCE)?).expect(tag::SEQUENCE)?);
            tbs.optional(tag::CONSTRUCTED_0)?;
            if Serial::from_bytes(tbs.expect(tag::INTEGER)?).is_same(serial) {
                is_there = true;
                let length = before.len().checked_sub(certificates.0.len())?;
                if (self.is_known)(before.get(..length)?) {
                    return None;
                }
            }
        }
        is_there.then_some(())
    }
}

/// The members of a SEQUENCE or SET, one after the other.
#[derive(Clone, Copy)]
struct Members<'a>(&'a [u8]);

impl<'a> Members<'a> {
    fn next(&mut self) -> Option<(u32, &'a [u8])> {
        let (tag, content, rest) = read_plain(self.0)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn expect(&mut self, expected: u32) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == expected).map(|(_, content)| content)
    }

    fn optional(&mut self, expected: u32) -> Option<Option<&'a [u8]>> {
        let is_there = self.0.first().copied().map(u32::from) == Some(expected);
        if is_there { self.expect(expected).map(Some) } else { Some(None) }
    }

    const fn end(self) -> Option<()> {
        if self.0.is_empty() { Some(()) } else { None }
    }
}
