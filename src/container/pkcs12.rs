//! PKCS #12 files (.pfx, .p12): bags of keys and certificates (RFC 7292). No password is asked for; certificates in the clear are read.

use super::certificates::push;
use super::part::{PartKind, Parts};
use crate::asn1::der::{Cursor, Element, octet_string, open};
use crate::asn1::oid;
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// Whether a file that starts with `head` is a PFX: its version, and the safe in a ContentInfo.
pub(crate) fn is_pfx(head: &[u8]) -> bool {
    let Some((tag::SEQUENCE, members)) = open(Span::new(head, 0)) else { return false };
    let mut budget = Budget::default();
    let mut parts = Cursor::new(members, Structure::Pfx);
    let version = parts.expect(tag::INTEGER, &mut budget);
    // The safe is longer than the head, so only the header of its ContentInfo is looked at.
    let safe = open(parts.left_over());
    version.is_ok_and(|version| version.small_number() == Some(3))
        && matches!(safe, Some((tag::SEQUENCE, kind)) if kind.first().map(u32::from) == Some(tag::OID))
}

/// Takes the certificates that are not encrypted.
pub(super) fn unpack(bytes: &[u8], parts: &mut Parts, budget: &mut Budget) {
    let read = read_pfx(bytes, parts, budget);
    budget.survive(read);
}

/// `SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }`
fn read_pfx(bytes: &[u8], parts: &mut Parts, budget: &mut Budget) -> Result<(), Error> {
    let mut outer = Cursor::new(Span::new(bytes, 0), Structure::Pfx);
    let mut pfx = outer.lenient_expect(tag::SEQUENCE, budget)?.members(Structure::Pfx);
    pfx.expect(tag::INTEGER, budget)?;
    let safe = pfx.lenient_expect(tag::SEQUENCE, budget)?;
    let Some(safe) = data(safe, budget)? else { return Ok(()) };
    let mut safe = Cursor::new(safe, Structure::Pfx).lenient_expect(tag::SEQUENCE, budget)?.members(Structure::Pfx);
    // One bag of bags that is damaged, or encrypted, does not hide the next.
    while let Some(content) = safe.next_or_fault(budget) {
        let bags = data(content, budget);
        if let Some(bags) = budget.survive(bags).flatten() {
            let read = read_bags(bags, parts, budget);
            budget.survive(read);
        }
    }
    Ok(())
}

/// The octets that a ContentInfo holds as they are; `None` where they are encrypted.
fn data<'a>(content_info: Element<'a>, budget: &mut Budget) -> Result<Option<Span<'a>>, Error> {
    let mut parts = content_info.expect(tag::SEQUENCE, Structure::Pfx)?.members(Structure::Pfx);
    let kind = parts.expect(tag::OID, budget)?;
    if kind.content.as_bytes() != oid::DATA.as_bytes() {
        budget.fault(Error::new(ErrorKind::Encrypted, Structure::Pfx, content_info.raw.offset()));
        return Ok(None);
    }
    let explicit = parts.lenient_expect(tag::CONSTRUCTED_0, budget)?;
    let octets = explicit.members(Structure::Pfx).lenient_next(budget)?.ok_or(parts.error(ErrorKind::Missing))?;
    // Programs that write PKCS #12 in BER cut no strings into segments; what one did is not put together.
    Ok(Some(octets.expect(tag::OCTET_STRING, Structure::Pfx)?.content))
}

/// `SafeContents ::= SEQUENCE OF SafeBag { bagId, [0] bagValue, bagAttributes OPTIONAL }`, and those inside it.
fn read_bags(contents: Span<'_>, parts: &mut Parts, budget: &mut Budget) -> Result<(), Error> {
    let mut work = vec![Cursor::new(contents, Structure::Pfx).lenient_expect(tag::SEQUENCE, budget)?];
    while let Some(list) = work.pop() {
        let mut bags = list.members(Structure::Pfx);
        while let Some(bag) = bags.next_or_fault(budget) {
            let mut members = bag.members(Structure::Pfx);
            let kind = members.expect(tag::OID, budget)?;
            let value = members.lenient_expect(tag::CONSTRUCTED_0, budget)?.members(Structure::Pfx).next(budget)?;
            let Some(value) = value else { continue };
            match kind.content.as_bytes() {
                kind if kind == oid::CERT_BAG.as_bytes() => {
                    let read = read_certificate(value, parts, budget);
                    if budget.survive(read) == Some(false) {
                        return Ok(());
                    }
                }
                kind if kind == oid::SAFE_CONTENTS_BAG.as_bytes() => work.push(value),
                _ => {}
            }
        }
    }
    Ok(())
}

/// `CertBag ::= SEQUENCE { certId, [0] certValue }`. False where there is no room for another certificate.
fn read_certificate(bag: Element<'_>, parts: &mut Parts, budget: &mut Budget) -> Result<bool, Error> {
    let mut members = bag.expect(tag::SEQUENCE, Structure::Pfx)?.members(Structure::Pfx);
    let kind = members.expect(tag::OID, budget)?;
    if kind.content.as_bytes() != oid::X509_CERTIFICATE.as_bytes() {
        return Ok(true);
    }
    let explicit = members.expect(tag::CONSTRUCTED_0, budget)?;
    let value = explicit.members(Structure::Pfx).next(budget)?.ok_or(members.error(ErrorKind::Missing))?;
    let octets = octet_string(value, Structure::Pfx, budget)?;
    Ok(push(PartKind::Certificate, Span::new(&octets, value.content.offset()), parts, budget))
}
