//! Facts for tests of what is made of them.

use super::path::{CertificatePath, Origin, PathLink};
use super::revocation::Revocation;
use super::signed::SignedForm;
use super::time::{CheckTime, TimestampVerification};
use super::validity::ValidAt;
use super::verification::{SignerVerification, Verification};
use crate::asn1::time::Time;
use crate::cms::timestamp::TimestampKind;
use crate::file::{CertificateUse, SignedFile};
use crate::indicators::role::Role;
use crate::x509::certificate::Certificate;

/// A signature with a token. The signer's issuer is not in the message.
pub(crate) const STAMPED: &[u8] = include_bytes!("../../tests/fixtures/seed_pe64.exe");
/// The signer's issuer is in the message.
pub(crate) const ROOTED: &[u8] = include_bytes!("../../tests/fixtures/seed_root_first.exe");

pub(crate) const NO: Option<bool> = Some(false);
pub(crate) const YES: Option<bool> = Some(true);

/// Some certificate of a file in a role.
pub(crate) fn used_as<'a>(file: &SignedFile<'a>, role: Role) -> CertificateUse<'a> {
    *file.certificate_uses().iter().find(|used| used.role() == role).unwrap()
}

fn link(certificate: Certificate<'_>, signature_valid: Option<bool>) -> PathLink<'_> {
    PathLink {
        certificate,
        origin: Origin::File,
        name_matches: Some(true),
        signature_valid,
        key_id_matches: None,
        is_ca: None,
        validity: ValidAt::Valid,
    }
}

fn path<'a>(
    first: Option<Certificate<'a>>,
    chain: &[Certificate<'a>],
    link_holds: Option<bool>,
) -> CertificatePath<'a> {
    let links = first.into_iter().chain(chain.iter().copied()).map(|one| link(one, link_holds));
    CertificatePath { links: links.collect(), anchor: None, broken: None }
}

/// Facts as they may be of the only signature of a file: whether digest, content and signature hold; the same three of its timestamp.
pub(crate) fn facts<'a>(file: &SignedFile<'a>, [digest, content, signature]: [Option<bool>; 3]) -> Verification<'a> {
    let signer = &file.signatures()[0].signers()[0];
    let stamp = signer.timestamps().first().map(|stamp| TimestampVerification {
        kind: TimestampKind::Rfc3161,
        time: stamp.time(),
        certificate: stamp.signer(),
        made_by: stamp.signer().into_iter().collect(),
        imprint_matches: digest,
        content_matches: content,
        signature_valid: signature,
        time_stamping: YES,
        path: path(stamp.signer(), stamp.chain(), YES),
        validity: None,
        revocation: Revocation::default(),
        weaknesses: Vec::new(),
    });
    let signer = SignerVerification {
        certificate: signer.certificate(),
        made_by: signer.certificate().into_iter().collect(),
        content_matches: content,
        content_type_matches: YES,
        signature_valid: signature,
        signed_form: Some(SignedForm::Attributes),
        code_signing: YES,
        path: path(signer.certificate(), signer.chain(), YES),
        time: CheckTime {
            at: Time::from_unix(0),
            timestamp: None,
            lifetime_signing: false,
            validity: None,
            path_validity: None,
        },
        timestamps: stamp.into_iter().collect(),
        revocation: Revocation::default(),
        weaknesses: Vec::new(),
    };
    Verification { digest_matches: digest, signers: vec![signer], ..Verification::default() }
}
