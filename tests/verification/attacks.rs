//! Attempts to make a signature hold that does not, and to hide one that does.

use certsift::{SignatureFinding, SignatureStatus, SignedFile, Time, Verifier, check_image};

use crate::facts::Facts;
use crate::issued::{
    AUTHORITY_KEY_ID, BASIC_CONSTRAINTS, CODE_SIGNING, EC, EXTENDED_KEY_USAGE, Issued, KEY_USAGE, P256, SUBJECT_KEY_ID,
    authority, end_entity, point, purposes, sign,
};
use crate::scene::{self, NOW, Scene, authentihash, check, ecdsa, edit, scene, sha256, unstamped};
use crate::support::cms::{
    CONTENT_TYPE, DATA, SHA256, SPC_INDIRECT_DATA, SignedData, SignerInfo, attribute, common_name, content_type,
    image_digest, message, named_signer_info, opus_info, public_key, signer_info,
};
use crate::support::der::{self, oid, sequence, set, split, tlv};
use crate::support::pe;

const LIFETIME_SIGNING: &str = "1.3.6.1.4.1.311.10.3.13";

/// What the signature means for every certificate in the part of a signer or of its chain.
fn meanings(file: &[u8], verifier: &Verifier) -> Vec<(SignatureStatus, Option<SignatureFinding>)> {
    let signed = SignedFile::parse(file).unwrap();
    let image = check_image(file, &signed).ok();
    let facts = verifier.verify(&signed, image.as_ref());
    let uses = signed.certificate_uses();
    let told =
        uses.iter().filter(|used| used.signature() == Some(0) && matches!(used.role().as_str(), "signer" | "chain"));
    let (first, container) = (facts.first().unwrap(), signed.container());
    told.map(|used| (first.status_of(used, container), first.finding_of(used, container))).collect()
}

const ALTERED: (SignatureStatus, Option<SignatureFinding>) =
    (SignatureStatus::Invalid, Some(SignatureFinding::AlteredSignature));
const SIGNED: (SignatureStatus, Option<SignatureFinding>) = (SignatureStatus::Valid, Some(SignatureFinding::SignedBy));

fn with_message(change: impl Fn(&mut SignedData) + 'static) -> Scene {
    Scene { message: edit(change), ..unstamped() }
}

fn with_certificates(certificates: Vec<Vec<u8>>) -> Scene {
    with_message(move |message| message.certificates.clone_from(&certificates))
}

/// A SignerInfo of the signer over these attributes.
fn over(attributes: Vec<Vec<u8>>) -> SignerInfo {
    let signer = scene().signer;
    let signature = sign(&signer.key, &set(&attributes));
    SignerInfo { signed: Some(attributes), algorithm: ecdsa(), signature, ..signer_info(&signer.parts) }
}

/// The right content, whose outermost length is one more than there is: it can be read, and nobody can say what was digested.
fn cut_content() -> Vec<u8> {
    let honest = image_digest(SHA256, &authentihash());
    let (_, inner, _) = split(&honest);
    let mut cut = vec![0x30, 0x82];
    cut.extend(u16::try_from(inner.len() + 1).unwrap().to_be_bytes());
    cut.extend(inner);
    cut
}

#[test]
fn nothing_that_was_signed_stands_for_content_that_is_cut() {
    let nothing = scene::message_digest(&sha256(b""));
    let of_type = |kind: &str| over(vec![attribute(CONTENT_TYPE, [oid(kind)]), nothing.clone()]).der();
    let directly = SignerInfo {
        signed: None,
        algorithm: ecdsa(),
        signature: sign("Signer", b""),
        ..signer_info(&scene().signer.parts)
    };
    for (name, info) in
        [("data", of_type(DATA)), ("indirect", of_type(SPC_INDIRECT_DATA)), ("directly", directly.der())]
    {
        let cut = with_message(move |message| {
            message.content = Some(cut_content());
            message.signer_infos = vec![info.clone()];
        });
        assert!(meanings(&cut.file(), &check().verifier()).iter().all(|meaning| *meaning == ALTERED), "{name}");
    }
}

#[test]
fn what_was_signed_as_another_type_is_no_signature() {
    let honest = image_digest(SHA256, &authentihash());
    let (_, inner, _) = split(&honest);
    let info = over(vec![attribute(CONTENT_TYPE, [oid(DATA)]), scene::message_digest(&sha256(inner))]).der();
    let mail = with_message(move |message| message.signer_infos = vec![info.clone()]);
    assert!(meanings(&mail.file(), &check().verifier()).iter().all(|meaning| *meaning == ALTERED));
}

#[test]
fn the_attributes_of_another_signature_are_no_content() {
    let attributes = vec![attribute(CONTENT_TYPE, [oid(DATA)]), scene::message_digest(&sha256(b"some mail"))];
    let info = SignerInfo { signed: None, ..over(attributes.clone()) }.der();
    let content = tlv(der::OCTET_STRING, set(&attributes));
    let scene = with_message(move |message| {
        message.content = Some(content.clone());
        message.signer_infos = vec![info.clone()];
    });
    for file in [scene.file(), scene.message_der()] {
        assert!(meanings(&file, &check().verifier()).iter().all(|meaning| *meaning == ALTERED));
    }
}

#[test]
fn a_self_issued_certificate_is_no_authority_by_that() {
    let helper = authority("77", "Root", "Root").look_alike("RootHelper");
    let helper = [BASIC_CONSTRAINTS, KEY_USAGE, AUTHORITY_KEY_ID, SUBJECT_KEY_ID]
        .iter()
        .fold(helper, |helper, kind| helper.without(kind));
    let signer = end_entity("0101", "Signer", "Root", CODE_SIGNING).signed_by("RootHelper").without(AUTHORITY_KEY_ID);
    let message = with_certificates(vec![signer.der(), helper.der()]).message;
    let facts = Facts::of(&Scene { signer, message, ..unstamped() }.file(), &check().verifier());
    assert_eq!((facts.get("anchor"), facts.get("broken")), ("none", "not_an_anchor at 1"));
}

/// Another key under which an ECDSA signature holds: of the two points with its number, the other one.
fn other_key(signature: &[u8], message: &[u8], own: &[u8]) -> Vec<u8> {
    use p256::elliptic_curve::ops::Reduce;
    use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
    use p256::{AffinePoint, EncodedPoint, ProjectivePoint, Scalar, U256};
    let signature = p256::ecdsa::Signature::from_der(signature).unwrap();
    let digest = p256::FieldBytes::clone_from_slice(&sha256(message));
    let digest = <Scalar as Reduce<U256>>::reduce_bytes(&digest);
    let own = AffinePoint::from_encoded_point(&EncodedPoint::from_bytes(own).unwrap()).unwrap();
    let both = ProjectivePoint::GENERATOR * (digest + digest) * signature.r().as_ref().invert().unwrap();
    (-(ProjectivePoint::from(own) + both)).to_affine().to_encoded_point(false).as_bytes().to_vec()
}

/// The certificate with another key on P-256, signed by nobody.
fn twin_with(key: &[u8], mut certificate: Issued) -> Vec<u8> {
    certificate.parts.key = public_key([oid(EC), oid(P256)], key);
    certificate.parts.signed(|_| vec![1, 2, 3])
}

#[test]
fn another_key_that_made_the_signature_hides_nobody() {
    let honest = image_digest(SHA256, &authentihash());
    let (_, inner, _) = split(&honest);
    let attributes = set([content_type(), scene::message_digest(&sha256(inner)), opus_info("Program")]);
    let twin = twin_with(&other_key(&sign("Signer", &attributes), &attributes, &point("Signer")), scene().signer);
    let (right, above) = (scene().signer.der(), scene().intermediate.der());
    for certificates in [[&twin, &right, &above], [&right, &twin, &above]] {
        let file = with_certificates(certificates.map(Clone::clone).to_vec()).file();
        assert!(meanings(&file, &check().verifier()).iter().all(|meaning| *meaning == SIGNED));
        assert_eq!(Facts::of(&file, &check().verifier()).get("anchor"), "Root");
    }
    // The same of the authority that made the signer's certificate.
    let (_, outer, _) = split(&right);
    let (_, tbs, rest) = split(outer);
    let (_, _, rest) = split(rest);
    let (_, bits, _) = split(rest);
    let twin = twin_with(&other_key(&bits[1..], &sequence([tbs]), &point("Intermediate")), scene().intermediate);
    let facts = Facts::of(&with_certificates(vec![right, twin, above]).file(), &check().verifier());
    assert_eq!(facts.get("anchor"), "Root");
}

#[test]
fn certificates_that_anybody_made_for_the_signers_key_hide_nobody() {
    let right = [scene().signer.der(), scene().intermediate.der()];
    let twins: Vec<Vec<u8>> = (0..20_u8).map(|n| scene().signer.parts.signed(|_| vec![n, 1])).collect();
    let mut stranger = scene().signer;
    stranger.parts.subject = common_name("Somebody Else");
    let stranger = vec![stranger.parts.signed(|_| vec![1])];
    let nobody = Verifier::new(Time::from_unix(NOW));
    for (verifier, anchor) in [(check().verifier(), "Root"), (nobody, "none")] {
        for twins in [&twins, &stranger] {
            let file = with_certificates([twins.as_slice(), &right].concat()).file();
            assert!(meanings(&file, &verifier).iter().all(|meaning| *meaning == SIGNED));
            let facts = Facts::of(&file, &verifier);
            assert_eq!(facts.get("anchor"), anchor);
            assert!(facts.get("path").starts_with("Signer (file) < Intermediate"), "{}", facts.get("path"));
        }
    }
}

#[test]
fn a_twin_for_lifetime_signing_moves_no_time() {
    let twin = scene().signer.with(EXTENDED_KEY_USAGE, false, &purposes(&[CODE_SIGNING, LIFETIME_SIGNING]));
    let certificates = vec![twin.parts.signed(|_| vec![1]), scene().signer.der(), scene().intermediate.der()];
    let message = with_certificates(certificates).message;
    let facts = Facts::of(&Scene { message, ..scene() }.file(), &check().verifier());
    assert_eq!(facts.get("time.lifetime_signing"), "false");
    assert_eq!(facts.get("time"), Facts::of(&scene().file(), &check().verifier()).get("time"));
}

/// Entries and SignerInfos that cost nothing take nothing from those that do.
#[test]
fn numbers_alone_starve_nobody() {
    let nobody = || SignerInfo { signed: None, signature: vec![1], ..named_signer_info(&common_name("x"), &[1]) }.der();
    let crowded = edit(move |message: &mut SignedData| message.signer_infos.extend(vec![nobody(); 63]));
    let junk = SignedData { content: None, ..message([], [nobody()]) }.der();
    let file = Scene { message: crowded, ..scene() }.file_around(|message| {
        let mut table = pe::entry(message);
        (0..511).for_each(|_| table.extend(pe::entry(&junk)));
        table
    });
    let signed = SignedFile::parse(&file).unwrap();
    let verifier = check().verifier();
    let facts = &verifier.verify(&signed, None)[0];
    assert!(!facts.limit_reached);
    let signer = &facts.signers[0];
    assert_eq!(signer.signature_valid, Some(true));
    assert!(signer.path.anchor.is_some() && signer.timestamps[0].is_verified());
}
