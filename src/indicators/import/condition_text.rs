//! Texts of conditions, as our own columns and the JSON of `conditions` write them.

use crate::asn1::oid::OidBuf;
use crate::indicators::hash_value::{HashError, HashValue};
use crate::indicators::indicator::UsageTest;

/// A hash of an algorithm that is known beforehand.
pub(super) fn hash_of(algorithm: &str, text: &str) -> Result<HashValue, String> {
    let expected = match algorithm {
        "md5" => 32,
        "sha1" => 40,
        "sha256" => 64,
        "sha384" => 96,
        _ => 128,
    };
    let wrong = |digits: usize| format!("{digits} hex digits where {expected} belong");
    match HashValue::parse_hex(text) {
        Ok(hash) if hash.algorithm() == algorithm => Ok(hash),
        Ok(hash) => Err(wrong(hash.as_bytes().len().saturating_mul(2))),
        Err(HashError::Length { digits }) => Err(wrong(digits)),
        Err(error) => Err(error.to_string()),
    }
}

/// A usage, or with `.*` at its end everything below one.
pub(super) fn usage(text: &str) -> Result<UsageTest, String> {
    let (text, and_below) = match text.strip_suffix(".*") {
        Some(base) => (base, true),
        None => (text, false),
    };
    Ok(UsageTest { usage: oid(text)?, and_below })
}

/// Dotted text, or after a `#` the content octets in hex, for what is no identifier.
pub(super) fn oid(text: &str) -> Result<OidBuf, String> {
    match text.strip_prefix('#') {
        Some(octets) => match hex::decode(octets) {
            Ok(octets) => Ok(OidBuf::from_content(&octets)),
            Err(error) => Err(error.to_string()),
        },
        None => OidBuf::parse(text).map_err(|error| error.to_string()),
    }
}
