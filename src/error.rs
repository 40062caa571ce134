//! [`Error`]: what went wrong, in which structure, at which file offset. A fault is an error that was survived.

use std::fmt;

/// What is wrong in a file: a kind, the structure it was met in, and the file offset.
///
/// The same type serves for the few errors that end the reading of a file and for *faults*, the survived errors that
/// [`SignedFile::faults`](crate::SignedFile::faults) lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} in {structure} at file offset {offset:#x}")]
pub struct Error {
    kind: ErrorKind,
    structure: Structure,
    offset: u64,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, structure: Structure, offset: u64) -> Self {
        Self { kind, structure, offset }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The structure in which it was met.
    #[must_use]
    pub const fn structure(&self) -> Structure {
        self.structure
    }

    /// Where: bytes from the start of the file.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}

/// The kinds of [`Error`]. Each has a stable [`code`](ErrorKind::code) and a sentence ([`Display`](fmt::Display)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file is none of the formats this build reads.
    #[error("not a format that is read here")]
    UnrecognizedFormat,
    /// The file is a known container whose header is cut or contradicts itself.
    #[error("the header is cut or contradicts itself")]
    BadHeader,
    /// The optional header's magic is neither 0x10b (PE32) nor 0x20b (PE32+); it was read as PE32.
    #[error("optional header magic {found:#06x} was read as PE32")]
    UnknownOptionalMagic {
        /// The magic found.
        found: u16,
    },
    /// NumberOfRvaAndSizes is above 16, or hides a security directory that is there.
    #[error("a data directory count of {found} does not fit the header")]
    DirectoryCount {
        /// The count found.
        found: u32,
    },
    /// The certificate table starts past the end of the file.
    #[error("the certificate table starts past the end of the file")]
    TableOutsideFile,
    /// The certificate table reaches past the end of the file; what is there was read.
    #[error("the certificate table is cut: {missing} bytes are missing")]
    TableTruncated {
        /// Bytes missing.
        missing: u64,
    },
    /// The certificate table does not start on a multiple of 8.
    #[error("the certificate table does not start on a multiple of 8")]
    TableUnaligned,
    /// The file goes on after the certificate table.
    #[error("{length} bytes follow the certificate table")]
    DataAfterTable {
        /// Bytes after the table.
        length: u64,
    },
    /// A WIN_CERTIFICATE says it is shorter than its own header of 8 bytes.
    #[error("an entry length of {found} is shorter than its header")]
    EntryTooShort {
        /// The dwLength found.
        found: u32,
    },
    /// A WIN_CERTIFICATE reaches past the table; what is there was read.
    #[error("an entry of {found} bytes reaches past the table")]
    EntryPastEnd {
        /// The dwLength found.
        found: u32,
    },
    /// Bytes of the table that hold no WIN_CERTIFICATE.
    #[error("{length} bytes that are no entry")]
    StrayBytes {
        /// Bytes passed over.
        length: u64,
    },
    /// A WIN_CERTIFICATE whose body is no CMS message.
    #[error("an entry of type {found:#06x} holds no CMS message")]
    EntryNotCms {
        /// The wCertificateType found.
        found: u16,
    },
    /// Non-zero bytes, or more than 7 of them, follow the CMS message in its entry.
    #[error("{length} bytes follow the message")]
    TrailingData {
        /// Bytes after the message.
        length: u64,
    },
    /// A value's length reaches past what encloses it.
    #[error("a length of {length} where {available} bytes are left")]
    LengthPastEnd {
        /// The length found.
        length: u64,
        /// Bytes left.
        available: u64,
    },
    /// A tag or length field is cut, has more than 8 length octets, or is reserved.
    #[error("a tag or length that cannot be read")]
    BadHeaderOctets,
    /// A value of indefinite length that is never closed.
    #[error("an indefinite length without its end")]
    Unterminated,
    /// Another ASN.1 type than the structure has there.
    #[error("ASN.1 tag {found:#04x} where {expected:#04x} belongs")]
    UnexpectedTag {
        /// The tag the structure has there.
        expected: u32,
        /// The tag found.
        found: u32,
    },
    /// A required part of the structure is not there.
    #[error("a required part is absent")]
    Missing,
    /// A SEQUENCE has parts after its last known one.
    #[error("unknown parts after the last known one")]
    UnknownParts,
    /// A message of another content type where a SignedData belongs.
    #[error("no SignedData")]
    NotSignedData,
    /// A member of a certificate set that is no X.509 certificate.
    #[error("a certificate set member that is no X.509 certificate")]
    NotX509,
    /// A time that is no date.
    #[error("a time that is no date")]
    BadTime,
    /// Octets that are not text of their type.
    #[error("octets that are not text of their string type")]
    BadText,
    /// The named decoder refuses what the tag walk could read.
    #[error("the full X.509 decoder refuses this part")]
    DecoderRefused,
    /// A SignedData has no SignerInfo.
    #[error("no SignerInfo")]
    NoSignerInfo,
    /// The certificate that a SignerInfo names is not in the message.
    #[error("the signer's certificate is not in the message")]
    SignerAbsent,
    /// Several different certificates have the issuer and serial that a SignerInfo names.
    #[error("{count} certificates fit the signer")]
    AmbiguousSigner {
        /// How many fit.
        count: u32,
    },
    /// The signer's issuer equals its certificate's by value only, not byte for byte.
    #[error("the signer's issuer equals its certificate's by value, not byte for byte")]
    SignerByValue,
    /// A limit ended the reading; what was read before is reported.
    #[error("the limit on {limit} was reached")]
    LimitReached {
        /// Which one.
        limit: Limit,
    },
}

impl ErrorKind {
    /// The stable name of this kind, as records carry it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnrecognizedFormat => "unrecognized-format",
            Self::BadHeader => "bad-header",
            Self::UnknownOptionalMagic { .. } => "unknown-optional-magic",
            Self::DirectoryCount { .. } => "directory-count",
            Self::TableOutsideFile => "table-outside-file",
            Self::TableTruncated { .. } => "table-truncated",
            Self::TableUnaligned => "table-unaligned",
            Self::DataAfterTable { .. } => "data-after-table",
            Self::EntryTooShort { .. } => "entry-too-short",
            Self::EntryPastEnd { .. } => "entry-past-end",
            Self::StrayBytes { .. } => "stray-bytes",
            Self::EntryNotCms { .. } => "entry-not-cms",
            Self::TrailingData { .. } => "trailing-data",
            Self::LengthPastEnd { .. } => "length-past-end",
            Self::BadHeaderOctets => "bad-header-octets",
            Self::Unterminated => "unterminated",
            Self::UnexpectedTag { .. } => "unexpected-tag",
            Self::Missing => "missing",
            Self::UnknownParts => "unknown-parts",
            Self::NotSignedData => "not-signed-data",
            Self::NotX509 => "not-x509",
            Self::BadTime => "bad-time",
            Self::BadText => "bad-text",
            Self::DecoderRefused => "decoder-refused",
            Self::NoSignerInfo => "no-signer-info",
            Self::SignerAbsent => "signer-absent",
            Self::AmbiguousSigner { .. } => "ambiguous-signer",
            Self::SignerByValue => "signer-by-value",
            Self::LimitReached { .. } => "limit-reached",
        }
    }
}

/// The structure an [`Error`] was met in, named as its specification names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The file as a whole.
    File,
    /// The headers of a PE image.
    PeHeader,
    /// The certificate table of a PE image (data directory 4).
    CertificateTable,
    /// One WIN_CERTIFICATE record.
    WinCertificate,
    /// A CMS ContentInfo (RFC 5652, 3).
    ContentInfo,
    /// A CMS SignedData (RFC 5652, 5.1).
    SignedData,
    /// The certificate set of a SignedData.
    CertificateSet,
    /// A SignerInfo (RFC 5652, 5.3).
    SignerInfo,
    /// An attribute of a SignerInfo.
    Attribute,
    /// An SpcIndirectDataContent.
    SpcIndirectData,
    /// An SpcSpOpusInfo.
    SpcSpOpusInfo,
    /// A countersignature or time-stamp token.
    Timestamp,
    /// A TSTInfo (RFC 3161, 2.4.2).
    TstInfo,
    /// An X.509 certificate (RFC 5280, 4.1).
    Certificate,
    /// A Name (RFC 5280, 4.1.2.4).
    Name,
    /// A certificate's validity.
    Validity,
    /// A certificate's public key.
    SubjectPublicKeyInfo,
    /// A certificate's extension.
    Extension,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::PeHeader => "PE header",
            Self::CertificateTable => "certificate table",
            Self::WinCertificate => "WIN_CERTIFICATE",
            Self::ContentInfo => "ContentInfo",
            Self::SignedData => "SignedData",
            Self::CertificateSet => "CertificateSet",
            Self::SignerInfo => "SignerInfo",
            Self::Attribute => "Attribute",
            Self::SpcIndirectData => "SpcIndirectDataContent",
            Self::SpcSpOpusInfo => "SpcSpOpusInfo",
            Self::Timestamp => "timestamp",
            Self::TstInfo => "TSTInfo",
            Self::Certificate => "Certificate",
            Self::Name => "Name",
            Self::Validity => "Validity",
            Self::SubjectPublicKeyInfo => "SubjectPublicKeyInfo",
            Self::Extension => "Extension",
        })
    }
}

/// The field of [`Limits`](crate::Limits) that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`max_table_bytes`](crate::Limits::max_table_bytes).
    TableBytes,
    /// [`max_entries`](crate::Limits::max_entries).
    Entries,
    /// [`max_signatures`](crate::Limits::max_signatures).
    Signatures,
    /// [`max_nesting`](crate::Limits::max_nesting).
    Nesting,
    /// [`max_certificates`](crate::Limits::max_certificates).
    Certificates,
    /// [`max_signer_infos`](crate::Limits::max_signer_infos).
    SignerInfos,
    /// [`max_attributes`](crate::Limits::max_attributes).
    Attributes,
    /// [`max_attribute_values`](crate::Limits::max_attribute_values).
    AttributeValues,
    /// [`max_chain`](crate::Limits::max_chain).
    Chain,
    /// [`max_depth`](crate::Limits::max_depth).
    Depth,
    /// [`max_elements`](crate::Limits::max_elements).
    Elements,
    /// [`max_faults`](crate::Limits::max_faults).
    Faults,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TableBytes => "table bytes",
            Self::Entries => "entries",
            Self::Signatures => "signatures",
            Self::Nesting => "nesting",
            Self::Certificates => "certificates",
            Self::SignerInfos => "SignerInfos",
            Self::Attributes => "attributes",
            Self::AttributeValues => "attribute values",
            Self::Chain => "chain length",
            Self::Depth => "depth",
            Self::Elements => "elements",
            Self::Faults => "faults",
        })
    }
}
