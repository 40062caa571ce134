//! [`Detail`]: the part of the record that is made on demand only.

use serde::{Deserialize, Serialize};

use super::SignerIdRecord;

/// Everything that a file's signatures and certificates tell beside what every record holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Detail {
    /// The WIN_CERTIFICATE records, in stored order.
    pub entries: Vec<EntryRecord>,
    /// The certificates that are entries of another file, such as blocks of PEM, in stored order.
    pub parts: Vec<PartRecord>,
    /// One element for each of [`Report::signatures`](crate::Report::signatures).
    pub signatures: Vec<SignatureDetail>,
    /// One element for each of [`Report::certificates`](crate::Report::certificates).
    pub certificates: Vec<CertificateDetail>,
}

/// A certificate that lies in no message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartRecord {
    /// Its number among the entries of the file.
    pub entry: usize,
    /// Which certificate it is.
    pub certificate: usize,
    /// The part that it plays.
    pub role: String,
}

/// A WIN_CERTIFICATE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryRecord {
    /// File offset of its header.
    pub offset: u64,
    /// dwLength, as it says itself.
    pub length: u32,
    /// wRevision.
    pub revision: u16,
    /// wCertificateType.
    #[serde(rename = "type")]
    pub kind: u16,
    /// The type's name, when it is a known one.
    pub type_name: Option<String>,
    /// The GUID before the message of an EFI entry, as stored.
    pub efi_guid: Option<String>,
    /// The certificate that is the whole of it, where it holds no signature.
    pub certificate: Option<usize>,
}

/// One SignedData.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignatureDetail {
    /// The version of the SignedData.
    pub version: Option<u32>,
    /// What type of content was signed, dotted.
    pub content_type: String,
    /// Whether the content is wrapped in an OCTET STRING.
    pub content_wrapped: bool,
    /// The digest algorithms that the message announces, by name or dotted.
    pub digest_algorithms: Vec<String>,
    /// SpcIndirectDataContent, where that is the content.
    pub indirect_data: Option<IndirectDataRecord>,
    /// The certificate trust list of a catalog, where that is the content.
    pub trust_list: Option<TrustListRecord>,
    /// The revocation lists.
    pub crls: Vec<SpanRecord>,
    /// Members of the certificate set that are no X.509 certificates or cannot be read as such.
    pub other_certificates: Vec<OtherCertificateRecord>,
    /// Every SignerInfo.
    pub signers: Vec<SignerDetail>,
}

/// A certificate trust list: what a catalog signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrustListRecord {
    /// What it is for, dotted.
    pub usages: Vec<String>,
    /// Its own name.
    pub identifier: String,
    /// When it was made.
    pub this_update: Option<String>,
    /// The files that it is about.
    pub members: Vec<TrustListMemberRecord>,
}

/// A file that a catalog signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrustListMemberRecord {
    /// The file's hash.
    pub hash: String,
    /// Its algorithm by name or dotted, where the list says it.
    pub digest_algorithm: Option<String>,
    /// What the list calls the file.
    pub file_name: Option<String>,
    /// Everything that it says about it by name: `NAME=VALUE`.
    pub attributes: Vec<String>,
}

/// SpcIndirectDataContent, but for its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndirectDataRecord {
    /// The kind of file the digest was made for, dotted.
    pub kind: String,
    /// The name of the kind, when it is a known one.
    pub kind_name: Option<String>,
    /// The flags of SpcPeImageData: content octets of a BIT STRING.
    pub flags: Option<String>,
    /// The text of its link.
    pub link: Option<String>,
    /// The digests of the image's pages.
    pub page_hashes: Vec<PageHashesRecord>,
    /// Which package made the digest of a file that is no PE image.
    pub sip_info: Option<SipInfoRecord>,
}

/// SpcSipInfo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SipInfoRecord {
    /// The package's version.
    pub version: Option<u32>,
    /// The package's GUID, 16 bytes as stored.
    pub guid: String,
}

/// Page hashes of one algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageHashesRecord {
    /// 1.3.6.1.4.1.311.2.3.1 (SHA-1) or 2.3.2 (SHA-256).
    pub kind: String,
    /// How many entries the table has, the one that ends it included.
    pub count: usize,
    /// The entries; of very many the first.
    pub pages: Vec<PageHashRecord>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageHashRecord {
    /// File offset of the page.
    pub offset: u32,
    /// The claimed digest.
    pub digest: String,
}

/// A piece of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SpanRecord {
    /// File offset.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// SHA-256 of the bytes.
    pub sha256: Option<String>,
}

/// A member of a certificate set that is no X.509 certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OtherCertificateRecord {
    /// `extended`, `attribute_v1`, `attribute_v2` or `other`, the choices of RFC 5652, 10.2.2; `null` for what is none.
    pub choice: Option<String>,
    /// File offset.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// SHA-256 of the bytes.
    pub sha256: Option<String>,
    /// The serial, canonical, where that can be read.
    pub serial: Option<String>,
    /// The issuer, RFC 4514, where that can be read.
    pub issuer: Option<String>,
    /// The subject, RFC 4514, where that can be read.
    pub subject: Option<String>,
}

/// One SignerInfo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignerDetail {
    /// File offset of the SignerInfo.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// Its version.
    pub version: Option<u32>,
    /// Its hash algorithm, by name or dotted.
    pub digest_algorithm: Option<String>,
    /// The algorithm of its signature, by name or dotted.
    pub signature_algorithm: Option<String>,
    /// The signature's octets.
    pub signature: String,
    /// The messageDigest attribute.
    pub message_digest: Option<String>,
    /// What the signer calls the program.
    pub program_name: Option<String>,
    /// Where the signer says more can be read.
    pub more_info_url: Option<String>,
    /// The publisher in SpcSpOpusInfo.
    pub publisher: Option<String>,
    /// When the signer says it signed.
    pub signing_time: Option<String>,
    /// The purposes that SpcStatementType states, by name or dotted.
    pub statement_types: Vec<String>,
    /// Every certificate that fits what the SignerInfo names.
    pub candidates: Vec<usize>,
    /// From the signer's issuer upwards.
    pub chain: Vec<usize>,
    /// The authenticated attributes.
    pub signed_attributes: Vec<AttributeRecord>,
    /// The unauthenticated attributes.
    pub unsigned_attributes: Vec<AttributeRecord>,
    /// Countersignatures and tokens.
    pub timestamps: Vec<TimestampDetail>,
}

/// An attribute of a SignerInfo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttributeRecord {
    /// Its type, dotted.
    #[serde(rename = "type")]
    pub kind: String,
    /// The type's name, when it is a known one.
    pub name: Option<String>,
    /// File offset of the attribute.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// Its values.
    pub values: Vec<ValueRecord>,
}

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ValueRecord {
    /// Its length, tag and length octets included.
    pub length: u64,
    /// The value, tag and length octets included; `null` above 1 KiB.
    pub hex: Option<String>,
}

/// A countersignature or token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimestampDetail {
    /// `pkcs9` or `rfc3161`.
    pub kind: String,
    /// File offset of the countersignature or of the token's message.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// Whether a token is stored inside a TimeStampResp.
    pub response: bool,
    /// The stamped time.
    pub time: Option<String>,
    /// How it names its signer.
    pub signer_id: Option<SignerIdRecord>,
    /// The signingTime attribute of its signer.
    pub signing_time: Option<String>,
    /// The hash that its signer used.
    pub digest_algorithm: Option<String>,
    /// The algorithm of its signature.
    pub signature_algorithm: Option<String>,
    /// The hash of what was stamped.
    pub imprint_algorithm: Option<String>,
    /// The digest of what was stamped.
    pub imprint: Option<String>,
    /// The messageDigest attribute.
    pub message_digest: Option<String>,
    /// The policy of a token, dotted.
    pub policy: Option<String>,
    /// The number of a token.
    pub serial: Option<String>,
    /// From its signer's issuer upwards.
    pub chain: Vec<usize>,
    /// The authenticated attributes of its signer.
    pub signed_attributes: Vec<AttributeRecord>,
    /// The unauthenticated attributes of its signers.
    pub unsigned_attributes: Vec<AttributeRecord>,
    /// The revocation lists inside a token.
    pub crls: Vec<SpanRecord>,
    /// Members of a token's certificate set that are no X.509 certificates.
    pub other_certificates: Vec<OtherCertificateRecord>,
}

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CertificateDetail {
    /// Its length.
    pub length: u64,
    /// The certificate itself, where the file stores it in another form, so that it does not lie at its offset.
    pub der: Option<String>,
    /// Its version, counted from 1.
    pub version: Option<u32>,
    /// MD5 of the certificate.
    pub md5: Option<String>,
    /// MD5 of its TBSCertificate.
    pub tbs_md5: Option<String>,
    /// SHA-1 of its TBSCertificate.
    pub tbs_sha1: Option<String>,
    /// SHA-384 of its TBSCertificate.
    pub tbs_sha384: Option<String>,
    /// The named curve of an elliptic-curve key, by name or dotted.
    pub curve: Option<String>,
    /// Key usages, as RFC 5280 names them; `null` without the extension.
    pub key_usage: Option<Vec<String>>,
    /// Extended key usages, by name or dotted.
    pub extended_key_usage: Vec<String>,
    /// The path length of basic constraints.
    pub path_length: Option<u32>,
    /// The subject key identifier.
    pub subject_key_id: Option<String>,
    /// The key identifier of the authority key identifier.
    pub authority_key_id: Option<String>,
    /// The issuer of the issuer, RFC 4514, and its serial, in the authority key identifier.
    pub authority: Option<SignerIdRecord>,
    /// Every attribute of the subject, in stored order.
    pub subject: Vec<NameAttributeRecord>,
    /// Every attribute of the issuer, in stored order.
    pub issuer: Vec<NameAttributeRecord>,
    /// Certificate policies, dotted.
    pub policies: Vec<String>,
    /// Every extension, in stored order.
    pub extensions: Vec<ExtensionRecord>,
    /// Whether a strict X.509 decoder takes the certificate, too.
    pub strict: bool,
}

/// An attribute of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NameAttributeRecord {
    /// Its type, dotted.
    #[serde(rename = "type")]
    pub kind: String,
    /// The type's name, when it is a known one.
    pub name: Option<String>,
    /// Its value.
    pub value: String,
    /// The value's octets, where they are not text of their string type.
    pub value_hex: Option<String>,
    /// Whether it begins a relative distinguished name; false for the further ones of a multi-valued one.
    pub starts_rdn: bool,
}

/// An extension of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExtensionRecord {
    /// Its type, dotted.
    #[serde(rename = "type")]
    pub kind: String,
    /// The type's name, when it is a known one.
    pub name: Option<String>,
    /// Whether it is marked critical.
    pub critical: bool,
    /// File offset of the extension.
    pub offset: u64,
    /// Bytes of its value.
    pub length: u64,
}
