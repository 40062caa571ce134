//! The files that a catalog signs, in the tree.

use certsift::{TrustListMemberRecord, TrustListRecord, escape};

use super::node::Node;

/// Files that are shown of a catalog; the record (`--json --detail`) has them all.
const SHOWN: usize = 100;

pub(super) fn node(list: &TrustListRecord) -> Node {
    let made = list.this_update.as_ref().map(|time| format!(", made {time}")).unwrap_or_default();
    let more = list.members.len().saturating_sub(SHOWN);
    Node::new(format!("signs {} files{made}", list.members.len()))
        .with(list.members.iter().take(SHOWN).map(member))
        .with((more > 0).then(|| Node::new(format!("and {more} more"))))
}

fn member(member: &TrustListMemberRecord) -> Node {
    let algorithm = member.digest_algorithm.as_ref().map(|algorithm| format!("{algorithm} ")).unwrap_or_default();
    let name = member.file_name.as_ref().map(|name| format!(" {}", escape(name))).unwrap_or_default();
    Node::new(format!("{algorithm}{}{name}", member.hash))
        .with(member.attributes.iter().map(|attribute| Node::new(escape(attribute))))
}
