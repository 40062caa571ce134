//! Files that are one bare CMS message in DER or BER: .p7b, .p7s, .cat.

use crate::asn1::der::{Cursor, open};
use crate::asn1::oid;
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::Structure;
use crate::limits::Budget;

/// Whether a file that starts with `head` is a ContentInfo with a SignedData.
pub(crate) fn is_message(head: &[u8]) -> bool {
    // The message is longer than the head, so only its own header is looked at.
    let Some((tag::SEQUENCE, members)) = open(Span::new(head, 0)) else { return false };
    let mut budget = Budget::default();
    let kind = Cursor::new(members, Structure::ContentInfo).expect(tag::OID, &mut budget);
    kind.is_ok_and(|kind| kind.content.as_bytes() == oid::SIGNED_DATA.as_bytes())
}
