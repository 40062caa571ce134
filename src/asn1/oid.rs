//! The object identifiers we know, as content octets, each with its name and source.

use std::fmt;

use super::der::oid_text;

/// An OBJECT IDENTIFIER, as the content octets stored in the file.
///
/// `Display` is the dotted text (`1.2.840.113549.1.7.2`); octets that are no identifier print as hex after a `#`. Unknown
/// identifiers are values like any other: compare with [`Oid::as_bytes`] or by text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// An identifier from its content octets, tag and length not included. Nothing is checked.
    #[must_use]
    pub const fn from_content(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// The content octets, tag and length not included.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The name in common use (`sha256`, `codeSigning`, `O`), if this is an identifier we know.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        known_name(self).or_else(|| named::known_name(self))
    }

    /// The identifier of a name in common use, if it is one we know. Letter case counts.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Oid<'static>> {
        KNOWN.iter().chain(named::KNOWN).find(|(_, known)| *known == name).map(|(oid, _)| *oid)
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match oid_text(self.0) {
            Some(text) => f.write_str(&text),
            None => write!(f, "#{}", hex::encode(self.0)),
        }
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// Defines the constants and the table of names from one list.
macro_rules! known_oids {
    ($($(#[doc = $source:literal])* $constant:ident = $name:literal [$($arc:literal)+];)+) => {
        $($(#[doc = $source])* pub(crate) const $constant: Oid<'static> = {
            const ARCS: &[u32] = &[$($arc),+];
            const OCTETS: [u8; encoded_length(ARCS)] = encode(ARCS);
            Oid(&OCTETS)
        };)+

        /// The name of an identifier of this list.
        pub(super) fn known_name(oid: Oid<'_>) -> Option<&'static str> {
            match oid {
                $($constant => Some($name),)+
                _ => None,
            }
        }

        /// Every identifier of this list.
        pub(super) const KNOWN: &[(Oid<'static>, &str)] = &[$(($constant, $name)),+];
    };
}

mod buf;
mod named;

pub use buf::{OidBuf, OidError};
#[cfg(feature = "verify")]
pub(crate) use named::{
    ANY_EXTENDED_KEY_USAGE, APPLICATION_CERT_POLICIES, AUTHORITY_INFO_ACCESS, CRL_DISTRIBUTION_POINTS, CRL_NUMBER,
    DELTA_CRL_INDICATOR, EXPIRED_CERTS_ON_CRL, FRESHEST_CRL, INHIBIT_ANY_POLICY, INVALIDITY_DATE, ISSUER_ALT_NAME,
    ISSUING_DISTRIBUTION_POINT, LIFETIME_SIGNING, MGF1, NETSCAPE_CERT_TYPE, POLICY_CONSTRAINTS, POLICY_MAPPINGS,
    REASON_CODE, SECP256R1, SECP384R1, SECP521R1, SHA224_RSA, SUBJECT_ALT_NAME, SUBJECT_INFO_ACCESS,
};

known_oids! {
    /// RFC 5652, 12.1.
    SIGNED_DATA = "signedData" [1 2 840 113549 1 7 2];
    /// GM/T 0010, 8 (the SignedData of the SM2 algorithms).
    SM2_SIGNED_DATA = "sm2SignedData" [1 2 156 10197 6 1 4 2 2];
    /// RFC 3161, 2.4.2.
    TST_INFO = "TSTInfo" [1 2 840 113549 1 9 16 1 4];
    /// Windows Authenticode Portable Executable Signature Format.
    SPC_INDIRECT_DATA = "SpcIndirectDataContent" [1 3 6 1 4 1 311 2 1 4];
    /// Windows Authenticode Portable Executable Signature Format.
    SPC_PE_IMAGE_DATA = "SpcPeImageData" [1 3 6 1 4 1 311 2 1 15];
    /// Microsoft, wintrust.h (SPC_CAB_DATA_OBJID).
    SPC_CAB_DATA = "SpcLink" [1 3 6 1 4 1 311 2 1 25];
    /// Microsoft, wintrust.h (SPC_LINK_OBJID).
    SPC_LINK = "SpcLinkObject" [1 3 6 1 4 1 311 2 1 28];
    /// Microsoft, wintrust.h (SPC_PE_IMAGE_PAGE_HASHES_V1_OBJID).
    PAGE_HASHES_V1 = "SpcPeImagePageHashesV1" [1 3 6 1 4 1 311 2 3 1];
    /// Microsoft, wintrust.h (SPC_PE_IMAGE_PAGE_HASHES_V2_OBJID).
    PAGE_HASHES_V2 = "SpcPeImagePageHashesV2" [1 3 6 1 4 1 311 2 3 2];
    /// Microsoft, wintrust.h (SPC_SIPINFO_OBJID).
    SPC_SIP_INFO = "SpcSipInfo" [1 3 6 1 4 1 311 2 1 30];
    /// Microsoft, wintrust.h (szOID_CTL).
    CTL = "certTrustList" [1 3 6 1 4 1 311 10 1];
    /// RFC 5652, 4.
    DATA = "data" [1 2 840 113549 1 7 1];
    /// RFC 7292, 4.2.3.
    CERT_BAG = "certBag" [1 2 840 113549 1 12 10 1 3];
    /// RFC 7292, 4.2.6.
    SAFE_CONTENTS_BAG = "safeContentsBag" [1 2 840 113549 1 12 10 1 6];
    /// RFC 2985, 5.3.1 (x509Certificate).
    X509_CERTIFICATE = "x509Certificate" [1 2 840 113549 1 9 22 1];
    /// Microsoft, mscat.h (CAT_NAMEVALUE_OBJID).
    CAT_NAME_VALUE = "catNameValue" [1 3 6 1 4 1 311 12 2 1];

    /// RFC 5652, 11.1.
    CONTENT_TYPE = "contentType" [1 2 840 113549 1 9 3];
    /// RFC 5652, 11.2.
    MESSAGE_DIGEST = "messageDigest" [1 2 840 113549 1 9 4];
    /// RFC 5652, 11.3.
    SIGNING_TIME = "signingTime" [1 2 840 113549 1 9 5];
    /// RFC 5652, 11.4.
    COUNTERSIGNATURE = "countersignature" [1 2 840 113549 1 9 6];
    /// RFC 3161, Appendix A.
    TIME_STAMP_TOKEN = "timeStampToken" [1 2 840 113549 1 9 16 2 14];
    /// Windows Authenticode Portable Executable Signature Format.
    SPC_STATEMENT_TYPE = "SpcStatementType" [1 3 6 1 4 1 311 2 1 11];
    /// Windows Authenticode Portable Executable Signature Format.
    SPC_SP_OPUS_INFO = "SpcSpOpusInfo" [1 3 6 1 4 1 311 2 1 12];
    /// Microsoft, wintrust.h (szOID_NESTED_SIGNATURE).
    NESTED_SIGNATURE = "nestedSignature" [1 3 6 1 4 1 311 2 4 1];
    /// Microsoft, wintrust.h (szOID_INTENT_TO_SEAL).
    INTENT_TO_SEAL = "intentToSeal" [1 3 6 1 4 1 311 2 4 2];
    /// Microsoft, wintrust.h (szOID_SEALING_SIGNATURE).
    SEALING_SIGNATURE = "sealingSignature" [1 3 6 1 4 1 311 2 4 3];
    /// Microsoft, wintrust.h (szOID_SEALING_TIMESTAMP).
    SEALING_TIMESTAMP = "sealingTimestamp" [1 3 6 1 4 1 311 2 4 4];
    /// Microsoft, wintrust.h (SPC_INDIVIDUAL_SP_KEY_PURPOSE_OBJID).
    INDIVIDUAL_CODE_SIGNING = "individualCodeSigning" [1 3 6 1 4 1 311 2 1 21];
    /// Microsoft, wintrust.h (SPC_COMMERCIAL_SP_KEY_PURPOSE_OBJID).
    COMMERCIAL_CODE_SIGNING = "commercialCodeSigning" [1 3 6 1 4 1 311 2 1 22];
    /// Microsoft, mssign32 (szOID_RFC3161_counterSign).
    MS_COUNTERSIGN = "msCounterSign" [1 3 6 1 4 1 311 3 3 1];

    /// RFC 5280, Appendix A.1.
    COMMON_NAME = "CN" [2 5 4 3];
    /// RFC 5280, Appendix A.1.
    SURNAME = "SN" [2 5 4 4];
    /// RFC 5280, Appendix A.1.
    SERIAL_NUMBER = "serialNumber" [2 5 4 5];
    /// RFC 5280, Appendix A.1.
    COUNTRY = "C" [2 5 4 6];
    /// RFC 5280, Appendix A.1.
    LOCALITY = "L" [2 5 4 7];
    /// RFC 5280, Appendix A.1.
    STATE = "ST" [2 5 4 8];
    /// RFC 4519, 2.34.
    STREET = "street" [2 5 4 9];
    /// RFC 5280, Appendix A.1.
    ORGANIZATION = "O" [2 5 4 10];
    /// RFC 5280, Appendix A.1.
    ORGANIZATIONAL_UNIT = "OU" [2 5 4 11];
    /// RFC 5280, Appendix A.1.
    TITLE = "title" [2 5 4 12];
    /// RFC 4519, 2.5.
    DESCRIPTION = "description" [2 5 4 13];
    /// RFC 4519, 2.2.
    BUSINESS_CATEGORY = "businessCategory" [2 5 4 15];
    /// RFC 4519, 2.23.
    POSTAL_ADDRESS = "postalAddress" [2 5 4 16];
    /// RFC 4519, 2.25.
    POSTAL_CODE = "postalCode" [2 5 4 17];
    /// RFC 4519, 2.27.
    POST_OFFICE_BOX = "postOfficeBox" [2 5 4 18];
    /// RFC 4519, 2.35.
    TELEPHONE_NUMBER = "telephoneNumber" [2 5 4 20];
    /// RFC 5280, Appendix A.1.
    NAME = "name" [2 5 4 41];
    /// RFC 5280, Appendix A.1.
    GIVEN_NAME = "GN" [2 5 4 42];
    /// RFC 5280, Appendix A.1.
    INITIALS = "initials" [2 5 4 43];
    /// RFC 5280, Appendix A.1.
    GENERATION_QUALIFIER = "generationQualifier" [2 5 4 44];
    /// RFC 5280, Appendix A.1.
    DN_QUALIFIER = "dnQualifier" [2 5 4 46];
    /// RFC 5280, Appendix A.1.
    PSEUDONYM = "pseudonym" [2 5 4 65];
    /// ITU-T X.520, 6.2.15.
    ORGANIZATION_IDENTIFIER = "organizationIdentifier" [2 5 4 97];
    /// RFC 2985, 5.2.1.
    EMAIL_ADDRESS = "emailAddress" [1 2 840 113549 1 9 1];
    /// RFC 2985, 5.2.2.
    UNSTRUCTURED_NAME = "unstructuredName" [1 2 840 113549 1 9 2];
    /// RFC 4519, 2.39.
    USER_ID = "UID" [0 9 2342 19200300 100 1 1];
    /// RFC 4519, 2.4.
    DOMAIN_COMPONENT = "DC" [0 9 2342 19200300 100 1 25];
    /// CA/Browser Forum, EV Guidelines, 9.2.4.
    JURISDICTION_LOCALITY = "jurisdictionL" [1 3 6 1 4 1 311 60 2 1 1];
    /// CA/Browser Forum, EV Guidelines, 9.2.4.
    JURISDICTION_STATE = "jurisdictionST" [1 3 6 1 4 1 311 60 2 1 2];
    /// CA/Browser Forum, EV Guidelines, 9.2.4.
    JURISDICTION_COUNTRY = "jurisdictionC" [1 3 6 1 4 1 311 60 2 1 3];

    /// RFC 1319.
    MD2 = "md2" [1 2 840 113549 2 2];
    /// RFC 1321.
    MD5 = "md5" [1 2 840 113549 2 5];
    /// RFC 3279, 2.1.
    SHA1 = "sha1" [1 3 14 3 2 26];
    /// RFC 5754, 2.
    SHA224 = "sha224" [2 16 840 1 101 3 4 2 4];
    /// RFC 5754, 2.
    SHA256 = "sha256" [2 16 840 1 101 3 4 2 1];
    /// RFC 5754, 2.
    SHA384 = "sha384" [2 16 840 1 101 3 4 2 2];
    /// RFC 5754, 2.
    SHA512 = "sha512" [2 16 840 1 101 3 4 2 3];
    /// NIST, Computer Security Objects Register.
    SHA3_256 = "sha3-256" [2 16 840 1 101 3 4 2 8];

    /// RFC 8017, Appendix C.
    RSA = "rsaEncryption" [1 2 840 113549 1 1 1];
    /// RFC 8017, Appendix C.
    MD2_RSA = "md2WithRSAEncryption" [1 2 840 113549 1 1 2];
    /// RFC 8017, Appendix C.
    MD5_RSA = "md5WithRSAEncryption" [1 2 840 113549 1 1 4];
    /// RFC 8017, Appendix C.
    SHA1_RSA = "sha1WithRSAEncryption" [1 2 840 113549 1 1 5];
    /// RFC 8017, Appendix C.
    RSA_PSS = "rsassaPss" [1 2 840 113549 1 1 10];
    /// RFC 8017, Appendix C.
    SHA256_RSA = "sha256WithRSAEncryption" [1 2 840 113549 1 1 11];
    /// RFC 8017, Appendix C.
    SHA384_RSA = "sha384WithRSAEncryption" [1 2 840 113549 1 1 12];
    /// RFC 8017, Appendix C.
    SHA512_RSA = "sha512WithRSAEncryption" [1 2 840 113549 1 1 13];
    /// NIST OIW Security SIG, 12; Windows writes it in old certificates.
    SHA1_RSA_OIW = "sha1WithRSASignature" [1 3 14 3 2 29];
    /// RFC 3279, 2.3.2.
    DSA = "dsa" [1 2 840 10040 4 1];
    /// RFC 3279, 2.2.2.
    DSA_SHA1 = "dsaWithSha1" [1 2 840 10040 4 3];
    /// RFC 5758, 3.1.
    DSA_SHA256 = "dsaWithSha256" [2 16 840 1 101 3 4 3 2];
    /// RFC 5480, 2.1.1.
    EC = "ecPublicKey" [1 2 840 10045 2 1];
    /// RFC 3279, 2.2.3.
    ECDSA_SHA1 = "ecdsaWithSha1" [1 2 840 10045 4 1];
    /// RFC 5758, 3.2.
    ECDSA_SHA256 = "ecdsaWithSha256" [1 2 840 10045 4 3 2];
    /// RFC 5758, 3.2.
    ECDSA_SHA384 = "ecdsaWithSha384" [1 2 840 10045 4 3 3];
    /// RFC 5758, 3.2.
    ECDSA_SHA512 = "ecdsaWithSha512" [1 2 840 10045 4 3 4];
    /// RFC 8410, 3.
    ED25519 = "ed25519" [1 3 101 112];
    /// NIST, Computer Security Objects Register (FIPS 204).
    ML_DSA_44 = "ml-dsa-44" [2 16 840 1 101 3 4 3 17];
    /// NIST, Computer Security Objects Register (FIPS 204).
    ML_DSA_65 = "ml-dsa-65" [2 16 840 1 101 3 4 3 18];
    /// NIST, Computer Security Objects Register (FIPS 204).
    ML_DSA_87 = "ml-dsa-87" [2 16 840 1 101 3 4 3 19];

    /// RFC 5280, 4.2.1.2.
    SUBJECT_KEY_ID = "subjectKeyIdentifier" [2 5 29 14];
    /// RFC 5280, 4.2.1.3.
    KEY_USAGE = "keyUsage" [2 5 29 15];
    /// RFC 5280, 4.2.1.4.
    CERTIFICATE_POLICIES = "certificatePolicies" [2 5 29 32];
    /// RFC 5280, 4.2.1.9.
    BASIC_CONSTRAINTS = "basicConstraints" [2 5 29 19];
    /// RFC 5280, 4.2.1.1.
    AUTHORITY_KEY_ID = "authorityKeyIdentifier" [2 5 29 35];
    /// RFC 5280, 4.2.1.12.
    EXTENDED_KEY_USAGE = "extKeyUsage" [2 5 29 37];
    /// RFC 5280, 4.2.1.12.
    CODE_SIGNING = "codeSigning" [1 3 6 1 5 5 7 3 3];
    /// Microsoft, Artifact Signing (the arc of durable identities of subscribers).
    DURABLE_IDENTITY = "microsoftDurableIdentity" [1 3 6 1 4 1 311 97];
    /// RFC 5280, 4.2.1.12.
    TIME_STAMPING = "timeStamping" [1 3 6 1 5 5 7 3 8];
}

/// The hash that a signature algorithm works on; any other identifier as it is.
#[cfg(any(feature = "digest", feature = "report"))]
pub(crate) fn hash_of(algorithm: Oid<'_>) -> Oid<'_> {
    match algorithm {
        MD2_RSA => MD2,
        MD5_RSA => MD5,
        SHA1_RSA | SHA1_RSA_OIW | DSA_SHA1 | ECDSA_SHA1 => SHA1,
        SHA256_RSA | DSA_SHA256 | ECDSA_SHA256 => SHA256,
        SHA384_RSA | ECDSA_SHA384 => SHA384,
        SHA512_RSA | ECDSA_SHA512 => SHA512,
        other => other,
    }
}

/// How many octets the arcs take (X.690, 8.19).
const fn encoded_length(arcs: &[u32]) -> usize {
    let mut length = 0_usize;
    let mut rest = arcs;
    let mut first = true;
    while let [arc, tail @ ..] = rest {
        let (value, tail) = first_pair(first, *arc, tail);
        first = false;
        length = length.saturating_add(arc_length(value));
        rest = tail;
    }
    length
}

/// The content octets of the arcs (X.690, 8.19). Evaluated at compile time only.
#[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a mistake here does not compile")]
#[expect(clippy::as_conversions, reason = "masked to seven bits; no From in const code")]
const fn encode<const N: usize>(arcs: &[u32]) -> [u8; N] {
    let mut octets = [0_u8; N];
    let mut at = 0;
    let mut rest = arcs;
    while let [arc, tail @ ..] = rest {
        let (value, tail) = first_pair(at == 0, *arc, tail);
        let mut left = arc_length(value);
        while left > 0 {
            left -= 1;
            let more = if left > 0 { 0x80 } else { 0 };
            octets[at] = ((value >> (7 * left)) & 0x7f) as u8 | more;
            at += 1;
        }
        rest = tail;
    }
    octets
}

/// The first two arcs share their octets: 40 times the first, plus the second.
const fn first_pair(first: bool, arc: u32, tail: &[u32]) -> (u32, &[u32]) {
    match tail {
        [second, tail @ ..] if first => (arc.saturating_mul(40).saturating_add(*second), tail),
        _ => (arc, tail),
    }
}

/// How many octets of seven bits one arc takes.
const fn arc_length(arc: u32) -> usize {
    match arc {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        0x20_0000..=0x0fff_ffff => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_have_the_octets_their_specifications_print() {
        assert_eq!(hex::encode(SIGNED_DATA.as_bytes()), "2a864886f70d010702");
        assert_eq!(hex::encode(ORGANIZATION.as_bytes()), "55040a");
        assert_eq!(hex::encode(SHA256.as_bytes()), "608648016503040201");
        assert_eq!(hex::encode(DOMAIN_COMPONENT.as_bytes()), "0992268993f22c640119");
        assert_eq!(SPC_SP_OPUS_INFO.to_string(), "1.3.6.1.4.1.311.2.1.12");
    }

    #[test]
    fn no_two_names_or_identifiers_are_equal() {
        let known: Vec<_> = KNOWN.iter().chain(named::KNOWN).collect();
        for (index, (oid, name)) in known.iter().enumerate() {
            assert_eq!(oid.name(), Some(*name));
            for (other_oid, other_name) in known.iter().skip(index + 1) {
                assert_ne!(oid, other_oid, "{name}");
                assert_ne!(name, other_name, "{oid}");
            }
        }
    }

    #[test]
    fn octets_that_are_no_identifier_print_as_hex() {
        assert_eq!(Oid::from_content(&[0x2a, 0x86]).to_string(), "#2a86");
        assert_eq!(Oid::from_content(&[]).to_string(), "#");
    }
}
