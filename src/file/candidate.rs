//! From the certificates of a file to the questions for the matcher.

use std::borrow::Cow;
#[cfg(feature = "digest")]
use std::collections::HashMap;

#[cfg(feature = "digest")]
use foldhash::fast::RandomState;

use super::{CertificateUse, Place, SignedFile};
use crate::asn1::time::Time;
use crate::cms::signer_info::SignerId;
#[cfg(feature = "digest")]
use crate::digest::HashAlgorithm;
use crate::indicators::candidate::{Candidate, Needs, Part};
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::role::Role;
use crate::signature::{Signer, Timestamp};
use crate::x509::certificate::Certificate;

impl<'a> SignedFile<'a> {
    /// Every certificate in every part it plays, and what the matcher is asked about it: what `needs` names, and no more.
    ///
    /// ```
    /// use certsift::{IndicatorTable, SignedFile};
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let file = SignedFile::parse(bytes)?;
    /// let table = IndicatorTable::builtin();
    /// let matching = file.candidates(table.needs()).filter(|(_, candidate)| !table.matches(candidate).is_empty());
    /// assert_eq!(matching.map(|(used, _)| used.role()).collect::<Vec<_>>(), [certsift::Role::Signer]);
    /// # Ok::<(), certsift::Error>(())
    /// ```
    pub fn candidates(&self, needs: Needs) -> impl Iterator<Item = (CertificateUse<'a>, Candidate<'a>)> {
        let mut questions = Questions::new(self, needs);
        self.certificate_uses().into_iter().map(move |used| (used, questions.candidate(&used, &[])))
    }
}

/// Makes candidates of the uses of one file.
pub(crate) struct Questions<'f, 'a> {
    file: &'f SignedFile<'a>,
    needs: Needs,
    /// When each SignerInfo of each signature was made; `None` where nobody verified the timestamps.
    signing_times: Option<Vec<Vec<Option<Time>>>>,
    /// The hashes that are wanted.
    #[cfg(feature = "digest")]
    wanted: Vec<(HashOf, HashAlgorithm)>,
    /// The hashes of authorities met before, by the offset of their certificates: thousands of signers may share a chain.
    #[cfg(feature = "digest")]
    chain_hashes: HashMap<u64, Vec<HashValue>, RandomState>,
}

impl<'f, 'a> Questions<'f, 'a> {
    pub(crate) fn new(file: &'f SignedFile<'a>, needs: Needs) -> Self {
        Self {
            file,
            needs,
            signing_times: None,
            #[cfg(feature = "digest")]
            wanted: wanted(needs),
            #[cfg(feature = "digest")]
            chain_hashes: HashMap::default(),
        }
    }

    /// With the times that verified timestamps say, by signature and SignerInfo, in place of what unverified ones say.
    #[cfg(feature = "report")]
    pub(crate) fn with_signing_times(mut self, times: Option<Vec<Vec<Option<Time>>>>) -> Self {
        self.signing_times = times;
        self
    }

    /// What the matcher is asked about a use. `known` are hashes of its certificate that need not be computed again.
    pub(crate) fn candidate(&mut self, used: &CertificateUse<'a>, known: &[(HashOf, HashValue)]) -> Candidate<'a> {
        let mut candidate = Candidate::new(used.role());
        if let Some(time) = self.signing_time(used) {
            candidate = candidate.signed_at(time);
        }
        if let Some(name) = self.program_name(used) {
            candidate = candidate.program_name(name);
        }
        let Some(certificate) = used.certificate() else {
            return match used.id {
                Some(id) => with_id(candidate, id),
                None => candidate,
            };
        };
        if !self.needs.roles().contains(used.role()) {
            return with_names(candidate, certificate);
        }
        candidate = with_parts(with_names(candidate, certificate), certificate, self.needs);
        if self.needs.any_hash() {
            candidate.hashes = self.hashes(certificate, known);
            self.add_chain_hashes(used, certificate, &mut candidate);
        }
        candidate
    }

    /// What a signer calls the program.
    pub(crate) fn program_name(&self, used: &CertificateUse<'a>) -> Option<Cow<'a, str>> {
        let is_signer = matches!(used.role(), Role::Signer | Role::NamedOnly);
        if is_signer { self.signer(used).and_then(Signer::program_name) } else { None }
    }

    /// When the signature was made in which the certificate is the signer, or a part of the signer's chain.
    fn signing_time(&self, used: &CertificateUse<'a>) -> Option<Time> {
        if let Some(verified) = &self.signing_times {
            let (Place::Signer(signer) | Place::Chain { signer, .. }) = used.place() else { return None };
            return *verified.get(used.signature()?)?.get(signer)?;
        }
        // Nobody verified the stamps, and an old one is easily added: the latest counts.
        let stamps = self.signer(used).map(Signer::timestamps).unwrap_or_default();
        stamps.iter().filter_map(Timestamp::time).max()
    }

    /// The SignerInfo that makes the certificate a signer, or a part of a signer's chain.
    fn signer(&self, used: &CertificateUse<'a>) -> Option<&'f Signer<'a>> {
        let signature = self.file.signatures().get(used.signature()?)?;
        match used.place() {
            Place::Signer(signer) | Place::Chain { signer, .. } => signature.signers().get(signer),
            _ => None,
        }
    }

    #[cfg(feature = "digest")]
    fn hashes(&self, certificate: Certificate<'a>, known: &[(HashOf, HashValue)]) -> Vec<(HashOf, HashValue)> {
        let wanted = self.wanted.iter().filter(|(of, _)| *of != HashOf::ChainTbs);
        hashes(certificate, wanted.copied(), known).collect()
    }

    #[cfg(not(feature = "digest"))]
    fn hashes(&self, _: Certificate<'a>, known: &[(HashOf, HashValue)]) -> Vec<(HashOf, HashValue)> {
        known.to_vec()
    }

    /// The hashes of the certificate's TBSCertificate and of those of every authority above it.
    #[cfg(feature = "digest")]
    fn add_chain_hashes(
        &mut self,
        used: &CertificateUse<'a>,
        certificate: Certificate<'a>,
        candidate: &mut Candidate<'a>,
    ) {
        let algorithms =
            || self.wanted.iter().filter(|(of, _)| *of == HashOf::ChainTbs).map(|(_, algorithm)| algorithm);
        if algorithms().next().is_none() {
            return;
        }
        let above = self.signer(used).map(Signer::chain).unwrap_or_default();
        let above = match used.place() {
            Place::Chain { depth, .. } => above.get(depth.saturating_add(1)..).unwrap_or_default(),
            _ => above,
        };
        for certificate in [certificate].iter().chain(above) {
            let hashes = self.chain_hashes.entry(certificate.offset()).or_insert_with(|| {
                let digests = algorithms().map(|algorithm| algorithm.digest(certificate.tbs()));
                digests.filter_map(|digest| HashValue::new(&digest)).collect()
            });
            candidate.hashes.extend(hashes.iter().map(|hash| (HashOf::ChainTbs, *hash)));
        }
    }

    #[cfg(not(feature = "digest"))]
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "as with the feature")]
    fn add_chain_hashes(&mut self, _: &CertificateUse<'a>, _: Certificate<'a>, _: &mut Candidate<'a>) {}
}

/// What the matcher can be asked about a certificate that stands for itself: what `needs` names.
#[cfg(feature = "carve")]
pub(crate) fn alone(certificate: Certificate<'_>, role: Role, needs: Needs) -> Candidate<'_> {
    question(certificate, role, needs, &[])
}

/// What the matcher can be asked about a certificate alone, whatever part it plays and wherever it lies: what `needs` names. Where no
/// indicator is found by any of this, none is about the certificate. `known` are hashes of it that need not be computed again.
#[cfg(feature = "report")]
pub(crate) fn identity<'a>(certificate: Certificate<'a>, needs: Needs, known: &[(HashOf, HashValue)]) -> Candidate<'a> {
    question(certificate, Role::Signer, needs, known)
}

#[cfg(any(feature = "carve", feature = "report"))]
fn question<'a>(
    certificate: Certificate<'a>,
    role: Role,
    needs: Needs,
    known: &[(HashOf, HashValue)],
) -> Candidate<'a> {
    let candidate = with_names(Candidate::new(role), certificate);
    let mut candidate = with_parts(candidate, certificate, needs);
    #[cfg(feature = "digest")]
    candidate.hashes.extend(hashes(certificate, wanted(needs).into_iter(), known));
    #[cfg(not(feature = "digest"))]
    candidate.hashes.extend(known);
    candidate
}

/// What the matcher can be asked about a certificate that is only named.
#[cfg(feature = "report")]
pub(crate) fn named(id: SignerId<'_>) -> Candidate<'_> {
    with_id(Candidate::new(Role::NamedOnly), id)
}

const fn with_id<'a>(candidate: Candidate<'a>, id: SignerId<'a>) -> Candidate<'a> {
    match id {
        SignerId::IssuerAndSerial { issuer, serial } => candidate.serial(serial).issuer(issuer),
        SignerId::SubjectKeyId(_) => candidate,
    }
}

const fn with_names<'a>(candidate: Candidate<'a>, certificate: Certificate<'a>) -> Candidate<'a> {
    candidate
        .serial(certificate.serial())
        .issuer(certificate.issuer())
        .subject(certificate.subject())
        .signature_algorithm(certificate.signature_algorithm())
}

/// With those parts of a certificate that cost something to read, as far as they are needed.
fn with_parts<'a>(mut candidate: Candidate<'a>, certificate: Certificate<'a>, needs: Needs) -> Candidate<'a> {
    if needs.part(Part::Validity) {
        let validity = certificate.validity();
        candidate = candidate.validity(validity.not_before, validity.not_after);
    }
    if needs.part(Part::ExtendedKeyUsage) {
        candidate.usages = certificate.extended_key_usage();
    }
    if needs.part(Part::RsaModulus)
        && let Some(modulus) = certificate.rsa_modulus()
    {
        candidate = candidate.rsa_modulus(modulus);
    }
    candidate
}

/// Hashes of a certificate, those among `known` not computed again.
#[cfg(feature = "digest")]
fn hashes(
    certificate: Certificate<'_>,
    wanted: impl Iterator<Item = (HashOf, HashAlgorithm)>,
    known: &[(HashOf, HashValue)],
) -> impl Iterator<Item = (HashOf, HashValue)> {
    wanted.filter_map(move |(of, algorithm)| {
        let is_it = |hash: &&(HashOf, HashValue)| hash.0 == of && hash.1.algorithm() == algorithm.name();
        let value = match known.iter().find(is_it) {
            Some((_, value)) => Some(*value),
            None => HashValue::new(&algorithm.digest(hashed_octets(certificate, of))),
        };
        Some((of, value?))
    })
}

/// Every hash that a table compares.
#[cfg(feature = "digest")]
fn wanted(needs: Needs) -> Vec<(HashOf, HashAlgorithm)> {
    if !needs.any_hash() {
        return Vec::new();
    }
    let all = HashOf::ALL.into_iter().flat_map(|of| HashAlgorithm::ALL.iter().map(move |algorithm| (of, *algorithm)));
    all.filter(|(of, algorithm)| needs.hash(*of, algorithm.name())).collect()
}

/// The octets of a certificate that a hash is of.
#[cfg(feature = "digest")]
fn hashed_octets(certificate: Certificate<'_>, of: HashOf) -> &[u8] {
    match of {
        HashOf::Certificate => certificate.der(),
        HashOf::Tbs | HashOf::ChainTbs => certificate.tbs(),
        HashOf::Subject => certificate.subject().content_bytes(),
        HashOf::Serial => certificate.serial().as_bytes(),
    }
}
