//! The ground truth, one row a file, and the facts that a row states.

use std::collections::BTreeMap;

use certsift::Time;
use serde::Deserialize;
use serde_json::json;

use crate::facts::Facts;

/// What is known about one file that holds something signed.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) status: String,
    /// Whether the file has more signatures than are listed.
    pub(crate) capped: bool,
    pub(crate) signatures: Vec<Signature>,
    /// The image digest of a PE by the flat rule and by the section-wise one: hex by algorithm.
    pub(crate) authentihash_computed: Option<BTreeMap<String, String>>,
    pub(crate) authentihash_sections: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
pub(crate) struct Signature {
    entry: usize,
    level: usize,
    parent: Option<usize>,
    digest_alg: Option<String>,
    authentihash: Option<String>,
    content_type: String,
    page_hashes: Option<Vec<String>>,
    n_certs: usize,
    n_crls: usize,
    /// The first `n_certs`, or all.
    pub(crate) certs: Vec<Certificate>,
    signers: Vec<Signer>,
}

#[derive(Deserialize)]
struct Signer {
    serial: String,
    cert_sha256: Option<String>,
    digest_alg: String,
    sig_alg: String,
    message_digest: Option<String>,
    program_name: Option<String>,
    more_info: Option<String>,
    signing_time: Option<i64>,
    countersigs: Vec<Countersignature>,
}

#[derive(Deserialize)]
struct Countersignature {
    kind: String,
    time: Option<i64>,
    digest_alg: String,
    /// None for a countersignature, whose signer's is the one.
    imprint_alg: Option<String>,
    message_digest: Option<String>,
    policy: Option<String>,
    signing_time_attr: Option<i64>,
    cert_sha1: Option<String>,
    certs: Vec<Certificate>,
}

#[derive(Deserialize)]
pub(crate) struct Certificate {
    serial_der: String,
    serial_match: String,
    /// Type, text, tag of the string.
    subject_rdns: Vec<(String, String, u32)>,
    #[serde(rename = "issuer_O")]
    issuer_organization: Option<String>,
    #[serde(rename = "issuer_CN")]
    issuer_common_name: Option<String>,
    #[serde(rename = "notBefore")]
    not_before: i64,
    #[serde(rename = "notAfter")]
    not_after: i64,
    sha1: String,
    sha256: String,
    tbs_sha256: String,
    md5: String,
    tbs_md5: String,
    tbs_sha1: String,
    version: u32,
    sig_alg: String,
    key_alg: String,
    eku: Vec<String>,
    self_signed_name: bool,
}

/// The truth's name of an algorithm, ours.
const ALGORITHM_NAMES: &[(&str, &str)] = &[
    ("rsa", "rsaEncryption"),
    ("ecPublicKey", "ecPublicKey"),
    ("md2WithRSA", "md2WithRSAEncryption"),
    ("md5WithRSA", "md5WithRSAEncryption"),
    ("sha1WithRSA", "sha1WithRSAEncryption"),
    ("sha1WithRSA(oiw)", "sha1WithRSASignature"),
    ("sha256WithRSA", "sha256WithRSAEncryption"),
    ("sha384WithRSA", "sha384WithRSAEncryption"),
    ("sha512WithRSA", "sha512WithRSAEncryption"),
    ("ecdsa-sha1", "ecdsaWithSha1"),
    ("ecdsa-sha256", "ecdsaWithSha256"),
    ("ecdsa-sha384", "ecdsaWithSha384"),
    ("ecdsa-sha512", "ecdsaWithSha512"),
];

/// A field of a name record, the truth's type for it.
const SUBJECT_FIELDS: &[(&str, &str)] = &[
    ("common_name", "CN"),
    ("organization", "O"),
    ("organizational_unit", "OU"),
    ("country", "C"),
    ("locality", "L"),
    ("state", "ST"),
    ("street", "street"),
    ("email_address", "emailAddress"),
    ("serial_number", "serialNumber"),
];

impl Row {
    pub(crate) fn has_signer(&self) -> bool {
        self.signatures.iter().any(Signature::has_signer)
    }

    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        facts.put_file("signatures", self.signatures.len());
        for (index, signature) in self.signatures.iter().enumerate() {
            facts.begin_signature(index);
            signature.state(&mut facts);
        }
        facts
    }
}

impl Signature {
    pub(crate) fn has_signer(&self) -> bool {
        !self.signers.is_empty()
    }

    /// How many certificates to compare one by one: `None` for all.
    pub(crate) fn listed_certificates(&self) -> Option<usize> {
        (self.certs.len() < self.n_certs).then_some(self.certs.len())
    }

    fn state(&self, facts: &mut Facts) {
        facts.put("entry", self.entry);
        facts.put("level", self.level);
        facts.put("parent", self.parent);
        facts.put("claimed_digest", self.authentihash.as_deref());
        let signer_algorithm = self.signers.first().map(|signer| &signer.digest_alg);
        facts.put("digest_algorithm", self.digest_alg.as_ref().or(signer_algorithm).map(|name| hash_name(name)));
        facts.put("certificate_count", self.n_certs);
        facts.put("crls", self.n_crls);
        facts.put("content_type", self.content_type.as_str());
        facts.put("page_hashes", json!(self.page_hashes.as_deref().unwrap_or_default()));
        state_certificates("", &self.certs, facts);
        facts.put("signers", self.signers.len());
        for (index, signer) in self.signers.iter().enumerate() {
            facts.put(&format!("signers[{index}].sha256"), signer.cert_sha256.as_deref());
            facts.put(&format!("signers[{index}].serial"), canonical(&signer.serial));
            facts.put(&format!("signers[{index}].digest_algorithm"), hash_name(&signer.digest_alg));
            facts.put(&format!("signers[{index}].signature_algorithm"), algorithm_name(&signer.sig_alg));
            facts.put(&format!("signers[{index}].message_digest"), signer.message_digest.as_deref());
            facts.put(&format!("signers[{index}].program_name"), signer.program_name.as_deref());
            facts.put(&format!("signers[{index}].more_info_url"), signer.more_info.as_deref());
            facts.put(&format!("signers[{index}].signing_time"), signer.signing_time.map(time));
        }
        let first = self.signers.first();
        facts.put("program_name", first.and_then(|signer| signer.program_name.as_deref()));
        facts.put("more_info_url", first.and_then(|signer| signer.more_info.as_deref()));
        facts.put("signing_time", first.and_then(|signer| signer.signing_time).map(time));
        let timestamps: Vec<_> = self.signers.iter().flat_map(|signer| &signer.countersigs).collect();
        facts.put("timestamps", timestamps.len());
        for (index, timestamp) in timestamps.into_iter().enumerate() {
            timestamp.state(&format!("timestamps[{index}]."), facts);
        }
    }
}

impl Countersignature {
    fn state(&self, at: &str, facts: &mut Facts) {
        facts.put(&format!("{at}kind"), self.kind.as_str());
        facts.put(&format!("{at}time"), self.time.map(time));
        facts.put(&format!("{at}signer_sha1"), self.cert_sha1.as_deref());
        facts.put(&format!("{at}digest_algorithm"), self.digest_alg.as_str());
        facts.put(&format!("{at}imprint_algorithm"), self.imprint_alg.as_ref().unwrap_or(&self.digest_alg).as_str());
        facts.put(&format!("{at}imprint"), self.message_digest.as_deref());
        facts.put(&format!("{at}policy"), self.policy.as_deref());
        if self.kind == "rfc3161" {
            facts.put(&format!("{at}signing_time"), self.signing_time_attr.map(time));
        }
        state_certificates(at, &self.certs, facts);
    }
}

fn state_certificates(at: &str, certificates: &[Certificate], facts: &mut Facts) {
    let list: Vec<&str> = certificates.iter().map(|certificate| certificate.sha256.as_str()).collect();
    facts.put(&format!("{at}certificates"), list);
    for (index, certificate) in certificates.iter().enumerate() {
        certificate.state(&format!("{at}certificates[{index}]."), facts);
    }
}

impl Certificate {
    fn state(&self, at: &str, facts: &mut Facts) {
        for (field, kind) in SUBJECT_FIELDS {
            let texts = self.subject_rdns.iter().filter(|(own, ..)| own == kind).map(|(_, text, _)| text.as_str());
            facts.put(&format!("{at}subject.{field}"), texts.collect::<Vec<_>>());
        }
        let fields = [
            ("serial", json!(self.serial_match)),
            ("serial_raw", json!(self.serial_der)),
            ("issuer.organization", json!(self.issuer_organization.iter().collect::<Vec<_>>())),
            ("issuer.common_name", json!(self.issuer_common_name.iter().collect::<Vec<_>>())),
            ("not_before", json!(time(self.not_before))),
            ("not_after", json!(time(self.not_after))),
            ("sha1", json!(self.sha1)),
            ("sha256", json!(self.sha256)),
            ("tbs_sha256", json!(self.tbs_sha256)),
            ("md5", json!(self.md5)),
            ("tbs_md5", json!(self.tbs_md5)),
            ("tbs_sha1", json!(self.tbs_sha1)),
            ("version", json!(self.version)),
            ("eku", json!(self.eku)),
            ("public_key", json!(algorithm_name(&self.key_alg))),
            ("signature_algorithm", json!(algorithm_name(&self.sig_alg))),
            ("self_issued", json!(self.self_signed_name)),
        ];
        for (field, value) in fields {
            facts.put(&format!("{at}{field}"), value);
        }
    }
}

fn algorithm_name(name: &str) -> &str {
    ALGORITHM_NAMES.iter().find(|(truth, _)| *truth == name).map_or(name, |(_, ours)| ours)
}

/// A digest algorithm that is a signature's names its hash.
fn hash_name(name: &str) -> &str {
    name.strip_suffix("WithRSA").unwrap_or(name)
}

fn time(seconds: i64) -> String {
    Time::from_unix(seconds).to_string()
}

/// A serial's octets in hex without leading zero octets; one of them for zero.
fn canonical(hex: &str) -> &str {
    let mut rest = hex;
    while rest.len() > 2 && rest.starts_with("00") {
        rest = &rest[2..];
    }
    rest
}
