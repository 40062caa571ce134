//! What was verified, in the tree: the sentence first, then each fact it rests on.

use certsift::{
    PageHashCheckRecord, PathBreakRecord, PathLinkRecord, RevocationRecord, TimeRecord, TimestampVerificationRecord,
    VerificationRecord, WeaknessRecord, escape,
};

use super::node::Node;
use super::spaced;

/// The facts about one SignerInfo.
pub(super) fn signer_node(record: &VerificationRecord) -> Node {
    let form = match record.signed_form.as_deref() {
        Some("attributes") => ", over the attributes as stored",
        Some("sorted_attributes") => ", over the attributes in another order than stored",
        Some("content") => ", over the content: there are no attributes",
        _ => "",
    };
    let covers = if record.digest_covers_image == Some(false) { ", and does not cover what is loaded" } else { "" };
    let rule = record.digest_rule.as_ref().map(|rule| format!(", by the {rule} rule")).unwrap_or_default();
    Node::wrapped(&escape(&record.summary))
        .with([
            Node::new(format!("digest of the file: {}{rule}{covers}", fact(record.digest_matches))),
            Node::new(format!("digest of the content: {}", fact(record.content_matches))),
            Node::new(format!("type of the content: {}", fact(record.content_type_matches))),
            Node::new(format!("signature: {}{form}", fact(record.signature_valid))),
            Node::new(format!("for code signing: {}", answer(record.code_signing))),
        ])
        .with([path_node(&record.certificate_path, record.path_break.as_ref())])
        .with([time_node(&record.time)])
        .with([revocation_node(&record.revoked)])
        .with(record.page_hashes.iter().map(pages_node))
        .with(record.padding_check.map(|check| {
            let passes = |passes: bool| if passes { "passes" } else { "fails" };
            Node::new(format!("padding check: {} with it off, {} with it on", passes(check.off), passes(check.on)))
        }))
        .with(record.weaknesses.iter().map(weakness_node))
        .with(record.limit_reached.then(|| Node::new("a limit ended the search: more may be to be known")))
}

/// The facts about one timestamp.
pub(super) fn timestamp_nodes(record: &TimestampVerificationRecord) -> Vec<Node> {
    let facts = [
        Node::new(format!("imprint of this signature: {}", fact(record.imprint_matches))),
        Node::new(format!("digest of the content: {}", fact(record.content_matches))),
        Node::new(format!("signature: {}", fact(record.signature_valid))),
        Node::new(format!("for time stamping: {}", answer(record.time_stamping))),
        path_node(&record.certificate_path, record.path_break.as_ref()),
        Node::new(format!("path at that time: {}", validity(record.validity.as_deref()))),
        revocation_node(&record.revoked),
    ];
    facts.into_iter().chain(record.weaknesses.iter().map(weakness_node)).collect()
}

fn fact(fact: Option<bool>) -> &'static str {
    match fact {
        Some(true) => "holds",
        Some(false) => "DOES NOT HOLD",
        None => "not known",
    }
}

fn answer(fact: Option<bool>) -> &'static str {
    match fact {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    }
}

fn validity(validity: Option<&str>) -> String {
    validity.map_or_else(|| "not known".to_owned(), spaced)
}

/// Each certificate of the path, and how the next one issued it.
fn path_node(path: &[PathLinkRecord], broken: Option<&PathBreakRecord>) -> Node {
    let label = match (path, broken) {
        ([], _) => "path: none".to_owned(),
        (_, None) => "path to an anchor".to_owned(),
        (_, Some(broken)) => format!("path that reaches no anchor: {} at {}", spaced(&broken.reason), broken.at),
    };
    let last = path.len().saturating_sub(1);
    Node::new(label).with(path.iter().enumerate().map(|(index, link)| link_node(index, link, index == last)))
}

fn link_node(index: usize, link: &PathLinkRecord, is_last: bool) -> Node {
    let place = match (link.certificate, link.origin.as_str()) {
        (Some(certificate), "anchor") => format!("certificate {certificate}, an anchor"),
        (Some(certificate), _) => format!("certificate {certificate}"),
        (None, "anchor") => "an anchor, not in the file".to_owned(),
        (None, origin) => format!("{origin}, not in the file"),
    };
    let authority = match link.is_ca {
        Some(true) => "an authority",
        Some(false) => "no authority",
        None => "authority: not said",
    };
    let next = link.name_matches.filter(|_| !is_last).map(|name| {
        let name = if name { "holds" } else { "DOES NOT HOLD" };
        let id = link.key_id_matches.map(|id| format!(", key id {}", fact(Some(id)))).unwrap_or_default();
        Node::new(format!("issued by the next: name {name}, signature {}{id}", fact(link.signature_valid)))
    });
    let alone = link.signature_valid.filter(|_| is_last);
    let alone = alone.map(|holds| Node::new(format!("signature by its own key: {}", fact(Some(holds)))));
    Node::wrapped(&format!("{index}: {}", escape(&link.subject)))
        .with([Node::new(format!("{place}, {authority}, {} then", spaced(&link.validity)))])
        .with(next)
        .with(alone)
}

fn time_node(time: &TimeRecord) -> Node {
    let at = time.checked_at.as_deref().unwrap_or("no time");
    let by = match (&time.kind, time.timestamp) {
        (Some(kind), Some(index)) => format!(", which timestamp {index} ({kind}) says"),
        (Some(kind), None) => format!(", which a timestamp ({kind}) says"),
        _ => String::new(),
    };
    Node::new(format!("checked at {at}{by}"))
        .with([
            Node::new(format!("signer: {}", validity(time.validity.as_deref()))),
            Node::new(format!("path: {}", validity(time.path_validity.as_deref()))),
        ])
        .with(
            (time.lifetime_signing == Some(true))
                .then(|| Node::new("for lifetime signing: no timestamp outlives the certificate")),
        )
}

fn revocation_node(revoked: &RevocationRecord) -> Node {
    let by = match revoked.by.as_deref() {
        Some("crl") => ", says a revocation list",
        Some("table") => ", says an indicator",
        _ => "",
    };
    let since = revoked.date.as_ref().map(|date| format!(" since {date}")).unwrap_or_default();
    let reason = revoked.reason.as_ref().map(|reason| Node::new(format!("reason {reason}")));
    let subject = revoked.subject.as_ref().map(|subject| Node::wrapped(&escape(subject)));
    let gap = revoked
        .gap
        .as_ref()
        .map(|gap| Node::wrapped(&format!("not known ({}) of {}", spaced(&gap.reason), escape(&gap.subject))));
    Node::new(format!("revocation: {}{since}{by}", spaced(&revoked.status))).with(subject).with(reason).with(gap)
}

fn pages_node(check: &PageHashCheckRecord) -> Node {
    let wrong = check.first_wrong.map(|offset| format!(", first at {offset:#x}")).unwrap_or_default();
    let pages = check.pages;
    Node::new(format!("{pages} page hashes ({}): {}{wrong}", check.kind, fact(check.matches)))
}

fn weakness_node(weakness: &WeaknessRecord) -> Node {
    let bits = weakness.bits.map(|bits| format!(" ({bits} bits)")).unwrap_or_default();
    let whose = weakness.subject.as_ref().map_or_else(|| "the signature itself".to_owned(), |subject| escape(subject));
    Node::wrapped(&format!("weak: {}{bits}, {whose}", spaced(&weakness.kind)))
}
