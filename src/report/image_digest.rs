//! What the record says of digests that were computed from the file.

use super::build::fault_record;
use super::{ImageDigestRecord, Report, SignatureRecord};
use crate::error::{Error, ErrorKind, Structure};
use crate::file::SignedFile;
use crate::file::image_digest::{ComputedDigest, DigestRule, ImageDigests, SectionRule};
use crate::signature::Signature;

impl Report {
    /// Fills [`computed_digest`](SignatureRecord::computed_digest) and [`digest_match`](SignatureRecord::digest_match) of every
    /// signature of `file`, of which this is the report, and adds a fault where the rules for the digest differ, and one where no digest
    /// covers the image. A signature that claims no digest, or one in an algorithm that was not computed, keeps `null`. All of them are
    /// told in [`image_digests`](Self::image_digests).
    pub fn set_image_digests(&mut self, file: &SignedFile<'_>, digests: &ImageDigests) {
        self.image_digests = digests.digests().iter().map(digest_record).collect();
        let fault = digests
            .table_over_image()
            .map(|table| Error::new(ErrorKind::TableOverImage, Structure::CertificateTable, table));
        self.faults.extend(fault.as_ref().map(fault_record));
        for (record, signature) in self.signatures.iter_mut().zip(file.signatures()) {
            let fault = record.set_image_digest(signature, digests);
            self.faults.extend(fault.as_ref().map(fault_record));
        }
    }
}

fn digest_record(digest: &ComputedDigest) -> ImageDigestRecord {
    ImageDigestRecord {
        algorithm: digest.algorithm.name().to_owned(),
        flat: hex::encode(&digest.flat),
        sections: digest.sections.as_ref().map(hex::encode),
        padded: digest.padded.as_ref().map(hex::encode),
    }
}

impl SignatureRecord {
    fn set_image_digest(&mut self, signature: &Signature<'_>, digests: &ImageDigests) -> Option<Error> {
        let claimed = signature.image_digest()?;
        let computed = digests.for_claim(claimed)?;
        let rule = computed.rule_of(claimed.digest);
        let digest = rule.and_then(|rule| computed.by(rule)).unwrap_or(&computed.flat);
        self.computed_digest = Some(hex::encode(digest));
        self.digest_match = Some(rule.is_some());
        let kind = match (rule, digests.section_rule()) {
            (Some(DigestRule::Sections), _) => ErrorKind::ImageDigestSectionsOnly,
            (Some(_), SectionRule::Differs) => ErrorKind::ImageDigestFlatOnly,
            (_, SectionRule::Undefined) => ErrorKind::ImageDigestSectionsUndefined,
            _ => return None,
        };
        Some(Error::new(kind, Structure::SpcIndirectData, signature.offset()))
    }
}
