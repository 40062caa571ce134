//! [`UnsignedBytes`]: what a file carries that no signature covers.

use crate::bytes::{Span, to_u64};
use crate::cms::attribute::Attribute;
use crate::cms::certificate_set::OtherCertificate;
use crate::file::CertificateUse;
use crate::indicators::role::Role;
use crate::signature::{Signature, Signer};

/// Bytes of a file that no signature covers.
#[derive(Debug, Clone, Copy)]
pub struct UnsignedBytes<'a> {
    /// What they are.
    pub kind: UnsignedKind,
    /// File offset of the first.
    pub offset: u64,
    /// How many.
    pub length: u64,
    /// The bytes themselves; of data behind the certificate table, which may be large, at most the first 64 KiB.
    pub bytes: &'a [u8],
}

/// The places where a file carries bytes that no signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnsignedKind {
    /// Zeros that align a WIN_CERTIFICATE or the message in it.
    Padding,
    /// Behind the CMS message, inside its WIN_CERTIFICATE.
    EntryTrailer,
    /// In the certificate table, and in no WIN_CERTIFICATE.
    BetweenEntries,
    /// The body of a WIN_CERTIFICATE in which no message and no certificate could be read.
    OpaqueEntry,
    /// Behind the certificate table.
    AfterTable,
    /// An unauthenticated attribute that is no timestamp, no nested signature and no part of sealing.
    UnknownAttribute,
    /// A revocation list.
    Crl,
    /// A certificate that nobody in the file used.
    UnusedCertificate,
    /// A member of a certificate set that is no X.509 certificate, or cannot be read as one.
    OtherCertificate,
}

impl UnsignedKind {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Padding => "padding",
            Self::EntryTrailer => "entry_trailer",
            Self::BetweenEntries => "between_entries",
            Self::OpaqueEntry => "opaque_entry",
            Self::AfterTable => "after_table",
            Self::UnknownAttribute => "unknown_attribute",
            Self::Crl => "crl",
            Self::UnusedCertificate => "unused_certificate",
            Self::OtherCertificate => "other_certificate",
        }
    }
}

impl<'a> UnsignedBytes<'a> {
    pub(super) fn new(kind: UnsignedKind, bytes: Span<'a>) -> Self {
        Self { kind, offset: bytes.offset(), length: to_u64(bytes.len()), bytes: bytes.as_bytes() }
    }

    /// Bytes of the certificate table that are in no entry.
    pub(super) fn of_gap(gap: Span<'a>) -> Self {
        let is_zero = gap.as_bytes().iter().all(|&byte| byte == 0);
        Self::new(if is_zero { UnsignedKind::Padding } else { UnsignedKind::BetweenEntries }, gap)
    }

    /// Shannon entropy of [`bytes`](Self::bytes): bits a byte, 0 to 8. Text has about 4, compressed and encrypted data nearly 8.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let mut counts = [0_u32; 256];
        for &byte in self.bytes {
            if let Some(count) = counts.get_mut(usize::from(byte)) {
                *count = count.saturating_add(1);
            }
        }
        let total: f64 = counts.iter().copied().map(f64::from).sum();
        let present = counts.iter().copied().filter(|&count| count > 0).map(f64::from);
        let bits: f64 = present.map(|count| -(count / total) * (count / total).log2()).sum();
        // The sum over one value is a negative zero.
        bits.abs()
    }
}

/// Everything that no signature covers, by file offset.
pub(super) fn collect<'a>(
    surroundings: &[UnsignedBytes<'a>],
    signatures: &[Signature<'a>],
    uses: &[CertificateUse<'a>],
) -> Vec<UnsignedBytes<'a>> {
    let mut found = surroundings.to_vec();
    for signature in signatures {
        found.extend(signature.crl_spans().map(|crl| UnsignedBytes::new(UnsignedKind::Crl, crl)));
        found.extend(signature.other_certificates().iter().map(of_other));
        for signer in signature.signers() {
            found.extend(signer_attributes(signer));
        }
    }
    let unused = uses.iter().filter(|used| used.role() == Role::Unused).filter_map(CertificateUse::certificate);
    found.extend(unused.map(|one| UnsignedBytes::new(UnsignedKind::UnusedCertificate, one.span())));
    found.sort_by_key(|unsigned| unsigned.offset);
    found
}

/// What a signer's SignerInfo carries unsigned, and what its timestamps do.
fn signer_attributes<'a>(signer: &Signer<'a>) -> Vec<UnsignedBytes<'a>> {
    let mut found: Vec<_> = signer.unsigned_attributes().iter().filter_map(of_unknown_attribute).collect();
    for timestamp in signer.timestamps() {
        found.extend(timestamp.unsigned_attributes().iter().filter_map(of_unknown_attribute));
        if let Some(token) = timestamp.token() {
            found.extend(token.crls.iter().map(|crl| UnsignedBytes::new(UnsignedKind::Crl, *crl)));
            found.extend(token.set.others.iter().map(of_other));
        }
    }
    found
}

fn of_unknown_attribute<'a>(attribute: &Attribute<'a>) -> Option<UnsignedBytes<'a>> {
    let is_unknown = !attribute.belongs_unsigned();
    is_unknown.then(|| UnsignedBytes::new(UnsignedKind::UnknownAttribute, attribute.span()))
}

fn of_other<'a>(other: &OtherCertificate<'a>) -> UnsignedBytes<'a> {
    UnsignedBytes::new(UnsignedKind::OtherCertificate, other.span())
}
