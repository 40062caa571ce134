//! [`ErrorKind`]: every fault there is, each defined once with its code, its meaning, and what Windows does about it.

use super::Limit;

/// One row of the list of faults, for documentation and for programs that show what a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultCode {
    /// The stable name, as records carry it.
    pub code: &'static str,
    /// What it means, in a sentence or two.
    pub meaning: &'static str,
    /// What Windows does with such a file, where that is known from specifications and from other projects' reports.
    pub windows: Option<&'static str>,
}

/// Defines the kinds and the table of codes from one list.
macro_rules! error_kinds {
    ($(
        $(#[doc = $meaning:literal])+
        $variant:ident $({ $($(#[doc = $field_doc:literal])+ $field:ident: $type:ty),+ })? = $code:literal, $sentence:literal
        $(, windows $windows:literal)?;
    )+) => {
        /// The kinds of [`Error`](crate::Error). Each has a stable [`code`](ErrorKind::code) and a sentence
        /// ([`Display`](std::fmt::Display)).
        ///
        #[doc = include_str!("../../docs/faults.md")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(
                $(#[doc = $meaning])+
                #[error($sentence)]
                $variant $({ $($(#[doc = $field_doc])+ $field: $type),+ })?,
            )+
        }

        impl ErrorKind {
            /// The stable name of this kind, as records carry it.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }

            /// Every kind's code, what it means, and what Windows does.
            #[must_use]
            pub const fn codes() -> &'static [FaultCode] {
                const CODES: &[FaultCode] = &[$(FaultCode {
                    code: $code,
                    meaning: concat!($($meaning),+),
                    windows: optional(&[$($windows)?]),
                }),+];
                CODES
            }
        }
    };
}

/// The first of at most one.
const fn optional(text: &[&'static str]) -> Option<&'static str> {
    match text {
        [first, ..] => Some(*first),
        [] => None,
    }
}

error_kinds! {
    /// The file is none of the formats this build reads.
    UnrecognizedFormat = "unrecognized-format", "not a format that is read here";
    /// The file is a known container whose header is cut or contradicts itself.
    BadHeader = "bad-header", "the header is cut or contradicts itself",
        windows "Does not load the file.";
    /// The optional header's magic is neither 0x10b (PE32) nor 0x20b (PE32+); it was read as the one that fits the machine.
    UnknownOptionalMagic {
        /// The magic found.
        found: u16
    } = "unknown-optional-magic", "an unknown optional header magic, {found:#06x}",
        windows "Does not load the file.";
    /// NumberOfRvaAndSizes is above 16, or hides a security directory that is there, or counts one that lies behind SizeOfOptionalHeader; it
    /// was read.
    DirectoryCount {
        /// The count found.
        found: u32
    } = "directory-count", "a data directory count of {found} does not fit the header";
    /// The security directory has an offset and no size, or a size and no offset: there is no certificate table. Also what the header of a
    /// cabinet says of its signature.
    DirectoryIncomplete = "directory-incomplete", "signature data with an offset and no length, or a length and no offset";
    /// The certificate table, or the signature of a cabinet, starts past the end of the file, so that nothing of it is there.
    TableOutsideFile = "table-outside-file", "the signature data starts past the end of the file";
    /// The certificate table, or the signature of a cabinet or an installer file, reaches past the end of the file, as in a download that
    /// broke off; what is there was read.
    TableTruncated {
        /// Bytes missing.
        missing: u64
    } = "table-truncated", "the signature data is cut: {missing} bytes are missing";
    /// The certificate table does not start on a multiple of 8.
    TableUnaligned = "table-unaligned", "the certificate table does not start on a multiple of 8",
        windows "Refuses the signature.";
    /// The file goes on after the certificate table, or the signature of a cabinet.
    DataAfterTable {
        /// Bytes after the table.
        length: u64
    } = "data-after-table", "{length} bytes follow the signature data";
    /// The certificate table lies over the headers or the sections, or in front of some of them. It is left out of every image digest, so that
    /// none covers what is loaded: the digest of a foreign program may be the one that a signature claims. Told with the digests.
    TableOverImage = "table-over-image", "the certificate table does not lie behind the headers and the sections";
    /// A WIN_CERTIFICATE says it is shorter than its own header of 8 bytes. Told once where several follow each other.
    EntryTooShort {
        /// The dwLength found.
        found: u32
    } = "entry-too-short", "an entry length of {found} is shorter than its header";
    /// A WIN_CERTIFICATE reaches past the table; what is there was read.
    EntryPastEnd {
        /// The dwLength found.
        found: u32
    } = "entry-past-end", "an entry of {found} bytes reaches past the table";
    /// Bytes of the table that hold no WIN_CERTIFICATE.
    StrayBytes {
        /// Bytes passed over.
        length: u64
    } = "stray-bytes", "{length} bytes that are no entry";
    /// A WIN_CERTIFICATE whose body is no CMS message and no certificate.
    EntryNotCms {
        /// The wCertificateType found.
        found: u16
    } = "entry-not-cms", "an entry of type {found:#06x} holds no CMS message";
    /// Non-zero bytes, or more than 7 of them, follow the CMS message in its entry: room for data that no signature covers
    /// (MS13-098).
    TrailingData {
        /// Bytes after the message.
        length: u64
    } = "trailing-data", "{length} bytes follow the message",
        windows "Takes it by default; refuses it with EnableCertPaddingCheck.";
    /// A value's length reaches past what encloses it.
    LengthPastEnd {
        /// The length found.
        length: u64,
        /// Bytes left.
        available: u64
    } = "length-past-end", "a length of {length} where {available} bytes are left";
    /// A tag or length field is cut or reserved, a tag number is too long, a length has more than 8 significant octets, or a primitive value
    /// has an indefinite length.
    BadHeaderOctets = "bad-header-octets", "a tag or length that cannot be read";
    /// A value of indefinite length that is never closed.
    Unterminated = "unterminated", "an indefinite length without its end";
    /// An indefinite length, which BER has and DER has not. Told once for each entry, at the first.
    IndefiniteLength = "indefinite-length", "an indefinite length, which DER does not have";
    /// A length in more octets than it needs, which BER has and DER has not. Told once for each entry, at the first.
    NonMinimalLength = "non-minimal-length", "a length in more octets than it needs";
    /// A serial number with a leading octet that it does not need.
    NonMinimalInteger = "non-minimal-integer", "an integer with leading octets that it does not need";
    /// Another ASN.1 type than the structure has there.
    UnexpectedTag {
        /// The tag the structure has there.
        expected: u32,
        /// The tag found.
        found: u32
    } = "unexpected-tag", "ASN.1 tag {found:#04x} where {expected:#04x} belongs";
    /// A required part of the structure is not there.
    Missing = "missing", "a required part is absent";
    /// A SEQUENCE has parts after its last known one.
    UnknownParts = "unknown-parts", "unknown parts after the last known one";
    /// A message of another content type where a SignedData belongs.
    NotSignedData = "not-signed-data", "no SignedData";
    /// A member of a certificate set that is no X.509 certificate.
    NotX509 = "not-x509", "a certificate set member that is no X.509 certificate";
    /// A time that is no date.
    BadTime = "bad-time", "a time that is no date";
    /// Octets of a name that are not text of their string type; what cannot be decoded is replaced.
    BadText = "bad-text", "octets that are not text of their string type";
    /// An extension that is malformed, or whose value is not of the type that its identifier says.
    BadExtension = "bad-extension", "a malformed extension";
    /// An extension that the certificate has already; the first one counts.
    DuplicateExtension = "duplicate-extension", "an extension that is there already";
    /// A signed attribute that the SignerInfo has already; the first one counts.
    RepeatedAttribute = "repeated-attribute", "a signed attribute that is there already";
    /// The named decoder refuses what the tag walk could read.
    DecoderRefused = "decoder-refused", "the full X.509 decoder refuses this part";
    /// A SignedData has no SignerInfo.
    NoSignerInfo = "no-signer-info", "no SignerInfo";
    /// A SignedData has several SignerInfos, and Authenticode has exactly one; each is reported. Told once, at the second.
    SeveralSignerInfos = "several-signer-infos", "several SignerInfos";
    /// The certificate that a SignerInfo names is not in the message; its issuer and serial are still compared.
    SignerAbsent = "signer-absent", "the signer's certificate is not in the message";
    /// Several different certificates have the issuer and serial, or the key identifier, that a SignerInfo names; each is reported as the
    /// signer.
    AmbiguousSigner {
        /// How many fit.
        count: u32
    } = "ambiguous-signer", "{count} certificates fit the signer";
    /// The signer's issuer or serial equals its certificate's by value only, not byte for byte.
    SignerByValue = "signer-by-value", "the signer's issuer or serial equals its certificate's by value, not byte for byte";
    /// The key id that a SignerInfo names is the hash of its certificate's key, and not one that the certificate states.
    SignerByKeyHash = "signer-by-key-hash", "the signer's key id is the hash of its certificate's key";
    /// A SignerInfo has several nested signatures; all are read.
    NestedExtraValue {
        /// How many.
        count: u32
    } = "nested-extra-value", "{count} nested signatures of one SignerInfo",
        windows "Looks at the first only.";
    /// The file has the digest that a signature claims by the section-wise rule alone: its sections leave gaps or overlap, so that the
    /// digest of the whole file, less CheckSum and the certificate table with its directory entry, is another one.
    ImageDigestSectionsOnly = "image-digest-sections-only", "only the section-wise image digest is the claimed one";
    /// The file has the digest that a signature claims as a whole, less CheckSum and the certificate table with its directory entry: its
    /// sections leave gaps or overlap, so that the section-wise digest is another one.
    ImageDigestFlatOnly = "image-digest-flat-only", "the section-wise image digest is not the claimed one";
    /// The claimed digest could not be compared with the section-wise one: the file has no optional header, or its headers are longer
    /// than SizeOfHeaders says, or its sections overlap so much that more than twice the file would be hashed.
    ImageDigestSectionsUndefined = "image-digest-sections-undefined", "there is no section-wise image digest";
    /// The file stores its signatures in another form than their own, as text or compressed: they cannot be borrowed from it.
    /// [`SignatureData`](crate::SignatureData) reads it.
    StoredApart = "stored-apart", "signatures that are stored in another form";
    /// Base64 that cannot be decoded, is not ended, or stands between lines that do not belong together. Of a signed script, what stands
    /// before that was read.
    BadEncoding = "bad-encoding", "base64 that cannot be decoded or is not ended";
    /// A part of the file is encrypted; no password is asked for.
    Encrypted = "encrypted", "a part that is encrypted";
    /// Certificates in DER, and behind them others in PEM; all were read.
    MixedEncoding = "mixed-encoding", "PEM behind DER in one file";
    /// A chain of sectors of a compound file ends too early, loops or leaves the file, or its directory is no tree; what is there was read.
    BrokenChain = "broken-chain", "sectors or entries that do not follow each other";
    /// The directory of a compound file does not lead to this signature, or not to all of it: it was found among the entries that nothing leads
    /// to, or it lies in one piece where its first sector is, or it was found by its first octets.
    UnlistedSignature = "unlisted-signature", "a signature that the directory does not lead to";
    /// A zip archive without its central directory, as in a download that broke off. What signs a package was looked for by local headers.
    DirectoryMissing = "directory-missing", "no central directory",
        windows "Does not open the package.";
    /// The central directory of a zip archive has another number of members, or of bytes, than is said of it; all of its records were read.
    BadDirectory = "bad-directory", "the central directory is not as it is said to be";
    /// A member of a zip archive that is cut, damaged, encrypted, compressed by an unknown method, or another one than the central directory says,
    /// or lies in the one before; what could be read of it was.
    BadMember = "bad-member", "a member of the archive that is not as it is said to be";
    /// The file is also a package, to those who read it from its end: a signed .jar behind an installer file keeps that one's signature valid. The
    /// signatures of both were read.
    Polyglot = "polyglot", "a signed package behind another file",
        windows "Looks at the first one only; Java runs the other.";
    /// XML whose tags do not fit together; the certificates in it were read.
    BadMarkup = "bad-markup", "tags of XML that do not fit together";
    /// A limit ended the reading; what was read before is reported.
    LimitReached {
        /// Which one.
        limit: Limit
    } = "limit-reached", "the limit on {limit} was reached";
}
