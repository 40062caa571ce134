//! Certificates anywhere in any bytes: memory dumps, droppers' resources, overlays, downloads that broke off.
//!
//! Nothing is known of the bytes, so a place where a certificate may begin is looked for octet by octet ([`start`]), and what begins
//! there is a certificate only where its whole structure says so ([`structure`]). A text that holds a serial number and a name is none.
//!
//! **What it costs.** Each octet is looked at once in search of a beginning. At each beginning a bounded number of values is read
//! ([`Purse`]), whatever they claim to hold; what needs more pays from a purse into which each octet passed puts one. Of a
//! certificate that was found only the last octets are searched again, so what is found is at most some times as much as what was given. So time grows with the number of
//! octets, whoever made them.

mod block;
mod reader;
mod start;
mod structure;

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::asn1::der::Cursor;
use crate::bytes::{Span, to_u64};
use crate::error::Structure;
use crate::file::candidate::alone;
use crate::indicators::candidate::{Candidate, Needs};
use crate::indicators::role::Role;
use crate::limits::Budget;
use crate::x509::certificate::Certificate;
use block::Block;
pub use reader::{CarveReader, carve_reader};
use start::{Start, find_start};
use structure::{Purse, Reach};

/// Finds the certificates in `bytes`, wherever they lie: in DER or BER, and in PEM blocks of any label.
///
/// Each is told once, in the order in which they lie there. What lies inside a certificate that was found (in an extension, say) is a
/// part of it and not told again, unless it begins in the signature's last octets: a certificate that is cut there seems to end in whatever
/// lies behind it. What fails to be a certificate hides nothing that lies inside it. See [`carve_reader`] for what does
/// not fit into memory.
///
/// ```
/// use certsift::{CarveLimits, IndicatorTable, carve};
///
/// let dump = [b"any bytes".as_slice(), include_bytes!("../tests/fixtures/seed_pe32.exe")].concat();
/// let table = IndicatorTable::builtin();
/// let mut carved = carve(&dump, CarveLimits::default());
/// let found = carved.find(|one| !table.matches(&one.candidate(table.needs())).is_empty()).unwrap();
/// assert_eq!(found.certificate().serial().to_string(), "452156c3b3fb0176365bdb5b7715bc4c");
/// assert!(dump[found.offset() as usize..].starts_with(found.der()));
/// ```
#[must_use]
pub fn carve(bytes: &[u8], limits: CarveLimits) -> Carve<'_> {
    Carve { bytes, at: 0, carver: Carver::new(limits), waiting: VecDeque::new() }
}

/// How large the things are that carving finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarveLimits {
    /// Bytes of one certificate. Default 64 KiB: thirty times the largest of the corpus (1,963 bytes).
    pub max_certificate_bytes: usize,
    /// Bytes of the text of one PEM block, its first and last line included. Default 1 MiB: three times that of a PKCS #7 message with a
    /// whole trust store of 150 authorities.
    pub max_block_bytes: usize,
}

impl Default for CarveLimits {
    fn default() -> Self {
        Self { max_certificate_bytes: 64 << 10, max_block_bytes: 1 << 20 }
    }
}

/// A certificate that was found among other bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarvedCertificate<'a> {
    der: Cow<'a, [u8]>,
    offset: u64,
    length: u64,
    form: CarvedForm,
}

/// How a carved certificate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CarvedForm {
    /// Its octets lie there as they are, in DER or BER.
    Der,
    /// It is in a PEM block (RFC 7468), alone or with others.
    Pem,
}

impl CarvedForm {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Der => "der",
            Self::Pem => "pem",
        }
    }
}

impl CarvedCertificate<'_> {
    /// The certificate. Its own offset is [`offset`](Self::offset).
    #[must_use]
    pub fn certificate(&self) -> Certificate<'_> {
        let mut budget = Budget::default();
        let span = Span::new(&self.der, self.offset);
        let element = Cursor::new(span, Structure::Certificate).next(&mut budget).ok().flatten();
        let certificate = element.and_then(|element| Certificate::from_element(element, &mut budget).ok());
        // What was carved passed stricter tests than reading makes.
        certificate.unwrap_or_else(|| Certificate::unread(span))
    }

    /// Its octets, tag and length included.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Where it begins, or where the first line of its PEM block does: bytes from the start of what was searched.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes that it takes there; of a PEM block, those of the whole block.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// How it is written.
    #[must_use]
    pub const fn form(&self) -> CarvedForm {
        self.form
    }

    /// What the matcher is asked about it: what `needs` names, in the role [`Role::Carved`].
    #[must_use]
    pub fn candidate(&self, needs: Needs) -> Candidate<'_> {
        alone(self.certificate(), Role::Carved, needs)
    }

    /// The same, with octets of its own.
    #[must_use]
    pub fn into_owned(self) -> CarvedCertificate<'static> {
        CarvedCertificate { der: Cow::Owned(self.der.into_owned()), ..self }
    }
}

/// The certificates in some bytes: what [`carve`] answers.
#[derive(Debug, Clone)]
pub struct Carve<'a> {
    bytes: &'a [u8],
    at: usize,
    carver: Carver,
    /// Those of a block that are not told yet.
    waiting: VecDeque<CarvedCertificate<'static>>,
}

impl<'a> Iterator for Carve<'a> {
    type Item = CarvedCertificate<'a>;

    fn next(&mut self) -> Option<CarvedCertificate<'a>> {
        loop {
            if let Some(waiting) = self.waiting.pop_front() {
                return Some(waiting);
            }
            let found = self.carver.next(self.bytes, &mut self.at, self.bytes.len())?;
            if let Some(certificate) = found.unpack(0, &mut self.waiting) {
                return Some(certificate);
            }
        }
    }
}

/// What was found at a place.
#[derive(Debug)]
enum Found<'b> {
    Certificate { start: usize, der: &'b [u8] },
    Block { start: usize, length: usize, certificates: Vec<Vec<u8>> },
}

impl<'b> Found<'b> {
    /// The certificate that lies there as it is, or none, and those of a block put to those that wait. `base` is the offset of the bytes
    /// that were searched.
    fn unpack(self, base: u64, waiting: &mut VecDeque<CarvedCertificate<'static>>) -> Option<CarvedCertificate<'b>> {
        match self {
            Self::Certificate { start, der } => Some(CarvedCertificate {
                der: Cow::Borrowed(der),
                offset: base.saturating_add(to_u64(start)),
                length: to_u64(der.len()),
                form: CarvedForm::Der,
            }),
            Self::Block { start, length, certificates } => {
                waiting.extend(certificates.into_iter().map(|der| CarvedCertificate {
                    der: Cow::Owned(der),
                    offset: base.saturating_add(to_u64(start)),
                    length: to_u64(length),
                    form: CarvedForm::Pem,
                }));
                None
            }
        }
    }
}

/// Searches bytes that may come in several pieces.
#[derive(Debug, Clone)]
struct Carver {
    limits: CarveLimits,
    purse: Purse,
}

impl Carver {
    const fn new(limits: CarveLimits) -> Self {
        Self { limits, purse: Purse::new() }
    }

    /// The first thing in `bytes` that begins at `at` or behind it, and before `until`. `at` is moved behind it, or to `until` where there
    /// is none.
    fn next<'b>(&mut self, bytes: &'b [u8], at: &mut usize, until: usize) -> Option<Found<'b>> {
        while let Some((place, start)) = find_start(bytes, *at, until) {
            self.purse.earn(place.saturating_sub(*at));
            let found = match start {
                Start::Sequence => self.certificate_at(bytes, place).map(|(der, tail)| {
                    let next = place.saturating_add(tail);
                    (next, Found::Certificate { start: place, der })
                }),
                Start::Boundary { start } => self.block_at(bytes, start).map(|(length, certificates)| {
                    (start.saturating_add(length), Found::Block { start, length, certificates })
                }),
            };
            if let Some((next, found)) = found {
                self.purse.earn(next.saturating_sub(place));
                *at = next;
                return Some(found);
            }
            self.purse.earn(1);
            *at = place.saturating_add(1);
        }
        self.purse.earn(until.saturating_sub(*at));
        *at = until.max(*at);
        None
    }

    /// The certificate at a place, and where in it the search goes on.
    fn certificate_at<'b>(&mut self, bytes: &'b [u8], place: usize) -> Option<(&'b [u8], usize)> {
        let rest = bytes.get(place..)?;
        let rest = rest.get(..self.limits.max_certificate_bytes).unwrap_or(rest);
        let Reach { length, tail } = structure::read_certificate(rest, &mut self.purse)?;
        Some((rest.get(..length)?, tail))
    }

    /// The length of the PEM block at a place, and the certificates in it: one, or those of a message.
    fn block_at(&mut self, bytes: &[u8], place: usize) -> Option<(usize, Vec<Vec<u8>>)> {
        let Block { length, octets } = Block::read(bytes.get(place..)?, self.limits.max_block_bytes)?;
        let mut certificates = Vec::new();
        let mut at = 0;
        while let Some((start, _)) = find_start(&octets, at, octets.len()) {
            // No PEM inside PEM.
            let found = self.certificate_at(&octets, start);
            at = start.saturating_add(found.map_or(1, |(_, tail)| tail));
            certificates.extend(found.map(|(der, _)| der.to_vec()));
        }
        Some((length, certificates))
    }
}
