//! [`PublicKey`]: the kind and size of a certificate's key (RFC 5280, 4.1.2.7; RFC 3279; RFC 5480).

use std::borrow::Cow;

use super::certificate::Certificate;
use crate::asn1::der::{Cursor, Element, strip_leading_zeros};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::{Span, to_u64};
use crate::error::Structure;
use crate::limits::Budget;

/// The kind and size of a certificate's public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey<'a> {
    /// The key's algorithm, such as 1.2.840.113549.1.1.1 (RSA).
    pub algorithm: Oid<'a>,
    /// Bits of the modulus, field or prime; `None` for an algorithm we do not measure.
    pub bits: Option<u32>,
    /// The named curve of an elliptic-curve key, such as 1.2.840.10045.3.1.7 (P-256); `None` for other keys and for curves that
    /// are written out in full.
    pub curve: Option<Oid<'a>>,
}

/// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyInfo<'a> {
    pub(crate) algorithm: Oid<'a>,
    pub(crate) parameters: Option<Element<'a>>,
    /// The octets of the BIT STRING behind the count of unused bits; none when it is damaged.
    pub(crate) key: Span<'a>,
}

impl<'a> Certificate<'a> {
    /// The kind and size of the public key; `None` when it cannot be decoded.
    #[must_use]
    pub fn public_key(self) -> Option<PublicKey<'a>> {
        let info = KeyInfo::read(self.spki_span())?;
        let curve = info.parameters.filter(|parameters| info.algorithm == oid::EC && parameters.tag == tag::OID);
        let curve = curve.map(|curve| Oid::from_content(curve.content.as_bytes()));
        Some(PublicKey { algorithm: info.algorithm, bits: info.bits(), curve })
    }

    /// The key itself; `None` when its structure cannot be read.
    #[cfg(feature = "verify")]
    pub(crate) fn key_info(self) -> Option<KeyInfo<'a>> {
        KeyInfo::read(self.spki_span())
    }

    /// The modulus of an RSA key, big-endian without leading zeros; `None` for other keys and where it cannot be decoded.
    #[must_use]
    pub fn rsa_modulus(self) -> Option<&'a [u8]> {
        let info = KeyInfo::read(self.spki_span()).filter(|info| matches!(info.algorithm, oid::RSA | oid::RSA_PSS))?;
        info.modulus()
    }

    /// Everything that a SignerInfo may name the key by: the key id that the certificate states, and the SHA-1 by which readers number
    /// the keys of certificates that state none, of the key and of the whole SubjectPublicKeyInfo (RFC 5280, 4.2.1.2, method 1;
    /// CERT_KEY_IDENTIFIER_PROP_ID).
    pub(crate) fn key_ids(self) -> impl Iterator<Item = Cow<'a, [u8]>> {
        self.subject_key_id().into_iter().chain(self.key_hashes())
    }

    #[cfg(feature = "digest")]
    pub(crate) fn key_hashes(self) -> impl Iterator<Item = Cow<'a, [u8]>> {
        let key = KeyInfo::read(self.spki_span()).map_or(&[][..], |info| info.key.as_bytes());
        let parts = [self.spki(), key].into_iter().filter(|part| !part.is_empty());
        parts.map(|part| Cow::Owned(crate::digest::sha1(part).to_vec()))
    }

    #[cfg(not(feature = "digest"))]
    pub(crate) fn key_hashes(self) -> impl Iterator<Item = Cow<'a, [u8]>> {
        std::iter::empty()
    }
}

impl<'a> KeyInfo<'a> {
    fn read(spki: Span<'a>) -> Option<Self> {
        let budget = &mut Budget::default();
        let structure = Structure::SubjectPublicKeyInfo;
        let mut parts = Cursor::new(spki, structure).expect(tag::SEQUENCE, budget).ok()?.members(structure);
        let mut algorithm = parts.expect(tag::SEQUENCE, budget).ok()?.members(structure);
        let kind = algorithm.expect(tag::OID, budget).ok()?;
        let key = parts.expect(tag::BIT_STRING, budget).ok();
        Some(Self {
            algorithm: Oid::from_content(kind.content.as_bytes()),
            parameters: algorithm.next(budget).ok().flatten(),
            key: key.map_or(spki.truncate(0), |key| key.content.skip(1)),
        })
    }

    fn bits(&self) -> Option<u32> {
        let bits = match self.algorithm {
            oid::RSA | oid::RSA_PSS => bits_of(self.modulus()?),
            // Dss-Parms ::= SEQUENCE { p, q, g }
            oid::DSA => bits_of(first_number(self.parameters?)?),
            oid::EC => self.coordinate_bits()?,
            // RFC 8032, 5.1.
            oid::ED25519 => 256,
            _ => return None,
        };
        u32::try_from(bits).ok()
    }

    fn modulus(&self) -> Option<&'a [u8]> {
        first_number(self.rsa_numbers()?)
    }

    /// RSAPublicKey ::= SEQUENCE { modulus, publicExponent }
    fn rsa_numbers(&self) -> Option<Element<'a>> {
        Cursor::new(self.key, Structure::SubjectPublicKeyInfo).peek(&mut Budget::default())
    }

    /// Modulus and exponent of an RSA key, big-endian without leading zeros.
    #[cfg(feature = "verify")]
    pub(crate) fn rsa_key(&self) -> Option<[&'a [u8]; 2]> {
        unsigned_numbers(self.rsa_numbers()?)
    }

    /// The domain parameters p, q, g of a DSA key that has its own.
    #[cfg(feature = "verify")]
    pub(crate) fn dsa_parameters(&self) -> Option<[&'a [u8]; 3]> {
        unsigned_numbers(self.parameters?)
    }

    /// The public number of a DSA key.
    #[cfg(feature = "verify")]
    pub(crate) fn dsa_key(&self) -> Option<&'a [u8]> {
        let number =
            Cursor::new(self.key, Structure::SubjectPublicKeyInfo).expect(tag::INTEGER, &mut Budget::default());
        number.ok().and_then(unsigned_number)
    }

    /// Whether the key writes its elliptic curve out in full (ECParameters, X9.62).
    #[cfg(feature = "verify")]
    pub(crate) fn has_explicit_curve(&self) -> bool {
        self.algorithm == oid::EC && self.parameters.is_some_and(|parameters| parameters.tag == tag::SEQUENCE)
    }

    /// RFC 5480, 2.2: one octet of form, then two coordinates (04) or one (02, 03).
    fn coordinate_bits(&self) -> Option<u64> {
        let coordinates = match self.key.first()? {
            4 => 2,
            2 | 3 => 1,
            _ => return None,
        };
        let octets = to_u64(self.key.len()).checked_sub(1)?.checked_div(coordinates)?;
        // SEC 1, 2.3.5: a coordinate fills whole octets, and of the prime curves in use P-521 alone leaves some bits of them.
        Some(if octets == 66 { 521 } else { octets.saturating_mul(8) })
    }
}

/// The numbers of a list, which must be the right count of positive ones; each without leading zeros.
#[cfg(feature = "verify")]
pub(crate) fn unsigned_numbers<const N: usize>(list: Element<'_>) -> Option<[&[u8]; N]> {
    let budget = &mut Budget::default();
    let mut parts =
        list.expect(tag::SEQUENCE, Structure::SubjectPublicKeyInfo).ok()?.members(Structure::SubjectPublicKeyInfo);
    let mut numbers = [&[][..]; N];
    for number in &mut numbers {
        *number = unsigned_number(parts.expect(tag::INTEGER, budget).ok()?)?;
    }
    parts.is_at_end().then_some(numbers)
}

/// A number that is not negative, without leading zeros.
#[cfg(feature = "verify")]
fn unsigned_number(number: Element<'_>) -> Option<&[u8]> {
    let octets = number.content.as_bytes();
    let is_negative = octets.first().is_none_or(|first| first & 0x80 != 0);
    (!is_negative).then(|| strip_leading_zeros(octets))
}

/// The first number in a list, without leading zeros.
fn first_number(list: Element<'_>) -> Option<&[u8]> {
    let number = list.members(Structure::SubjectPublicKeyInfo).expect(tag::INTEGER, &mut Budget::default()).ok()?;
    Some(strip_leading_zeros(number.content.as_bytes()))
}

/// Bits of a number that has no leading zero octets.
fn bits_of(number: &[u8]) -> u64 {
    let zero_bits = number.first().map_or(0, |first| first.leading_zeros());
    to_u64(number.len()).saturating_mul(8).saturating_sub(u64::from(zero_bits))
}
