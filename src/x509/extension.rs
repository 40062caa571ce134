//! [`Extension`], and the extensions of a [`Certificate`] that are decoded (RFC 5280, 4.2).

use std::borrow::Cow;

use super::certificate::Certificate;
use super::name::Name;
use super::serial::Serial;
use crate::asn1::der::{Cursor, Element, octet_string};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// One extension of a certificate.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'a> {
    kind: Oid<'a>,
    is_critical: bool,
    der: Span<'a>,
    value: Span<'a>,
}

/// The basic constraints extension (RFC 5280, 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BasicConstraints {
    /// Whether the certificate may sign others.
    pub is_ca: bool,
    /// How many authorities may stand between it and the last certificate of a chain; `None` for any number. One that does not fit becomes
    /// the largest that does.
    pub path_length: Option<u32>,
}

/// The authority key identifier extension (RFC 5280, 4.2.1.1): which key and which certificate of the issuer signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorityKeyId<'a> {
    /// The issuer's subject key identifier.
    pub key_id: Option<&'a [u8]>,
    /// The issuer's own issuer, where it is a directory name.
    pub issuer: Option<Name<'a>>,
    /// The issuer's serial.
    pub serial: Option<Serial<'a>>,
}

/// The key usage extension (RFC 5280, 4.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyUsage(u16);

/// The names of RFC 5280, from bit 0 on.
const KEY_USAGES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

impl KeyUsage {
    /// Whether the bit of RFC 5280 is set: 0 digitalSignature, 1 nonRepudiation, … 5 keyCertSign, 6 cRLSign.
    #[must_use]
    pub const fn has(self, bit: u8) -> bool {
        match 0x8000_u16.checked_shr(u32_from(bit)) {
            Some(mask) => self.0 & mask != 0,
            None => false,
        }
    }

    /// The names of the bits that are set, as RFC 5280 has them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0..).zip(KEY_USAGES).filter(move |(bit, _)| self.has(*bit)).map(|(_, name)| name)
    }
}

/// `u32::from`, which is not const.
#[expect(clippy::as_conversions, reason = "widens; no From in const code")]
const fn u32_from(number: u8) -> u32 {
    number as u32
}

impl<'a> Extension<'a> {
    /// Reads `SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`.
    pub(super) fn read(element: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let mut parts = element.expect(tag::SEQUENCE, Structure::Extension)?.members(Structure::Extension);
        let kind = parts.expect(tag::OID, budget)?;
        let critical = parts.optional(tag::BOOLEAN, budget)?;
        let value = parts.expect(tag::OCTET_STRING, budget)?;
        if !parts.is_at_end() {
            return Err(parts.error(ErrorKind::UnknownParts));
        }
        let is_critical = critical.is_some_and(|critical| critical.content.first().is_some_and(|octet| octet != 0));
        Ok(Self {
            kind: Oid::from_content(kind.content.as_bytes()),
            is_critical,
            der: element.raw,
            value: value.content,
        })
    }

    /// The extension's type, such as 2.5.29.37.
    #[must_use]
    pub const fn kind(self) -> Oid<'a> {
        self.kind
    }

    /// Whether a reader that does not know the extension must refuse the certificate.
    #[must_use]
    pub const fn is_critical(self) -> bool {
        self.is_critical
    }

    /// File offset of the extension.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.der.offset()
    }

    /// The octets inside the extnValue OCTET STRING.
    #[must_use]
    pub const fn value(self) -> &'a [u8] {
        self.value.as_bytes()
    }

    /// Whether the value can be read as its identifier says; true for an extension that is not decoded here.
    pub(super) fn is_well_formed(self) -> bool {
        let budget = &mut Budget::default();
        match self.kind {
            oid::SUBJECT_KEY_ID => self.lenient_subject_key_id(budget).is_ok(),
            oid::KEY_USAGE => self.key_usage(budget).is_ok(),
            oid::BASIC_CONSTRAINTS => self.basic_constraints(budget).is_ok(),
            oid::AUTHORITY_KEY_ID => self.authority_key_id(budget).is_ok(),
            oid::EXTENDED_KEY_USAGE => self.purposes(budget).is_ok(),
            oid::CERTIFICATE_POLICIES => self.policies(budget).is_ok(),
            _ => true,
        }
    }

    /// The one value of this tag that the extension must be.
    fn only(self, expected: u32, budget: &mut Budget) -> Result<Element<'a>, Error> {
        let mut outer = Cursor::new(self.value, Structure::Extension);
        let element = outer.expect(expected, budget)?;
        if outer.is_at_end() { Ok(element) } else { Err(outer.error(ErrorKind::UnknownParts)) }
    }

    /// Laxer than DER: an OCTET STRING in segments is taken, as an odd certificate of a signer's own making may have it.
    fn lenient_subject_key_id(self, budget: &mut Budget) -> Result<Cow<'a, [u8]>, Error> {
        const SEGMENTED: u32 = tag::OCTET_STRING | tag::CONSTRUCTED;
        let id = self.only(SEGMENTED, budget).or_else(|_| self.only(tag::OCTET_STRING, budget))?;
        octet_string(id, Structure::Extension, budget)
    }

    pub(super) fn authority_key_id(self, budget: &mut Budget) -> Result<AuthorityKeyId<'a>, Error> {
        let structure = Structure::Extension;
        let mut parts = self.only(tag::SEQUENCE, budget)?.members(structure);
        let key_id = parts.optional(tag::CONTEXT_0, budget)?;
        let issuer = parts.optional(tag::CONSTRUCTED_1, budget)?;
        let serial = parts.optional(tag::CONTEXT_2, budget)?;
        if !parts.is_at_end() {
            return Err(parts.error(ErrorKind::UnknownParts));
        }
        // GeneralNames, of which a directoryName ([4]) is the one that is used here.
        let name = issuer.and_then(|issuer| issuer.members(structure).optional(tag::CONSTRUCTED_4, budget).ok()?);
        let name = name.and_then(|name| name.members(structure).next(budget).ok()?);
        Ok(AuthorityKeyId {
            key_id: key_id.map(|id| id.content.as_bytes()),
            issuer: name.map(|name| Name::new(name.raw)),
            serial: serial.map(|serial| Serial::from_bytes(serial.content.as_bytes())),
        })
    }

    fn key_usage(self, budget: &mut Budget) -> Result<KeyUsage, Error> {
        let bits = self.only(tag::BIT_STRING, budget)?;
        match *bits.content.as_bytes() {
            [0..=7] => Ok(KeyUsage(0)),
            [0..=7, first] => Ok(KeyUsage(u16::from_be_bytes([first, 0]))),
            [0..=7, first, second, ..] => Ok(KeyUsage(u16::from_be_bytes([first, second]))),
            _ => Err(Error::new(ErrorKind::BadExtension, Structure::Extension, bits.raw.offset())),
        }
    }

    fn basic_constraints(self, budget: &mut Budget) -> Result<BasicConstraints, Error> {
        let mut parts = self.only(tag::SEQUENCE, budget)?.members(Structure::Extension);
        let flag = parts.optional(tag::BOOLEAN, budget)?;
        let length = parts.optional(tag::INTEGER, budget)?;
        if !parts.is_at_end() {
            return Err(parts.error(ErrorKind::UnknownParts));
        }
        Ok(BasicConstraints {
            is_ca: flag.is_some_and(|flag| flag.content.first().is_some_and(|octet| octet != 0)),
            path_length: length.map(path_length).transpose()?,
        })
    }

    fn purposes(self, budget: &mut Budget) -> Result<Vec<Oid<'a>>, Error> {
        let mut purposes = self.only(tag::SEQUENCE, budget)?.members(Structure::Extension);
        let mut found = Vec::new();
        while !purposes.is_at_end() {
            found.push(Oid::from_content(purposes.expect(tag::OID, budget)?.content.as_bytes()));
        }
        Ok(found)
    }

    fn policies(self, budget: &mut Budget) -> Result<Vec<Oid<'a>>, Error> {
        let mut policies = self.only(tag::SEQUENCE, budget)?.members(Structure::Extension);
        let mut found = Vec::new();
        while !policies.is_at_end() {
            let policy = policies.expect(tag::SEQUENCE, budget)?;
            let kind = policy.members(Structure::Extension).expect(tag::OID, budget)?;
            found.push(Oid::from_content(kind.content.as_bytes()));
        }
        Ok(found)
    }
}

/// A pathLenConstraint, which is not negative.
fn path_length(number: Element<'_>) -> Result<u32, Error> {
    let is_negative = number.content.first().is_none_or(|first| first & 0x80 != 0);
    if is_negative {
        return Err(Error::new(ErrorKind::BadExtension, Structure::Extension, number.raw.offset()));
    }
    Ok(number.small_number().unwrap_or(u32::MAX))
}

impl<'a> Certificate<'a> {
    /// Every extension in stored order. A malformed one is left out, see [`faults`](Self::faults); an unreadable one ends the list.
    pub fn extensions(self) -> impl Iterator<Item = Extension<'a>> {
        let mut budget = Budget::default();
        let mut list = self.extension_list();
        std::iter::from_fn(move || {
            loop {
                let element = list.next(&mut budget).ok().flatten()?;
                if let Ok(extension) = Extension::read(element, &mut budget) {
                    return Some(extension);
                }
            }
        })
    }

    /// The first extension of a kind. Of one that is there twice, readers differ in which one counts.
    fn extension(self, kind: Oid<'static>) -> Option<Extension<'a>> {
        self.extensions().find(|extension| extension.kind == kind)
    }

    /// The purposes of the extended key usage extension, in stored order; empty without one that can be read.
    #[must_use]
    pub fn extended_key_usage(self) -> Vec<Oid<'a>> {
        let purposes = self.extension(oid::EXTENDED_KEY_USAGE);
        purposes.and_then(|extension| extension.purposes(&mut Budget::default()).ok()).unwrap_or_default()
    }

    /// Whether the extended key usage extension, if there is one, names the purpose, or any. Nothing is allowed by one that cannot be read,
    /// nor where the list of extensions cannot be read so far as to tell.
    #[cfg(feature = "verify")]
    pub(crate) fn allows_purpose(self, purpose: Oid<'_>) -> bool {
        let budget = &mut Budget::default();
        let mut list = self.extension_list();
        loop {
            let Ok(next) = list.next(budget) else { return false };
            let Some(element) = next else { return true };
            let kind = element.members(Structure::Extension).expect(tag::OID, budget);
            if kind.is_ok_and(|kind| Oid::from_content(kind.content.as_bytes()) == oid::EXTENDED_KEY_USAGE) {
                let purposes = Extension::read(element, budget).and_then(|extension| extension.purposes(budget));
                return purposes.is_ok_and(|purposes| {
                    [purpose, oid::ANY_EXTENDED_KEY_USAGE].iter().any(|one| purposes.contains(one))
                });
            }
        }
    }

    /// The key usage extension; `None` without one that can be read.
    #[must_use]
    pub fn key_usage(self) -> Option<KeyUsage> {
        self.extension(oid::KEY_USAGE)?.key_usage(&mut Budget::default()).ok()
    }

    /// The basic constraints extension; `None` without one that can be read.
    #[must_use]
    pub fn basic_constraints(self) -> Option<BasicConstraints> {
        self.extension(oid::BASIC_CONSTRAINTS)?.basic_constraints(&mut Budget::default()).ok()
    }

    /// The CA flag of the basic constraints extension; `None` without one that can be read.
    #[must_use]
    pub fn is_ca(self) -> Option<bool> {
        self.basic_constraints().map(|constraints| constraints.is_ca)
    }

    /// Whether it has an extension that forbids its use to readers who do not know it, and that is not known here, or malformed
    /// (RFC 5280, 4.2), or is there twice, so that it says two things. Policies are known in so far as every policy is accepted; name
    /// constraints are not.
    #[cfg(feature = "verify")]
    pub(crate) fn has_unknown_critical_extension(self) -> bool {
        const KNOWN: [Oid<'static>; 16] = [
            oid::SUBJECT_KEY_ID,
            oid::KEY_USAGE,
            oid::CERTIFICATE_POLICIES,
            oid::BASIC_CONSTRAINTS,
            oid::AUTHORITY_KEY_ID,
            oid::EXTENDED_KEY_USAGE,
            oid::SUBJECT_ALT_NAME,
            oid::ISSUER_ALT_NAME,
            oid::POLICY_MAPPINGS,
            oid::POLICY_CONSTRAINTS,
            oid::INHIBIT_ANY_POLICY,
            oid::CRL_DISTRIBUTION_POINTS,
            oid::AUTHORITY_INFO_ACCESS,
            oid::SUBJECT_INFO_ACCESS,
            oid::NETSCAPE_CERT_TYPE,
            oid::APPLICATION_CERT_POLICIES,
        ];
        let mut kinds: Vec<Oid<'a>> = Vec::new();
        self.extensions().any(|one| {
            let is_repeated = KNOWN.contains(&one.kind) && kinds.contains(&one.kind);
            if KNOWN.contains(&one.kind) && !is_repeated {
                kinds.push(one.kind);
            }
            is_repeated || (one.is_critical && !(KNOWN.contains(&one.kind) && one.is_well_formed()))
        })
    }

    /// The policies under which the certificate was given (RFC 5280, 4.2.1.4), in stored order; empty without the extension.
    #[must_use]
    pub fn policies(self) -> Vec<Oid<'a>> {
        let policies = self.extension(oid::CERTIFICATE_POLICIES);
        policies.and_then(|extension| extension.policies(&mut Budget::default()).ok()).unwrap_or_default()
    }

    /// The subject key identifier's octets.
    #[must_use]
    pub fn subject_key_id(self) -> Option<Cow<'a, [u8]>> {
        self.extension(oid::SUBJECT_KEY_ID)?.lenient_subject_key_id(&mut Budget::default()).ok()
    }

    /// The key identifier of the authority key identifier extension.
    #[must_use]
    pub fn authority_key_id(self) -> Option<&'a [u8]> {
        self.authority_key_identifier()?.key_id
    }

    /// The authority key identifier extension; `None` without one that can be read.
    #[must_use]
    pub fn authority_key_identifier(self) -> Option<AuthorityKeyId<'a>> {
        self.extension(oid::AUTHORITY_KEY_ID)?.authority_key_id(&mut Budget::default()).ok()
    }
}

#[cfg(test)]
mod tests;
