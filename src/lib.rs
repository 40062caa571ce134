#![doc = "certsift"]
mod asn1;
mod bytes;
mod cms;
mod container;
#[cfg(feature = "digest")]
mod digest;
mod error;
mod file;
mod indicators;
mod limits;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "scan")]
mod scan;
mod signature;
mod x509;

pub use asn1::oid::Oid;
pub use asn1::time::Time;
pub use cms::signed_data::SignerId;
pub use cms::spc::ImageDigest;
pub use cms::timestamp::TimestampKind;
pub use container::Container;
pub use container::source::{ReadAt, Seekable};
pub use container::win_certificate::WinCertificate;
pub use error::{Error, ErrorKind, Limit, Structure};
pub use file::{CertificateUse, Place, ReadError, SignatureData, SignedFile, UnsignedBytes, UnsignedKind};
pub use indicators::candidate::{Candidate, Fingerprints, Needs, Role, Roles};
pub use indicators::evidence::{Compare, Evidence};
#[cfg(feature = "import")]
pub use indicators::import::{Import, ImportError, import_indicators};
pub use indicators::indicator::{Condition, Indicator, Metadata, NameField, NameTest, Severity, Text, TextMode};
pub use indicators::table::{Hit, IndicatorId, IndicatorTable, Match, SerialMatch, Strength, TableError};
pub use limits::Limits;
#[cfg(feature = "report")]
pub use report::text::{TextStyle, escape};
#[cfg(feature = "report")]
pub use report::{
    CertificateFacts, CertificateRecord, Failure, FaultRecord, FieldRecord, IndicatorRecord, Input, MatchRecord,
    NameRecord, PublicKeyRecord, Report, SCHEMA, Shared, SignatureRecord, SignerIdRecord, SignerRecord, Status,
    TimestampRecord, UnsignedBytesRecord,
};
#[cfg(feature = "scan")]
pub use scan::{ScanOptions, Wanted, report_bytes, scan};
pub use signature::{Signature, Signer, Source, Timestamp};
pub use x509::certificate::{Certificate, Extension, PublicKey, Validity};
pub use x509::name::{Name, NameAttribute};
pub use x509::serial::{Serial, SerialBuf, SerialError};
