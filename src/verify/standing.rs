//! [`Standing`]: what a certificate says of itself that paths ask for, read once however many paths lead over it.

use std::borrow::Cow;

use super::validity::{ValidAt, valid_at};
use super::weakness::{self, WeaknessKind};
use super::work::Work;
use crate::asn1::oid;
use crate::asn1::time::Time;
use crate::x509::certificate::{Certificate, Validity};
use crate::x509::extension::BasicConstraints;

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    CodeSigning,
    TimeStamping,
}

/// What a certificate says of itself.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    pub(super) constraints: Option<BasicConstraints>,
    /// Whether its key usage, where it has one, lets it sign certificates.
    pub(super) may_sign_certificates: bool,
    pub(super) is_self_issued: bool,
    pub(super) has_unknown_critical_extension: bool,
    /// Whether it names the purposes of code signing, time stamping and lifetime signing.
    is_for_code_signing: bool,
    is_for_time_stamping: bool,
    pub(super) is_for_lifetime_signing: bool,
    /// Whether what it issues may be for code signing, and for time stamping.
    allows_code_signing: bool,
    allows_time_stamping: bool,
    pub(super) subject_key_id: Option<Cow<'a, [u8]>>,
    pub(super) authority_key_id: Option<&'a [u8]>,
    validity: Validity,
    /// What is weak about its key, and about how it is signed.
    pub(super) key_weakness: Option<WeaknessKind>,
    pub(super) signature_weakness: Option<WeaknessKind>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(certificate: Certificate<'a>, work: &mut Work) -> Self {
        /// The bit of keyCertSign (RFC 5280, 4.2.1.3).
        const KEY_CERT_SIGN: u8 = 5;
        let purposes = certificate.extended_key_usage();
        Self {
            constraints: certificate.basic_constraints(),
            may_sign_certificates: certificate.key_usage().is_none_or(|usage| usage.has(KEY_CERT_SIGN)),
            is_self_issued: certificate.is_self_issued(),
            has_unknown_critical_extension: certificate.has_unknown_critical_extension(),
            is_for_code_signing: purposes.contains(&oid::CODE_SIGNING),
            is_for_time_stamping: purposes.contains(&oid::TIME_STAMPING),
            is_for_lifetime_signing: purposes.contains(&oid::LIFETIME_SIGNING),
            allows_code_signing: certificate.allows_purpose(oid::CODE_SIGNING),
            allows_time_stamping: certificate.allows_purpose(oid::TIME_STAMPING),
            subject_key_id: certificate.subject_key_id(),
            authority_key_id: certificate.authority_key_id(),
            validity: certificate.validity(),
            key_weakness: weakness::of_key(certificate, work),
            signature_weakness: weakness::of_signature(certificate),
        }
    }

    /// Whether it restricts nothing that it issues to other purposes.
    pub(super) const fn allows(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::CodeSigning => self.allows_code_signing,
            Purpose::TimeStamping => self.allows_time_stamping,
        }
    }

    /// Whether it names a purpose.
    pub(super) const fn is_for(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::CodeSigning => self.is_for_code_signing,
            Purpose::TimeStamping => self.is_for_time_stamping,
        }
    }

    pub(super) fn valid_at(&self, at: Time) -> ValidAt {
        valid_at(self.validity, at)
    }

    /// Whether it is a root of the time before certificates said what they may do: it may end a path and lead no farther.
    pub(super) const fn is_old_root(&self) -> bool {
        self.is_self_issued && self.constraints.is_none()
    }
}
