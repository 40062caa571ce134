//! From the facts of a verifier to the records of a report.

use super::certificate_record::time_text;
use super::certificates::CertificateList;
use super::verification::{
    AnchorRecord, PaddingCheckRecord, PageHashCheckRecord, PathBreakRecord, PathLinkRecord, RevocationGapRecord,
    RevocationRecord, TimeRecord, TimestampVerificationRecord, VerificationRecord, WeaknessRecord,
};
use crate::verify::{
    CertificatePath, CheckTime, Origin, Revocation, RevocationStatus, SignerVerification, TimestampVerification,
    ValidAt, Verification, Weakness, WeaknessKind,
};
use crate::x509::certificate::Certificate;

/// Makes the records of one SignedData. Certificates of the file that come to light here are put into the list.
pub(super) struct Facts<'f, 'l, 'c, 'a> {
    pub(super) verification: &'f Verification<'a>,
    pub(super) certificates: &'l mut CertificateList<'c, 'a>,
}

impl<'a> Facts<'_, '_, '_, 'a> {
    /// The record of one SignerInfo, with as many of its timestamps as are `told`. Without a SignerInfo it says what is known of the
    /// SignedData.
    pub(super) fn record(&mut self, signer: usize, told: usize) -> VerificationRecord {
        let verification = self.verification;
        let room = self.certificates.room;
        let page_hashes = room.parts.some_of(&verification.page_hashes);
        let signed_data = VerificationRecord {
            digest_matches: verification.digest_matches,
            digest_covers_image: verification.digest_covers_image,
            digest_rule: verification.digest_rule.map(|rule| rule.as_str().to_owned()),
            page_hashes: page_hashes
                .map(|pages| PageHashCheckRecord {
                    kind: room.texts.text(pages.kind.as_oid()),
                    matches: pages.matches,
                    first_wrong: pages.first_wrong,
                    pages: pages.pages,
                    page_size: pages.page_size,
                })
                .collect(),
            padding_check: verification.padding_check.map(|check| PaddingCheckRecord { off: check.off, on: check.on }),
            limit_reached: verification.limit_reached,
            summary: verification.summary_of(signer),
            ..VerificationRecord::default()
        };
        match verification.signers.get(signer) {
            Some(facts) => self.signer(facts, told, signed_data),
            None => signed_data,
        }
    }

    fn signer(
        &mut self,
        facts: &SignerVerification<'a>,
        told: usize,
        signed_data: VerificationRecord,
    ) -> VerificationRecord {
        let path = self.path(&facts.path);
        VerificationRecord {
            content_matches: facts.content_matches,
            signature_valid: facts.signature_valid,
            code_signing: facts.code_signing,
            content_type_matches: facts.content_type_matches,
            signed_form: facts.signed_form.map(|form| form.as_str().to_owned()),
            certificate: self.signer_index(facts.certificate, &facts.path),
            certificate_path: path.links,
            anchor: path.anchor,
            path_break: path.broken,
            time: time_record(facts.time, &facts.timestamps, told),
            timestamps: facts.timestamps.iter().take(told).map(|facts| self.timestamp(facts)).collect(),
            revoked: self.revocation(&facts.revocation),
            weaknesses: self.weaknesses(&facts.weaknesses),
            ..signed_data
        }
    }

    fn timestamp(&mut self, facts: &TimestampVerification<'a>) -> TimestampVerificationRecord {
        let path = self.path(&facts.path);
        TimestampVerificationRecord {
            kind: facts.kind.as_str().to_owned(),
            time: facts.time.map(time_text),
            is_verified: facts.is_verified(),
            imprint_matches: facts.imprint_matches,
            content_matches: facts.content_matches,
            signature_valid: facts.signature_valid,
            time_stamping: facts.time_stamping,
            certificate: self.signer_index(facts.certificate, &facts.path),
            certificate_path: path.links,
            anchor: path.anchor,
            path_break: path.broken,
            validity: facts.validity.map(validity_text),
            revoked: self.revocation(&facts.revocation),
            weaknesses: self.weaknesses(&facts.weaknesses),
        }
    }

    fn path(&mut self, path: &CertificatePath<'a>) -> PathRecord {
        let room = self.certificates.room;
        let links = room.path_links.some_of(&path.links).map(|link| PathLinkRecord {
            certificate: self.index(link.certificate, link.origin),
            subject: self.subject(link.certificate),
            sha256: self.sha256(link.certificate),
            origin: link.origin.as_str().to_owned(),
            name_matches: link.name_matches,
            signature_valid: link.signature_valid,
            key_id_matches: link.key_id_matches,
            is_ca: link.is_ca,
            validity: validity_text(link.validity),
        });
        let links = links.collect();
        let anchor = path.anchor;
        PathRecord {
            links,
            anchor: anchor.map(|anchor| AnchorRecord { subject: self.subject(anchor), sha256: self.sha256(anchor) }),
            broken: path
                .broken
                .map(|broken| PathBreakRecord { at: broken.at, reason: broken.reason.as_str().to_owned() }),
        }
    }

    fn revocation(&self, revocation: &Revocation<'a>) -> RevocationRecord {
        RevocationRecord {
            status: revocation.status.as_str().to_owned(),
            by: (revocation.status != RevocationStatus::Unknown).then(|| "crl".to_owned()),
            certificate: revocation.certificate.and_then(|one| self.certificates.find_same(one)),
            subject: revocation.certificate.map(|one| self.subject(one)),
            date: revocation.date.map(time_text),
            reason: revocation.reason.map(reason_text),
            gap: revocation.gap.map(|gap| RevocationGapRecord {
                certificate: self.certificates.find_same(gap.certificate),
                subject: self.subject(gap.certificate),
                reason: gap.reason.as_str().to_owned(),
            }),
        }
    }

    fn weaknesses(&self, weaknesses: &[Weakness<'a>]) -> Vec<WeaknessRecord> {
        let record = |weakness: &Weakness<'a>| WeaknessRecord {
            kind: weakness.kind.as_str().to_owned(),
            bits: match weakness.kind {
                WeaknessKind::ShortKey { bits } => Some(bits),
                _ => None,
            },
            certificate: weakness.certificate.and_then(|one| self.certificates.find_same(one)),
            subject: weakness.certificate.map(|one| self.subject(one)),
        };
        self.certificates.room.path_links.some_of(weaknesses).map(record).collect()
    }

    /// The place of a signer's certificate, which is in the list whatever room there is, as every signer's is.
    fn signer_index(&mut self, certificate: Option<Certificate<'a>>, path: &CertificatePath<'a>) -> Option<usize> {
        let certificate = certificate?;
        let is_of_file =
            |link: &&crate::verify::PathLink<'a>| link.origin == Origin::File && link.certificate == certificate;
        let own = path.links.iter().find(is_of_file);
        match own {
            Some(link) => Some(self.certificates.index_of(link.certificate)),
            None => self.certificates.find_same(certificate),
        }
    }

    /// The place of a certificate. Only those of the file have an offset in it, and may be put into the list.
    fn index(&mut self, certificate: Certificate<'a>, origin: Origin) -> Option<usize> {
        match origin {
            Origin::File => self.certificates.index_if_room(certificate),
            _ => self.certificates.find_same(certificate),
        }
    }

    fn subject(&self, certificate: Certificate<'a>) -> String {
        let known = self.certificates.find_same(certificate).and_then(|index| self.certificates.records.get(index));
        let texts = &self.certificates.room.texts;
        known.map_or_else(|| texts.text(certificate.subject()), |record| record.subject.dn.clone())
    }

    fn sha256(&self, certificate: Certificate<'a>) -> String {
        let known = self.certificates.find_same(certificate).and_then(|index| self.certificates.records.get(index));
        let known = known.and_then(|record| record.sha256.clone());
        known.unwrap_or_else(|| hex::encode(certificate.sha256()))
    }
}

struct PathRecord {
    links: Vec<PathLinkRecord>,
    anchor: Option<AnchorRecord>,
    broken: Option<PathBreakRecord>,
}

fn time_record(time: CheckTime, stamps: &[TimestampVerification<'_>], told: usize) -> TimeRecord {
    let stamp = time.timestamp.and_then(|index| stamps.get(index));
    TimeRecord {
        checked_at: Some(time_text(time.at)),
        kind: stamp.map(|stamp| stamp.kind.as_str().to_owned()),
        time: stamp.and_then(|stamp| stamp.time).map(time_text),
        timestamp: time.timestamp.filter(|index| *index < told),
        validity: time.validity.map(validity_text),
        path_validity: time.path_validity.map(validity_text),
        lifetime_signing: Some(time.lifetime_signing),
    }
}

fn validity_text(validity: ValidAt) -> String {
    validity.as_str().to_owned()
}

/// The name of a CRLReason (RFC 5280, 5.3.1), else its number.
fn reason_text(reason: u8) -> String {
    let name = match reason {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return reason.to_string(),
    };
    name.to_owned()
}
