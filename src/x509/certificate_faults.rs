//! What is wrong inside a certificate whose serial, issuer and subject can be read.

use super::certificate::Certificate;
use super::extension::Extension;
use super::name::Name;
use crate::asn1::der::Cursor;
use crate::asn1::oid::Oid;
use crate::asn1::tag;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

impl Certificate<'_> {
    /// Everything that is wrong inside the certificate, by part: its structure and times, its names, its extensions. Offsets are
    /// those of the file that the certificate was read from.
    ///
    /// [`SignedFile::faults`](crate::SignedFile::faults) has those among them that reading the file comes past; names and
    /// extensions are walked only here.
    ///
    /// ```
    /// use certsift::{ErrorKind, SignedFile};
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let file = SignedFile::parse(bytes)?;
    /// let signer = file.signatures()[0].signer().unwrap();
    /// assert!(signer.faults().is_empty());
    /// # Ok::<(), certsift::Error>(())
    /// ```
    #[must_use]
    pub fn faults(self) -> Vec<Error> {
        let mut budget = Budget::default();
        let element = Cursor::new(self.span(), Structure::Certificate).expect(tag::SEQUENCE, &mut budget);
        let again = element.and_then(|element| Self::from_element(element, &mut budget));
        budget.survive(again);
        if let Some(part) = self.unknown_parts() {
            budget.fault(Error::new(ErrorKind::UnknownParts, Structure::Certificate, part.offset()));
        }
        note_name(self.issuer(), &mut budget);
        note_name(self.subject(), &mut budget);
        self.note_extensions(&mut budget);
        budget.into_faults()
    }

    fn note_extensions(self, budget: &mut Budget) {
        /// Extensions that are compared with all before them; real certificates have up to fifteen.
        const MOST: usize = 64;
        let mut list = self.extension_list();
        let mut seen: Vec<Oid<'_>> = Vec::new();
        while let Some(element) = list.next_or_fault(budget) {
            let offset = element.raw.offset();
            let Ok(extension) = Extension::read(element, budget) else {
                budget.fault(Error::new(ErrorKind::BadExtension, Structure::Extension, offset));
                continue;
            };
            if !extension.is_well_formed() {
                budget.fault(Error::new(ErrorKind::BadExtension, Structure::Extension, offset));
            }
            if seen.contains(&extension.kind()) {
                budget.fault(Error::new(ErrorKind::DuplicateExtension, Structure::Extension, offset));
            } else if seen.len() < MOST {
                seen.push(extension.kind());
            }
        }
    }
}

/// Values of a name that are no text of their string type.
fn note_name(name: Name<'_>, budget: &mut Budget) {
    // Without octets it was cut off, which is told already.
    if name.as_bytes().is_empty() {
        return;
    }
    let mut attributes = name.walk();
    for attribute in attributes.by_ref() {
        if !attribute.is_string() {
            let kind = ErrorKind::UnexpectedTag { expected: tag::UTF8_STRING, found: attribute.tag() };
            budget.fault(Error::new(kind, Structure::Name, attribute.offset()));
        } else if !attribute.is_text() {
            budget.fault(Error::new(ErrorKind::BadText, Structure::Name, attribute.offset()));
        }
    }
    for fault in attributes.into_faults() {
        if !fault.is_told(budget.faults()) {
            budget.fault(fault);
        }
    }
}
