//! [`HashValue`] and [`HashOf`]: hashes by which certificates are published.

use std::fmt;

use crate::bytes::hex_text;

/// A hash, by whose length one knows the algorithm: MD5, SHA-1, SHA-256, SHA-384 or SHA-512.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HashValue {
    octets: [u8; Self::MAX],
    length: u8,
}

/// What a [`HashValue`] is the hash of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HashOf {
    /// The whole certificate: its fingerprint, or thumbprint.
    Certificate,
    /// The TBSCertificate.
    Tbs,
    /// The TBSCertificate of this certificate or of any above it in its chain, as application-control policies name authorities.
    ChainTbs,
    /// The contents of the subject Name, tag and length left out, as ClamAV names certificates.
    Subject,
    /// The contents of the serial number, tag and length left out, as ClamAV names certificates.
    Serial,
}

/// Why a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Another number of hex digits than any algorithm has.
    #[error("{digits} hex digits where 32 (MD5), 40 (SHA-1), 64 (SHA-256), 96 (SHA-384) or 128 (SHA-512) belong")]
    Length {
        /// How many.
        digits: usize,
    },
    /// A character that is neither a hex digit nor a separator.
    #[error("{found:?} is no hex digit")]
    NotHex {
        /// The character.
        found: char,
    },
}

impl HashValue {
    const MAX: usize = 64;

    /// A hash; `None` when no algorithm has results of this length.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        algorithm_name(octets.len())?;
        let mut value = Self { octets: [0; Self::MAX], length: u8::try_from(octets.len()).ok()? };
        value.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(value)
    }

    /// Reads hex digits in either case, with or without colons and blanks between them.
    ///
    /// # Errors
    /// [`HashError`] when there is anything else, or another number of digits than an algorithm has.
    ///
    /// ```
    /// use certsift::HashValue;
    ///
    /// let hash = HashValue::parse_hex("D4:1D:8C:D9:8F:00:B2:04:E9:80:09:98:EC:F8:42:7E")?;
    /// assert_eq!(hash.algorithm(), "md5");
    /// assert_eq!(hash.to_string(), "d41d8cd98f00b204e9800998ecf8427e");
    /// # Ok::<(), certsift::HashError>(())
    /// ```
    pub fn parse_hex(text: &str) -> Result<Self, HashError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let length = HashError::Length { digits: digits.len() };
        match hex::decode(&digits) {
            Ok(octets) => Self::new(&octets).ok_or(length),
            Err(hex::FromHexError::InvalidHexCharacter { index, .. }) => {
                let found =
                    digits.get(index..).and_then(|rest| rest.chars().next()).unwrap_or(char::REPLACEMENT_CHARACTER);
                Err(HashError::NotHex { found })
            }
            Err(_) => Err(match digits.chars().find(|digit| !digit.is_ascii_hexdigit()) {
                Some(found) => HashError::NotHex { found },
                None => length,
            }),
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The algorithm's name: `md5`, `sha1`, `sha256`, `sha384` or `sha512`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        algorithm_name(usize::from(self.length)).unwrap_or_default()
    }
}

const fn algorithm_name(length: usize) -> Option<&'static str> {
    Some(match length {
        16 => "md5",
        20 => "sha1",
        32 => "sha256",
        48 => "sha384",
        64 => "sha512",
        _ => return None,
    })
}

impl fmt::Display for HashValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_text(self.as_bytes()))
    }
}

impl fmt::Debug for HashValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HashValue({self})")
    }
}

impl HashOf {
    /// Everything there are hashes of.
    pub const ALL: [Self; 5] = [Self::Certificate, Self::Tbs, Self::ChainTbs, Self::Subject, Self::Serial];

    /// What precedes the algorithm in the name of a field: `tbs_` in `tbs_sha256`, nothing in `sha256`.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Certificate => "",
            Self::Tbs => "tbs_",
            Self::ChainTbs => "chain_tbs_",
            Self::Subject => "subject_",
            Self::Serial => "serial_",
        }
    }

    /// The stable name of a field that holds such a hash, as records carry it.
    #[must_use]
    pub fn field(self, value: &HashValue) -> &'static str {
        let names: [&'static str; 5] = match self {
            Self::Certificate => ["md5", "sha1", "sha256", "sha384", "sha512"],
            Self::Tbs => ["tbs_md5", "tbs_sha1", "tbs_sha256", "tbs_sha384", "tbs_sha512"],
            Self::ChainTbs => {
                ["chain_tbs_md5", "chain_tbs_sha1", "chain_tbs_sha256", "chain_tbs_sha384", "chain_tbs_sha512"]
            }
            Self::Subject => ["subject_md5", "subject_sha1", "subject_sha256", "subject_sha384", "subject_sha512"],
            Self::Serial => ["serial_md5", "serial_sha1", "serial_sha256", "serial_sha384", "serial_sha512"],
        };
        names.into_iter().find(|name| name.ends_with(value.algorithm())).unwrap_or_default()
    }
}
