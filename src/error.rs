//! [`Error`]: what went wrong, in which structure, at which file offset. A fault is an error that was survived.

mod kind;

use std::fmt;

pub use kind::{ErrorKind, FaultCode};

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

    /// Whether a list of faults has this one already; of the form of lengths it has one for a whole entry.
    pub(crate) fn is_told(&self, told: &[Self]) -> bool {
        let is_form = matches!(self.kind, ErrorKind::IndefiniteLength | ErrorKind::NonMinimalLength);
        told.iter().any(|other| other == self || (is_form && other.kind == self.kind))
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

    /// The same error in a structure that begins at `from` here and at `to` elsewhere.
    #[cfg(feature = "report")]
    pub(crate) const fn moved(self, from: u64, to: u64) -> Self {
        Self { offset: self.offset.saturating_sub(from).saturating_add(to), ..self }
    }

    /// Where: bytes from the start of the file.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
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
    /// The header of a cabinet ([MS-CAB], 2.1).
    CabinetHeader,
    /// A compound file ([MS-CFB]): its header, its tables of sectors, its directory.
    CompoundFile,
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
    /// A PKCS #12 file, or a bag in it (RFC 7292).
    Pfx,
    /// A certificate trust list, which catalogs sign.
    TrustList,
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
    /// A certificate revocation list (RFC 5280, 5.1).
    RevocationList,
    /// The central directory of a zip archive (APPNOTE 4.3.12).
    ZipDirectory,
    /// A member of a zip archive (APPNOTE 4.3.7).
    ZipMember,
    /// A signature in XML (W3C, XML Signature Syntax and Processing).
    XmlSignature,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::PeHeader => "PE header",
            Self::CabinetHeader => "CFHEADER",
            Self::CompoundFile => "compound file",
            Self::CertificateTable => "certificate table",
            Self::WinCertificate => "WIN_CERTIFICATE",
            Self::ContentInfo => "ContentInfo",
            Self::SignedData => "SignedData",
            Self::CertificateSet => "CertificateSet",
            Self::SignerInfo => "SignerInfo",
            Self::Attribute => "Attribute",
            Self::SpcIndirectData => "SpcIndirectDataContent",
            Self::SpcSpOpusInfo => "SpcSpOpusInfo",
            Self::Pfx => "PFX",
            Self::TrustList => "CertificateTrustList",
            Self::Timestamp => "timestamp",
            Self::TstInfo => "TSTInfo",
            Self::Certificate => "Certificate",
            Self::Name => "Name",
            Self::Validity => "Validity",
            Self::SubjectPublicKeyInfo => "SubjectPublicKeyInfo",
            Self::Extension => "Extension",
            Self::RevocationList => "CertificateList",
            Self::ZipDirectory => "zip directory",
            Self::ZipMember => "zip member",
            Self::XmlSignature => "XML signature",
        })
    }
}

/// The field of [`Limits`](crate::Limits) that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`max_table_bytes`](crate::Limits::max_table_bytes).
    TableBytes,
    /// [`max_text_bytes`](crate::Limits::max_text_bytes).
    TextBytes,
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
    /// `max_members` of `ArchiveLimits`.
    Members,
    /// `max_member_bytes` of `ArchiveLimits`.
    MemberBytes,
    /// `max_total_bytes` of `ArchiveLimits`.
    UnpackedBytes,
    /// `max_ratio` of `ArchiveLimits`.
    Ratio,
    /// `max_depth` of `ArchiveLimits`.
    ArchiveDepth,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TableBytes => "table bytes",
            Self::TextBytes => "text bytes",
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
            Self::Members => "members of archives",
            Self::MemberBytes => "bytes of one member",
            Self::UnpackedBytes => "unpacked bytes",
            Self::Ratio => "unpacked bytes for each byte of the archive",
            Self::ArchiveDepth => "archives inside one another",
        })
    }
}
