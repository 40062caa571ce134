//! [`CertificateUse`]: every certificate of a file in every part it plays, in order.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::cms::signer_info::{SignerId, SignerKey};
use crate::cms::timestamp::TimestampKind;
use crate::indicators::role::Role;
use crate::signature::{Signature, SignerIdentity};
use crate::x509::certificate::Certificate;

/// One certificate in one of the parts it plays in a file.
#[derive(Debug, Clone, Copy)]
pub struct CertificateUse<'a> {
    role: Role,
    signature: Option<usize>,
    place: Place,
    certificate: Option<Certificate<'a>>,
    pub(super) id: Option<SignerId<'a>>,
}

/// Where in its signature a certificate is used. Indices count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// By the SignerInfo of this index.
    Signer(usize),
    /// In the chain of the SignerInfo of index `signer`.
    Chain {
        /// The SignerInfo.
        signer: usize,
        /// How far up the chain; 0 is the signer's issuer.
        depth: usize,
    },
    /// By the timestamp of this index, counted over all SignerInfos of the signature.
    TimestampSigner(usize),
    /// In the chain of a timestamp's signer.
    TimestampChain {
        /// The timestamp.
        timestamp: usize,
        /// How far up the chain; 0 is the signer's issuer.
        depth: usize,
    },
    /// In the certificate set, used by nobody.
    Set(usize),
    /// In the certificate set of a time-stamp token, used by nobody.
    TimestampSet {
        /// The timestamp.
        timestamp: usize,
        /// Index in the token's set.
        index: usize,
    },
    /// The whole body of the WIN_CERTIFICATE of this index, in no signature.
    Entry(usize),
}

/// Collects the certificate uses of one signature.
pub(super) struct Uses<'l, 'a> {
    pub(super) signature: usize,
    /// The role of a certificate that nobody uses.
    pub(super) left_over: Role,
    pub(super) list: &'l mut Vec<CertificateUse<'a>>,
    /// The signers of this signature's own set that were told already.
    pub(super) told: HashSet<(Role, SignerKey<'a>), RandomState>,
    /// Where the lists of certificates lie that were told already, which many ways to name them share.
    pub(super) told_sets: HashSet<(Role, usize), RandomState>,
}

impl<'a> Uses<'_, 'a> {
    pub(super) fn collect(&mut self, signature: &Signature<'a>) {
        let start = self.list.len();
        let mut timestamp_index = 0_usize;
        for (index, signer) in signature.signers().iter().enumerate() {
            let identity = signer.identity();
            if identity.certificates.is_empty() {
                self.push(Role::NamedOnly, Place::Signer(index), None, Some(identity.id));
            }
            let chain = |depth| Place::Chain { signer: index, depth };
            self.push_identity(identity, (Role::Signer, Place::Signer(index)), (Role::Chain, &chain), true);
        }
        for timestamp in signature.signers().iter().flat_map(|signer| signer.timestamps()) {
            let token_start = self.list.len();
            let shares_set = timestamp.kind() == TimestampKind::Pkcs9;
            let signer = (Role::TimestampSigner, Place::TimestampSigner(timestamp_index));
            let chain = |depth| Place::TimestampChain { timestamp: timestamp_index, depth };
            for identity in timestamp.signers() {
                if identity.certificates.is_empty() {
                    self.push(Role::TimestampSigner, signer.1, None, Some(identity.id));
                }
                self.push_identity(identity, signer, (Role::TimestampChain, &chain), shares_set);
            }
            self.push_unused(token_start, timestamp.certificates(), |index| Place::TimestampSet {
                timestamp: timestamp_index,
                index,
            });
            timestamp_index = timestamp_index.saturating_add(1);
        }
        self.push_unused(start, signature.certificates(), Place::Set);
    }

    fn push_identity(
        &mut self,
        identity: &SignerIdentity<'a>,
        (role, place): (Role, Place),
        (chain_role, chain_place): (Role, &dyn Fn(usize) -> Place),
        shares_set: bool,
    ) {
        // SignerInfos that name the same signer share what was found; it is told in full once.
        let set = identity.certificates.as_ptr().addr();
        let is_told = |told: &mut Self| {
            !told.told.insert((role, identity.id.key()))
                || (!identity.certificates.is_empty() && !told.told_sets.insert((role, set)))
        };
        let told = shares_set && is_told(self);
        let most = if told { 1 } else { usize::MAX };
        for certificate in identity.certificates.iter().take(most) {
            self.push(role, place, Some(*certificate), Some(identity.id));
        }
        if told {
            return;
        }
        for (depth, certificate) in identity.chain.iter().enumerate() {
            self.push(chain_role, chain_place(depth), Some(*certificate), None);
        }
    }

    /// The certificates of `set` that no use since `start` names, by where they lie.
    fn push_unused(&mut self, start: usize, set: &[Certificate<'a>], place: impl Fn(usize) -> Place) {
        /// Comparisons that cost less than a set of hashes.
        const FEW: usize = 64;
        let used = self.list.get(start..).unwrap_or_default();
        let mut unused: Vec<(usize, Certificate<'a>)> = Vec::new();
        if set.len().saturating_mul(used.len()) <= FEW {
            let is_used = |one: &Certificate<'_>| used.iter().any(|used| used.certificate == Some(*one));
            unused.extend(set.iter().copied().enumerate().filter(|(_, one)| !is_used(one)));
        } else {
            let certificates = used.iter().filter_map(|used| used.certificate);
            let used: HashSet<&[u8], RandomState> = certificates.map(Certificate::der).collect();
            unused.extend(set.iter().copied().enumerate().filter(|(_, one)| !used.contains(one.der())));
        }
        for (index, certificate) in unused {
            self.push(self.left_over, place(index), Some(certificate), None);
        }
    }

    fn push(&mut self, role: Role, place: Place, certificate: Option<Certificate<'a>>, id: Option<SignerId<'a>>) {
        self.list.push(CertificateUse { role, signature: Some(self.signature), place, certificate, id });
    }
}

impl<'a> CertificateUse<'a> {
    /// A certificate that an entry of the file holds, and nothing else does.
    pub(super) const fn of_entry(entry: usize, certificate: Certificate<'a>, role: Role) -> Self {
        let place = Place::Entry(entry);
        Self { role, signature: None, place, certificate: Some(certificate), id: None }
    }

    /// The part it plays.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Index of the signature in [`SignedFile::signatures`](crate::SignedFile::signatures); `None` for a certificate that lies in
    /// none.
    #[must_use]
    pub const fn signature(&self) -> Option<usize> {
        self.signature
    }

    /// Where in that signature.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The certificate; `None` when a SignerInfo names one that is not in the file.
    #[must_use]
    pub const fn certificate(&self) -> Option<Certificate<'a>> {
        self.certificate
    }
}
