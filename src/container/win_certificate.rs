//! Walks the WIN_CERTIFICATE records of a certificate table (Microsoft PE Format, "The Attribute Certificate Table").

use crate::asn1::outline::{Outline, asn1_outline};
use crate::bytes::{Span, to_u64, to_usize};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// Bytes of dwLength, wRevision and wCertificateType.
const HEADER_BYTES: usize = 8;
/// Entries start on multiples of this, counted from the table's start.
const ALIGNMENT: usize = 8;
/// WIN_CERT_TYPE_EFI_GUID (UEFI specification, 32.2.4): a GUID of 16 bytes stands before the message.
const TYPE_EFI_GUID: u16 = 0x0ef1;
const GUID_BYTES: usize = 16;
/// The identifier octet every CMS message starts with.
const SEQUENCE: u8 = 0x30;

/// One WIN_CERTIFICATE record.
#[derive(Debug, Clone, Copy)]
pub struct WinCertificate<'a> {
    header_offset: u64,
    length: u32,
    revision: u16,
    kind: u16,
    body: Span<'a>,
}

impl<'a> WinCertificate<'a> {
    /// File offset of the record's header.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.header_offset
    }

    /// dwLength: bytes of the record as it says itself, its header of 8 included.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// wRevision, normally 0x0200.
    #[must_use]
    pub const fn revision(&self) -> u16 {
        self.revision
    }

    /// wCertificateType, normally 2 (PKCS_SIGNED_DATA).
    #[must_use]
    pub const fn kind(&self) -> u16 {
        self.kind
    }

    /// The name of [`kind`](Self::kind) (Microsoft PE Format; UEFI specification, 32.2.4); `None` for an unknown one.
    #[must_use]
    pub const fn kind_name(&self) -> Option<&'static str> {
        match self.kind {
            1 => Some("X.509"),
            2 => Some("PKCS_SIGNED_DATA"),
            3 => Some("reserved"),
            4 => Some("TS_STACK_SIGNED"),
            0x0ef0 => Some("EFI_PKCS115"),
            TYPE_EFI_GUID => Some("EFI_GUID"),
            _ => None,
        }
    }

    /// What follows the record's header, as far as it lies in the table.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body.as_bytes()
    }

    /// The 16 bytes, as stored, of the GUID that an entry of type 0x0ef1 (WIN_CERT_TYPE_EFI_GUID) begins with: what the rest of it
    /// is. `None` for other types and for an entry without room for one.
    #[must_use]
    pub fn efi_guid(&self) -> Option<&'a [u8]> {
        let guid = self.body.get(0, GUID_BYTES).map(Span::as_bytes);
        guid.filter(|_| self.kind == TYPE_EFI_GUID)
    }

    /// The structure of the message or certificate in the body, whatever the record's type says; `None` when there is none.
    #[must_use]
    pub fn asn1_outline(&self) -> Option<Outline<'a>> {
        let message = self.message()?;
        Some(asn1_outline(message.as_bytes(), message.offset()))
    }

    /// The part of the body where a CMS message or a certificate can be; `None` when there is none, whatever the type says.
    pub(crate) fn message(&self) -> Option<Span<'a>> {
        let behind_guid = (self.kind == TYPE_EFI_GUID).then(|| self.body.skip(GUID_BYTES));
        let bodies = behind_guid.into_iter().chain([self.body]);
        bodies.into_iter().find(|body| body.first() == Some(SEQUENCE))
    }

    pub(crate) const fn body_span(&self) -> Span<'a> {
        self.body
    }
}

/// What a certificate table holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records<'a> {
    pub(crate) entries: Vec<WinCertificate<'a>>,
    /// Bytes of the table that belong to no entry, those that touch each other in one piece.
    pub(crate) gaps: Vec<Span<'a>>,
}

/// Every record of `table`. A bad record is reported and never hides the next.
pub(crate) fn walk<'a>(table: Span<'a>, budget: &mut Budget) -> Records<'a> {
    let mut records = Records::default();
    // Where the bytes begin that no record has taken yet.
    let mut gap = table;
    let mut rest = table;
    while !rest.is_empty() {
        if records.entries.len() >= budget.limits().max_entries {
            budget.fault_limit(Limit::Entries, Structure::CertificateTable, rest.offset());
            break;
        }
        let Some((length, revision, kind)) = read_header(rest) else {
            fault_unless_zero(rest, budget);
            break;
        };
        let declared = to_usize(u64::from(length));
        if declared < HEADER_BYTES {
            if rest.as_bytes().iter().all(|&byte| byte == 0) {
                break;
            }
            if !budget.spend_element() {
                budget.fault_limit(Limit::Elements, Structure::CertificateTable, rest.offset());
                break;
            }
            budget.fault(entry_fault(ErrorKind::EntryTooShort { found: length }, rest));
            rest = rest.skip(ALIGNMENT);
            continue;
        }
        if declared > rest.len() {
            budget.fault(entry_fault(ErrorKind::EntryPastEnd { found: length }, rest));
        }
        records.note_gap(gap.before(rest));
        let body = rest.truncate(declared).skip(HEADER_BYTES);
        records.entries.push(WinCertificate { header_offset: rest.offset(), length, revision, kind, body });
        let step = declared.checked_next_multiple_of(ALIGNMENT).unwrap_or(declared);
        gap = rest.skip(declared);
        fault_unless_zero(gap.truncate(step.saturating_sub(declared)), budget);
        rest = rest.skip(step);
    }
    records.note_gap(gap);
    records
}

impl<'a> Records<'a> {
    fn note_gap(&mut self, gap: Span<'a>) {
        if !gap.is_empty() {
            self.gaps.push(gap);
        }
    }
}

fn read_header(span: Span<'_>) -> Option<(u32, u16, u16)> {
    Some((span.u32_le(0)?, span.u16_le(4)?, span.u16_le(6)?))
}

fn entry_fault(kind: ErrorKind, at: Span<'_>) -> Error {
    Error::new(kind, Structure::WinCertificate, at.offset())
}

/// Padding is zero; anything else between records is reported.
fn fault_unless_zero(bytes: Span<'_>, budget: &mut Budget) {
    if bytes.as_bytes().iter().any(|&byte| byte != 0) {
        budget.fault(entry_fault(ErrorKind::StrayBytes { length: to_u64(bytes.len()) }, bytes));
    }
}
