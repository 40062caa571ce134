//! From a [`SignedFile`] to the [`Detail`] of its record.

use super::certificates::{CertificateList, algorithm_name, dn_text, time_text};
use super::detail::{
    AttributeRecord, CertificateDetail, Detail, EntryRecord, ExtensionRecord, IndirectDataRecord,
    OtherCertificateRecord, PageHashRecord, PageHashesRecord, SignatureDetail, SignerDetail, SipInfoRecord, SpanRecord,
    TimestampDetail, ValueRecord,
};
use crate::asn1::oid::Oid;
use crate::bytes::to_u64;
use crate::cms::attribute::Attribute;
use crate::cms::certificate_set::OtherCertificate;
use crate::cms::spc::{IndirectData, PageHashes};
use crate::container::win_certificate::WinCertificate;
use crate::file::{Place, SignedFile};
use crate::signature::{Signature, Signer, Timestamp};
use crate::x509::certificate::Certificate;
use crate::x509::extension::{Extension, KeyUsage};
use crate::x509::name::Name;

pub(super) fn detail(file: &SignedFile<'_>, certificates: &CertificateList<'_, '_>) -> Detail {
    Detail {
        entries: file
            .entries()
            .iter()
            .enumerate()
            .map(|(index, entry)| entry_record(entry, certificate_of_entry(file, index, certificates)))
            .collect(),
        signatures: file.signatures().iter().map(|signature| signature_detail(signature, certificates)).collect(),
        certificates: certificates.sources.iter().copied().map(certificate_detail).collect(),
    }
}

fn entry_record(entry: &WinCertificate<'_>, certificate: Option<usize>) -> EntryRecord {
    EntryRecord {
        offset: entry.offset(),
        length: entry.length(),
        revision: entry.revision(),
        kind: entry.kind(),
        type_name: entry.kind_name().map(str::to_owned),
        efi_guid: entry.efi_guid().map(hex::encode),
        certificate,
    }
}

fn certificate_of_entry(file: &SignedFile<'_>, index: usize, certificates: &CertificateList<'_, '_>) -> Option<usize> {
    let uses = file.certificate_uses();
    let used = uses.iter().find(|used| used.place() == Place::Entry(index))?;
    used.certificate().and_then(|certificate| certificates.find(certificate))
}

fn signature_detail(signature: &Signature<'_>, certificates: &CertificateList<'_, '_>) -> SignatureDetail {
    let crls = signature.crl_spans().map(|crl| span_record(crl.offset(), crl.as_bytes()));
    SignatureDetail {
        version: signature.version(),
        content_type: signature.content_type().to_string(),
        content_wrapped: signature.is_content_wrapped(),
        digest_algorithms: signature.digest_algorithms().into_iter().filter_map(algorithm_name).collect(),
        indirect_data: signature.indirect_data().as_ref().map(indirect_data_record),
        crls: crls.collect(),
        other_certificates: others(signature.other_certificates()),
        signers: signature.signers().iter().map(|signer| signer_detail(signer, certificates)).collect(),
    }
}

fn span_record(offset: u64, bytes: &[u8]) -> SpanRecord {
    #[cfg(feature = "digest")]
    let sha256 = Some(hex::encode(crate::digest::sha256(bytes)));
    #[cfg(not(feature = "digest"))]
    let sha256 = None;
    SpanRecord { offset, length: to_u64(bytes.len()), sha256 }
}

fn others(members: &[OtherCertificate<'_>]) -> Vec<OtherCertificateRecord> {
    let record = |member: &OtherCertificate<'_>| {
        let SpanRecord { offset, length, sha256 } = span_record(member.offset(), member.der());
        let choice = match member.choice() {
            Some(0) => Some("extended"),
            Some(1) => Some("attribute_v1"),
            Some(2) => Some("attribute_v2"),
            Some(3) => Some("other"),
            _ => None,
        };
        let readable = member.lenient_certificate();
        let name = |name: Option<Name<'_>>| name.filter(|name| !name.as_bytes().is_empty()).map(dn_text);
        OtherCertificateRecord {
            choice: choice.map(str::to_owned),
            offset,
            length,
            sha256,
            serial: readable.map(|certificate| certificate.serial().to_string()),
            issuer: name(readable.map(Certificate::issuer)),
            subject: name(readable.map(Certificate::subject)),
        }
    };
    members.iter().map(record).collect()
}

fn indirect_data_record(indirect_data: &IndirectData<'_>) -> IndirectDataRecord {
    IndirectDataRecord {
        kind: indirect_data.kind().to_string(),
        kind_name: indirect_data.kind().name().map(str::to_owned),
        flags: indirect_data.flags().map(hex::encode),
        link: indirect_data.link().and_then(|link| link.text()).map(Into::into),
        page_hashes: indirect_data.page_hashes().iter().map(page_hashes_record).collect(),
        sip_info: indirect_data
            .sip_info()
            .map(|info| SipInfoRecord { version: info.version, guid: hex::encode(info.guid) }),
    }
}

fn page_hashes_record(hashes: &PageHashes<'_>) -> PageHashesRecord {
    /// Pages of a file of 64 MiB; of a larger one the rest is in the file.
    const MOST_PAGES: usize = 16_384;
    let pages = hashes.pages().take(MOST_PAGES);
    PageHashesRecord {
        kind: hashes.kind().to_string(),
        count: hashes.pages().count(),
        pages: pages.map(|page| PageHashRecord { offset: page.offset, digest: hex::encode(page.digest) }).collect(),
    }
}

fn indices(list: &[Certificate<'_>], certificates: &CertificateList<'_, '_>) -> Vec<usize> {
    list.iter().filter_map(|certificate| certificates.find(*certificate)).collect()
}

fn signer_detail(signer: &Signer<'_>, certificates: &CertificateList<'_, '_>) -> SignerDetail {
    SignerDetail {
        offset: signer.offset(),
        length: to_u64(signer.der().len()),
        version: signer.version(),
        digest_algorithm: algorithm_name(signer.digest_algorithm()),
        signature_algorithm: algorithm_name(signer.signature_algorithm()),
        signature: hex::encode(signer.signature()),
        message_digest: signer.message_digest().map(hex::encode),
        program_name: signer.program_name().map(Into::into),
        more_info_url: signer.more_info_url().map(Into::into),
        publisher: signer.publisher().map(Into::into),
        signing_time: signer.signing_time().map(time_text),
        statement_types: signer.statement_types().into_iter().filter_map(algorithm_name).collect(),
        candidates: indices(signer.candidates(), certificates),
        chain: indices(signer.chain(), certificates),
        signed_attributes: attributes(&signer.signed_attributes()),
        unsigned_attributes: attributes(&signer.unsigned_attributes()),
        timestamps: signer.timestamps().iter().map(|timestamp| timestamp_detail(timestamp, certificates)).collect(),
    }
}

fn attributes(list: &[Attribute<'_>]) -> Vec<AttributeRecord> {
    /// Bytes of a value that a record holds.
    const MOST_BYTES: usize = 1_024;
    let value = |value: &[u8]| ValueRecord {
        length: to_u64(value.len()),
        hex: (value.len() <= MOST_BYTES).then(|| hex::encode(value)),
    };
    list.iter()
        .map(|attribute| AttributeRecord {
            kind: attribute.kind().to_string(),
            name: attribute.kind().name().map(str::to_owned),
            offset: attribute.offset(),
            length: to_u64(attribute.der().len()),
            values: attribute.values().into_iter().map(value).collect(),
        })
        .collect()
}

fn timestamp_detail(timestamp: &Timestamp<'_>, certificates: &CertificateList<'_, '_>) -> TimestampDetail {
    let imprint = timestamp.imprint();
    let crls = timestamp.token().into_iter().flat_map(|token| &token.crls);
    TimestampDetail {
        kind: timestamp.kind().as_str().to_owned(),
        offset: timestamp.offset(),
        length: to_u64(timestamp.der().len()),
        time: timestamp.time().map(time_text),
        signing_time: timestamp.signing_time().map(time_text),
        digest_algorithm: timestamp.digest_algorithm().and_then(algorithm_name),
        signature_algorithm: timestamp.signature_algorithm().and_then(algorithm_name),
        imprint_algorithm: imprint.and_then(|imprint| algorithm_name(imprint.algorithm)),
        imprint: imprint.map(|imprint| hex::encode(imprint.digest)),
        message_digest: timestamp.message_digest().map(hex::encode),
        policy: timestamp.policy().as_ref().map(Oid::to_string),
        serial: timestamp.serial().map(|serial| serial.to_string()),
        chain: indices(timestamp.chain(), certificates),
        signed_attributes: attributes(&timestamp.signed_attributes()),
        unsigned_attributes: attributes(&timestamp.unsigned_attributes()),
        crls: crls.map(|crl| span_record(crl.offset(), crl.as_bytes())).collect(),
        other_certificates: others(timestamp.other_certificates()),
    }
}

fn certificate_detail(certificate: Certificate<'_>) -> CertificateDetail {
    let hashes = further_hashes(certificate);
    let names = |usage: KeyUsage| usage.names().map(str::to_owned).collect();
    CertificateDetail {
        length: to_u64(certificate.der().len()),
        version: certificate.version(),
        md5: hashes.md5,
        tbs_md5: hashes.tbs_md5,
        tbs_sha1: hashes.tbs_sha1,
        tbs_sha384: hashes.tbs_sha384,
        curve: certificate.public_key().and_then(|key| key.curve).and_then(algorithm_name),
        key_usage: certificate.key_usage().map(names),
        extended_key_usage: certificate.extended_key_usage().into_iter().filter_map(algorithm_name).collect(),
        path_length: certificate.basic_constraints().and_then(|constraints| constraints.path_length),
        subject_key_id: certificate.subject_key_id().map(hex::encode),
        authority_key_id: certificate.authority_key_id().map(hex::encode),
        policies: certificate.policies().iter().map(Oid::to_string).collect(),
        extensions: certificate.extensions().map(extension_record).collect(),
        strict: certificate.to_x509().is_ok(),
    }
}

/// Digests of a certificate that indicators seldom name.
#[derive(Default)]
struct FurtherHashes {
    md5: Option<String>,
    tbs_md5: Option<String>,
    tbs_sha1: Option<String>,
    tbs_sha384: Option<String>,
}

#[cfg(feature = "digest")]
fn further_hashes(certificate: Certificate<'_>) -> FurtherHashes {
    use crate::digest::HashAlgorithm::{Md5, Sha1, Sha384};
    let tbs = |algorithm| Some(hex::encode(certificate.tbs_fingerprint(algorithm)));
    let md5 = Some(hex::encode(certificate.fingerprint(Md5)));
    FurtherHashes { md5, tbs_md5: tbs(Md5), tbs_sha1: tbs(Sha1), tbs_sha384: tbs(Sha384) }
}

#[cfg(not(feature = "digest"))]
fn further_hashes(_: Certificate<'_>) -> FurtherHashes {
    FurtherHashes::default()
}

fn extension_record(extension: Extension<'_>) -> ExtensionRecord {
    ExtensionRecord {
        kind: extension.kind().to_string(),
        name: extension.kind().name().map(str::to_owned),
        critical: extension.is_critical(),
        offset: extension.offset(),
        length: to_u64(extension.value().len()),
    }
}
