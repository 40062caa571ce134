//! A report with its detail as a tree for a person: entries, the signatures in them, and in those the signer, the chain, the
//! timestamps and the nested signatures. What came out of the file is escaped.

mod catalog;
mod certificate;
mod node;
mod verified;

use std::collections::HashSet;

use certsift::{
    AttributeRecord, CarvedRecord, ComputedDigest, Detail, EntryRecord, FieldRecord, ImageDigests, IndirectDataRecord,
    MatchRecord, OtherCertificateRecord, Report, SignatureDetail, SignatureRecord, SignerDetail, SignerIdRecord,
    SpanRecord, TimestampDetail, TimestampRecord, TimestampVerificationRecord, escape,
};

use certificate::Certificates;
use node::{Kind, Node};

/// The tree of a report that was made with its detail, or of a file about which nothing can be said. `digests` are those of an image that
/// no signature names by them.
pub(crate) fn tree(report: &Report, digests: Option<&ImageDigests>) -> Node {
    let size = report.input.size.map(|size| format!(", {size} bytes")).unwrap_or_default();
    let container = report.input.container.as_deref().unwrap_or("format not recognised");
    let root = Node::new(format!("{}: {}, {container}{size}", escape(&report.input.path), report.status.as_str()));
    let error = report.error.as_ref().map(|error| Node::new(format!("error: {}", escape(&error.detail))));
    let mut certificates = Certificates::new(report);
    let signatures =
        report.detail.as_deref().map(|detail| Walk { report, detail, certificates: &mut certificates }.entries());
    let carved = report.carved.iter().flatten().map(|one| certificates.node(&carved_text(one), one.certificate));
    let carved: Vec<Node> = carved.collect();
    let unsigned = report.unsigned_bytes.iter().map(|unsigned| {
        let entropy = unsigned.entropy.map(|bits| format!(", entropy {bits} bits a byte")).unwrap_or_default();
        let (length, offset) = (unsigned.length, unsigned.offset);
        Node::new(format!("unsigned {} at {offset:#x}: {length} bytes{entropy}", spaced(&unsigned.kind)))
    });
    let faults = report
        .faults
        .iter()
        .map(|fault| Node::new(format!("fault {}: {}", fault.code, escape(&fault.detail))).of_kind(Kind::Fault));
    root.with(error.map(|node| node.of_kind(Kind::Fault)))
        .with(report.matches.iter().map(match_node))
        .with(digests.map(ImageDigests::digests).unwrap_or_default().iter().map(digest_node))
        .with(signatures.unwrap_or_default())
        .with(carved)
        .with(unsigned)
        .with(faults)
}

fn carved_text(carved: &CarvedRecord) -> String {
    let form = if carved.form == "pem" { " in a PEM block" } else { "" };
    let signature = carved.signature.map(|index| format!(", among the bytes of signature {index}")).unwrap_or_default();
    format!("carved{form} at {:#x}, {} bytes{signature}", carved.offset, carved.length)
}

fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// The digest that a signature over the image would claim.
fn digest_node(digest: &ComputedDigest) -> Node {
    let by_rule = [("padded to a multiple of 8", &digest.padded), ("section by section", &digest.sections)];
    let others = by_rule.into_iter().filter_map(|(rule, digest)| Some((rule, hex::encode(digest.as_ref()?))));
    Node::new(format!("{} of the image {}", digest.algorithm, hex::encode(&digest.flat)))
        .with(others.map(|(rule, digest)| Node::new(format!("{rule} {digest}"))))
}

fn match_node(found: &MatchRecord) -> Node {
    let indicator = &found.indicator;
    let about = [&found.severity, &indicator.family, &indicator.source, &indicator.date];
    let about: Vec<String> = about.into_iter().flatten().map(|text| escape(text)).collect();
    Node::new(format!("MATCH {}", escape(&indicator.id)))
        .of_kind(Kind::Match)
        .with((!about.is_empty()).then(|| Node::new(about.join(", "))))
        .with(indicator.reference.as_ref().map(|reference| Node::new(escape(reference))))
        .with([Node::new(format!("{} ({}), by {}", found.position, spaced(&found.role), spaced(&found.strength)))])
        .with(meaning_node(found))
        .with(found.fields.iter().map(|field| field_node(field, "")))
        .with(found.unmatched.iter().map(|field| field_node(field, "differs: ")))
}

/// What it means that the certificate is in the file, where that was checked.
fn meaning_node(found: &MatchRecord) -> Option<Node> {
    let words = match (found.finding.as_deref(), found.signature_status.as_str()) {
        (Some("signed_by"), _) => "it signed this file",
        (Some("copied_signature"), _) => "a copied signature: of another file, or of this one before a change",
        (Some(_), _) => "an altered signature: this certificate did not make it",
        (None, "valid") => "the timestamp's signature holds",
        (None, "invalid") => "the timestamp's signature does not hold",
        (None, _) => return None,
    };
    let technique = found.technique.as_ref().map(|technique| format!(" ({technique})")).unwrap_or_default();
    Some(Node::wrapped(&format!("{words}{technique}")))
}

fn field_node(field: &FieldRecord, relation: &str) -> Node {
    let actual = escape(field.actual.as_deref().unwrap_or("absent"));
    let expected = escape(&field.expected);
    let wanted = if actual == expected { String::new() } else { format!(", the indicator says {expected}") };
    Node::new(format!("{relation}{} {actual} ({}){wanted}", spaced(&field.field), spaced(&field.compare)))
}

/// A line for a text that may be absent.
fn named(label: &str, text: Option<&String>) -> Option<Node> {
    text.map(|text| Node::new(format!("{label} {}", escape(text))))
}

/// Walks the signatures of a report; each certificate is described in full where it is met first.
struct Walk<'r, 'c> {
    report: &'r Report,
    detail: &'r Detail,
    certificates: &'c mut Certificates<'r>,
}

impl<'r> Walk<'r, '_> {
    fn entries(&mut self) -> Vec<Node> {
        let detail = self.detail;
        if detail.entries.is_empty() {
            let outer = self.report.signatures.iter().filter(|signature| signature.level == 0);
            let signatures: Vec<Node> = outer.map(|signature| self.signature(signature)).collect();
            let in_messages: HashSet<usize> =
                self.report.signatures.iter().flat_map(|signature| &signature.certificates).copied().collect();
            let alone = self.report.certificates.iter().filter(|one| one.roles == ["store"]);
            let alone = alone.filter(|one| !in_messages.contains(&one.index));
            let stored = alone.map(|one| self.certificates.node("certificate", one.index));
            return signatures.into_iter().chain(stored).collect();
        }
        let entries = detail.entries.iter().enumerate();
        entries
            .map(|(number, entry)| {
                let guid = entry.efi_guid.as_ref().map(|guid| Node::new(format!("GUID {guid}, as stored")));
                let certificate =
                    entry.certificate.map(|index| self.certificates.node("certificate, in no signature", index));
                let signatures = self.outer_signatures(number);
                Node::new(entry_text(number, entry)).with(guid).with(certificate).with(signatures)
            })
            .collect()
    }

    fn outer_signatures(&mut self, entry: usize) -> Vec<Node> {
        let outer = |signature: &&SignatureRecord| signature.level == 0 && signature.entry == entry;
        self.report.signatures.iter().filter(outer).map(|signature| self.signature(signature)).collect()
    }

    fn signature(&mut self, signature: &'r SignatureRecord) -> Node {
        let nested = if signature.parent.is_some() { "nested signature" } else { "signature" };
        let text = format!("{nested} {} at {:#x}: {} bytes", signature.index, signature.offset, signature.length);
        let Some(detail) = self.detail.signatures.get(signature.index) else { return Node::new(text) };
        let signers: Vec<Node> = match detail.signers.as_slice() {
            [] => vec![Node::new("signer: there is no readable SignerInfo")],
            signers => {
                signers.iter().enumerate().map(|(number, signer)| self.signer(signature, number, signer)).collect()
            }
        };
        let others = self.others(signature, detail);
        let timestamps = self.timestamps(signature, detail);
        let inner = self.report.signatures.iter().filter(|inner| inner.parent == Some(signature.index));
        let inner: Vec<Node> = inner.map(|inner| self.signature(inner)).collect();
        Node::new(text)
            .with([Node::new(form_text(detail))])
            .with(claim_node(signature, detail))
            .with(detail.trust_list.as_ref().map(catalog::node))
            .with(signers)
            .with(others)
            .with(span_nodes("revocation list", &detail.crls))
            .with(other_nodes(&detail.other_certificates))
            .with(timestamps)
            .with(inner)
    }

    fn signer(&mut self, signature: &'r SignatureRecord, number: usize, signer: &'r SignerDetail) -> Node {
        let (id, verification) = match number.checked_sub(1).map(|further| signature.additional_signers.get(further)) {
            None => (signature.signer_id.as_ref(), signature.verification.as_ref()),
            Some(further) => (
                further.and_then(|signer| signer.signer_id.as_ref()),
                further.and_then(|signer| signer.verification.as_ref()),
            ),
        };
        let certificate = match signer.candidates.as_slice() {
            [] => absent_signer(id),
            [one] => self.certificates.node("signer", *one),
            several => {
                let nodes = several.iter().map(|index| self.certificates.node("perhaps", *index)).collect::<Vec<_>>();
                Node::new(format!("signer: {} certificates fit", several.len())).with(nodes)
            }
        };
        let chain = signer.chain.iter().map(|index| self.certificates.node("chain", *index)).collect::<Vec<_>>();
        let version =
            signer.version.map_or_else(|| "of unreadable version".to_owned(), |version| format!("version {version}"));
        Node::new(format!("SignerInfo at {:#x}: {} bytes, {version}", signer.offset, signer.length))
            .with(verification.map(verified::signer_node))
            .with([certificate])
            .with(chain)
            .with([Node::new(algorithms_text(signer.digest_algorithm.as_ref(), signer.signature_algorithm.as_ref()))])
            .with(named("digest of the content, as claimed,", signer.message_digest.as_ref()))
            .with(named("program", signer.program_name.as_ref()))
            .with(named("more at", signer.more_info_url.as_ref()))
            .with(named("publisher", signer.publisher.as_ref()))
            .with(
                (!signer.statement_types.is_empty())
                    .then(|| Node::new(format!("statement {}", signer.statement_types.join(", ")))),
            )
            .with(named("signing time by its own word", signer.signing_time.as_ref()))
            .with(attribute_nodes("signed", &signer.signed_attributes))
            .with(attribute_nodes("unsigned", &signer.unsigned_attributes))
    }

    /// The certificates of the set that are no signer's and in no signer's chain.
    fn others(&mut self, signature: &SignatureRecord, detail: &SignatureDetail) -> Vec<Node> {
        let told = detail.signers.iter().flat_map(|signer| signer.candidates.iter().chain(&signer.chain));
        let told: HashSet<&usize> = told.collect();
        let rest = signature.certificates.iter().filter(|index| !told.contains(index));
        rest.map(|index| self.certificates.node_by_roles(*index)).collect()
    }

    fn timestamps(&mut self, signature: &'r SignatureRecord, detail: &'r SignatureDetail) -> Vec<Node> {
        let details = detail.signers.iter().flat_map(|signer| &signer.timestamps);
        let further = signature.additional_signers.iter().map(|signer| &signer.verification);
        let verified = std::iter::once(&signature.verification).chain(further).flatten();
        let verified = verified.flat_map(|facts| &facts.timestamps).map(Some).chain(std::iter::repeat(None));
        let all = signature.timestamps.iter().zip(details).zip(verified);
        all.map(|((timestamp, detail), verified)| self.timestamp(timestamp, detail, verified)).collect()
    }

    fn timestamp(
        &mut self,
        timestamp: &TimestampRecord,
        detail: &TimestampDetail,
        verified: Option<&TimestampVerificationRecord>,
    ) -> Node {
        let time = timestamp.time.as_deref().unwrap_or("at an unreadable time");
        let signer = match timestamp.signer {
            Some(index) => self.certificates.node("signer", index),
            None => absent_signer(detail.signer_id.as_ref()),
        };
        let told = |index: &&usize| Some(**index) == timestamp.signer || detail.chain.contains(index);
        let chain = detail.chain.iter().map(|index| self.certificates.node("chain", *index)).collect::<Vec<_>>();
        let rest = timestamp.certificates.iter().filter(|index| !told(index));
        let rest = rest.map(|index| self.certificates.node_by_roles(*index)).collect::<Vec<_>>();
        let state = match verified {
            Some(facts) if facts.is_verified => "verified",
            Some(_) => "does not count",
            None => "not verified",
        };
        let compared = match verified.and_then(|facts| facts.imprint_matches) {
            Some(true) => "which is this signature's",
            Some(false) => "which is another signature's",
            None => "not compared",
        };
        let imprint = detail.imprint.as_ref().map(|imprint| {
            let algorithm = detail.imprint_algorithm.as_deref().unwrap_or("unknown algorithm");
            Node::new(format!("stamps {algorithm} {imprint}, {compared}"))
        });
        Node::new(format!("timestamp {time} ({}), {state}", timestamp.kind))
            .with(verified.map(verified::timestamp_nodes).unwrap_or_default())
            .with([Node::new(format!(
                "at {:#x}: {} bytes{}",
                detail.offset,
                detail.length,
                if detail.response { ", in a TimeStampResp" } else { "" }
            ))])
            .with([Node::new(algorithms_text(detail.digest_algorithm.as_ref(), detail.signature_algorithm.as_ref()))])
            .with(imprint)
            .with(named("digest of the content, as claimed,", detail.message_digest.as_ref()))
            .with(named("policy", detail.policy.as_ref()))
            .with(named("number", detail.serial.as_ref()))
            .with(named("signing time by its own word", detail.signing_time.as_ref()))
            .with([signer])
            .with(chain)
            .with(rest)
            .with(span_nodes("revocation list", &detail.crls))
            .with(other_nodes(&detail.other_certificates))
            .with(attribute_nodes("signed", &detail.signed_attributes))
            .with(attribute_nodes("unsigned", &detail.unsigned_attributes))
    }
}

/// A signer of which there is only what its SignerInfo says.
fn absent_signer(id: Option<&SignerIdRecord>) -> Node {
    Node::new("signer: its certificate is not in the message")
        .with(id.and_then(|id| named("serial", id.serial.as_ref())))
        .with(id.and_then(|id| named("issuer", id.issuer.as_ref())))
        .with(id.and_then(|id| named("key id", id.key_id.as_ref())))
}

fn entry_text(number: usize, entry: &EntryRecord) -> String {
    let name = entry.type_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let EntryRecord { offset, length, revision, kind, .. } = entry;
    format!("entry {number} at {offset:#x}: {length} bytes, revision {revision:#06x}, type {kind:#06x}{name}")
}

/// What kind of message a signature is.
fn form_text(detail: &SignatureDetail) -> String {
    let version =
        detail.version.map_or_else(|| "of unreadable version".to_owned(), |version| format!("version {version}"));
    let wrapped = if detail.content_wrapped { " in an OCTET STRING" } else { "" };
    let algorithms = match detail.digest_algorithms.as_slice() {
        [] => "no algorithm".to_owned(),
        algorithms => algorithms.join(", "),
    };
    format!("SignedData {version}, announces {algorithms}, content {}{wrapped}", detail.content_type)
}

fn algorithms_text(digest: Option<&String>, signature: Option<&String>) -> String {
    let text = |algorithm: Option<&String>| algorithm.map_or("an unreadable algorithm", String::as_str).to_owned();
    format!("hashed with {}, signed with {}", text(digest), text(signature))
}

/// What the signature says about the file.
fn claim_node(signature: &SignatureRecord, detail: &SignatureDetail) -> Option<Node> {
    let digest = signature.claimed_digest.as_ref()?;
    let algorithm = signature.digest_algorithm.as_deref().unwrap_or("unknown algorithm");
    let is_compared = signature.verification.is_some();
    let indirect_data = detail.indirect_data.as_ref();
    let indirect_data = indirect_data.map(|data| indirect_data_nodes(data, is_compared)).unwrap_or_default();
    let compared = match signature.digest_match {
        Some(true) => "which it has",
        Some(false) => "which it has not",
        None => "not compared",
    };
    // Where the digest does not cover the image it may be the same, which is told as a fault.
    let other = signature.computed_digest.as_ref().filter(|&other| other != digest);
    let other = other.filter(|_| signature.digest_match == Some(false));
    Some(
        Node::new(format!("claims {algorithm} of the file, {compared}"))
            .with([Node::new(digest.clone())])
            .with(other.map(|other| Node::new(format!("the file's is {other}"))))
            .with(indirect_data),
    )
}

fn indirect_data_nodes(indirect_data: &IndirectDataRecord, is_compared: bool) -> Vec<Node> {
    let name = indirect_data.kind_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let flags = indirect_data.flags.as_ref().map(|flags| format!(", flags {flags}")).unwrap_or_default();
    let kind = Node::new(format!("of kind {}{name}{flags}", indirect_data.kind));
    let sip =
        indirect_data.sip_info.as_ref().map(|info| Node::new(format!("made by package {}, as stored", info.guid)));
    let pages = indirect_data.page_hashes.iter().map(|hashes| {
        let ends = [hashes.pages.first(), hashes.pages.last()].into_iter().flatten();
        let ends = ends.map(|page| Node::new(format!("page at {:#x}: {}", page.offset, page.digest)));
        let compared = if is_compared { "" } else { ", not compared" };
        Node::new(format!("{} page hashes ({}){compared}; the first and the last", hashes.count, hashes.kind))
            .with(ends)
    });
    [kind]
        .into_iter()
        .chain(named("link", indirect_data.link.as_ref().filter(|link| !link.is_empty())))
        .chain(sip)
        .chain(pages)
        .collect()
}

fn span_nodes(label: &str, spans: &[SpanRecord]) -> Vec<Node> {
    let node = |span: &SpanRecord| {
        let hash = span.sha256.as_ref().map(|hash| Node::new(format!("sha256 {hash}")));
        Node::new(format!("{label} at {:#x}: {} bytes", span.offset, span.length)).with(hash)
    };
    spans.iter().map(node).collect()
}

fn other_nodes(others: &[OtherCertificateRecord]) -> Vec<Node> {
    let node = |other: &OtherCertificateRecord| {
        let label = match other.choice.as_deref() {
            Some("extended") => "extended certificate",
            Some("attribute_v1" | "attribute_v2") => "attribute certificate",
            Some(_) => "certificate of another format",
            None => "no certificate that can be read",
        };
        let hash = other.sha256.as_ref().map(|hash| Node::new(format!("sha256 {hash}")));
        Node::new(format!("{label} at {:#x}: {} bytes", other.offset, other.length))
            .with(named("subject", other.subject.as_ref()))
            .with(named("issuer", other.issuer.as_ref()))
            .with(named("serial", other.serial.as_ref()))
            .with(hash)
    };
    others.iter().map(node).collect()
}

/// Attributes, and the short values of those that are told nowhere else.
fn attribute_nodes(label: &str, attributes: &[AttributeRecord]) -> Vec<Node> {
    /// Digits of a value that fit on a line.
    const MOST_DIGITS: usize = 64;
    let node = |attribute: &AttributeRecord| {
        let name = attribute.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let count =
            if attribute.values.len() == 1 { String::new() } else { format!(", {} values", attribute.values.len()) };
        let is_told = matches!(attribute.name.as_deref(), Some("signingTime" | "SpcStatementType" | "messageDigest"));
        let short = attribute.values.iter().filter(|_| !is_told).filter_map(|value| value.hex.as_ref());
        let short = short.filter(|hex| hex.len() <= MOST_DIGITS).map(|hex| Node::new(hex.clone()));
        let AttributeRecord { kind, offset, length, .. } = attribute;
        Node::new(format!("{label} attribute {kind}{name} at {offset:#x}: {length} bytes{count}")).with(short)
    };
    attributes.iter().map(node).collect()
}
