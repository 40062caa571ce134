//! Recognises a file's format by its content and finds the signature data in it.

#[cfg(feature = "archives")]
pub(crate) mod archive;
pub(crate) mod base64;
pub(crate) mod cab;
mod certificates;
mod compound;
mod directory;
mod gzip;
#[cfg(feature = "msix")]
mod inflate;
pub(crate) mod msi;
#[cfg(all(feature = "digest", feature = "msix"))]
pub(crate) mod msix;
pub(crate) mod navx;
#[cfg(feature = "msix")]
mod package;
pub(crate) mod part;
pub(crate) mod pe;
#[cfg(feature = "digest")]
pub(crate) mod pe_layout;
#[cfg(feature = "digest")]
pub(crate) mod pe_pages;
pub(crate) mod pem;
mod pkcs12;
pub(crate) mod pkcs7;
mod script;
#[cfg(feature = "digest")]
pub(crate) mod script_text;
pub(crate) mod source;
mod text;
pub(crate) mod win_certificate;
#[cfg(feature = "msix")]
mod xap;
mod xml_signature;
#[cfg(feature = "msix")]
mod zip;

use std::fmt;
use std::io;

use crate::bytes::{Span, to_u64, to_usize};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;
use part::Parts;
use source::ReadAt;

/// The format of a file that can carry signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Container {
    /// A PE image: .exe, .dll, .sys, .efi and their kin.
    Pe,
    /// A cabinet: .cab, .ex_ and their kin.
    Cab,
    /// A Windows Installer file: .msi, .msp, .mst.
    Msi,
    /// Another compound file: .doc, .xls, .msg and their kin. It has no Authenticode signature.
    Ole,
    /// One bare CMS message (PKCS #7) in DER or BER: .p7b, .p7s, .cat.
    Pkcs7,
    /// Certificates in DER, one behind the other, and perhaps PEM behind them: .cer, .der, .crt.
    Der,
    /// PEM blocks, among any text, or base64 alone: .pem, .crt, .p7b.
    Pem,
    /// A PKCS #12 file: .pfx, .p12.
    Pkcs12,
    /// A script or other text of Windows with a signature block: .ps1 and its kin, .vbs, .js, .wsf, .mof.
    Script,
    /// A text of XML with a signature in it: the manifests of ClickOnce (.application, .manifest) and others. Only the certificates that the
    /// signature has are read; see [`Role::Signer`](crate::Role::Signer).
    Xml,
    /// An app package of Windows, or a bundle of them: .msix, .appx, .msixbundle, .appxbundle.
    Msix,
    /// An Open Packaging package: .docx and its kin, .vsix, .nupkg. Signatures in XML are read as those of [`Xml`](Self::Xml), those of NuGet
    /// as messages.
    Opc,
    /// A Java archive: .jar, .apk. What is in its .RSA, .DSA and .EC files is over a list of digests in the archive.
    Jar,
    /// A Silverlight package: .xap.
    Xap,
    /// An extension package of Dynamics 365: .app, .navx.
    Navx,
    /// A zip archive that is none of these.
    Zip,
    /// A compressed file: .gz. It has no signature; the file in it may.
    Gzip,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pe => "pe",
            Self::Cab => "cab",
            Self::Msi => "msi",
            Self::Ole => "ole",
            Self::Pkcs7 => "pkcs7",
            Self::Der => "der",
            Self::Pem => "pem",
            Self::Pkcs12 => "pkcs12",
            Self::Script => "script",
            Self::Xml => "xml",
            Self::Msix => "msix",
            Self::Opc => "opc",
            Self::Jar => "jar",
            Self::Xap => "xap",
            Self::Navx => "navx",
            Self::Zip => "zip",
            Self::Gzip => "gzip",
        })
    }
}

/// How a file stores its signatures.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stored {
    /// As they are, in one piece.
    InPlace(Located),
    /// In another form, which is to be [unpacked](unpack).
    Apart(Format),
}

/// What a file looks like that stores its signatures in another form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Compound,
    Der,
    Pkcs12,
    Text,
    #[cfg(feature = "msix")]
    Zip,
}

/// Where the signature data of a file lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Located {
    pub(crate) container: Container,
    /// File offset of the signature data.
    pub(crate) offset: u64,
    /// Bytes of signature data that are in the file and within the limits.
    pub(crate) length: u64,
    /// Bytes of signature data that the file says it has; 0 when it has none.
    pub(crate) declared: u64,
    /// File offset of the byte behind the signature data, those beyond the limits included.
    pub(crate) end: u64,
    /// Bytes of the file behind the signature data.
    pub(crate) behind: u64,
}

/// Bytes that are looked at to tell what data is like that nobody reads: enough for its entropy, and little beside a table.
pub(crate) const SAMPLE_BYTES: usize = 64 << 10;

/// Bytes in front of the signature data that are looked at.
const LEAD_BYTES: usize = 1 << 10;

impl Located {
    /// How many of the bytes in front of the signature data are looked at, for the end of an archive.
    pub(crate) fn lead(&self) -> usize {
        let has_table = cfg!(feature = "msix") && self.container == Container::Pe && self.length > 0;
        if has_table { to_usize(self.offset).min(LEAD_BYTES) } else { 0 }
    }

    /// How many of the bytes behind the signature data are read.
    pub(crate) fn behind_read(&self) -> usize {
        to_usize(self.behind).min(SAMPLE_BYTES)
    }
}

/// The bytes of a file that are looked at: its signature data, and the beginning of what lies behind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignatureBytes<'a> {
    pub(crate) data: Span<'a>,
    pub(crate) behind: Span<'a>,
}

/// Why a source gave no signature data.
#[derive(Debug)]
pub(crate) enum LocateError {
    Io(io::Error),
    File(Error),
}

impl LocateError {
    /// The same for a file that is in memory, which has no errors of input; if it had, this would be their name.
    pub(crate) fn in_memory(self) -> Error {
        match self {
            Self::File(error) => error,
            Self::Io(_) => Error::new(ErrorKind::BadHeader, Structure::File, 0),
        }
    }
}

impl From<io::Error> for LocateError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Error> for LocateError {
    fn from(error: Error) -> Self {
        Self::File(error)
    }
}

/// Bytes read first: the security directory lies within the first 752 bytes of every PE seen.
const HEAD_BYTES: usize = 1024;

/// Finds the signature data of `source` from its headers alone.
pub(crate) fn locate(source: &(impl ReadAt + ?Sized), size: u64, budget: &mut Budget) -> Result<Stored, LocateError> {
    let mut buffer = [0_u8; HEAD_BYTES];
    let head = source::read_full(source, 0, &mut buffer)?;
    let located = if let Some(position) = pe::header_position(head) {
        match locate_pe(source, size, head, position, budget) {
            Err(LocateError::File(error)) if error.kind() == ErrorKind::UnrecognizedFormat => {
                // A program for MS-DOS, or two letters.
                let Ok(format) = format_by_end(source, size) else { return Err(error.into()) };
                return Ok(Stored::Apart(format));
            }
            located => located?,
        }
    } else if pkcs7::is_message(head) {
        Located { container: Container::Pkcs7, offset: 0, length: size, declared: size, end: size, behind: 0 }
    } else if cab::is_cabinet(head) {
        cab::find_signature(source, size, budget)?
    } else if navx::is_package(head) {
        navx::find_signature(source, size, budget)?
    } else if gzip::is_gzip(head) {
        Located { container: Container::Gzip, offset: 0, length: 0, declared: 0, end: size, behind: 0 }
    } else {
        return Ok(Stored::Apart(match format_of(head) {
            Some(format) => format,
            None => format_by_end(source, size)?,
        }));
    };
    Ok(Stored::InPlace(clamp(located, budget)))
}

const UNRECOGNIZED: Error = Error::new(ErrorKind::UnrecognizedFormat, Structure::File, 0);

/// The format of a file whose start is none's.
#[cfg(feature = "msix")]
fn format_by_end(source: &(impl ReadAt + ?Sized), size: u64) -> Result<Format, LocateError> {
    zip::Directory::find_near_end(source, size)?.map(|_| Format::Zip).ok_or(UNRECOGNIZED.into())
}

/// None: this build reads no packages.
#[cfg(not(feature = "msix"))]
fn format_by_end(_: &(impl ReadAt + ?Sized), _: u64) -> Result<Format, LocateError> {
    Err(UNRECOGNIZED.into())
}

fn format_of(head: &[u8]) -> Option<Format> {
    if compound::is_compound(head) {
        return Some(Format::Compound);
    }
    if certificates::is_certificate(head) {
        return Some(Format::Der);
    }
    if pkcs12::is_pfx(head) {
        return Some(Format::Pkcs12);
    }
    #[cfg(feature = "msix")]
    if zip::is_zip(head) {
        return Some(Format::Zip);
    }
    text::is_text(head).then_some(Format::Text)
}

/// The format of a file that is no PE image and may have a digest which signatures are over, by its first octets.
#[cfg(feature = "digest")]
pub(crate) fn format_with_digest(source: &(impl ReadAt + ?Sized), size: u64) -> Result<Container, LocateError> {
    let mut buffer = [0_u8; HEAD_BYTES];
    let head = source::read_full(source, 0, &mut buffer)?;
    if cab::is_cabinet(head) {
        return Ok(Container::Cab);
    }
    if navx::is_package(head) {
        return Ok(Container::Navx);
    }
    match format_of(head) {
        Some(Format::Compound) => Ok(Container::Msi),
        Some(Format::Text) if size > 0 => Ok(Container::Script),
        #[cfg(feature = "msix")]
        Some(Format::Zip) => Ok(Container::Msix),
        _ => Err(UNRECOGNIZED.into()),
    }
}

/// Takes the signatures and certificates out of a file that stores them in another form than their own.
pub(crate) fn unpack(
    format: Format,
    source: &(impl ReadAt + ?Sized),
    size: u64,
    parts: &mut Parts,
    budget: &mut Budget,
) -> Result<Container, LocateError> {
    parts.clear();
    let container = match format {
        Format::Compound => msi::unpack(source, size, parts, budget)?,
        Format::Der | Format::Pkcs12 => {
            let bytes = source::read_first(source, size.min(budget.limits().max_table_bytes))?;
            if size > to_u64(bytes.len()) {
                budget.fault_limit(Limit::TableBytes, Structure::File, to_u64(bytes.len()));
            }
            if format == Format::Pkcs12 {
                pkcs12::unpack(&bytes, parts, budget);
                Container::Pkcs12
            } else {
                certificates::unpack_der(&bytes, parts, budget);
                Container::Der
            }
        }
        Format::Text => match text::unpack(source, size, parts, budget)? {
            Some(container) => container,
            None => return unpack(format_by_end(source, size)?, source, size, parts, budget),
        },
        #[cfg(feature = "msix")]
        Format::Zip => return package::unpack(source, size, parts, budget),
    };
    #[cfg(feature = "msix")]
    package::unpack_behind(source, size, parts, budget)?;
    Ok(container)
}

/// Takes the signatures of a package that lies behind what is read of a file in place, or in it. `looked_at` are the bytes from its
/// [lead](Located::lead) to the end of its signature data; of these the first and the last are searched for the end of an archive.
#[cfg(feature = "msix")]
pub(crate) fn unpack_behind(
    located: &Located,
    source: &(impl ReadAt + ?Sized),
    size: u64,
    looked_at: &[u8],
    parts: &mut Parts,
    budget: &mut Budget,
) -> Result<(), LocateError> {
    parts.clear();
    let mut buffer = [0; zip::NEAR_END];
    let is_more = located.end < size && located.container != Container::Pkcs7;
    let start = size.saturating_sub(to_u64(buffer.len()));
    let tail = if is_more {
        source::read_full(source, start, &mut buffer)?
    } else {
        looked_at.last_chunk::<{ zip::NEAR_END }>().map_or(looked_at, |last| last)
    };
    let lead = looked_at.get(..located.lead()).unwrap_or(looked_at);
    if zip::may_end_in(lead) || zip::may_end_in(tail) {
        for end in [size, located.offset] {
            if package::unpack_behind(source, end, parts, budget)? {
                break;
            }
        }
    }
    Ok(())
}

/// Nothing: this build reads no packages.
#[cfg(not(feature = "msix"))]
pub(crate) fn unpack_behind(
    _: &Located,
    _: &(impl ReadAt + ?Sized),
    _: u64,
    _: &[u8],
    parts: &mut Parts,
    _: &mut Budget,
) -> Result<(), LocateError> {
    parts.clear();
    Ok(())
}

fn locate_pe(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    head: &[u8],
    position: u64,
    budget: &mut Budget,
) -> Result<Located, LocateError> {
    let mut window = [0_u8; pe::HEADER_WINDOW];
    let start = to_usize(position);
    let in_head = start.checked_add(pe::HEADER_WINDOW).and_then(|end| head.get(start..end));
    let header = match in_head {
        Some(header) => header,
        None => source::read_full(source, position, &mut window)?,
    };
    let table = pe::find_table(header, position, size, budget)?;
    let end = table.offset.saturating_add(table.length);
    let behind = if table.length == 0 { 0 } else { size.saturating_sub(end) };
    let pe::Table { offset, length, declared } = table;
    Ok(Located { container: Container::Pe, offset, length, declared, end, behind })
}

fn clamp(mut located: Located, budget: &mut Budget) -> Located {
    let max = budget.limits().max_table_bytes;
    if located.length > max {
        budget.fault_limit(Limit::TableBytes, Structure::CertificateTable, located.offset.saturating_add(max));
        located.length = max;
    }
    located
}
