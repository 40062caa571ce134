//! The facts about the signers of one signature.

use super::context::{Context, weaknesses};
use super::issuers::Issuers;
use super::path::CertificatePath;
use super::revocation::{self, Revocation};
use super::signed::{self, Content};
use super::standing::Purpose;
use super::time::CheckTime;
use super::timestamp;
use super::verification::SignerVerification;
use super::weakness;
use super::work::Work;
use crate::digest::HashAlgorithm;
use crate::signature::{Signature, Signer};

/// The facts about every SignerInfo of a signature.
pub(super) fn verify<'a>(
    signature: &Signature<'a>,
    context: &Context<'a>,
    work: &mut Work,
) -> Vec<SignerVerification<'a>> {
    let stamps = signature.signers().iter().flat_map(Signer::timestamps);
    let in_stamps = stamps.flat_map(|stamp| stamp.certificates().iter().copied());
    let pool = signature.certificates().iter().copied().chain(in_stamps);
    let mut issuers = Issuers::new(context.trust, pool);
    let mut content = Content::of_message(signature.signed_data());
    let mut facts = work.each(signature.signers(), |_, signer, work| {
        verify_signer(signer, signature, context, &mut content, &mut issuers, work)
    });
    // Once, whoever signed: they are the message's, and may be as many as the signers.
    if let Some(first) = facts.first_mut() {
        first.weaknesses.extend(weakness::explicit_curves(signature.certificates().iter().copied()));
    }
    facts
}

fn verify_signer<'a>(
    signer: &Signer<'a>,
    signature: &Signature<'a>,
    context: &Context<'a>,
    content: &mut Content<'_>,
    issuers: &mut Issuers<'a>,
    work: &mut Work,
) -> SignerVerification<'a> {
    /// The parts of the work on a signer: three of four may find its key among look-alikes, and of what is left its timestamps may use
    /// one of two.
    const KEY_PARTS: (u64, u64) = (3, 4);
    const TIMESTAMP_PARTS: (u64, u64) = (1, 2);
    let check = work.part(KEY_PARTS, |work| signed::check(signer.info(), signer.candidates(), content, work));
    let mut stamped = Content::of_signature(signer.signature());
    let timestamps = work.part(TIMESTAMP_PARTS, |work| {
        work.each(signer.timestamps(), |_, stamp, work| timestamp::verify(stamp, &mut stamped, context, issuers, work))
    });
    let verified = timestamps.iter().enumerate().filter(|(_, stamp)| stamp.is_verified());
    let earliest = verified.filter_map(|(index, stamp)| stamp.time.map(|time| (time, index))).min();
    let mut time = CheckTime {
        at: earliest.map_or(context.now, |(time, _)| time),
        timestamp: earliest.map(|(_, index)| index),
        lifetime_signing: false,
        validity: None,
        path_validity: None,
    };
    let candidates = signer.candidates();
    let mut found = context.best_path(&check.made_by, candidates, (time.at, Purpose::CodeSigning), issuers, work);
    let mut standing = found.as_ref().and_then(|(certificate, _)| issuers.standing(*certificate, work));
    // Of the certificate that is used, not of another one that anybody made for the same key.
    if standing.as_ref().is_some_and(|own| own.is_for_lifetime_signing) {
        time = CheckTime { at: context.now, timestamp: None, lifetime_signing: true, ..time };
        found = context.best_path(&check.made_by, candidates, (time.at, Purpose::CodeSigning), issuers, work);
        standing = found.as_ref().and_then(|(certificate, _)| issuers.standing(*certificate, work));
    }
    let mut facts = SignerVerification {
        certificate: None,
        made_by: check.made_by.clone(),
        content_matches: check.content_matches,
        content_type_matches: check.content_type_matches,
        signature_valid: check.verdict.fact(),
        signed_form: check.form,
        code_signing: None,
        path: CertificatePath::default(),
        time,
        timestamps,
        revocation: Revocation::default(),
        weaknesses: Vec::new(),
    };
    if let Some((certificate, path)) = found {
        facts.certificate = Some(certificate);
        facts.code_signing = standing.as_ref().map(|own| own.is_for(Purpose::CodeSigning));
        time.validity = standing.as_ref().map(|own| own.valid_at(time.at));
        time.path_validity = Some(path.validity());
        facts.time = time;
        facts.weaknesses = weaknesses(&check, &signed_hashes(signer, signature), &path, issuers, work);
        facts.revocation = revocation::check(&path, context.trust, time.at, context.now, work);
        facts.path = path;
    }
    facts
}

/// The hashes of what is signed: of the image, and of the content in the messageDigest attribute.
fn signed_hashes(signer: &Signer<'_>, signature: &Signature<'_>) -> Vec<HashAlgorithm> {
    let image = signature.image_digest().map(|digest| digest.algorithm);
    let algorithms = image.into_iter().chain([signer.info().digest_algorithm]);
    algorithms.filter_map(HashAlgorithm::from_oid).collect()
}
