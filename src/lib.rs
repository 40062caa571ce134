//! Reads the Authenticode signatures in a file, works out which certificates made each one, and matches them against a table of
//! known-abused certificates.
//!
//! Windows programs, drivers and boot loaders carry *Authenticode* signatures: a digest of the file, signed with a certificate that
//! names a company. Malware is signed too, with certificates that were stolen, bought or leaked, and defenders publish those: a
//! serial number here, a company's name there. This crate answers, about any file and without trusting it: **which certificates
//! signed this, and is any of them known to be abused?**
//!
//! Three types matter:
//!
//! - [`SignedFile`] reads the signatures of one file;
//! - [`IndicatorTable`] holds what is known to be abused; [`IndicatorTable::builtin`] is compiled in;
//! - [`Report`] is the answer, with everything it rests on, and serialises to JSON.
//!
//! ```
//! use certsift::{IndicatorTable, Input, Report, SignedFile};
//!
//! let bytes = include_bytes!("../tests/fixtures/seed_pe32.exe");
//! let file = SignedFile::parse(bytes)?;
//! let table = IndicatorTable::builtin();
//! let report = Report::new(Input::from_path("seed_pe32.exe".as_ref()), &file, &table);
//!
//! let found = &report.matches[0];
//! assert_eq!(found.indicator.id, "callTogether_certificate");
//! assert_eq!(found.role, "signer");
//! assert_eq!(found.strength, "serial_and_name");
//! assert_eq!(found.fields[1].actual.as_deref(), Some("CallTogether, Inc."));
//! # Ok::<(), certsift::Error>(())
//! ```
//!
//! The rest can be left alone until it is needed: [`SignatureData`] reads only the headers and the certificate table of a file on
//! disk, [`scan`] walks folders in parallel, [`Candidate`] asks the table about a certificate that comes from no file, [`Limits`]
//! bounds what a hostile file can cost, [`Verifier`] says whether signatures hold.
//!
//! # What a result means
//!
//! A signature is read, **not verified**, until a [`Verifier`] is asked: a signer is who the SignerInfo names, and anybody can copy a
//! signature into another file. What was verified is told as facts ([`Verification`]), and in a report as the
//! [status](MatchRecord::signature_status) of the signature in which an indicator matches. A match says that the file carries a certificate that was published as abused, which
//! condition held, and on which certificate; [`Strength`] orders how much that says.
//!
//! # What happens to damaged files
//!
//! Nothing panics, nothing loops, and work is bounded. An [`Error`] is returned only when nothing can be said about a file; everything
//! less (a bad table entry, certificate, attribute, time) is a fault with its file offset, and its siblings are still reported.
//! What is not signed cannot silence what is.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `archives` | yes | [`ScanOptions::archives`]: the members of zip and gzip archives, also encrypted ones |
//! | `carve` | yes | [`carve`], [`carve_reader`]: certificates anywhere in any bytes |
//! | `digest` | yes | fingerprints of certificates, hash indicators, [`image_digests`] |
//! | `event` | yes | [`Query`], [`Rule`], [`Filters`]: EQL queries, rules and context filters over events |
//! | `export` | yes | [`export_indicators`]: rules and lists of other tools |
//! | `fold` | yes | the weaker verdicts for names that differ in case, blanks or legal form, or only look the same |
//! | `import` | yes | indicators from CSV, JSON and the lists of others ([`import_indicators`]), [`read_observations`] |
//! | `msix` | yes | packages that are zip archives: MSIX, Open Packaging (Office, VSIX, NuGet), JAR, XAP |
//! | `report` | yes | [`Report`], JSON and text; findings as ECS, OCSF and CSV |
//! | `scan` | yes | [`scan`]: folders, in parallel |
//! | `verify` | yes | [`Verifier`]: whether signatures hold |
//! | `xml` | yes | indicators from App Control policies |
//! | `yaml` | yes | indicators from LOLDrivers' YAML |
//!
//! Without default features the crate parses and matches on a handful of dependencies.

/// The README's example is compiled and run with the tests.
#[cfg(all(doctest, feature = "scan", feature = "import"))]
#[doc = include_str!("../README.md")]
mod readme {}

mod asn1;
mod bytes;
#[cfg(feature = "carve")]
mod carve;
mod cms;
mod container;
#[cfg(feature = "digest")]
mod digest;
mod error;
#[cfg(feature = "event")]
mod event;
mod few;
mod file;
mod indicators;
mod limits;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "scan")]
mod scan;
mod signature;
#[cfg(feature = "verify")]
mod verify;
mod x509;

pub use asn1::oid::{Oid, OidBuf, OidError};
pub use asn1::outline::{Outline, OutlineElement, OutlineItem, OutlineLine, OutlineValue, asn1_outline};
pub use asn1::tag::{Tag, TagClass};
pub use asn1::time::Time;
#[cfg(feature = "carve")]
pub use carve::{Carve, CarveLimits, CarveReader, CarvedCertificate, CarvedForm, carve, carve_reader};
pub use cms::attribute::Attribute;
pub use cms::certificate_set::OtherCertificate;
pub use cms::signer_info::{KeyId, SignerId};
pub use cms::spc::{ImageDigest, IndirectData, PageHash, PageHashes, SipInfo};
pub use cms::spc_string::SpcLink;
pub use cms::timestamp::TimestampKind;
pub use cms::trust_list::{CatalogAttribute, CatalogMember, TrustList};
pub use container::Container;
#[cfg(feature = "archives")]
pub use container::archive::ArchiveLimits;
pub use container::source::{ReadAt, Seekable};
pub use container::win_certificate::WinCertificate;
#[cfg(feature = "digest")]
pub use digest::HashAlgorithm;
pub use error::{Error, ErrorKind, FaultCode, Limit, Structure};
#[cfg(feature = "event")]
pub use event::eql::{Clause, Construct, EqlError, EqlErrorKind, Query, Verdict, Witness};
#[cfg(feature = "event")]
pub use event::fields::Fields;
#[cfg(feature = "event")]
pub use event::filter::{Filter, FilterAction, FilterError, FilterHit, Filters, Outcome, filtered};
#[cfg(feature = "event")]
pub use event::rule::{Rule, RuleError, Technique, Threat, ThreatName};
#[cfg(feature = "digest")]
pub use file::image_check::{ImageChecks, PageHashCheck, check_image};
#[cfg(feature = "digest")]
pub use file::image_digest::{ComputedDigest, DigestRule, ImageDigests, SectionRule, image_digests};
pub use file::{CertificateUse, Place, ReadError, SignatureData, SignedFile, UnsignedBytes, UnsignedKind};
pub use indicators::candidate::{Candidate, Needs};
pub use indicators::cause::{Cause, Harm};
pub use indicators::evidence::{Compare, Evidence};
#[cfg(feature = "export")]
pub use indicators::export::{Export, ExportFormat, Loss, LossKind, UnknownExportFormat, export_indicators};
pub use indicators::hash_value::{HashError, HashOf, HashValue};
pub use indicators::image::LoadError;
#[cfg(feature = "import")]
pub use indicators::import::{Format, Import, ImportError, IndicatorReader, import_indicators};
pub use indicators::indicator::{
    Condition, Indicator, Metadata, NameField, NameTest, Note, Severity, Text, TextMode, TimeOrder, TimeTest, UsageTest,
};
#[cfg(feature = "import")]
pub use indicators::lint::{Finding, lint};
pub use indicators::matches::{Hit, IndicatorId, Match, SerialMatch, Strength, Timing};
#[cfg(feature = "import")]
pub use indicators::observation::{
    Observation, ObservationFormat, Observations, ObservedCertificate, read_observations,
};
pub use indicators::role::{Role, Roles};
pub use indicators::table::{IndicatorTable, TableError};
pub use limits::Limits;
#[cfg(all(feature = "import", feature = "report"))]
pub use report::observation::{ObservationInput, ObservationReport, ObservedRecord};
#[cfg(feature = "report")]
pub use report::terminal::{TextStyle, escape};
#[cfg(feature = "report")]
pub use report::{
    AnchorRecord, AttributeRecord, CarvedRecord, CatalogRecord, CertificateDetail, CertificateFacts, CertificateRecord,
    ContextRecord, Detail, EntryRecord, ExtensionRecord, Failure, FaultRecord, FieldRecord, FilterRecord,
    ImageDigestRecord, IndicatorRecord, IndirectDataRecord, Input, MatchRecord, NameAttributeRecord, NameRecord,
    OtherCertificateRecord, PaddingCheckRecord, PageHashCheckRecord, PageHashRecord, PageHashesRecord, PartRecord,
    PathBreakRecord, PathLinkRecord, PublicKeyRecord, Report, RevocationGapRecord, RevocationRecord, SCHEMA, Shared,
    SignatureDetail, SignatureRecord, SignerDetail, SignerIdRecord, SignerRecord, SipInfoRecord, SpanRecord, Status,
    TimeRecord, TimestampDetail, TimestampRecord, TimestampVerificationRecord, TrustListMemberRecord, TrustListRecord,
    UnsignedBytesRecord, ValueRecord, VerificationRecord, WeaknessRecord,
};
#[cfg(all(feature = "event", feature = "report"))]
pub use report::{ClauseRecord, EventRecord, RuleRecord};
#[cfg(all(feature = "digest", feature = "scan"))]
pub use scan::Catalogs;
#[cfg(all(feature = "digest", feature = "scan"))]
pub use scan::trust_store::{
    Baseline, BaselineError, KnownCertificate, KnownPath, PlaceRecord, StoreCertificate, StoreChange, StoreFile,
    StoreFinding, TrustStore, TrustStoreOptions,
};
#[cfg(feature = "scan")]
pub use scan::{ScanOptions, Screen, Skip, Wanted, read_stream, report_bytes, scan, scan_stream};
pub use signature::{Signature, Signer, Source, Timestamp};
#[cfg(feature = "verify")]
pub use verify::{
    BreakReason, CertificatePath, CheckTime, GapReason, Origin, PaddingCheck, PathBreak, PathLink, Revocation,
    RevocationGap, RevocationStatus, SignatureFinding, SignatureStatus, SignedForm, SignerVerification,
    TimestampVerification, TrustError, TrustErrorKind, ValidAt, Verification, Verifier, Weakness, WeaknessKind,
};
pub use x509::certificate::{Certificate, Validity};
pub use x509::extension::{AuthorityKeyId, BasicConstraints, Extension, KeyUsage};
pub use x509::name::{Name, NameAttribute};
pub use x509::public_key::PublicKey;
pub use x509::serial::{Serial, SerialBuf, SerialError};
