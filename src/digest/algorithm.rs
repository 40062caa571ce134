//! [`HashAlgorithm`]: the hashes that are computed here.

use std::fmt;

use sha2::digest::DynDigest;

use crate::asn1::oid::{self, Oid};

/// A hash algorithm that Authenticode signatures name for the digest of their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// MD5 (RFC 1321), 16 bytes. Broken; old signatures have it.
    Md5,
    /// SHA-1 (FIPS 180-4), 20 bytes. Broken; many signatures have it.
    Sha1,
    /// SHA-256 (FIPS 180-4), 32 bytes.
    Sha256,
    /// SHA-384 (FIPS 180-4), 48 bytes.
    Sha384,
    /// SHA-512 (FIPS 180-4), 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// Every algorithm there is here.
    pub const ALL: &'static [Self] = &[Self::Md5, Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The algorithm that an identifier names. Some signers write a signature algorithm, such as 1.2.840.113549.1.1.5
    /// (sha1WithRSAEncryption), where the hash belongs: it names its hash just as well.
    #[must_use]
    pub fn from_oid(oid: Oid<'_>) -> Option<Self> {
        Some(match oid::hash_of(oid) {
            oid::MD5 => Self::Md5,
            oid::SHA1 => Self::Sha1,
            oid::SHA256 => Self::Sha256,
            oid::SHA384 => Self::Sha384,
            oid::SHA512 => Self::Sha512,
            _ => return None,
        })
    }

    /// The name in common use, as records carry it: `md5`, `sha1`, `sha256`, `sha384`, `sha512`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The digest of `bytes`.
    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let mut state = self.start();
        state.update(bytes);
        state.finalize().into_vec()
    }

    pub(super) fn start(self) -> Box<dyn DynDigest> {
        match self {
            Self::Md5 => Box::new(md5::Md5::default()),
            Self::Sha1 => Box::new(sha1::Sha1::default()),
            Self::Sha256 => Box::new(sha2::Sha256::default()),
            Self::Sha384 => Box::new(sha2::Sha384::default()),
            Self::Sha512 => Box::new(sha2::Sha512::default()),
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_name_their_hash() {
        let cases = [
            (oid::MD5, Some("md5")),
            (oid::MD5_RSA, Some("md5")),
            (oid::SHA1, Some("sha1")),
            (oid::SHA1_RSA, Some("sha1")),
            (oid::SHA1_RSA_OIW, Some("sha1")),
            (oid::SHA256, Some("sha256")),
            (oid::SHA256_RSA, Some("sha256")),
            (oid::SHA384_RSA, Some("sha384")),
            (oid::SHA512, Some("sha512")),
            (oid::ECDSA_SHA256, Some("sha256")),
            (oid::DSA_SHA1, Some("sha1")),
            (oid::RSA, None),
            (oid::SHA3_256, None),
            (Oid::from_content(&[]), None),
        ];
        for (oid, name) in cases {
            assert_eq!(HashAlgorithm::from_oid(oid).map(HashAlgorithm::name), name, "{oid}");
        }
    }

    #[test]
    fn names_are_those_of_the_identifiers() {
        for (algorithm, oid) in
            HashAlgorithm::ALL.iter().zip([oid::MD5, oid::SHA1, oid::SHA256, oid::SHA384, oid::SHA512])
        {
            assert_eq!(HashAlgorithm::from_oid(oid), Some(*algorithm));
            assert_eq!(oid.name(), Some(algorithm.name()));
        }
    }
}
