//! Certificates that really are signed: keys on P-256 made from their names, so that every run makes the same octets.

use std::collections::BTreeMap;
use std::sync::Mutex;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

use crate::support::cms::{self, certificate, common_name, public_key};
use crate::support::der::{self, oid, sequence, split, tlv};

pub(crate) const EC: &str = "1.2.840.10045.2.1";
pub(crate) const P256: &str = "1.2.840.10045.3.1.7";
pub(crate) const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(crate) const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
pub(crate) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub(crate) const LIFETIME_SIGNING: &str = "1.3.6.1.4.1.311.10.3.13";

/// What was made once, by the name of the key and what it was made from: the rows repeat much.
type Made = Mutex<BTreeMap<(String, Vec<u8>), Vec<u8>>>;

fn once(made: &Made, key: &str, from: &[u8], make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    made.lock().unwrap().entry((key.to_owned(), from.to_vec())).or_insert_with(make).clone()
}

/// The key of this name.
pub(crate) fn signing_key(name: &str) -> SigningKey {
    SigningKey::from_slice(&Sha256::digest(name)).unwrap()
}

/// An ECDSA signature with SHA-256 by the key of this name.
pub(crate) fn sign(key: &str, message: &[u8]) -> Vec<u8> {
    static MADE: Made = Mutex::new(BTreeMap::new());
    once(&MADE, key, message, || {
        let signature: Signature = signing_key(key).sign(message);
        signature.to_der().as_bytes().to_vec()
    })
}

/// The point of the key of this name, not compressed.
pub(crate) fn point(key: &str) -> Vec<u8> {
    static MADE: Made = Mutex::new(BTreeMap::new());
    once(&MADE, key, &[], || signing_key(key).verifying_key().to_encoded_point(false).as_bytes().to_vec())
}

pub(crate) fn spki(key: &str) -> Vec<u8> {
    public_key([oid(EC), oid(P256)], &point(key))
}

/// A key id: of any octets will do.
pub(crate) fn key_id(key: &str) -> Vec<u8> {
    Sha256::digest(key).get(..20).unwrap().to_vec()
}

/// A certificate before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) parts: cms::Certificate,
    /// Name of the key that it is for.
    pub(crate) key: String,
    /// Name of the key that signs it.
    pub(crate) issuer_key: String,
}

/// A certificate of `CN=subject`, by an issuer of the same name as its key.
fn issued(serial: &str, subject: &str, issuer: &str) -> Issued {
    let mut parts = certificate(serial, subject)
        .issuer(common_name(issuer))
        .algorithm(ECDSA_SHA256)
        .key(spki(subject))
        .subject_key_id(&key_id(subject))
        .authority_key_id(&key_id(issuer));
    parts.parameters = Vec::new();
    Issued { parts, key: subject.to_owned(), issuer_key: issuer.to_owned() }
}

/// An authority, valid from 2010 to 2040.
pub(crate) fn authority(serial: &str, subject: &str, issuer: &str) -> Issued {
    issued(serial, subject, issuer)
        .valid("100101000000Z", "400101000000Z")
        .with(BASIC_CONSTRAINTS, true, &is_ca())
        .with(KEY_USAGE, true, &key_cert_sign())
}

/// The holder of a key for one purpose, valid from 2015 to 2025.
pub(crate) fn end_entity(serial: &str, subject: &str, issuer: &str, purpose: &str) -> Issued {
    issued(serial, subject, issuer)
        .valid("150101000000Z", "250101000000Z")
        .with(KEY_USAGE, true, &digital_signature())
        .with(EXTENDED_KEY_USAGE, false, &purposes(&[purpose]))
}

/// BasicConstraints of an authority.
pub(crate) fn is_ca() -> Vec<u8> {
    sequence([tlv(der::BOOLEAN, [0xff])])
}

/// BasicConstraints of an authority with so many more below it.
pub(crate) fn path_length(most: u8) -> Vec<u8> {
    sequence([tlv(der::BOOLEAN, [0xff]), tlv(der::INTEGER, [most])])
}

/// KeyUsage keyCertSign and cRLSign.
fn key_cert_sign() -> Vec<u8> {
    tlv(der::BIT_STRING, [1, 0x06])
}

/// KeyUsage digitalSignature.
pub(crate) fn digital_signature() -> Vec<u8> {
    tlv(der::BIT_STRING, [7, 0x80])
}

pub(crate) fn purposes(purposes: &[&str]) -> Vec<u8> {
    sequence(purposes.iter().map(|purpose| oid(purpose)))
}

impl Issued {
    pub(crate) fn der(&self) -> Vec<u8> {
        self.parts.signed(|to_be_signed| sign(&self.issuer_key, to_be_signed))
    }

    pub(crate) fn valid(mut self, from: &str, to: &str) -> Self {
        self.parts.not_before = tlv(der::UTC_TIME, from);
        self.parts.not_after = tlv(der::UTC_TIME, to);
        self
    }

    /// With this extension, in place of one of the same kind.
    pub(crate) fn with(mut self, kind: &str, is_critical: bool, value: &[u8]) -> Self {
        self = self.without(kind);
        let critical = if is_critical { tlv(der::BOOLEAN, [0xff]) } else { Vec::new() };
        self.parts.extensions.push(sequence([oid(kind), critical, tlv(der::OCTET_STRING, value)]));
        self
    }

    pub(crate) fn without(mut self, kind: &str) -> Self {
        self.parts.extensions.retain(|extension| !split(extension).1.starts_with(&oid(kind)));
        self
    }

    /// The same names and serial with another key, by the same issuer.
    pub(crate) fn look_alike(self, key: &str) -> Self {
        let mut alike = self;
        alike.parts.key = spki(key);
        alike.key = key.to_owned();
        alike
    }

    /// The same signed with another key than that of the issuer it names.
    pub(crate) fn signed_by(mut self, key: &str) -> Self {
        self.issuer_key = key.to_owned();
        self
    }
}
