//! [`Trust`]: the certificates and revocation lists that the caller gives.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::given::{Given, Kind};
use super::trust_error::{TrustError, TrustErrorKind};
use crate::digest;
use crate::error::{Error, ErrorKind, Structure};
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::revocation_list::RevocationList;
use crate::x509::signed_object::SignedObject;

/// What a [`Verifier`](super::Verifier) was given.
#[derive(Debug, Clone, Default)]
pub(super) struct Trust {
    anchors: Store<Box<[u8]>>,
    given: Store<Box<[u8]>>,
    lists: Store<RevocationList>,
}

impl Trust {
    pub(super) fn add_anchors(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        Ok(add_certificates(&mut self.anchors, read_certificates(bytes)?))
    }

    pub(super) fn add_certificates(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        Ok(add_certificates(&mut self.given, read_certificates(bytes)?))
    }

    pub(super) fn add_crls(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        let lists = Given::read(bytes, Kind::RevocationList)?.into_iter().map(|given| {
            let bad = |error: Error| TrustErrorKind::BadRevocationList(error.kind());
            let list = RevocationList::read(&given.der);
            list.map_err(|error| TrustError::new(bad(error), given.offset)).map(|list| (given.der, list))
        });
        let lists: Vec<(Vec<u8>, RevocationList)> = lists.collect::<Result<_, _>>()?;
        let count = lists.len();
        for (der, list) in lists {
            self.lists.add(list.issuer().match_key(), &der, list);
        }
        Ok(count)
    }

    /// The anchors with this subject, in the order in which they were given.
    pub(super) fn anchors_named(&self, name: Name<'_>) -> impl Iterator<Item = Certificate<'_>> {
        certificates_named(&self.anchors, name)
    }

    /// The further certificates with this subject, in the order in which they were given.
    pub(super) fn given_named(&self, name: Name<'_>) -> impl Iterator<Item = Certificate<'_>> {
        certificates_named(&self.given, name)
    }

    /// Whether the certificate is one of the anchors, octet for octet.
    pub(super) fn is_anchor(&self, certificate: Certificate<'_>) -> bool {
        self.anchors.keyed(&certificate.subject().match_key()).iter().any(|anchor| **anchor == *certificate.der())
    }

    /// The revocation lists of an issuer, in the order in which they were given. Whether the issuer made them is another question.
    pub(super) fn lists_of(&self, issuer: Name<'_>) -> impl Iterator<Item = &RevocationList> {
        self.lists.named(issuer).iter()
    }
}

/// A certificate, with the key of its subject.
type KeyedCertificate = (Vec<u8>, Box<[u8]>);

fn read_certificates(bytes: &[u8]) -> Result<Vec<KeyedCertificate>, TrustError> {
    let given = Given::read(bytes, Kind::Certificate)?;
    let read = given.into_iter().map(|Given { der, offset }| {
        let bad = |kind| TrustError::new(TrustErrorKind::BadCertificate(kind), offset);
        let certificate = Certificate::from_der(&der).map_err(|error| bad(error.kind()))?;
        // None of them is needed to tell which certificate it is, and without them it issues nothing.
        let is_whole = SignedObject::read(certificate.span(), Structure::Certificate).is_some();
        if !is_whole || certificate.subject().as_bytes().is_empty() || certificate.spki().is_empty() {
            return Err(bad(ErrorKind::Missing));
        }
        Ok((certificate.subject().match_key(), certificate.der().into()))
    });
    read.collect()
}

/// Adds certificates, and answers how many there were.
fn add_certificates(store: &mut Store<Box<[u8]>>, certificates: Vec<KeyedCertificate>) -> usize {
    let count = certificates.len();
    for (key, der) in certificates {
        store.add(key, &der.clone(), der);
    }
    count
}

fn certificates_named<'t>(store: &'t Store<Box<[u8]>>, name: Name<'_>) -> impl Iterator<Item = Certificate<'t>> {
    // All of them could be read when they were added.
    store.named(name).iter().filter_map(|der| Certificate::from_der(der).ok())
}

/// Things that are looked up by a name, in whatever way it is written (RFC 5280, 7.1).
#[derive(Debug, Clone)]
struct Store<T> {
    by_name: HashMap<Vec<u8>, Vec<T>, RandomState>,
    /// SHA-256 of all of them.
    seen: HashSet<[u8; 32], RandomState>,
}

impl<T> Default for Store<T> {
    fn default() -> Self {
        Self { by_name: HashMap::default(), seen: HashSet::default() }
    }
}

impl<T> Store<T> {
    /// Adds a thing under the key of its name, if nothing with the same octets is there already.
    fn add(&mut self, key: Vec<u8>, der: &[u8], new: T) {
        if self.seen.insert(digest::sha256(der)) {
            self.by_name.entry(key).or_default().push(new);
        }
    }

    /// Those with this name; none for the empty name, which is not the same as any other (see [`Name::matches`]).
    fn named(&self, name: Name<'_>) -> &[T] {
        let key = name.match_key();
        if key.is_empty() { &[] } else { self.keyed(&key) }
    }

    fn keyed(&self, key: &[u8]) -> &[T] {
        self.by_name.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
