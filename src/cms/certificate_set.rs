//! The certificate set of a SignedData (RFC 5652, 10.2.3), of which one bad member spoils itself only.

use super::signer_index::SignerIndex;
use super::signer_info::SignerInfo;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;

/// The members of a certificate set, in stored order.
#[derive(Debug, Clone, Default)]
pub(crate) struct CertificateSet<'a> {
    pub(crate) certificates: Vec<Certificate<'a>>,
    /// Members that could not be read as X.509 certificates.
    pub(crate) others: Vec<OtherCertificate<'a>>,
    /// The members beyond the limit, until the SignerInfos are known.
    beyond_limit: Vec<Cursor<'a>>,
}

/// A member of a certificate set that is no X.509 certificate, or too damaged to tell whose it is.
///
/// CMS has other kinds of certificates (RFC 5652, 10.2.2), and files carry junk there.
#[derive(Debug, Clone, Copy)]
pub struct OtherCertificate<'a>(Element<'a>);

impl<'a> OtherCertificate<'a> {
    /// The stored octets, tag and length included.
    #[must_use]
    pub const fn der(self) -> &'a [u8] {
        self.0.raw.as_bytes()
    }

    /// File offset of [`der`](Self::der).
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.0.raw.offset()
    }

    pub(crate) const fn span(self) -> Span<'a> {
        self.0.raw
    }

    /// Which of the CertificateChoices it is, by its tag (RFC 5652, 10.2.2): `0` to `3` for the context tags
    /// extendedCertificate, v1AttrCert, v2AttrCert and other; `None` for anything else, a damaged X.509 certificate among it.
    #[must_use]
    pub const fn choice(self) -> Option<u32> {
        match self.0.tag {
            tag::CONSTRUCTED_0 => Some(0),
            tag::CONSTRUCTED_1 => Some(1),
            tag::CONSTRUCTED_2 => Some(2),
            tag::CONSTRUCTED_3 => Some(3),
            _ => None,
        }
    }

    /// What can be read of it as of a certificate that is cut by the end of its set: serial and issuer, and what else is there.
    /// `None` where that is not even a serial and an issuer.
    #[must_use]
    pub fn lenient_certificate(self) -> Option<Certificate<'a>> {
        Certificate::from_element(self.0, &mut Budget::default()).ok()
    }

    /// SHA-256 of [`der`](Self::der).
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn sha256(self) -> [u8; 32] {
        crate::digest::sha256(self.der())
    }
}

impl<'a> CertificateSet<'a> {
    /// Splits the set by tag and length first, then reads each member alone.
    pub(super) fn read(&mut self, mut members: Cursor<'a>, budget: &mut Budget) {
        /// Certificates that most messages have no more of.
        const USUAL: usize = 6;
        self.certificates.reserve(USUAL);
        loop {
            let here = members;
            let Some((member, is_whole)) = lenient_step(&mut members, budget) else { return };
            let count = self.certificates.len().saturating_add(self.others.len());
            if count >= budget.limits().max_certificates {
                budget.fault_limit(Limit::Certificates, Structure::CertificateSet, member.raw.offset());
                self.beyond_limit.push(here);
                return;
            }
            let read = if !is_whole {
                None
            } else if member.tag == tag::SEQUENCE {
                let read = Certificate::from_element(member, budget);
                budget.survive(read)
            } else {
                budget.fault(Error::new(ErrorKind::NotX509, Structure::CertificateSet, member.raw.offset()));
                None
            };
            match read {
                Some(certificate) => self.certificates.push(certificate),
                None => self.others.push(OtherCertificate(member)),
            }
        }
    }

    /// What the certificates can be named by, those beyond the limit included.
    pub(super) fn index(&self, search: &mut Budget) -> SignerIndex {
        let mut index = SignerIndex::default();
        self.certificates.iter().for_each(|certificate| index.insert_certificate(*certificate));
        for mut members in self.beyond_limit.iter().copied() {
            while let Some((member, _)) = lenient_step(&mut members, search) {
                if let Some((issuer, serial)) = Certificate::identity(member, search) {
                    index.insert_identity(issuer, serial);
                }
            }
        }
        index
    }

    /// Certificates beyond the limit are not read, but for those that a SignerInfo names, up to the same limit: a set filled with others
    /// must not hide who signed.
    pub(super) fn find_signers_beyond_limit(&mut self, signer_infos: &[SignerInfo<'a>], budget: &Budget) {
        let beyond = std::mem::take(&mut self.beyond_limit);
        if beyond.is_empty() {
            return;
        }
        let mut search = budget.for_search();
        let mut named = SignerIndex::default();
        signer_infos.iter().for_each(|info| named.insert(info.signer_id));
        let mut found = Vec::new();
        for mut members in beyond {
            while let Some((member, _)) = lenient_step(&mut members, &mut search) {
                if found.len() >= budget.limits().max_certificates {
                    break;
                }
                let is_named = match Certificate::identity(member, &mut search) {
                    Some((issuer, serial)) => named.has_identity(issuer, serial) || named.has_key_ids(),
                    None => false,
                };
                if is_named {
                    let certificate = Certificate::from_element(member, &mut search);
                    found.extend(certificate.ok().filter(|certificate| named.has_certificate(*certificate)));
                }
            }
        }
        self.certificates.extend(found);
    }
}

/// The next member, and whether it is all there: the last one may be cut, as in a download that broke off. Stepping over members costs
/// less than reading them, so that junk among them does not use up what reading the rest of the message takes.
pub(super) fn lenient_step<'a>(members: &mut Cursor<'a>, budget: &mut Budget) -> Option<(Element<'a>, bool)> {
    let start = *members;
    match members.step(budget) {
        Ok(member) => member.map(|member| (member, true)),
        Err(error) => {
            budget.fault(error);
            start.cut_element(error).map(|member| (member, false))
        }
    }
}
