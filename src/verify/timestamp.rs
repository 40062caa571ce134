//! Whether a timestamp holds: a countersignature (RFC 5652, 11.4) or a token (RFC 3161).

use super::context::{Context, weaknesses};
use super::issuers::Issuers;
use super::path::CertificatePath;
use super::revocation::{self, Revocation};
use super::signed::{self, Content};
use super::standing::Purpose;
use super::time::TimestampVerification;
use super::work::Work;
use crate::asn1::oid;
use crate::cms::timestamp::TimestampBody;
use crate::digest::HashAlgorithm;
use crate::signature::Timestamp;

/// Verifies one timestamp over a signature.
pub(super) fn verify<'a>(
    timestamp: &Timestamp<'a>,
    stamped: &mut Content<'_>,
    context: &Context<'a>,
    issuers: &mut Issuers<'a>,
    work: &mut Work,
) -> TimestampVerification<'a> {
    let mut facts = TimestampVerification {
        kind: timestamp.kind(),
        time: timestamp.time(),
        certificate: timestamp.signer(),
        made_by: Vec::new(),
        imprint_matches: None,
        content_matches: None,
        signature_valid: None,
        time_stamping: None,
        path: CertificatePath::default(),
        validity: None,
        revocation: Revocation::default(),
        weaknesses: Vec::new(),
    };
    // A token has one signer (RFC 3161, 2.4.2).
    let [info] = timestamp.body().signer_infos() else { return facts };
    let check = match timestamp.body() {
        TimestampBody::Pkcs9(info) => {
            let check = signed::check(info, timestamp.candidates(), stamped, work);
            facts.imprint_matches = check.content_matches;
            check
        }
        TimestampBody::Rfc3161(token) => {
            let mut content = Content::of_message(token);
            let mut check = signed::check(info, timestamp.candidates(), &mut content, work);
            // Another type of content is no token, whoever signed it.
            let is_token = token.content_type == oid::TST_INFO && check.content_type_matches != Some(false);
            check.content_matches = check.content_matches.map(|matches| matches && is_token);
            facts.imprint_matches = imprint_matches(timestamp, stamped);
            check
        }
    };
    facts.content_matches = check.content_matches;
    facts.signature_valid = check.verdict.fact();
    facts.made_by.clone_from(&check.made_by);
    // Of the imprint, and of the content in the messageDigest attribute.
    let hashes = timestamp.imprint().map(|imprint| imprint.algorithm).into_iter().chain([info.digest_algorithm]);
    let further: Vec<HashAlgorithm> = hashes.filter_map(HashAlgorithm::from_oid).collect();
    let at = facts.time.unwrap_or(context.now);
    let found = context.best_path(&check.made_by, timestamp.candidates(), (at, Purpose::TimeStamping), issuers, work);
    if let Some((certificate, path)) = found {
        facts.certificate = Some(certificate);
        facts.time_stamping = issuers.standing(certificate, work).map(|own| own.is_for(Purpose::TimeStamping));
        facts.validity = Some(path.validity());
        facts.weaknesses = weaknesses(&check, &further, &path, issuers, work);
        facts.revocation = revocation::check(&path, context.trust, at, context.now, work);
        facts.path = path;
    }
    facts
}

/// Whether the imprint of a token is the digest of what it stamps.
fn imprint_matches(timestamp: &Timestamp<'_>, stamped: &mut Content<'_>) -> Option<bool> {
    let imprint = timestamp.imprint()?;
    let algorithm = HashAlgorithm::from_oid(imprint.algorithm)?;
    stamped.has_digest(algorithm, imprint.digest)
}
