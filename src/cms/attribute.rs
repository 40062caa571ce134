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
    /// What lies behind the set of values.
    behind: Span<'a>,
}

/// Types of attributes in which certificates are to be found.
const HOLDING_SIGNATURES: [Oid<'static>; 4] =
    [oid::NESTED_SIGNATURE, oid::COUNTERSIGNATURE, oid::MS_COUNTERSIGN, oid::TIME_STAMP_TOKEN];

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

    /// What lies in the attribute behind its values, where its structure has nothing.
    pub(crate) const fn behind(&self) -> Span<'a> {
        self.behind
    }

    pub(crate) const fn span(&self) -> Span<'a> {
        self.der
    }

    /// The values in stored order, each with its tag and length, up to the default [`Limits`](crate::Limits). A damaged one ends the
    /// list.
    #[must_use]
    pub fn values(&self) -> Vec<&'a [u8]> {
        let mut budget = Budget::default();
        self.elements(&mut budget).into_iter().map(|value| value.raw.as_bytes()).collect()
    }

    /// Whether certificates are to be found in it, so that no number of other attributes may hide it.
    pub(crate) fn holds_signatures(&self) -> bool {
        HOLDING_SIGNATURES.contains(&self.kind)
    }

    /// Whether it is a part of sealing (wintrust.h, szOID_INTENT_TO_SEAL and what follows it).
    pub(crate) fn is_sealing(&self) -> bool {
        [oid::INTENT_TO_SEAL, oid::SEALING_SIGNATURE, oid::SEALING_TIMESTAMP].contains(&self.kind)
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

/// The attributes of a set. What is damaged becomes a fault. Beyond the limit only those are kept that hold signatures, each kind up to
/// a limit of its own, so that no number of others may hide one.
pub(super) fn read_attributes<'a>(set: Option<Span<'a>>, budget: &mut Budget) -> Vec<Attribute<'a>> {
    let Some(set) = set else { return Vec::new() };
    let mut cursor = Cursor::new(set, Structure::Attribute);
    let mut attributes = Vec::with_capacity(8);
    let most = budget.limits().max_attributes;
    // Damaged ones count too.
    for _ in 0..most {
        let Some(element) = cursor.next_or_fault(budget) else { return attributes };
        let read = read_attribute(element, budget);
        attributes.extend(budget.survive(read));
    }
    if cursor.left_over().is_empty() {
        return attributes;
    }
    budget.fault_limit(Limit::Attributes, Structure::SignerInfo, cursor.offset());
    let mut search = budget.for_search();
    let mut kept = [0_usize; HOLDING_SIGNATURES.len()];
    while let Ok(Some(element)) = cursor.step(&mut search) {
        let Ok(attribute) = read_attribute(element, &mut search) else { continue };
        let kind = HOLDING_SIGNATURES.iter().position(|kind| *kind == attribute.kind);
        let Some(kept) = kind.and_then(|kind| kept.get_mut(kind)) else { continue };
        if !attribute.values.is_empty() && *kept < budget.limits().max_attribute_values {
            *kept = kept.saturating_add(1);
            attributes.push(attribute);
        }
    }
    attributes
}

fn read_attribute<'a>(element: Element<'a>, budget: &mut Budget) -> Result<Attribute<'a>, Error> {
    let mut parts = element.expect(tag::SEQUENCE, Structure::Attribute)?.members(Structure::Attribute);
    let kind = parts.expect(tag::OID, budget)?;
    let missing = parts.error(ErrorKind::Missing);
    let values = parts.next(budget)?.ok_or(missing)?;
    if values.tag == tag::SEQUENCE {
        // A list all the same: what lies in it is not to be hidden by its tag.
        let kind = ErrorKind::UnexpectedTag { expected: tag::SET, found: values.tag };
        budget.fault(Error::new(kind, Structure::Attribute, values.raw.offset()));
    } else {
        values.expect(tag::SET, Structure::Attribute)?;
    }
    let behind = parts.left_over();
    if !behind.is_empty() {
        budget.fault(parts.error(ErrorKind::UnknownParts));
    }
    let kind = Oid::from_content(kind.content.as_bytes());
    Ok(Attribute { kind, der: element.raw, values: values.content, behind })
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
