//! [`Scene`]: an image that is signed and stamped, with everything that makes it, so that any part can be another one.

use certsift::{Time, Verifier};
use sha2::{Digest, Sha256};

use crate::issued::{CODE_SIGNING, ECDSA_SHA256, Issued, TIME_STAMPING, authority, end_entity, sign};
use crate::support::cms::{
    CONTENT_TYPE, DATA, RFC3161_TOKEN, SHA256, SIGNING_TIME, SignedData, SignerInfo, TST_INFO, attribute, content_type,
    countersignatures, image_digest, message, opus_info, signer_info,
};
use crate::support::der::{self, oid, sequence, set, split, tlv};
use crate::support::pe::{self, OPTIONAL};

pub(crate) const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
/// Where the certificate table of the image starts; one section lies between the headers and it.
pub(crate) const TABLE: usize = 0x400;
/// Where CheckSum stands, and the entry of the certificate table among the data directories.
pub(crate) const CHECKSUM: usize = OPTIONAL + 64;
pub(crate) const SECURITY_DIRECTORY: usize = OPTIONAL + 144;
/// 2024-01-01: everything is valid.
pub(crate) const NOW: i64 = 1_704_067_200;

/// A change to one part, made when everything before it is done and before anything is made of it.
type Edit<T> = Option<Box<dyn Fn(&mut T)>>;

/// How a signature is stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    None,
    Token,
    Countersignature,
}

/// What makes a signed image. Signer ← Intermediate ← Root, stamped by Stamper ← Stamp Root in 2020.
pub(crate) struct Scene {
    pub(crate) root: Issued,
    pub(crate) intermediate: Issued,
    pub(crate) signer: Issued,
    pub(crate) stamp_root: Issued,
    pub(crate) stamper: Issued,
    pub(crate) stamp: Stamp,
    /// When it was stamped, as GeneralizedTime.
    pub(crate) stamped_at: &'static str,
    pub(crate) content: Edit<Vec<u8>>,
    pub(crate) signed: Edit<Vec<Vec<u8>>>,
    pub(crate) signature: Edit<Vec<u8>>,
    /// The digest of the signature that is stamped.
    pub(crate) imprint: Edit<Vec<u8>>,
    pub(crate) tst_info: Edit<Vec<u8>>,
    /// The authenticated attributes of the stamp.
    pub(crate) stamp_signed: Edit<Vec<Vec<u8>>>,
    pub(crate) stamp_info: Edit<SignerInfo>,
    pub(crate) token: Edit<SignedData>,
    pub(crate) info: Edit<SignerInfo>,
    pub(crate) message: Edit<SignedData>,
}

fn apply<T>(edit: &Edit<T>, mut part: T) -> T {
    if let Some(edit) = edit {
        edit(&mut part);
    }
    part
}

/// A change, for the field of a scene.
#[expect(clippy::unnecessary_wraps, reason = "it is what the field holds")]
pub(crate) fn edit<T>(edit: impl Fn(&mut T) + 'static) -> Edit<T> {
    Some(Box::new(edit))
}

/// The image signed and stamped with a token.
pub(crate) fn scene() -> Scene {
    Scene {
        root: authority("01", "Root", "Root"),
        intermediate: authority("02", "Intermediate", "Root"),
        signer: end_entity("0101", "Signer", "Intermediate", CODE_SIGNING),
        stamp_root: authority("03", "Stamp Root", "Stamp Root"),
        stamper: end_entity("0201", "Stamper", "Stamp Root", TIME_STAMPING).valid("150101000000Z", "350101000000Z"),
        stamp: Stamp::Token,
        stamped_at: "20200601000000Z",
        content: None,
        signed: None,
        signature: None,
        imprint: None,
        tst_info: None,
        stamp_signed: None,
        stamp_info: None,
        token: None,
        info: None,
        message: None,
    }
}

/// The same without a stamp.
pub(crate) fn unstamped() -> Scene {
    Scene { stamp: Stamp::None, ..scene() }
}

/// The same with a PKCS#9 countersignature.
pub(crate) fn countersigned() -> Scene {
    Scene { stamp: Stamp::Countersignature, ..scene() }
}

/// Who checks, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) now: i64,
    /// In DER.
    pub(crate) anchors: Vec<Vec<u8>>,
    /// In DER.
    pub(crate) given: Vec<Vec<u8>>,
}

/// In 2024, trusting Root and Stamp Root.
pub(crate) fn check() -> Check {
    let scene = scene();
    Check { now: NOW, anchors: vec![scene.root.der(), scene.stamp_root.der()], given: Vec::new() }
}

impl Check {
    pub(crate) fn verifier(&self) -> Verifier {
        let mut verifier = Verifier::new(Time::from_unix(self.now));
        self.anchors.iter().for_each(|anchor| assert_eq!(verifier.add_anchors(anchor), Ok(1)));
        self.given.iter().for_each(|given| assert_eq!(verifier.add_certificates(given), Ok(1)));
        verifier
    }
}

/// AlgorithmIdentifier of the signatures made here.
pub(crate) fn ecdsa() -> Vec<u8> {
    sequence([oid(ECDSA_SHA256)])
}

pub(crate) fn message_digest(octets: &[u8]) -> Vec<u8> {
    attribute(MESSAGE_DIGEST, [tlv(der::OCTET_STRING, octets)])
}

pub(crate) fn sha256(octets: &[u8]) -> Vec<u8> {
    Sha256::digest(octets).to_vec()
}

/// The image before it is signed: headers, and one section.
pub(crate) fn unsigned_image(table: Vec<u8>) -> Vec<u8> {
    let table_offset = u64::try_from(TABLE).unwrap();
    pe::Pe { table_offset, sections: vec![(0x200, 0x200)], ..pe::image(table) }.bytes()
}

/// The authentihash of the image.
pub(crate) fn authentihash() -> Vec<u8> {
    let image = unsigned_image(Vec::new());
    let parts = [0..CHECKSUM, CHECKSUM + 4..SECURITY_DIRECTORY, SECURITY_DIRECTORY + 8..TABLE];
    sha256(&parts.into_iter().flat_map(|part| image.get(part).unwrap().to_vec()).collect::<Vec<u8>>())
}

impl Scene {
    pub(crate) fn file(&self) -> Vec<u8> {
        self.file_around(pe::entry)
    }

    /// The image with another table around the message.
    pub(crate) fn file_around(&self, table: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        unsigned_image(table(self.message_der()))
    }

    pub(crate) fn message_der(&self) -> Vec<u8> {
        let content = apply(&self.content, image_digest(SHA256, &authentihash()));
        let (_, inner, _) = split(&content);
        let mut info = self.signed_info(inner);
        info.unsigned.extend(self.stamp_over(&info.signature));
        let info = apply(&self.info, info).der();
        let mut certificates = vec![self.signer.der(), self.intermediate.der()];
        if self.stamp == Stamp::Countersignature {
            certificates.push(self.stamper.der());
        }
        let message = SignedData { content: Some(content), ..message(certificates, [info]) };
        apply(&self.message, message).der()
    }

    fn signed_info(&self, content: &[u8]) -> SignerInfo {
        let attributes = vec![content_type(), message_digest(&sha256(content)), opus_info("Program")];
        let signed = apply(&self.signed, attributes);
        let signature = apply(&self.signature, sign(&self.signer.key, &set(&signed)));
        SignerInfo { signed: Some(signed), algorithm: ecdsa(), signature, ..signer_info(&self.signer.parts) }
    }

    /// The unauthenticated attribute that stamps a signature.
    fn stamp_over(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let imprint = apply(&self.imprint, sha256(signature));
        match self.stamp {
            Stamp::None => None,
            Stamp::Countersignature => Some(countersignatures(&[self.countersignature(&imprint).der()])),
            Stamp::Token => Some(attribute(RFC3161_TOKEN, [self.token_over(&imprint).der()])),
        }
    }

    fn countersignature(&self, imprint: &[u8]) -> SignerInfo {
        let time = attribute(SIGNING_TIME, [tlv(der::GENERALIZED_TIME, self.stamped_at)]);
        self.stamper_info(vec![attribute(CONTENT_TYPE, [oid(DATA)]), time, message_digest(imprint)])
    }

    fn token_over(&self, imprint: &[u8]) -> SignedData {
        let tst_info = apply(&self.tst_info, tst_info(imprint, self.stamped_at));
        let info =
            self.stamper_info(vec![attribute(CONTENT_TYPE, [oid(TST_INFO)]), message_digest(&sha256(&tst_info))]);
        let token = SignedData {
            content_type: oid(TST_INFO),
            content: Some(tlv(der::OCTET_STRING, tst_info)),
            ..message([self.stamper.der()], [info.der()])
        };
        apply(&self.token, token)
    }

    fn stamper_info(&self, attributes: Vec<Vec<u8>>) -> SignerInfo {
        let signed = apply(&self.stamp_signed, attributes);
        let signature = sign(&self.stamper.key, &set(&signed));
        let info =
            SignerInfo { signed: Some(signed), algorithm: ecdsa(), signature, ..signer_info(&self.stamper.parts) };
        apply(&self.stamp_info, info)
    }
}

/// TSTInfo (RFC 3161, 2.4.2) over this imprint.
pub(crate) fn tst_info(imprint: &[u8], gen_time: &str) -> Vec<u8> {
    let imprint = sequence([sequence([oid(SHA256), tlv(der::NULL, [])]), tlv(der::OCTET_STRING, imprint)]);
    sequence([
        tlv(der::INTEGER, [1]),
        oid("1.2.3"),
        imprint,
        tlv(der::INTEGER, [5]),
        tlv(der::GENERALIZED_TIME, gen_time),
    ])
}
