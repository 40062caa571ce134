//! [`Report`]: everything about one file, owned, in the shape of the JSON record `certsift/1`.
//!
//! The shape never depends on the features a build has: what cannot be computed is `null`. `schema/certsift-1.json` in the
//! repository describes it.

mod attack;
mod build;
mod build_detail;
mod build_matches;
#[cfg(feature = "verify")]
mod build_verification;
#[cfg(feature = "carve")]
mod carved;
pub(crate) mod certificate_cache;
mod certificate_record;
mod certificates;
#[cfg(feature = "event")]
mod context;
mod csv;
mod detail;
pub(crate) mod document;
pub(crate) mod ecs;
#[cfg(feature = "event")]
mod event_ecs;
#[cfg(feature = "event")]
mod event_record;
#[cfg(feature = "digest")]
mod image_digest;
mod input;
mod json;
pub(crate) mod judged;
mod match_record;
pub(crate) mod matched;
#[cfg(feature = "import")]
pub(crate) mod observation;
mod ocsf;
mod outcome;
mod room;
mod signers;
pub(crate) mod terminal;
pub(crate) mod text;
mod verification;

#[cfg(feature = "archives")]
pub(crate) use build::fault_record;
#[cfg(feature = "scan")]
pub(crate) use build::{Making, status_of};
pub use certificate_record::{CertificateFacts, CertificateRecord, NameRecord, PublicKeyRecord};
pub use detail::{
    AttributeRecord, CertificateDetail, Detail, EntryRecord, ExtensionRecord, IndirectDataRecord, NameAttributeRecord,
    OtherCertificateRecord, PageHashRecord, PageHashesRecord, PartRecord, SignatureDetail, SignerDetail, SipInfoRecord,
    SpanRecord, TimestampDetail, TrustListMemberRecord, TrustListRecord, ValueRecord,
};
#[cfg(feature = "event")]
pub use event_record::{ClauseRecord, EventRecord, RuleRecord};
pub use match_record::{ContextRecord, FieldRecord, FilterRecord, IndicatorRecord, MatchRecord, Shared};
use serde::{Deserialize, Serialize};
pub use verification::{
    AnchorRecord, PaddingCheckRecord, PageHashCheckRecord, PathBreakRecord, PathLinkRecord, RevocationGapRecord,
    RevocationRecord, TimeRecord, TimestampVerificationRecord, VerificationRecord, WeaknessRecord,
};

/// The version of the record's shape.
pub const SCHEMA: &str = "certsift/1";

/// Everything about one file: what was read, who signed it, which indicators match.
///
/// Times are RFC 3339 in UTC, hashes and serials lower-case hex, offsets and lengths bytes. Lists of certificates hold indices into
/// [`certificates`](Self::certificates). Certificate text is untrusted and unescaped here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// Always `file`.
    pub kind: String,
    /// The file.
    pub input: Input,
    /// What became of it.
    pub status: Status,
    /// Why nothing can be said; `null` otherwise.
    pub error: Option<Failure>,
    /// One element a SignedData, entry by entry, each nested one right after its parent.
    pub signatures: Vec<SignatureRecord>,
    /// Every distinct certificate once.
    pub certificates: Vec<CertificateRecord>,
    /// The indicators that match.
    pub matches: Vec<MatchRecord>,
    /// The errors that were survived.
    pub faults: Vec<FaultRecord>,
    /// Bytes that no signature covers.
    pub unsigned_bytes: Vec<UnsignedBytesRecord>,
    /// The catalog that signs the file, where it has no signature of its own: then the signatures and certificates are the catalog's, offsets
    /// too. Looked for when catalogs were given.
    pub catalog: Option<CatalogRecord>,
    /// The digests of a PE image that were computed, when they were asked for: in every algorithm that a signature claims one in, else in
    /// SHA-256.
    pub image_digests: Vec<ImageDigestRecord>,
    /// The certificates that lie among the file's bytes elsewhere than where its signatures hold them, by file offset, when they were asked
    /// for.
    pub carved: Option<Vec<CarvedRecord>>,
    /// Everything else that was read, when it was asked for.
    pub detail: Option<Box<Detail>>,
}

/// A catalog that signs a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CatalogRecord {
    /// Its path, as it was given.
    pub path: String,
    /// What it calls the file.
    pub file_name: Option<String>,
}

/// A file, as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Input {
    /// The path, joined with what a walk found; invalid text replaced.
    pub path: String,
    /// The path's octets, where they are no UTF-8.
    pub path_hex: Option<String>,
    /// Size of the file.
    pub size: Option<u64>,
    /// SHA-256 of the whole file, when it was asked for.
    pub sha256: Option<String>,
    /// `pe`, `pkcs7`; `null` when the format was not recognised.
    pub container: Option<String>,
    /// The file's path in the archive at [`path`](Self::path), from the outside in where archives lie in archives: then everything else is
    /// told of the member, offsets too.
    #[serde(default)]
    pub member: Option<Vec<MemberRecord>>,
}

/// The path of a member in an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemberRecord {
    /// As it is stored; invalid text replaced. Where the archive does not tell, as that is called, without `.gz`.
    pub path: String,
    /// Its octets, where they are no UTF-8.
    pub path_hex: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// A signature was read, whatever else is wrong. Not: a valid signature.
    Signed,
    /// No signature of its own; a catalog among those that were given signs it.
    CatalogSigned,
    /// A known container without an embedded signature. A catalog may still sign it.
    NoSignature,
    /// Certificates alone.
    Certificates,
    /// Not a format that is read here.
    Unrecognized,
    /// A known container whose signature is cut or lies so that it cannot be read.
    Malformed,
    /// The file could not be read.
    Error,
}

impl Status {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::CatalogSigned => "catalog_signed",
            Self::NoSignature => "no_signature",
            Self::Certificates => "certificates",
            Self::Unrecognized => "unrecognized",
            Self::Malformed => "malformed",
            Self::Error => "error",
        }
    }
}

/// Why nothing can be said about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// A stable name: an [`ErrorKind::code`](crate::ErrorKind::code), `io`, `too-large`, or `panic`.
    pub code: String,
    /// A sentence.
    pub detail: String,
}

/// One SignedData.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignatureRecord {
    /// Position in the list.
    pub index: usize,
    /// The signature this one is nested in.
    pub parent: Option<usize>,
    /// 0 for the signature of an entry, 1 for one nested in it, and so on.
    pub level: usize,
    /// Number of the WIN_CERTIFICATE record.
    pub entry: usize,
    /// File offset of the message.
    pub offset: u64,
    /// Length of the message.
    pub length: u64,
    /// The hash algorithm of the claimed digest, else of the signer.
    pub digest_algorithm: Option<String>,
    /// The digest that the signature claims for the file.
    pub claimed_digest: Option<String>,
    /// The digest computed from the file, when it was asked for: the one that equals the claimed digest, if the file has it by any
    /// rule.
    pub computed_digest: Option<String>,
    /// Whether both are equal, which says nothing where they do not cover the image (fault `table-over-image`); `null` where nothing was computed or the algorithm is
    /// unknown.
    pub digest_match: Option<bool>,
    /// What the signer calls the program.
    pub program_name: Option<String>,
    /// Where the signer says more can be read.
    pub more_info_url: Option<String>,
    /// When the signer says it signed.
    pub signing_time: Option<String>,
    /// Countersignatures and tokens, of every SignerInfo.
    pub timestamps: Vec<TimestampRecord>,
    /// The signer's certificate: the first of the candidates.
    pub signer: Option<usize>,
    /// Every certificate that fits what the first SignerInfo names: one, normally. Which of several signed nobody can tell without
    /// verifying.
    pub candidates: Vec<usize>,
    /// How the SignerInfo names its signer.
    pub signer_id: Option<SignerIdRecord>,
    /// Further SignerInfos.
    pub additional_signers: Vec<SignerRecord>,
    /// The certificates of the message, as stored.
    pub certificates: Vec<usize>,
    /// What was verified of the first SignerInfo, when it was asked for.
    pub verification: Option<VerificationRecord>,
}

/// A SignerInfo's signer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignerRecord {
    /// The signer's certificate: the first of the candidates.
    pub signer: Option<usize>,
    /// Every certificate that fits what the SignerInfo names.
    pub candidates: Vec<usize>,
    /// How the SignerInfo names its signer.
    pub signer_id: Option<SignerIdRecord>,
    /// What was verified of it, when it was asked for.
    pub verification: Option<VerificationRecord>,
}

/// How a SignerInfo names its signer: by issuer and serial, or by key id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignerIdRecord {
    /// The issuer, RFC 4514.
    pub issuer: Option<String>,
    /// The serial, canonical.
    pub serial: Option<String>,
    /// The subject key identifier.
    pub key_id: Option<String>,
}

/// A countersignature or token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimestampRecord {
    /// `pkcs9` or `rfc3161`.
    pub kind: String,
    /// The stamped time.
    pub time: Option<String>,
    /// Its signer's certificate.
    pub signer: Option<usize>,
    /// The certificates of the token.
    pub certificates: Vec<usize>,
}

/// A survived error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FaultRecord {
    /// The stable name of its kind.
    pub code: String,
    /// The structure it was met in.
    pub structure: String,
    /// File offset.
    pub offset: u64,
    /// A sentence.
    pub detail: String,
}

/// Bytes that no signature covers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnsignedBytesRecord {
    /// What they are: [`UnsignedKind::as_str`](crate::UnsignedKind::as_str).
    pub kind: String,
    /// File offset of the first.
    pub offset: u64,
    /// How many.
    pub length: u64,
    /// Shannon entropy, bits a byte, 0 to 8, of the first 64 KiB.
    pub entropy: Option<f64>,
}

/// The digest of a PE image in one algorithm, by each rule under which it is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImageDigestRecord {
    /// The algorithm, such as `sha256`.
    pub algorithm: String,
    /// Of the file without CheckSum, the certificate table and its entry in the data directories.
    pub flat: String,
    /// Of the headers, the sections and what lies behind them; `null` where these are the same bytes, or there is no such digest.
    pub sections: Option<String>,
    /// Of the file with zeros up to a multiple of 8 behind it; `null` where it has a certificate table, or needs none.
    pub padded: Option<String>,
}

/// A certificate among the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CarvedRecord {
    /// The certificate; the same one may lie in several places.
    pub certificate: usize,
    /// File offset of the certificate, or of the PEM block that holds it.
    pub offset: u64,
    /// Bytes that it takes there, or those of the PEM block.
    pub length: u64,
    /// How it is written: `der` or `pem`.
    pub form: String,
    /// The innermost signature among whose bytes it lies, though not in its certificates.
    pub signature: Option<usize>,
}

impl Report {
    /// Whether some match is more than a similar name, and not suppressed: what makes a scan exit with 1.
    #[must_use]
    pub fn has_strong_match(&self) -> bool {
        self.matches.iter().any(MatchRecord::is_strong)
    }
}
