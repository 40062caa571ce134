//! [`UnsignedBytes`]: what a file carries that no signature covers.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::bytes::{Span, to_u64};
use crate::cms::attribute::Attribute;
use crate::cms::signed_data::SignedData;
use crate::container::SAMPLE_BYTES;
#[cfg(feature = "verify")]
use crate::container::win_certificate::WinCertificate;
use crate::file::CertificateUse;
#[cfg(feature = "verify")]
use crate::file::SignedFile;
use crate::indicators::role::Role;
use crate::limits::Budget;
use crate::signature::{Signature, Timestamp};

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
    /// An unauthenticated attribute that is no timestamp, no nested signature and no part of sealing, or one of a timestamp, where
    /// none is looked into.
    UnknownAttribute,
    /// An unauthenticated attribute that seals a signature (1.3.6.1.4.1.311.2.4.2 to .4).
    SealingAttribute,
    /// A value of an attribute for timestamps or nested signatures that could not be read as one.
    OpaqueValue,
    /// Parts of a message where its structure has none, and parameters of algorithms that have none.
    UnknownPart,
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
            Self::SealingAttribute => "sealing_attribute",
            Self::OpaqueValue => "opaque_value",
            Self::UnknownPart => "unknown_part",
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

    /// Shannon entropy of the first 64 KiB of [`bytes`](Self::bytes): bits a byte, 0 to 8. Text has about 4, compressed and encrypted
    /// data nearly 8.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let sample = self.bytes.get(..SAMPLE_BYTES).unwrap_or(self.bytes);
        // Padding, which nearly every table ends with.
        if sample.iter().all(|byte| Some(byte) == sample.first()) {
            return 0.0;
        }
        let mut counts = [0_u32; 256];
        for &byte in sample {
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

#[cfg(feature = "verify")]
impl SignedFile<'_> {
    /// Whether anything but up to seven zero bytes lies behind the message in a WIN_CERTIFICATE.
    pub(crate) fn has_entry_trailer(&self, entry: &WinCertificate<'_>) -> bool {
        let place = entry.offset()..entry.body_span().end();
        self.surroundings.iter().any(|one| one.kind == UnsignedKind::EntryTrailer && place.contains(&one.offset))
    }
}

/// Everything that no signature covers, by file offset.
pub(super) fn collect<'a>(
    surroundings: &[UnsignedBytes<'a>],
    signatures: &[Signature<'a>],
    uses: &[CertificateUse<'a>],
) -> Vec<UnsignedBytes<'a>> {
    let mut found = surroundings.to_vec();
    let read = offsets_read(signatures);
    // One for all, so that the ends of values inside one another are looked for once.
    let mut budget = Budget::default();
    for signature in signatures {
        add_message(&mut found, signature.signed_data());
        for signer in signature.signers() {
            for attribute in signer.unsigned_attributes() {
                add_attribute(&mut found, attribute, &read, &mut budget);
            }
            signer.timestamps().iter().for_each(|timestamp| add_timestamp(&mut found, timestamp));
        }
    }
    let mut told: HashSet<u64, RandomState> = HashSet::default();
    let certificates = uses.iter().filter_map(|used| Some((used.role(), used.certificate()?)));
    for (role, certificate) in certificates {
        if !told.insert(certificate.offset()) {
            continue;
        }
        if role == Role::Unused {
            found.push(UnsignedBytes::new(UnsignedKind::UnusedCertificate, certificate.span()));
        }
        found.extend(certificate.unknown_parts().map(of_part));
    }
    found.sort_by_key(|unsigned| (unsigned.offset, std::cmp::Reverse(unsigned.length)));
    found
}

/// Where the messages and countersignatures begin that were read out of unsigned attributes; ascending.
fn offsets_read(signatures: &[Signature<'_>]) -> Vec<u64> {
    let timestamps = signatures.iter().flat_map(|one| one.signers()).flat_map(|signer| signer.timestamps());
    let mut offsets: Vec<u64> =
        signatures.iter().map(Signature::offset).chain(timestamps.map(Timestamp::offset)).collect();
    offsets.sort_unstable();
    offsets
}

/// What a message carries beside what its signers sign.
fn add_message<'a>(found: &mut Vec<UnsignedBytes<'a>>, message: &SignedData<'a>) {
    found.extend(message.crls.iter().map(|crl| UnsignedBytes::new(UnsignedKind::Crl, *crl)));
    let others = message.set.others.iter();
    found.extend(others.map(|other| UnsignedBytes::new(UnsignedKind::OtherCertificate, other.span())));
    found.extend(message.unsigned_parts().into_iter().map(of_part));
}

fn of_part(part: Span<'_>) -> UnsignedBytes<'_> {
    UnsignedBytes::new(UnsignedKind::UnknownPart, part)
}

/// What of a signer's attribute was not read as a timestamp or as a nested signature.
fn add_attribute<'a>(found: &mut Vec<UnsignedBytes<'a>>, attribute: &Attribute<'a>, read: &[u64], budget: &mut Budget) {
    if attribute.holds_signatures() {
        if !attribute.behind().is_empty() {
            found.push(of_part(attribute.behind()));
        }
        let is_opaque = |value: &Span<'_>| {
            let next = read.partition_point(|offset| *offset < value.offset());
            read.get(next).is_none_or(|offset| *offset >= value.end())
        };
        let values = attribute.elements(budget).into_iter().map(|value| value.raw);
        found.extend(values.filter(is_opaque).map(|value| UnsignedBytes::new(UnsignedKind::OpaqueValue, value)));
        return;
    }
    let kind = if attribute.is_sealing() { UnsignedKind::SealingAttribute } else { UnsignedKind::UnknownAttribute };
    found.push(UnsignedBytes::new(kind, attribute.span()));
}

/// What a timestamp carries beside what its signers sign.
fn add_timestamp<'a>(found: &mut Vec<UnsignedBytes<'a>>, timestamp: &Timestamp<'a>) {
    let attributes = timestamp.unsigned_attributes();
    found.extend(attributes.iter().map(|one| UnsignedBytes::new(UnsignedKind::UnknownAttribute, one.span())));
    match timestamp.token() {
        Some(token) => add_message(found, token),
        None => found.extend(timestamp.unsigned_parts().into_iter().map(of_part)),
    }
}
