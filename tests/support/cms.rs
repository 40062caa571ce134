//! A writer of certificates and CMS messages such as Authenticode has, part by part, so that any part can be left out or damaged.

use super::der::{self, context, hex, joined, oid, sequence, set, tlv};

pub(crate) const SHA1: &str = "1.3.14.3.2.26";
pub(crate) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(crate) const RSA: &str = "1.2.840.113549.1.1.1";
const SHA256_RSA: &str = "1.2.840.113549.1.1.11";
pub(crate) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub(crate) const DATA: &str = "1.2.840.113549.1.7.1";
pub(crate) const SPC_INDIRECT_DATA: &str = "1.3.6.1.4.1.311.2.1.4";
const SPC_PE_IMAGE_DATA: &str = "1.3.6.1.4.1.311.2.1.15";
pub(crate) const PAGE_HASHES_V1: &str = "1.3.6.1.4.1.311.2.3.1";
pub(crate) const PAGE_HASHES_V2: &str = "1.3.6.1.4.1.311.2.3.2";
/// Identifies page hashes among serialised objects.
const PAGE_HASHES_CLASS: &str = "a6b586d5b4a12466ae05a217da8e60d6";
const OPUS_INFO: &str = "1.3.6.1.4.1.311.2.1.12";
const STATEMENT_TYPE: &str = "1.3.6.1.4.1.311.2.1.11";
const NESTED_SIGNATURE: &str = "1.3.6.1.4.1.311.2.4.1";
pub(crate) const RFC3161_TOKEN: &str = "1.3.6.1.4.1.311.3.3.1";
pub(crate) const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
pub(crate) const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub(crate) const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
const COUNTERSIGNATURE: &str = "1.2.840.113549.1.9.6";
const SUBJECT_KEY_ID: &str = "2.5.29.14";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";

// Names

/// A Name of one attribute an RDN, each an attribute type (last arc under 2.5.4), a string tag and its octets.
pub(crate) fn name(attributes: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let rdn = |(arc, tag, octets): &(u8, u8, &[u8])| set([sequence([oid(&format!("2.5.4.{arc}")), tlv(*tag, octets)])]);
    sequence(attributes.iter().map(rdn))
}

/// A Name of one common name in a PrintableString.
pub(crate) fn common_name(text: &str) -> Vec<u8> {
    name(&[(3, der::PRINTABLE, text.as_bytes())])
}

// Certificates

/// The parts of a certificate, each written already but the serial's octets.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) not_before: Vec<u8>,
    pub(crate) not_after: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
    /// The OBJECT IDENTIFIER of the issuer's signature algorithm.
    pub(crate) algorithm: Vec<u8>,
    /// The parameters of that algorithm; no octets for none.
    pub(crate) parameters: Vec<u8>,
    /// The whole SubjectPublicKeyInfo.
    pub(crate) key: Vec<u8>,
}

/// A certificate of `CN=subject` that `CN=Issuer` gave the serial (hex).
pub(crate) fn certificate(serial: &str, subject: &str) -> Certificate {
    Certificate {
        serial: hex(serial),
        issuer: common_name("Issuer"),
        subject: common_name(subject),
        not_before: tlv(der::UTC_TIME, "130101000000Z"),
        not_after: tlv(der::UTC_TIME, "430101000000Z"),
        extensions: Vec::new(),
        algorithm: oid(SHA256_RSA),
        parameters: tlv(der::NULL, []),
        key: public_key([oid(RSA), tlv(der::NULL, [])], &rsa_key(64)),
    }
}

/// SubjectPublicKeyInfo of these algorithm parts and these key octets.
pub(crate) fn public_key<T: AsRef<[u8]>>(algorithm: impl IntoIterator<Item = T>, key: &[u8]) -> Vec<u8> {
    sequence([sequence(algorithm), tlv(der::BIT_STRING, joined([&[0], key]))])
}

/// RSAPublicKey with a modulus of so many octets, the top bit of which is clear.
pub(crate) fn rsa_key(octets: usize) -> Vec<u8> {
    sequence([tlv(der::INTEGER, vec![0x11; octets]), tlv(der::INTEGER, [1, 0, 1])])
}

impl Certificate {
    pub(crate) fn issuer(mut self, name: Vec<u8>) -> Self {
        self.issuer = name;
        self
    }

    pub(crate) fn subject(mut self, name: Vec<u8>) -> Self {
        self.subject = name;
        self
    }

    /// With this start of validity.
    pub(crate) fn not_before(mut self, tag: u8, text: &str) -> Self {
        self.not_before = tlv(tag, text);
        self
    }

    pub(crate) fn extension(mut self, kind: &str, value: impl AsRef<[u8]>) -> Self {
        self.extensions.push(sequence([oid(kind), tlv(der::OCTET_STRING, value)]));
        self
    }

    pub(crate) fn subject_key_id(self, id: &[u8]) -> Self {
        self.extension(SUBJECT_KEY_ID, tlv(der::OCTET_STRING, id))
    }

    pub(crate) fn authority_key_id(self, id: &[u8]) -> Self {
        self.extension(AUTHORITY_KEY_ID, sequence([tlv(0x80, id)]))
    }

    /// Signed with the algorithm of this OBJECT IDENTIFIER.
    pub(crate) fn algorithm(mut self, dotted: &str) -> Self {
        self.algorithm = oid(dotted);
        self
    }

    pub(crate) fn key(mut self, key: Vec<u8>) -> Self {
        self.key = key;
        self
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.signed(|_| vec![1, 2, 3])
    }

    /// The certificate with the signature that `sign` makes over what is to be signed.
    pub(crate) fn signed(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let algorithm = sequence([&self.algorithm, &self.parameters]);
        let to_be_signed = sequence(self.tbs_parts());
        let signature = joined([vec![0], sign(&to_be_signed)]);
        sequence([to_be_signed, algorithm, tlv(der::BIT_STRING, signature)])
    }

    /// The parts of the TBSCertificate, for rows that damage one of them.
    pub(crate) fn tbs_parts(&self) -> Vec<Vec<u8>> {
        let mut tbs = vec![
            context(0, [tlv(der::INTEGER, [2])]),
            tlv(der::INTEGER, &self.serial),
            sequence([&self.algorithm, &self.parameters]),
            self.issuer.clone(),
            sequence([&self.not_before, &self.not_after]),
            self.subject.clone(),
            self.key.clone(),
        ];
        if !self.extensions.is_empty() {
            tbs.push(context(3, [sequence(&self.extensions)]));
        }
        tbs
    }
}

// Attributes

pub(crate) fn attribute<T: AsRef<[u8]>>(kind: &str, values: impl IntoIterator<Item = T>) -> Vec<u8> {
    sequence([oid(kind), set(values)])
}

pub(crate) fn content_type() -> Vec<u8> {
    attribute(CONTENT_TYPE, [oid(SPC_INDIRECT_DATA)])
}

/// SpcSpOpusInfo with a program name (UTF-16).
pub(crate) fn opus_info(program: &str) -> Vec<u8> {
    let text: Vec<u8> = program.encode_utf16().flat_map(u16::to_be_bytes).collect();
    attribute(OPUS_INFO, [sequence([context(0, [tlv(0x80, text)])])])
}

/// SpcSpOpusInfo with these three parts, each a choice written already.
pub(crate) fn opus_info_of(program: Vec<u8>, more_info: Vec<u8>, publisher: Vec<u8>) -> Vec<u8> {
    attribute(OPUS_INFO, [sequence([context(0, [program]), context(1, [more_info]), context(2, [publisher])])])
}

/// SpcStatementType.
pub(crate) fn statement_type(purposes: &[&str]) -> Vec<u8> {
    attribute(STATEMENT_TYPE, [sequence(purposes.iter().map(|purpose| oid(purpose)))])
}

/// signingTime as UTCTime.
pub(crate) fn signing_time(text: &str) -> Vec<u8> {
    attribute(SIGNING_TIME, [tlv(der::UTC_TIME, text)])
}

/// One attribute with all these messages in it.
pub(crate) fn nested(messages: &[Vec<u8>]) -> Vec<u8> {
    attribute(NESTED_SIGNATURE, messages)
}

/// One attribute with all these SignerInfos in it.
pub(crate) fn countersignatures(signer_infos: &[Vec<u8>]) -> Vec<u8> {
    attribute(COUNTERSIGNATURE, signer_infos)
}

/// An RFC 3161 token of `signer`, with its certificate.
pub(crate) fn token(signer: &Certificate, gen_time: &str) -> Vec<u8> {
    token_of(signer, tlv(der::OCTET_STRING, tst_info(gen_time)))
}

pub(crate) fn tst_info(gen_time: &str) -> Vec<u8> {
    let imprint = sequence([sequence([oid(SHA256)]), tlv(der::OCTET_STRING, [7; 32])]);
    sequence([
        tlv(der::INTEGER, [1]),
        oid("1.2.3"),
        imprint,
        tlv(der::INTEGER, [5]),
        tlv(der::GENERALIZED_TIME, gen_time),
    ])
}

/// A token with this element as its content.
pub(crate) fn token_of(signer: &Certificate, content: Vec<u8>) -> Vec<u8> {
    let message = SignedData { content_type: oid(TST_INFO), content: Some(content), ..signed_by(signer) };
    attribute(RFC3161_TOKEN, [message.der()])
}

/// A token inside a TimeStampResp (RFC 3161, 2.4.2), as some signers store it.
pub(crate) fn token_response(signer: &Certificate, gen_time: &str) -> Vec<u8> {
    let content = Some(tlv(der::OCTET_STRING, tst_info(gen_time)));
    let message = SignedData { content_type: oid(TST_INFO), content, ..signed_by(signer) };
    attribute(RFC3161_TOKEN, [sequence([sequence([tlv(der::INTEGER, [0])]), message.der()])])
}

// Messages

/// The parts of a SignerInfo, each written already.
#[derive(Debug, Clone)]
pub(crate) struct SignerInfo {
    pub(crate) id: Vec<u8>,
    pub(crate) digest_algorithm: Vec<u8>,
    /// `None` leaves the whole `[0]` out.
    pub(crate) signed: Option<Vec<Vec<u8>>>,
    /// The whole AlgorithmIdentifier of the signature.
    pub(crate) algorithm: Vec<u8>,
    /// The octets of the signature.
    pub(crate) signature: Vec<u8>,
    pub(crate) unsigned: Vec<Vec<u8>>,
}

/// A SignerInfo that names a certificate by its issuer and serial.
pub(crate) fn signer_info(certificate: &Certificate) -> SignerInfo {
    named_signer_info(&certificate.issuer, &certificate.serial)
}

/// A SignerInfo that names a certificate that need not be there.
pub(crate) fn named_signer_info(issuer: &[u8], serial: &[u8]) -> SignerInfo {
    SignerInfo {
        id: sequence([issuer.to_vec(), tlv(der::INTEGER, serial)]),
        digest_algorithm: oid(SHA256),
        signed: Some(vec![content_type()]),
        algorithm: sequence([oid(RSA), tlv(der::NULL, [])]),
        signature: vec![9; 16],
        unsigned: Vec::new(),
    }
}

impl SignerInfo {
    pub(crate) fn signed(mut self, attribute: Vec<u8>) -> Self {
        self.signed.get_or_insert_default().push(attribute);
        self
    }

    pub(crate) fn unsigned(mut self, attribute: Vec<u8>) -> Self {
        self.unsigned.push(attribute);
        self
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let mut parts = vec![tlv(der::INTEGER, [1]), self.id.clone(), sequence([&self.digest_algorithm])];
        parts.extend(self.signed.as_ref().map(|attributes| context(0, attributes)));
        parts.push(self.algorithm.clone());
        parts.push(tlv(der::OCTET_STRING, &self.signature));
        if !self.unsigned.is_empty() {
            parts.push(context(1, &self.unsigned));
        }
        sequence(parts)
    }
}

/// The parts of a SignedData, each written already.
#[derive(Debug, Clone)]
pub(crate) struct SignedData {
    pub(crate) digest_algorithms: Vec<Vec<u8>>,
    pub(crate) content_type: Vec<u8>,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) signer_infos: Vec<Vec<u8>>,
}

/// A message with one certificate and one SignerInfo that names it.
pub(crate) fn signed_by(certificate: &Certificate) -> SignedData {
    message([certificate.der()], [signer_info(certificate).der()])
}

/// A message of these certificates and SignerInfos over an SpcIndirectDataContent.
pub(crate) fn message(
    certificates: impl IntoIterator<Item = Vec<u8>>,
    signer_infos: impl IntoIterator<Item = Vec<u8>>,
) -> SignedData {
    SignedData {
        digest_algorithms: vec![sequence([oid(SHA256), tlv(der::NULL, [])])],
        content_type: oid(SPC_INDIRECT_DATA),
        content: Some(indirect_data()),
        certificates: certificates.into_iter().collect(),
        crls: Vec::new(),
        signer_infos: signer_infos.into_iter().collect(),
    }
}

/// SpcIndirectDataContent that claims the SHA-256 `abab…` for a PE image.
pub(crate) fn indirect_data() -> Vec<u8> {
    indirect_data_of(SPC_PE_IMAGE_DATA, sequence([tlv(der::BIT_STRING, [0]), context(0, [[]])]))
}

/// The same for another kind of file.
pub(crate) fn indirect_data_of(kind: &str, value: Vec<u8>) -> Vec<u8> {
    indirect_data_claiming(kind, value, SHA256, &[0xab; 32])
}

/// SpcIndirectDataContent that claims this digest for a PE image.
pub(crate) fn image_digest(algorithm: &str, digest: &[u8]) -> Vec<u8> {
    let value = sequence([tlv(der::BIT_STRING, [0]), context(0, [[]])]);
    indirect_data_claiming(SPC_PE_IMAGE_DATA, value, algorithm, digest)
}

/// The same with tables of page hashes, each of a kind.
pub(crate) fn indirect_data_of_pages(tables: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let value = sequence([tlv(der::BIT_STRING, [0]), context(0, [page_hashes_link(tables)])]);
    indirect_data_of(SPC_PE_IMAGE_DATA, value)
}

/// The link to an object that holds tables of page hashes.
pub(crate) fn page_hashes_link(tables: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let table = |(kind, octets): &(&str, Vec<u8>)| sequence([oid(kind), set([tlv(der::OCTET_STRING, octets)])]);
    let object = tlv(der::OCTET_STRING, set(tables.iter().map(table)));
    context(1, [tlv(der::OCTET_STRING, hex(PAGE_HASHES_CLASS)), object])
}

fn indirect_data_claiming(kind: &str, value: Vec<u8>, algorithm: &str, digest: &[u8]) -> Vec<u8> {
    let kind = sequence([oid(kind), value]);
    sequence([kind, sequence([sequence([oid(algorithm)]), tlv(der::OCTET_STRING, digest)])])
}

impl SignedData {
    pub(crate) fn der(&self) -> Vec<u8> {
        content_info(sequence(self.parts()))
    }

    /// The five or six parts of the SignedData, for rows that damage one of them.
    pub(crate) fn parts(&self) -> Vec<Vec<u8>> {
        let content = self.content.as_ref().map(|content| context(0, [content]));
        let mut parts = vec![
            tlv(der::INTEGER, [1]),
            set(&self.digest_algorithms),
            sequence(std::iter::once(self.content_type.clone()).chain(content)),
        ];
        if !self.certificates.is_empty() {
            parts.push(context(0, &self.certificates));
        }
        if !self.crls.is_empty() {
            parts.push(context(1, &self.crls));
        }
        parts.push(set(&self.signer_infos));
        parts
    }
}

/// A ContentInfo around a SignedData.
pub(crate) fn content_info(signed_data: Vec<u8>) -> Vec<u8> {
    sequence([oid(SIGNED_DATA), context(0, [signed_data])])
}
