//! [`CertificatePath`]: from a certificate towards a trust anchor (RFC 5280, 6).

use super::validity::ValidAt;
use crate::x509::certificate::Certificate;

/// A path from a certificate towards a trust anchor.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CertificatePath<'a> {
    /// The certificates, the one that was asked about first; an anchor, if one ends the path, last.
    pub links: Vec<PathLink<'a>>,
    /// The given anchor that ends the path. `Some` only where every link before it holds; validity in time is told apart.
    pub anchor: Option<Certificate<'a>>,
    /// Why no anchor was reached, or which link does not hold.
    pub broken: Option<PathBreak>,
}

/// One certificate of a path, and how its issuer, the next one, made it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PathLink<'a> {
    /// The certificate.
    pub certificate: Certificate<'a>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether its issuer's name is the subject of the next certificate; `false` where no certificate has that name. Of the last one,
    /// `true` where it names itself, and where somebody has the name and not the key; otherwise `None`.
    pub name_matches: Option<bool>,
    /// Whether its signature holds under the key of the next certificate, or under its own where it names itself as issuer and is the
    /// last; `None` for an unknown algorithm and where there is no next one.
    pub signature_valid: Option<bool>,
    /// Whether the key id it names for its issuer is that of the next certificate; `None` where either has none.
    pub key_id_matches: Option<bool>,
    /// Its CA flag; `None` without basic constraints.
    pub is_ca: Option<bool>,
    /// Whether it is valid at the time of checking.
    pub validity: ValidAt,
}

/// Where a certificate of a path comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The file.
    File,
    /// The further certificates that the caller gave.
    Given,
    /// The trust anchors that the caller gave.
    Anchor,
}

/// Where a path breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PathBreak {
    /// Index of the link.
    pub at: usize,
    /// What is wrong there.
    pub reason: BreakReason,
}

/// Why a path does not lead to an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakReason {
    /// No certificate has the name of this one's issuer.
    NoIssuer,
    /// Certificates have the name of the issuer, and the key of none of them made the signature.
    IssuerSignature,
    /// The signature is in an algorithm, or by a key, that is not known here.
    UnknownAlgorithm,
    /// It is its own issuer, and no anchor.
    NotAnAnchor,
    /// It issued the one before it and is no CA by its basic constraints, or has none.
    NotCa,
    /// It issued the one before it, and its key usage leaves out keyCertSign.
    KeyUsage,
    /// More CAs follow it than its path length allows.
    PathLength,
    /// It issued the one before it, and its extended key usage leaves out what the path is for: code signing or time stamping. RFC 5280
    /// has no such rule; Windows and OpenSSL follow it.
    Purpose,
    /// It has a critical extension that is not known here.
    CriticalExtension,
    /// Looking further would cost more than [`Limits`](crate::Limits) allows.
    Limit,
}

impl Origin {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Given => "given",
            Self::Anchor => "anchor",
        }
    }
}

impl BreakReason {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoIssuer => "no_issuer",
            Self::IssuerSignature => "issuer_signature",
            Self::UnknownAlgorithm => "unknown_algorithm",
            Self::NotAnAnchor => "not_an_anchor",
            Self::NotCa => "not_ca",
            Self::KeyUsage => "key_usage",
            Self::PathLength => "path_length",
            Self::Purpose => "purpose",
            Self::CriticalExtension => "critical_extension",
            Self::Limit => "limit",
        }
    }
}

impl CertificatePath<'_> {
    /// Whether every certificate below the anchor is valid at the time of checking: what the first says that is not.
    pub(super) fn validity(&self) -> ValidAt {
        let below = self.links.iter().enumerate().filter(|(at, link)| *at == 0 || link.origin != Origin::Anchor);
        below.map(|(_, link)| link.validity).find(|validity| *validity != ValidAt::Valid).unwrap_or(ValidAt::Valid)
    }
}
