//! [`Attribute`]: the signed and unsigned attributes of a SignerInfo (RFC 5652, 5.3 and 11).

use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// One attribute of a SignerInfo: its type and its values as stored.
///
/// Signed attributes are covered by the signature; unsigned ones can be added and changed by anybody.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    kind: Oid<'a>,
    der: Span<'a>,
    values: Span<'a>,
}

impl<'a> Attribute<'a> {
    /// The attribute's type, such as 1.2.840.113549.1.9.4 (messageDigest).
    #[must_use]
    pub const fn kind(&self) -> Oid<'a> {
        self.kind
    }

    /// The whole attribute, tag and length included.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.der.as_bytes()
    }

    /// File offset of [`der`](Self::der).
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.der.offset()
    }

    pub(crate) const fn span(&self) -> Span<'a> {
        self.der
    }

    /// The values in stored order, each with its tag and length. A damaged one ends the list.
    #[must_use]
    pub fn values(&self) -> Vec<&'a [u8]> {
        let mut budget = Budget::default();
        self.elements(&mut budget).into_iter().map(|value| value.raw.as_bytes()).collect()
    }

    /// Whether certificates are to be found in it, so that no number of other attributes may hide it.
    fn holds_signatures(&self) -> bool {
        [oid::NESTED_SIGNATURE, oid::COUNTERSIGNATURE, oid::MS_COUNTERSIGN, oid::TIME_STAMP_TOKEN].contains(&self.kind)
    }

    /// Whether its type is one that signers are known to leave unsigned.
    pub(crate) fn belongs_unsigned(&self) -> bool {
        let sealing = [oid::INTENT_TO_SEAL, oid::SEALING_SIGNATURE, oid::SEALING_TIMESTAMP];
        self.holds_signatures() || sealing.contains(&self.kind)
    }

    /// Every value, in stored order. A damaged one ends the list with a fault.
    pub(crate) fn elements(self, budget: &mut Budget) -> Vec<Element<'a>> {
        let mut cursor = Cursor::new(self.values, Structure::Attribute);
        let mut values = Vec::new();
        while let Some(value) = cursor.next_or_fault(budget) {
            if values.len() >= budget.limits().max_attribute_values {
                budget.fault_limit(Limit::AttributeValues, Structure::Attribute, value.raw.offset());
                break;
            }
            values.push(value);
        }
        values
    }

    /// The first value.
    pub(crate) fn first_element(self, budget: &mut Budget) -> Option<Element<'a>> {
        let mut cursor = Cursor::new(self.values, Structure::Attribute);
        cursor.next_or_fault(budget)
    }
}

/// The attributes of a set. What is damaged becomes a fault.
pub(super) fn read_attributes<'a>(set: Option<Span<'a>>, budget: &mut Budget) -> Vec<Attribute<'a>> {
    let Some(set) = set else { return Vec::new() };
    let mut cursor = Cursor::new(set, Structure::Attribute);
    let mut attributes = Vec::with_capacity(8);
    // Damaged ones count too.
    let mut seen = 0_usize;
    while let Some(element) = cursor.next_or_fault(budget) {
        seen = seen.saturating_add(1);
        let most = budget.limits().max_attributes;
        if seen == most.saturating_add(1) {
            budget.fault_limit(Limit::Attributes, Structure::SignerInfo, element.raw.offset());
        }
        let read = read_attribute(element, budget);
        let is_wanted = |attribute: &Attribute<'_>| seen <= most || attribute.holds_signatures();
        attributes.extend(budget.survive(read).filter(is_wanted));
        if attributes.len() >= most.saturating_mul(2) {
            break;
        }
    }
    attributes
}

fn read_attribute<'a>(element: Element<'a>, budget: &mut Budget) -> Result<Attribute<'a>, Error> {
    let mut parts = element.expect(tag::SEQUENCE, Structure::Attribute)?.members(Structure::Attribute);
    let kind = parts.expect(tag::OID, budget)?;
    let values = parts.expect(tag::SET, budget)?;
    Ok(Attribute { kind: Oid::from_content(kind.content.as_bytes()), der: element.raw, values: values.content })
}

/// Signed attributes that are there twice: each type belongs there once (RFC 5652, 5.3), and readers differ in which one counts.
pub(super) fn note_repeated(attributes: &[Attribute<'_>], budget: &mut Budget) {
    /// Attributes that are compared with all before them; real signatures have up to eight.
    const MOST: usize = 32;
    let attributes = attributes.get(..MOST).unwrap_or(attributes);
    for (index, attribute) in attributes.iter().enumerate() {
        let before = attributes.get(..index).unwrap_or_default();
        if before.iter().any(|other| other.kind == attribute.kind) {
            budget.fault(Error::new(ErrorKind::RepeatedAttribute, Structure::Attribute, attribute.offset()));
        }
    }
}
