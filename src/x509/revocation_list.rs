//! [`RevocationList`]: a certificate revocation list (RFC 5280, 5), owned and ready for look-ups.

use std::collections::HashMap;
use std::sync::OnceLock;

use foldhash::fast::RandomState;

use super::decoder::{DecodedEntry, DecodedList};
use super::extension::Extension;
use super::name::Name;
use super::revocation_scope::RevocationScope;
use super::serial::Serial;
use super::signed_object::SignedObject;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::bytes::{Span, to_u64};
use crate::digest::HashAlgorithm;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::{Budget, Limits};

const STRUCTURE: Structure = Structure::RevocationList;

/// A revocation list.
#[derive(Debug, Clone)]
pub(crate) struct RevocationList {
    der: Box<[u8]>,
    issuer: Box<[u8]>,
    /// The identifier of the signature's algorithm that is among what the issuer signed.
    signed_algorithm: Box<[u8]>,
    this_update: Time,
    next_update: Option<Time>,
    entries: HashMap<Box<[u8]>, RevokedEntry, RandomState>,
    extensions: ListExtensions,
    digests: OnceLock<Vec<(HashAlgorithm, Vec<u8>)>>,
}

/// What a list says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RevokedEntry {
    pub(crate) date: Time,
    /// The reason code (RFC 5280, 5.3.1).
    pub(crate) reason: Option<u8>,
    /// Since when the key was not to be trusted, if that is said (RFC 5280, 5.3.2).
    pub(crate) invalidity_date: Option<Time>,
}

/// Why a list says nothing, whoever signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListDefect {
    /// It has only what is new since another list (RFC 5280, 5.2.4).
    Delta,
    /// It has entries of other issuers (RFC 5280, 5.2.5).
    Indirect,
    /// It has a critical extension that is not known here, or cannot be read.
    CriticalExtension,
    /// An entry has one.
    CriticalEntryExtension,
}

/// The extensions of a list that say how it is to be used.
#[derive(Debug, Clone, Default)]
struct ListExtensions {
    scope: RevocationScope,
    authority_key_id: Option<Box<[u8]>>,
    /// Certificates that expired since then are not taken off the list.
    keeps_expired_since: Option<Time>,
    defect: Option<ListDefect>,
}

impl RevocationList {
    /// Reads a list from its DER, behind which nothing may follow.
    ///
    /// # Errors
    /// When it is no list, or one that the full decoder refuses or passes over parts of.
    pub(crate) fn read(der: &[u8]) -> Result<Self, Error> {
        // Every element has two octets at least, so lists of any length can be read, and none costs more than its length.
        let budget = &mut Budget::new(Limits { max_elements: to_u64(der.len()), ..Limits::default() });
        let object = SignedObject::read(Span::new(der, 0), STRUCTURE);
        let object = object.ok_or(Error::new(ErrorKind::Missing, STRUCTURE, 0))?;
        let decoded = DecodedList::decode(der)?;
        let parts = ListParts::read(object.to_be_signed, budget)?;
        let mut extensions = ListExtensions::default();
        if let Some(list) = parts.extensions {
            extensions.read(list.members(STRUCTURE).expect(tag::SEQUENCE, budget)?, budget)?;
        }
        let entries = read_entries(&decoded, parts.revoked, &mut extensions.defect, budget)?;
        Ok(Self {
            der: der.into(),
            issuer: parts.issuer.raw.as_bytes().into(),
            signed_algorithm: parts.algorithm.as_bytes().into(),
            this_update: decoded.this_update(),
            next_update: decoded.next_update(),
            entries,
            extensions,
            digests: OnceLock::new(),
        })
    }

    pub(crate) const fn issuer(&self) -> Name<'_> {
        Name::from_der(&self.issuer)
    }

    pub(crate) const fn this_update(&self) -> Time {
        self.this_update
    }

    /// Whether a newer list cannot be out yet; false of one that does not say when the next one is.
    pub(crate) fn is_current(&self, now: Time) -> bool {
        self.this_update <= now && self.next_update.is_some_and(|next| now <= next)
    }

    /// The entry of a certificate of the list's issuer.
    pub(crate) fn entry(&self, serial: Serial<'_>) -> Option<RevokedEntry> {
        self.entries.get(serial.canonical()).copied()
    }

    /// The key that signed the list, by the id of it that the list names.
    pub(crate) fn authority_key_id(&self) -> Option<&[u8]> {
        self.extensions.authority_key_id.as_deref()
    }

    pub(crate) const fn scope(&self) -> &RevocationScope {
        &self.extensions.scope
    }

    /// Whether a certificate that expires then is still on the list, if it was revoked.
    pub(crate) fn keeps(&self, expiry: Time) -> bool {
        expiry >= self.this_update || self.extensions.keeps_expired_since.is_some_and(|since| expiry >= since)
    }

    /// Why the list must not be used; `None` if it may.
    pub(crate) const fn defect(&self) -> Option<ListDefect> {
        self.extensions.defect
    }

    /// What its issuer signed, and the signature; `None` where the algorithm is another one than the issuer signed (RFC 5280, 5.1.1.2).
    pub(crate) fn signed(&self) -> Option<SignedObject<'_>> {
        let object = SignedObject::read(Span::new(&self.der, 0), STRUCTURE);
        object.filter(|object| object.algorithm.kind.as_bytes() == &*self.signed_algorithm)
    }

    /// Digests of what its issuer signed, as far as they were computed.
    pub(crate) fn digests(&self) -> &[(HashAlgorithm, Vec<u8>)] {
        self.digests.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// Remembers digests: a list may be large, and is asked about again and again.
    pub(crate) fn remember_digests(&self, digests: Vec<(HashAlgorithm, Vec<u8>)>) {
        if !digests.is_empty() {
            // Another thread may have been first, with the same.
            let _ = self.digests.set(digests);
        }
    }
}

/// The parts of a TBSCertList that are looked at here.
struct ListParts<'a> {
    algorithm: Oid<'a>,
    issuer: Element<'a>,
    revoked: Option<Element<'a>>,
    extensions: Option<Element<'a>>,
}

impl<'a> ListParts<'a> {
    fn read(list: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let mut parts = list.members(STRUCTURE);
        let _version = parts.optional(tag::INTEGER, budget)?;
        let algorithm = parts.expect(tag::SEQUENCE, budget)?.members(STRUCTURE).expect(tag::OID, budget)?;
        let algorithm = Oid::from_content(algorithm.content.as_bytes());
        let issuer = parts.expect(tag::SEQUENCE, budget)?;
        for _update in ["this", "next"] {
            if parts.optional(tag::UTC_TIME, budget)?.is_none() {
                parts.optional(tag::GENERALIZED_TIME, budget)?;
            }
        }
        let revoked = parts.optional(tag::SEQUENCE, budget)?;
        let extensions = parts.optional(tag::CONSTRUCTED_0, budget)?;
        if parts.is_at_end() {
            Ok(Self { algorithm, issuer, revoked, extensions })
        } else {
            Err(parts.error(ErrorKind::UnknownParts))
        }
    }
}

/// The entries by serial. The decoder passes over what it does not understand of an entry, its extensions among it; a list of which
/// anything was passed over is an error.
fn read_entries(
    decoded: &DecodedList<'_>,
    revoked: Option<Element<'_>>,
    defect: &mut Option<ListDefect>,
    budget: &mut Budget,
) -> Result<HashMap<Box<[u8]>, RevokedEntry, RandomState>, Error> {
    let mut entries: HashMap<Box<[u8]>, RevokedEntry, RandomState> = HashMap::default();
    let Some(revoked) = revoked else { return Ok(entries) };
    let mut stored = revoked.members(STRUCTURE);
    for entry in decoded.entries() {
        let element = stored.expect(tag::SEQUENCE, budget)?;
        if has_extensions(element, budget)? != entry.has_extensions() {
            return Err(Error::new(ErrorKind::BadExtension, STRUCTURE, element.raw.offset()));
        }
        if entry.critical_extensions().any(|kind| !is_known_of_entries(kind)) {
            defect.get_or_insert(ListDefect::CriticalEntryExtension);
        }
        let new = RevokedEntry::new(&entry);
        entries.entry(entry.serial().canonical().into()).and_modify(|known| known.merge(new)).or_insert(new);
    }
    if stored.is_at_end() { Ok(entries) } else { Err(stored.error(ErrorKind::UnknownParts)) }
}

/// Whether an entry has extensions: `SEQUENCE { userCertificate, revocationDate, crlEntryExtensions OPTIONAL }`.
fn has_extensions(entry: Element<'_>, budget: &mut Budget) -> Result<bool, Error> {
    let mut parts = entry.members(STRUCTURE);
    parts.expect(tag::INTEGER, budget)?;
    parts.next(budget)?;
    let extensions = parts.optional(tag::SEQUENCE, budget)?;
    if !parts.is_at_end() {
        return Err(parts.error(ErrorKind::UnknownParts));
    }
    Ok(extensions.is_some_and(|extensions| !extensions.content.is_empty()))
}

impl RevokedEntry {
    /// The reason that says that a certificate is on the list no more (RFC 5280, 5.3.1).
    pub(crate) const REMOVE_FROM_CRL: u8 = 8;
    /// The reason that may be taken back.
    pub(crate) const CERTIFICATE_HOLD: u8 = 6;
    const KEY_COMPROMISE: u8 = 1;
    const CA_COMPROMISE: u8 = 2;

    fn new(entry: &DecodedEntry<'_>) -> Self {
        Self { date: entry.date(), reason: entry.reason(), invalidity_date: entry.invalidity_date() }
    }

    /// Whether it says that the certificate is revoked.
    pub(crate) fn is_revocation(&self) -> bool {
        self.reason != Some(Self::REMOVE_FROM_CRL)
    }

    /// Since when the certificate is worth nothing: the date of revocation, or before it the one since which somebody else had the key.
    pub(crate) fn since(&self) -> Time {
        match (self.reason, self.invalidity_date) {
            (Some(Self::KEY_COMPROMISE | Self::CA_COMPROMISE), Some(date)) => self.date.min(date),
            _ => self.date,
        }
    }

    /// Of two entries for one serial the one that says more counts.
    fn merge(&mut self, other: Self) {
        let is_first = other.is_revocation() == self.is_revocation() && other.since() < self.since();
        if is_first || (other.is_revocation() && !self.is_revocation()) {
            *self = other;
        }
    }
}

impl ListExtensions {
    fn read(&mut self, list: Element<'_>, budget: &mut Budget) -> Result<(), Error> {
        let mut seen: Vec<Oid<'_>> = Vec::new();
        let mut members = list.members(Structure::Extension);
        while let Some(element) = members.next(budget)? {
            let extension = Extension::read(element, budget)?;
            if seen.contains(&extension.kind()) {
                return Err(Error::new(ErrorKind::DuplicateExtension, STRUCTURE, element.raw.offset()));
            }
            if seen.len() < MOST_EXTENSIONS {
                seen.push(extension.kind());
            }
            let defect = self.take(extension, budget).err();
            self.defect = self.defect.or(defect);
        }
        Ok(())
    }

    fn take(&mut self, extension: Extension<'_>, budget: &mut Budget) -> Result<(), ListDefect> {
        let bad = ListDefect::CriticalExtension;
        match extension.kind() {
            oid::DELTA_CRL_INDICATOR => return Err(ListDefect::Delta),
            oid::ISSUING_DISTRIBUTION_POINT => {
                self.scope = RevocationScope::read(extension, budget).ok_or(bad)?;
                if self.scope.is_indirect {
                    return Err(ListDefect::Indirect);
                }
            }
            oid::AUTHORITY_KEY_ID => {
                let id = extension.authority_key_id(budget).map_err(|_| bad)?;
                self.authority_key_id = id.key_id.map(Into::into);
            }
            oid::EXPIRED_CERTS_ON_CRL => {
                let value = Cursor::new(Span::new(extension.value(), 0), Structure::Extension).next(budget);
                self.keeps_expired_since = value.ok().flatten().and_then(Time::lenient_from_element);
            }
            // They number and place the list, and change nothing in what it says.
            oid::CRL_NUMBER | oid::ISSUER_ALT_NAME | oid::FRESHEST_CRL => {}
            _ if extension.is_critical() => return Err(bad),
            _ => {}
        }
        Ok(())
    }
}

/// Extensions that are compared with all before them; real lists have up to six.
const MOST_EXTENSIONS: usize = 64;

/// Whether an extension of entries is one that is read here.
fn is_known_of_entries(kind: Oid<'_>) -> bool {
    matches!(kind, oid::REASON_CODE | oid::INVALIDITY_DATE)
}

#[cfg(test)]
mod tests;
