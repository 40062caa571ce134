//! Walks the WIN_CERTIFICATE records of a certificate table (Microsoft PE Format, "The Attribute Certificate Table").

use super::pkcs7::is_message;
use crate::asn1::der::Cursor;
use crate::asn1::outline::{Outline, asn1_outline};
use crate::bytes::{Span, to_u64, to_usize};
use crate::error::{Error, ErrorKind, Structure};
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

/// The records of a certificate table, one after the other. A bad record is reported and never hides the next.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    rest: Span<'a>,
    /// From the first byte on that belongs to no record taken so far.
    untaken: Span<'a>,
}

impl<'a> Records<'a> {
    pub(crate) const fn new(table: Span<'a>) -> Self {
        Self { rest: table, untaken: table }
    }

    /// The next record.
    pub(crate) fn next(&mut self, budget: &mut Budget) -> Option<WinCertificate<'a>> {
        let (at, length, revision, kind) = self.next_header(budget)?;
        let declared = to_usize(u64::from(length));
        if declared > at.len() {
            budget.fault(entry_fault(ErrorKind::EntryPastEnd { found: length }, at));
        }
        let step = declared.checked_next_multiple_of(ALIGNMENT).unwrap_or(declared);
        fault_unless_zero(at.skip(declared).truncate(step.saturating_sub(declared)), budget);
        self.rest = at.skip(step);
        let body = at.truncate(declared).skip(HEADER_BYTES);
        Some(WinCertificate { header_offset: at.offset(), length, revision, kind, body })
    }

    /// The next header that is not too short to be one. Those that are, one after the other, are one fault, and zeros are passed over
    /// at once: a table may be full of them.
    fn next_header(&mut self, budget: &mut Budget) -> Option<(Span<'a>, u32, u16, u16)> {
        let mut is_told = false;
        while !self.rest.is_empty() {
            let at = self.rest;
            let Some((length, revision, kind)) = read_header(at) else {
                fault_unless_zero(at, budget);
                break;
            };
            if to_usize(u64::from(length)) >= HEADER_BYTES {
                return Some((at, length, revision, kind));
            }
            let zeros = at.as_bytes().iter().position(|&byte| byte != 0)?;
            if !std::mem::replace(&mut is_told, true) {
                budget.fault(entry_fault(ErrorKind::EntryTooShort { found: length }, at));
            }
            let slots_of_zeros = zeros.saturating_sub(zeros.checked_rem(ALIGNMENT).unwrap_or_default());
            self.rest = at.skip(slots_of_zeros.max(ALIGNMENT));
        }
        None
    }

    /// Ends a record that is longer than the table where behind its message the next one seems to begin: its length must not hide
    /// others.
    pub(crate) fn end_behind_message(&mut self, record: &mut WinCertificate<'a>, budget: &mut Budget) {
        let message = record.message().unwrap_or(record.body.truncate(0));
        let Some(whole) = Cursor::new(message, Structure::WinCertificate).peek(&mut budget.for_search()) else {
            return;
        };
        let before = record.body.len().saturating_sub(message.len());
        let behind = before.saturating_add(whole.raw.len());
        self.end_at_next(record, behind.checked_next_multiple_of(ALIGNMENT).unwrap_or(behind));
    }

    /// The same for a record in which nothing could be read: from so many bytes of its body on.
    pub(crate) fn end_at_next(&mut self, record: &mut WinCertificate<'a>, from: usize) {
        let is_past_end = to_usize(u64::from(record.length)).saturating_sub(HEADER_BYTES) > record.body.len();
        let mut slot = record.body.skip(from);
        while is_past_end && !slot.is_empty() {
            if seems_record(slot) {
                record.body = record.body.before(slot);
                self.rest = slot;
                return;
            }
            slot = slot.skip(ALIGNMENT);
        }
    }

    /// Takes a record out of what belongs to none, and answers what of that lies before it.
    pub(crate) fn take(&mut self, record: &WinCertificate<'a>) -> Span<'a> {
        let from_record = self.untaken.skip(to_usize(record.header_offset.saturating_sub(self.untaken.offset())));
        let gap = self.untaken.before(from_record);
        self.untaken = from_record.skip(HEADER_BYTES.saturating_add(record.body.len()));
        gap
    }

    /// What belongs to no record taken, from the last one that was to the end of the table.
    pub(crate) const fn untaken(&self) -> Span<'a> {
        self.untaken
    }
}

fn read_header(span: Span<'_>) -> Option<(u32, u16, u16)> {
    Some((span.u32_le(0)?, span.u16_le(4)?, span.u16_le(6)?))
}

/// Whether a record could begin here: one that fits and in which a message or certificate may be, or one with a message for certain,
/// which may be cut.
fn seems_record(span: Span<'_>) -> bool {
    let Some((length, ..)) = read_header(span) else { return false };
    let length = to_usize(u64::from(length));
    let body = span.skip(HEADER_BYTES);
    length > HEADER_BYTES && body.first() == Some(SEQUENCE) && (length <= span.len() || is_message(body.as_bytes()))
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
