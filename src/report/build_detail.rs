//! From a [`SignedFile`] to the [`Detail`] of its record.

use std::cell::RefCell;
use std::collections::HashMap;

use super::SignerIdRecord;
use super::certificate_record::time_text;
use super::certificates::CertificateList;
use super::detail::{
    AttributeRecord, CertificateDetail, Detail, EntryRecord, ExtensionRecord, IndirectDataRecord, NameAttributeRecord,
    OtherCertificateRecord, PageHashRecord, PageHashesRecord, PartRecord, SignatureDetail, SignerDetail, SipInfoRecord,
    SpanRecord, TimestampDetail, TrustListMemberRecord, TrustListRecord, ValueRecord,
};
use super::room::Room;
use super::signers::{id_record, told_candidates, told_signers};
use crate::asn1::oid::Oid;
use crate::bytes::{Span, to_u64};
use crate::cms::attribute::Attribute;
use crate::cms::certificate_set::OtherCertificate;
use crate::cms::spc::{IndirectData, PageHash, PageHashes};
use crate::cms::trust_list::TrustList;
use crate::container::win_certificate::WinCertificate;
use crate::file::{CertificateUse, Place, SignedFile};
use crate::limits::Budget;
use crate::signature::{Signature, Signer, Timestamp};
use crate::x509::certificate::Certificate;
use crate::x509::extension::{AuthorityKeyId, Extension, KeyUsage};
use crate::x509::name::{Name, NameAttribute};

/// Makes the detail of a record, of which `certificates` has every one that the record holds.
pub(super) struct Details<'l, 'c, 'a> {
    pub(super) certificates: &'l CertificateList<'c, 'a>,
    pub(super) room: &'l Room,
    /// One for all that is read again, so that the ends of values inside one another are looked for once.
    pub(super) budget: RefCell<Budget>,
}

impl<'a> Details<'_, '_, 'a> {
    pub(super) fn of(&self, file: &SignedFile<'a>, uses: &[CertificateUse<'a>]) -> Detail {
        let parts = self.certificates_of_entries(uses);
        let certificates: HashMap<usize, usize> = parts.iter().map(|part| (part.entry, part.certificate)).collect();
        let entries = file.entries().iter().enumerate();
        let sources = self.certificates.sources.iter();
        let der = |certificate: Certificate<'_>| self.room.texts.hex(certificate.der());
        Detail {
            entries: entries.map(|(index, entry)| entry_record(entry, certificates.get(&index).copied())).collect(),
            // Those of a package behind a PE image are numbered behind its entries.
            parts: parts.into_iter().filter(|part| part.entry >= file.entries().len()).collect(),
            signatures: file.signatures().iter().map(|signature| self.signature(signature)).collect(),
            certificates: sources
                .map(|certificate| CertificateDetail {
                    der: file.is_stored_apart().then(|| der(*certificate)),
                    ..self.certificate(*certificate)
                })
                .collect(),
        }
    }

    /// The certificates that are the whole of an entry.
    fn certificates_of_entries(&self, uses: &[CertificateUse<'a>]) -> Vec<PartRecord> {
        let part = |used: &CertificateUse<'a>| {
            let Place::Entry(entry) = used.place() else { return None };
            let certificate = self.certificates.find(used.certificate()?)?;
            Some(PartRecord { entry, certificate, role: used.role().as_str().to_owned() })
        };
        uses.iter().filter_map(part).collect()
    }

    fn signature(&self, signature: &Signature<'a>) -> SignatureDetail {
        let texts = &self.room.texts;
        SignatureDetail {
            version: signature.version(),
            content_type: texts.text(signature.content_type()),
            content_wrapped: signature.is_content_wrapped(),
            digest_algorithms: self.names(signature.digest_algorithms()),
            indirect_data: signature.indirect_data().as_ref().map(|data| self.indirect_data(data)),
            trust_list: signature.trust_list().as_ref().map(|list| self.trust_list(list)),
            crls: self.spans(signature.crl_spans()),
            other_certificates: self.others(signature.other_certificates()),
            signers: told_signers(signature, self.room).into_iter().map(|signer| self.signer(signer)).collect(),
        }
    }

    /// Identifiers by name, else dotted.
    fn names(&self, identifiers: Vec<Oid<'_>>) -> Vec<String> {
        let texts = &self.room.texts;
        texts.some_of(identifiers).filter_map(|identifier| texts.name(identifier)).collect()
    }

    fn spans(&self, spans: impl Iterator<Item = Span<'a>>) -> Vec<SpanRecord> {
        self.room.parts.some_of(spans).map(|span| span_record(span.offset(), span.as_bytes())).collect()
    }

    fn others(&self, members: &[OtherCertificate<'_>]) -> Vec<OtherCertificateRecord> {
        self.room.parts.some_of(members).map(|member| self.other(member)).collect()
    }

    fn other(&self, member: &OtherCertificate<'_>) -> OtherCertificateRecord {
        let SpanRecord { offset, length, sha256 } = span_record(member.offset(), member.der());
        let choice = match member.choice() {
            Some(0) => Some("extended"),
            Some(1) => Some("attribute_v1"),
            Some(2) => Some("attribute_v2"),
            Some(3) => Some("other"),
            _ => None,
        };
        let readable = member.lenient_certificate();
        let texts = &self.room.texts;
        let name =
            |name: Option<Name<'_>>| name.filter(|name| !name.as_bytes().is_empty()).map(|name| texts.text(name));
        OtherCertificateRecord {
            choice: choice.map(str::to_owned),
            offset,
            length,
            sha256,
            serial: readable.map(|certificate| texts.text(certificate.serial())),
            issuer: name(readable.map(Certificate::issuer)),
            subject: name(readable.map(Certificate::subject)),
        }
    }

    fn indirect_data(&self, indirect_data: &IndirectData<'_>) -> IndirectDataRecord {
        let texts = &self.room.texts;
        let page_hashes = indirect_data.page_hashes();
        IndirectDataRecord {
            kind: texts.text(indirect_data.kind()),
            kind_name: indirect_data.kind().name().map(str::to_owned),
            flags: indirect_data.flags().map(|flags| texts.hex(flags)),
            link: indirect_data.link().and_then(|link| link.text()).map(|text| texts.text(text)),
            page_hashes: self.room.parts.some_of(&page_hashes).map(|hashes| self.page_hashes(hashes)).collect(),
            sip_info: indirect_data
                .sip_info()
                .map(|info| SipInfoRecord { version: info.version, guid: texts.hex(info.guid) }),
        }
    }

    fn trust_list(&self, list: &TrustList<'_>) -> TrustListRecord {
        let texts = &self.room.texts;
        let members = self.room.members.some_of(list.members()).map(|member| {
            let attributes = member.attributes();
            let named = texts.some_of(&attributes).map(|one| texts.text(format_args!("{}={}", one.name, one.value)));
            let algorithm = member.digest().and_then(|claimed| texts.name(claimed.algorithm));
            TrustListMemberRecord {
                hash: texts.hex(member.hash()),
                digest_algorithm: algorithm,
                file_name: member.file_name().map(|name| texts.written(&name)),
                attributes: named.collect(),
            }
        });
        TrustListRecord {
            usages: texts.some_of(list.usages()).map(|usage| texts.text(usage)).collect(),
            identifier: texts.hex(list.identifier()),
            this_update: list.this_update().map(time_text),
            members: members.collect(),
        }
    }

    fn page_hashes(&self, hashes: &PageHashes<'_>) -> PageHashesRecord {
        let page_record =
            |page: PageHash<'_>| PageHashRecord { offset: page.offset, digest: self.room.texts.hex(page.digest) };
        PageHashesRecord {
            kind: self.room.texts.text(hashes.kind()),
            count: hashes.pages().count(),
            pages: self.room.pages.some_of(hashes.pages()).map(page_record).collect(),
        }
    }

    fn indices(&self, list: &[Certificate<'_>]) -> Vec<usize> {
        list.iter().filter_map(|certificate| self.certificates.find(*certificate)).collect()
    }

    fn signer(&self, signer: &Signer<'a>) -> SignerDetail {
        let texts = &self.room.texts;
        SignerDetail {
            offset: signer.offset(),
            length: to_u64(signer.der().len()),
            version: signer.version(),
            digest_algorithm: texts.name(signer.digest_algorithm()),
            signature_algorithm: texts.name(signer.signature_algorithm()),
            signature: texts.hex(signer.signature()),
            message_digest: signer.message_digest().map(|digest| texts.hex(digest)),
            program_name: signer.program_name().map(|name| texts.text(name)),
            more_info_url: signer.more_info_url().map(|url| texts.text(url)),
            publisher: signer.publisher().map(|publisher| texts.text(publisher)),
            signing_time: signer.signing_time().map(time_text),
            statement_types: self.names(signer.statement_types()),
            candidates: self.indices(&told_candidates(signer, self.room)),
            chain: self.indices(signer.chain()),
            signed_attributes: self.attributes(signer.signed_attributes()),
            unsigned_attributes: self.attributes(signer.unsigned_attributes()),
            timestamps: self.room.timestamps.some_of(signer.timestamps()).map(|stamp| self.timestamp(stamp)).collect(),
        }
    }

    fn attributes(&self, list: &[Attribute<'_>]) -> Vec<AttributeRecord> {
        self.room.attributes.some_of(list).map(|attribute| self.attribute(attribute)).collect()
    }

    fn attribute(&self, attribute: &Attribute<'_>) -> AttributeRecord {
        /// Bytes of a value that a record holds.
        const MOST_BYTES: usize = 1_024;
        let value = |value: &[u8]| ValueRecord {
            length: to_u64(value.len()),
            hex: (value.len() <= MOST_BYTES).then(|| hex::encode(value)),
        };
        let values = attribute.elements(&mut self.budget.borrow_mut());
        let values = values.into_iter().map(|value| value.raw.as_bytes());
        AttributeRecord {
            kind: self.room.texts.text(attribute.kind()),
            name: attribute.kind().name().map(str::to_owned),
            offset: attribute.offset(),
            length: to_u64(attribute.der().len()),
            values: self.room.attribute_values.some_of(values).map(value).collect(),
        }
    }

    fn timestamp(&self, timestamp: &Timestamp<'a>) -> TimestampDetail {
        let texts = &self.room.texts;
        let imprint = timestamp.imprint();
        let crls = timestamp.token().into_iter().flat_map(|token| token.crls.iter().copied());
        TimestampDetail {
            kind: timestamp.kind().as_str().to_owned(),
            offset: timestamp.offset(),
            length: to_u64(timestamp.der().len()),
            response: timestamp.is_response(),
            time: timestamp.time().map(time_text),
            signer_id: timestamp.signer_id().map(|id| id_record(id, None, texts)),
            signing_time: timestamp.signing_time().map(time_text),
            digest_algorithm: timestamp.digest_algorithm().and_then(|algorithm| texts.name(algorithm)),
            signature_algorithm: timestamp.signature_algorithm().and_then(|algorithm| texts.name(algorithm)),
            imprint_algorithm: imprint.and_then(|imprint| texts.name(imprint.algorithm)),
            imprint: imprint.map(|imprint| texts.hex(imprint.digest)),
            message_digest: timestamp.message_digest().map(|digest| texts.hex(digest)),
            policy: timestamp.policy().map(|policy| texts.text(policy)),
            serial: timestamp.serial().map(|serial| texts.text(serial)),
            chain: self.indices(timestamp.chain()),
            signed_attributes: self.attributes(&timestamp.signed_attributes()),
            unsigned_attributes: self.attributes(&timestamp.unsigned_attributes()),
            crls: self.spans(crls),
            other_certificates: self.others(timestamp.other_certificates()),
        }
    }

    pub(super) fn certificate(&self, certificate: Certificate<'_>) -> CertificateDetail {
        let hashes = further_hashes(certificate);
        let texts = &self.room.texts;
        let names = |usage: KeyUsage| usage.names().map(str::to_owned).collect();
        let extensions = self.room.extensions.some_of(certificate.extensions());
        CertificateDetail {
            length: to_u64(certificate.der().len()),
            der: None,
            version: certificate.version(),
            md5: hashes.md5,
            tbs_md5: hashes.tbs_md5,
            tbs_sha1: hashes.tbs_sha1,
            tbs_sha384: hashes.tbs_sha384,
            curve: certificate.public_key().and_then(|key| key.curve).and_then(|curve| texts.name(curve)),
            key_usage: certificate.key_usage().map(names),
            extended_key_usage: self.names(certificate.extended_key_usage()),
            path_length: certificate.basic_constraints().and_then(|constraints| constraints.path_length),
            subject_key_id: certificate.subject_key_id().map(|id| texts.hex(id)),
            authority_key_id: certificate.authority_key_id().map(|id| texts.hex(id)),
            authority: certificate.authority_key_identifier().and_then(|authority| self.authority(authority)),
            subject: self.name_attributes(certificate.subject()),
            issuer: self.name_attributes(certificate.issuer()),
            policies: texts.some_of(certificate.policies()).map(|policy| texts.text(policy)).collect(),
            extensions: extensions.map(|extension| self.extension(extension)).collect(),
            strict: certificate.to_x509().is_ok(),
        }
    }

    fn authority(&self, authority: AuthorityKeyId<'_>) -> Option<SignerIdRecord> {
        let texts = &self.room.texts;
        let is_named = authority.issuer.is_some() || authority.serial.is_some();
        is_named.then(|| SignerIdRecord {
            issuer: authority.issuer.map(|issuer| texts.text(issuer)),
            serial: authority.serial.map(|serial| texts.text(serial)),
            key_id: None,
        })
    }

    fn name_attributes(&self, name: Name<'_>) -> Vec<NameAttributeRecord> {
        let texts = &self.room.texts;
        let record = |attribute: NameAttribute<'_>| NameAttributeRecord {
            kind: texts.text(attribute.kind()),
            name: attribute.kind().name().map(str::to_owned),
            value: texts.text(attribute.text()),
            value_hex: (!attribute.is_text()).then(|| texts.hex(attribute.value_bytes())),
            starts_rdn: attribute.starts_rdn(),
        };
        texts.some_of(name.attributes()).map(record).collect()
    }

    fn extension(&self, extension: Extension<'_>) -> ExtensionRecord {
        ExtensionRecord {
            kind: self.room.texts.text(extension.kind()),
            name: extension.kind().name().map(str::to_owned),
            critical: extension.is_critical(),
            offset: extension.offset(),
            length: to_u64(extension.value().len()),
        }
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

fn span_record(offset: u64, bytes: &[u8]) -> SpanRecord {
    #[cfg(feature = "digest")]
    let sha256 = Some(hex::encode(crate::digest::sha256(bytes)));
    #[cfg(not(feature = "digest"))]
    let sha256 = None;
    SpanRecord { offset, length: to_u64(bytes.len()), sha256 }
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
