//! [`Given`]: the certificates and revocation lists in a file of the caller's, as PEM or as DER.

use super::trust_error::{TrustError, TrustErrorKind};
use crate::asn1::der::Cursor;
use crate::asn1::tag;
use crate::bytes::Span;
use crate::container::Container;
use crate::container::pem::{PemBlock, pem_blocks};
use crate::error::{Error, ErrorKind, Structure};
use crate::file::SignedFile;
use crate::limits::Budget;
use crate::x509::signed_object::SignedObject;

/// One thing that was given.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) der: Vec<u8>,
    /// Where it, or its PEM block, begins in the file.
    pub(super) offset: usize,
}

/// What is looked for in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Certificate,
    RevocationList,
}

/// How the octets of a PEM block are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// One object, and nothing behind it.
    One,
    /// One certificate, and what OpenSSL notes about its use.
    Trusted,
    /// A message of which only the certificates are wanted.
    Pkcs7,
}

impl Given {
    /// Everything of one kind in `bytes`, in the order in which it is there: DER at the start, one object behind the other, and PEM. What
    /// is put together from both (as Debian's trust store may be) is read whole.
    ///
    /// # Errors
    /// When there is nothing of the kind, or anything of it that is damaged.
    pub(super) fn read(bytes: &[u8], kind: Kind) -> Result<Vec<Self>, TrustError> {
        let mut found = Vec::new();
        let at = read_der(bytes, kind, &mut found)?;
        let rest = bytes.get(at..).unwrap_or_default();
        let mut is_pem = false;
        for block in pem_blocks(rest) {
            is_pem = true;
            if let Some(content) = kind.content(block.label) {
                read_block(block, content, kind, at, &mut found)?;
            }
        }
        if is_pem && !found.is_empty() {
            return Ok(found);
        }
        // What begins as DER does was meant to be that.
        let cut = element(rest, kind.structure()).err().filter(|_| rest.starts_with(DER_START));
        match cut {
            Some(error) => Err(TrustError::new(kind.bad(error.kind()), at)),
            None if found.is_empty() => Err(TrustError::new(kind.nothing(), at)),
            None if rest.is_empty() => Ok(found),
            None => Err(TrustError::new(kind.bad(ErrorKind::UnknownParts), at)),
        }
    }
}

/// The first octet of a certificate, a revocation list and a message.
const DER_START: &[u8] = &[0x30];

impl Kind {
    /// What a block with this label holds; `None` where that is of another kind.
    fn content(self, label: &[u8]) -> Option<Content> {
        match (self, label) {
            (Self::Certificate, b"CERTIFICATE" | b"X509 CERTIFICATE") | (Self::RevocationList, b"X509 CRL") => {
                Some(Content::One)
            }
            (Self::Certificate, b"TRUSTED CERTIFICATE") => Some(Content::Trusted),
            (Self::Certificate, b"PKCS7" | b"CMS") => Some(Content::Pkcs7),
            _ => None,
        }
    }

    const fn structure(self) -> Structure {
        match self {
            Self::Certificate => Structure::Certificate,
            Self::RevocationList => Structure::RevocationList,
        }
    }

    const fn nothing(self) -> TrustErrorKind {
        match self {
            Self::Certificate => TrustErrorKind::NoCertificate,
            Self::RevocationList => TrustErrorKind::NoRevocationList,
        }
    }

    const fn bad(self, kind: ErrorKind) -> TrustErrorKind {
        match self {
            Self::Certificate => TrustErrorKind::BadCertificate(kind),
            Self::RevocationList => TrustErrorKind::BadRevocationList(kind),
        }
    }
}

/// Reads the DER at the start of a file, and answers where it ends. Text that begins with the octet of a SEQUENCE, which is a `0`, is
/// none.
fn read_der(bytes: &[u8], kind: Kind, found: &mut Vec<Given>) -> Result<usize, TrustError> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Ok(whole) = element(rest, kind.structure()) else { return Ok(at) };
        if kind == Kind::Certificate && is_message(whole) {
            read_message(whole, at, found)?;
        } else if SignedObject::read(Span::new(whole, 0), kind.structure()).is_some() {
            found.push(Given { der: whole.to_vec(), offset: at });
        } else {
            return Ok(at);
        }
        // A program that joins files may put an end of line behind each.
        let behind = rest.get(whole.len()..).unwrap_or_default().trim_ascii_start();
        at = bytes.len().saturating_sub(behind.len());
    }
}

/// The SEQUENCE at the start of `octets`.
fn element(octets: &[u8], structure: Structure) -> Result<&[u8], Error> {
    let element = Cursor::new(Span::new(octets, 0), structure).expect(tag::SEQUENCE, &mut Budget::default())?;
    Ok(element.raw.as_bytes())
}

fn read_block(
    block: PemBlock<'_>,
    content: Content,
    kind: Kind,
    start: usize,
    found: &mut Vec<Given>,
) -> Result<(), TrustError> {
    let offset = start.saturating_add(block.offset);
    let der = block.decode().ok_or(TrustError::new(TrustErrorKind::BadPem, offset))?;
    if content == Content::Pkcs7 {
        return read_message(&der, offset, found);
    }
    let bad = |error| TrustError::new(kind.bad(error), offset);
    let length = element(&der, kind.structure()).map_err(|error| bad(error.kind()))?.len();
    if length < der.len() && content == Content::One {
        return Err(bad(ErrorKind::UnknownParts));
    }
    found.push(Given { der, offset });
    Ok(())
}

fn is_message(der: &[u8]) -> bool {
    SignedFile::parse(der).is_ok_and(|file| file.container() == Container::Pkcs7)
}

/// The certificates of a bare CMS message. One that cannot be read spoils the file, as elsewhere.
fn read_message(der: &[u8], offset: usize, found: &mut Vec<Given>) -> Result<(), TrustError> {
    let bad = |kind| TrustError::new(TrustErrorKind::BadCertificate(kind), offset);
    let file = SignedFile::parse(der).map_err(|error| bad(error.kind()))?;
    if let Some(fault) = file.faults().iter().find(|fault| loses_certificates(fault)) {
        return Err(bad(fault.kind()));
    }
    let certificates = file.signatures().iter().flat_map(|signature| signature.certificates());
    found.extend(certificates.map(|certificate| Given { der: certificate.der().to_vec(), offset }));
    Ok(())
}

/// Whether a message with this fault may have more certificates than were read.
fn loses_certificates(fault: &Error) -> bool {
    let is_around =
        matches!(fault.structure(), Structure::ContentInfo | Structure::SignedData | Structure::CertificateSet);
    is_around && !matches!(fault.kind(), ErrorKind::IndefiniteLength | ErrorKind::NonMinimalLength)
}
