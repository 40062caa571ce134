//! Who signed, as records tell it: by every SignerInfo for which there is room.

use super::certificates::CertificateList;
use super::room::{Room, Texts};
use super::{SignerIdRecord, SignerRecord};
use crate::cms::signer_info::SignerId;
use crate::signature::{Signature, Signer};
use crate::x509::certificate::Certificate;

/// The SignerInfos of which a record tells: the first, and further ones for which there is room.
pub(super) fn told_signers<'s, 'a>(signature: &'s Signature<'a>, room: &Room) -> Vec<&'s Signer<'a>> {
    let mut signers = signature.signers().iter();
    signers.next().into_iter().chain(room.signers.some_of(signers)).collect()
}

/// The certificates that fit a SignerInfo: the first, and further ones for which there is room.
pub(super) fn told_candidates<'a>(signer: &Signer<'a>, room: &Room) -> Vec<Certificate<'a>> {
    let mut candidates = signer.candidates().iter().copied();
    candidates.next().into_iter().chain(room.candidates.some_of(candidates)).collect()
}

pub(super) fn signer_record<'a>(signer: &Signer<'a>, certificates: &mut CertificateList<'_, 'a>) -> SignerRecord {
    let candidates = told_candidates(signer, certificates.room);
    let candidates: Vec<usize> = candidates.into_iter().map(|one| certificates.index_of(one)).collect();
    SignerRecord {
        signer: candidates.first().copied(),
        candidates,
        signer_id: Some(signer_id_record(signer, certificates)),
        verification: None,
    }
}

/// The name that a SignerInfo writes is, as a rule, the one in its signer's certificate, whose text is known already.
fn signer_id_record(signer: &Signer<'_>, certificates: &CertificateList<'_, '_>) -> SignerIdRecord {
    let texts = &certificates.room.texts;
    let known = match signer.id() {
        SignerId::IssuerAndSerial { issuer, .. } => {
            let same = signer.certificate().filter(|certificate| certificate.issuer() == issuer);
            same.and_then(|certificate| certificates.issuer_text(certificate))
        }
        SignerId::SubjectKeyId(_) => None,
    };
    id_record(signer.id(), known, texts)
}

/// How a signer is named; the issuer's text may be `known` already.
pub(super) fn id_record(id: SignerId<'_>, known: Option<&str>, texts: &Texts) -> SignerIdRecord {
    match id {
        SignerId::IssuerAndSerial { issuer, serial } => SignerIdRecord {
            issuer: Some(known.map_or_else(|| texts.text(issuer), str::to_owned)),
            serial: Some(texts.text(serial)),
            key_id: None,
        },
        SignerId::SubjectKeyId(key_id) => {
            SignerIdRecord { issuer: None, serial: None, key_id: Some(texts.hex(key_id.octets())) }
        }
    }
}
