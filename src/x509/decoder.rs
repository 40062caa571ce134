//! The full decoder: x509-parser, which no other file names.

use x509_parser::prelude::{FromDer, X509Certificate};
#[cfg(feature = "verify")]
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};
#[cfg(feature = "verify")]
use x509_parser::time::ASN1Time;

use super::certificate::Certificate;
#[cfg(feature = "verify")]
use super::serial::Serial;
#[cfg(feature = "verify")]
use crate::asn1::oid::Oid;
#[cfg(feature = "verify")]
use crate::asn1::time::Time;
use crate::error::{Error, ErrorKind, Structure};

impl<'a> Certificate<'a> {
    /// The certificate as the `x509-parser` crate decodes it: the escape hatch for what is not exposed here. Its types may change
    /// with that crate's version.
    ///
    /// # Errors
    /// When that decoder refuses the certificate.
    ///
    /// ```
    /// use certsift::SignedFile;
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let file = SignedFile::parse(bytes)?;
    /// let signer = file.signatures()[0].signer().unwrap();
    /// assert_eq!(signer.to_x509()?.raw_serial(), signer.serial().as_bytes());
    /// # Ok::<(), certsift::Error>(())
    /// ```
    pub fn to_x509(self) -> Result<X509Certificate<'a>, Error> {
        match X509Certificate::from_der(self.der()) {
            Ok((_, certificate)) => Ok(certificate),
            Err(_) => Err(Error::new(ErrorKind::DecoderRefused, Structure::Certificate, self.offset())),
        }
    }
}

/// A revocation list, decoded in full.
#[cfg(feature = "verify")]
#[derive(Debug)]
pub(super) struct DecodedList<'a>(CertificateRevocationList<'a>);

#[cfg(feature = "verify")]
impl<'a> DecodedList<'a> {
    /// # Errors
    /// When the decoder refuses the list.
    pub(super) fn decode(der: &'a [u8]) -> Result<Self, Error> {
        match CertificateRevocationList::from_der(der) {
            Ok((_, list)) => Ok(Self(list)),
            Err(_) => Err(Error::new(ErrorKind::DecoderRefused, Structure::RevocationList, 0)),
        }
    }

    pub(super) fn this_update(&self) -> Time {
        time(self.0.last_update())
    }

    pub(super) fn next_update(&self) -> Option<Time> {
        self.0.next_update().map(time)
    }

    /// The entries in stored order.
    pub(super) fn entries(&self) -> impl Iterator<Item = DecodedEntry<'_>> {
        self.0.iter_revoked_certificates().map(DecodedEntry)
    }
}

/// An entry of a revocation list.
#[cfg(feature = "verify")]
#[derive(Debug)]
pub(super) struct DecodedEntry<'l>(&'l RevokedCertificate<'l>);

#[cfg(feature = "verify")]
impl<'l> DecodedEntry<'l> {
    pub(super) fn serial(&self) -> Serial<'l> {
        Serial::from_bytes(self.0.raw_serial())
    }

    pub(super) const fn date(&self) -> Time {
        time(self.0.revocation_date)
    }

    /// The reason code; `None` without one that can be read.
    pub(super) fn reason(&self) -> Option<u8> {
        self.0.reason_code().map(|(_, reason)| reason.0)
    }

    /// The invalidity date; `None` without one that can be read.
    pub(super) fn invalidity_date(&self) -> Option<Time> {
        self.0.invalidity_date().map(|(_, date)| time(date))
    }

    pub(super) fn has_extensions(&self) -> bool {
        !self.0.extensions().is_empty()
    }

    /// The kinds of its critical extensions.
    pub(super) fn critical_extensions(&self) -> impl Iterator<Item = Oid<'l>> {
        let critical = self.0.extensions().iter().filter(|extension| extension.critical);
        critical.map(|extension| Oid::from_content(extension.oid.as_bytes()))
    }
}

#[cfg(feature = "verify")]
const fn time(time: ASN1Time) -> Time {
    Time::from_unix(time.to_datetime().unix_timestamp())
}
