//! Files that are certificates: DER one behind the other, PEM blocks among any text, or both in one file.

use super::base64::decode_base64;
use super::part::{PartKind, Parts};
use super::pem::pem_blocks;
use super::pkcs7::is_message;
use crate::asn1::der::{Cursor, open};
use crate::asn1::tag;
use crate::bytes::{Span, to_u64};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// Whether a file that starts with `head` begins with a certificate in DER: a SEQUENCE in a SEQUENCE, and a version or a serial number in it.
pub(crate) fn is_certificate(head: &[u8]) -> bool {
    let Some((tag::SEQUENCE, outer)) = open(Span::new(head, 0)) else { return false };
    let Some((tag::SEQUENCE, tbs)) = open(outer) else { return false };
    matches!(tbs.first().map(u32::from), Some(tag::CONSTRUCTED_0 | tag::INTEGER))
}

/// Takes the certificates and messages at the start of a file, which are in DER, and those of the PEM blocks behind them.
pub(super) fn unpack_der(bytes: &[u8], parts: &mut Parts, budget: &mut Budget) {
    let mut rest = Span::new(bytes, 0);
    loop {
        let is_message = is_message(rest.as_bytes());
        if !is_message && !is_certificate(rest.as_bytes()) {
            break;
        }
        // What is cut is no certificate: nobody trusts it.
        let Some(element) = Cursor::new(rest, Structure::Certificate).next_or_fault(budget) else { return };
        let kind = if is_message { PartKind::Message } else { PartKind::Certificate };
        if !push(kind, element.raw, parts, budget) {
            return;
        }
        // A program that joins files may put an end of line behind each.
        let behind = rest.skip(element.raw.len());
        let blanks = behind.as_bytes().iter().take_while(|octet| octet.is_ascii_whitespace()).count();
        rest = behind.skip(blanks);
    }
    if rest.is_empty() {
        return;
    }
    let before = parts.len();
    unpack_pem(rest.as_bytes(), rest.offset(), 1, parts, budget);
    let kind = if parts.len() > before {
        ErrorKind::MixedEncoding
    } else {
        ErrorKind::TrailingData { length: to_u64(rest.len()) }
    };
    budget.fault(Error::new(kind, Structure::File, rest.offset()));
}

/// Takes the certificates and messages of the PEM blocks in a text that lies `offset` bytes into the file, each of its characters `width`
/// bytes.
pub(super) fn unpack_pem(text: &[u8], offset: u64, width: u64, parts: &mut Parts, budget: &mut Budget) {
    for block in pem_blocks(text) {
        let kind = match block.label {
            // Behind the last one lies what OpenSSL notes about its use.
            b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => PartKind::Certificate,
            b"PKCS7" | b"PKCS #7 SIGNED DATA" | b"CMS" => PartKind::Message,
            _ => continue,
        };
        let at = offset.saturating_add(to_u64(block.offset).saturating_mul(width));
        match block.decode() {
            Some(octets) => {
                if !push(kind, Span::new(&octets, at), parts, budget) {
                    return;
                }
            }
            None => budget.fault(Error::new(ErrorKind::BadEncoding, Structure::File, at)),
        }
    }
}

/// Takes the certificate or message that a text is which holds nothing but base64, as exports of stores do. Answers whether it is one.
pub(super) fn unpack_base64(text: &[u8], offset: u64, parts: &mut Parts, budget: &mut Budget) -> bool {
    /// The base64 of a SEQUENCE whose length has two octets or more.
    const LONG_SEQUENCE: &[u8] = b"MI";
    if !text.trim_ascii_start().starts_with(LONG_SEQUENCE) {
        return false;
    }
    let Some(octets) = decode_base64(text) else { return false };
    let kind = match () {
        () if is_message(&octets) => PartKind::Message,
        () if is_certificate(&octets) => PartKind::Certificate,
        () => return false,
    };
    push(kind, Span::new(&octets, offset), parts, budget)
}

/// False where there is no room for another part.
pub(super) fn push(kind: PartKind, octets: Span<'_>, parts: &mut Parts, budget: &mut Budget) -> bool {
    if parts.len() >= budget.limits().max_entries {
        budget.fault_limit(Limit::Entries, Structure::File, octets.offset());
        return false;
    }
    parts.push(kind, octets.offset(), octets.as_bytes());
    true
}
