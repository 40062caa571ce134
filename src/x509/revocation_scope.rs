//! [`RevocationScope`]: which certificates of its issuer a revocation list speaks of (RFC 5280, 5.2.5).

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::certificate::Certificate;
use super::extension::Extension;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid;
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::Structure;
use crate::limits::Budget;

/// The issuingDistributionPoint extension of a list; without one it speaks of every certificate of its issuer.
#[derive(Debug, Clone, Default)]
pub(crate) struct RevocationScope {
    /// The GeneralNames of the one distribution point that it is for, tag and length included; `None` where it names none.
    names: Option<HashSet<Box<[u8]>, RandomState>>,
    only_users: bool,
    only_authorities: bool,
    only_some_reasons: bool,
    only_attribute_certificates: bool,
    /// Whether it has entries of other issuers.
    pub(super) is_indirect: bool,
}

impl RevocationScope {
    /// Reads the extension; `None` where it is malformed.
    pub(super) fn read(extension: Extension<'_>, budget: &mut Budget) -> Option<Self> {
        const ONLY_USERS: u32 = tag::CONTEXT_1;
        const ONLY_AUTHORITIES: u32 = tag::CONTEXT_2;
        const ONLY_SOME_REASONS: u32 = tag::CONTEXT_3;
        const INDIRECT: u32 = tag::CONTEXT_4;
        const ONLY_ATTRIBUTE_CERTIFICATES: u32 = tag::CONTEXT_5;
        let mut outer = value(extension);
        let mut parts = outer.expect(tag::SEQUENCE, budget).ok()?.members(Structure::Extension);
        let point = parts.optional(tag::CONSTRUCTED_0, budget).ok()?;
        let mut scope = Self::default();
        if let Some(point) = point {
            let mut names = HashSet::default();
            each_full_name(point, budget, |name| {
                names.insert(name.into());
            })?;
            scope.names = Some(names);
        }
        while let Some(part) = parts.next(budget).ok()? {
            let flag = part.content.first().is_some_and(|octet| octet != 0);
            match part.tag {
                ONLY_USERS => scope.only_users = flag,
                ONLY_AUTHORITIES => scope.only_authorities = flag,
                ONLY_SOME_REASONS => scope.only_some_reasons = true,
                INDIRECT => scope.is_indirect = flag,
                ONLY_ATTRIBUTE_CERTIFICATES => scope.only_attribute_certificates = flag,
                _ => return None,
            }
        }
        outer.is_at_end().then_some(scope)
    }

    /// Whether the list would have the certificate if it were revoked for any reason.
    pub(crate) fn covers(&self, certificate: Certificate<'_>) -> bool {
        let is_authority = certificate.is_ca() == Some(true);
        let is_left_out = self.only_some_reasons
            || self.only_attribute_certificates
            || self.is_indirect
            || (self.only_users && is_authority)
            || (self.only_authorities && !is_authority);
        !is_left_out && self.names.as_ref().is_none_or(|names| is_at(certificate, names))
    }
}

/// Whether the certificate names one of these distribution points (RFC 5280, 6.3.3 (b)(2)(i)).
fn is_at(certificate: Certificate<'_>, names: &HashSet<Box<[u8]>, RandomState>) -> bool {
    let budget = &mut Budget::default();
    let mut found = false;
    for extension in certificate.extensions().filter(|extension| extension.kind() == oid::CRL_DISTRIBUTION_POINTS) {
        let Ok(list) = value(extension).expect(tag::SEQUENCE, budget) else { continue };
        let mut points = list.members(Structure::Extension);
        while let Ok(Some(point)) = points.next(budget) {
            let mut parts = point.members(Structure::Extension);
            if let Ok(Some(name)) = parts.optional(tag::CONSTRUCTED_0, budget) {
                // Names that cannot be read are none of the list's.
                let _ = each_full_name(name, budget, |name| found |= names.contains(name));
            }
        }
    }
    found
}

/// Calls `take` with each GeneralName of `[0] { [0] fullName }`; there is none in `[0] { [1] nameRelativeToCRLIssuer }`. `None` where it
/// is malformed.
fn each_full_name<'a>(point: Element<'a>, budget: &mut Budget, mut take: impl FnMut(&'a [u8])) -> Option<()> {
    let mut choice = point.members(Structure::Extension);
    if let Some(full) = choice.optional(tag::CONSTRUCTED_0, budget).ok()? {
        let mut names = full.members(Structure::Extension);
        while let Some(name) = names.next(budget).ok()? {
            take(name.raw.as_bytes());
        }
    }
    Some(())
}

fn value(extension: Extension<'_>) -> Cursor<'_> {
    Cursor::new(Span::new(extension.value(), 0), Structure::Extension)
}
