//! [`VerificationRecord`]: what was verified of a signature, as facts.

use serde::{Deserialize, Serialize};

/// The facts about one SignerInfo and what it signs. There is no single answer among them; `null` is what is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerificationRecord {
    /// Whether the digest computed from the file equals the claimed one.
    pub digest_matches: Option<bool>,
    /// Whether it covers all that is loaded; where it does not, an equal digest says nothing.
    pub digest_covers_image: Option<bool>,
    /// Whether the messageDigest attribute is the digest of the content; `null` without attributes.
    pub content_matches: Option<bool>,
    /// Whether the key of [`certificate`](Self::certificate) made the signature.
    pub signature_valid: Option<bool>,
    /// Whether the certificate's extended key usage names code signing.
    pub code_signing: Option<bool>,
    /// The rule by which the digest matches: `flat`, `sections` or `padded`.
    pub digest_rule: Option<String>,
    /// Whether the contentType attribute names the type of the content; `null` without attributes.
    pub content_type_matches: Option<bool>,
    /// What a valid signature is over: `attributes`, `sorted_attributes` or `content`.
    pub signed_form: Option<String>,
    /// The certificate whose key made the signature; where no key did, the first that fits.
    pub certificate: Option<usize>,
    /// From that certificate towards an anchor.
    pub certificate_path: Vec<PathLinkRecord>,
    /// The given anchor that ends the path.
    pub anchor: Option<AnchorRecord>,
    /// Why the path reaches no anchor.
    pub path_break: Option<PathBreakRecord>,
    /// The time at which validity was checked, and what it said.
    pub time: TimeRecord,
    /// One element a timestamp of the SignerInfo, in stored order.
    pub timestamps: Vec<TimestampVerificationRecord>,
    /// The page hashes that the signature claims, one element a table.
    pub page_hashes: Vec<PageHashCheckRecord>,
    /// What Windows says of bytes around the message; `null` outside a certificate table.
    pub padding_check: Option<PaddingCheckRecord>,
    /// Whether a certificate of the path is revoked.
    pub revoked: RevocationRecord,
    /// What is weak about the signature and its path.
    pub weaknesses: Vec<WeaknessRecord>,
    /// Whether [`Limits::max_key_work`](crate::Limits::max_key_work) was reached, so that facts may be unknown that could be known.
    pub limit_reached: bool,
    /// What it comes to: one sentence. Names in it are unescaped.
    pub summary: String,
}

/// One certificate of a path, and how the next one issued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PathLinkRecord {
    /// Its place among the report's certificates; `null` when it is not in the file.
    pub certificate: Option<usize>,
    /// Its subject, RFC 4514.
    pub subject: String,
    /// SHA-256 of it.
    pub sha256: String,
    /// Where it comes from: `file`, `given` or `anchor`.
    pub origin: String,
    /// Whether its issuer's name is the subject of the next one; `null` for the last.
    pub name_matches: Option<bool>,
    /// Whether its signature holds under the key of the next one.
    pub signature_valid: Option<bool>,
    /// Whether the key id it names for its issuer is that of the next one; `null` where either has none.
    pub key_id_matches: Option<bool>,
    /// Its CA flag.
    pub is_ca: Option<bool>,
    /// Whether it is valid at the time of checking: `valid`, `expired`, `not_yet_valid` or `unknown`.
    pub validity: String,
}

/// A given trust anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnchorRecord {
    /// Its subject, RFC 4514.
    pub subject: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
}

/// Where a path breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PathBreakRecord {
    /// Index into the path.
    pub at: usize,
    /// A stable name, such as `no_issuer`.
    pub reason: String,
}

/// The time at which the validity of a path was checked, and what it said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeRecord {
    /// The time.
    pub checked_at: Option<String>,
    /// The kind of the verified timestamp that says so: `pkcs9` or `rfc3161`; `null` where there is none that counts.
    pub kind: Option<String>,
    /// What that timestamp states.
    pub time: Option<String>,
    /// Its index among the record's timestamps.
    pub timestamp: Option<usize>,
    /// Whether the signer's certificate is valid then: `valid`, `expired`, `not_yet_valid` or `unknown`.
    pub validity: Option<String>,
    /// The same of the whole path below its anchor.
    pub path_validity: Option<String>,
    /// Whether the signer's certificate is for lifetime signing, for which no timestamp outlives it.
    pub lifetime_signing: Option<bool>,
}

/// The facts about one timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimestampVerificationRecord {
    /// `pkcs9` or `rfc3161`.
    pub kind: String,
    /// The time it states.
    pub time: Option<String>,
    /// Whether every fact holds and an anchor is reached, so that its time counts.
    pub is_verified: bool,
    /// Whether it is over this signature.
    pub imprint_matches: Option<bool>,
    /// Whether its messageDigest attribute is the digest of its content.
    pub content_matches: Option<bool>,
    /// Whether the key of its certificate made its signature.
    pub signature_valid: Option<bool>,
    /// Whether that certificate's extended key usage names time stamping.
    pub time_stamping: Option<bool>,
    /// The certificate whose key signed it; where no key did, the first that fits.
    pub certificate: Option<usize>,
    /// From that certificate towards an anchor, checked at the time it states.
    pub certificate_path: Vec<PathLinkRecord>,
    /// The given anchor that ends the path.
    pub anchor: Option<AnchorRecord>,
    /// Why the path reaches no anchor.
    pub path_break: Option<PathBreakRecord>,
    /// Whether the path is valid at the time it states.
    pub validity: Option<String>,
    /// Whether a certificate of the path is revoked.
    pub revoked: RevocationRecord,
    /// What is weak about it.
    pub weaknesses: Vec<WeaknessRecord>,
}

/// One table of page hashes, compared with the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageHashCheckRecord {
    /// The kind of table, dotted.
    pub kind: String,
    /// Whether every page has its digest.
    pub matches: Option<bool>,
    /// File offset of the first page that has not.
    pub first_wrong: Option<u64>,
    /// Pages in the table.
    pub pages: u64,
    /// The page size that was compared with, bytes.
    pub page_size: Option<u64>,
}

/// Whether the bytes around a message pass, with EnableCertPaddingCheck off and on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaddingCheckRecord {
    /// With the check off.
    pub off: bool,
    /// With the check on.
    pub on: bool,
}

/// Whether a certificate of a path is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RevocationRecord {
    /// `good`, `revoked`, `revoked_later` or `unknown`.
    pub status: String,
    /// Who says so: `crl`, a revocation list that was given, or `table`, the indicators; `null` where nobody does.
    pub by: Option<String>,
    /// The revoked certificate's place among the report's certificates; `null` when it is not in the file.
    pub certificate: Option<usize>,
    /// Its subject, RFC 4514.
    pub subject: Option<String>,
    /// Since when.
    pub date: Option<String>,
    /// The reason of a revocation list by its name in RFC 5280, 5.3.1, such as `keyCompromise`; else its number.
    pub reason: Option<String>,
    /// Of which certificate it is not known, and why.
    pub gap: Option<RevocationGapRecord>,
}

/// A certificate of which no list says whether it is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RevocationGapRecord {
    /// Its place among the report's certificates; `null` when it is not in the file.
    pub certificate: Option<usize>,
    /// Its subject, RFC 4514.
    pub subject: String,
    /// A stable name, such as `no_list` or `stale_list`.
    pub reason: String,
}

impl Default for RevocationRecord {
    fn default() -> Self {
        Self {
            status: "unknown".to_owned(),
            by: None,
            certificate: None,
            subject: None,
            date: None,
            reason: None,
            gap: None,
        }
    }
}

/// Something weak about a signature or its path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeaknessRecord {
    /// A stable name, such as `sha1` or `short_key`.
    pub kind: String,
    /// The bits of a short key.
    pub bits: Option<u32>,
    /// The certificate's place among the report's certificates; `null` for the signature itself, and when it is not in the file.
    pub certificate: Option<usize>,
    /// The certificate's subject, RFC 4514; `null` for the signature itself.
    pub subject: Option<String>,
}
