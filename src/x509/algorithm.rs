//! [`AlgorithmIdentifier`]: an algorithm and its parameters (RFC 5280, 4.1.1.2).

use crate::asn1::der::Element;
use crate::asn1::oid::Oid;
use crate::asn1::tag;
use crate::error::Structure;
use crate::limits::Budget;

/// An algorithm and its parameters, as stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AlgorithmIdentifier<'a> {
    pub(crate) kind: Oid<'a>,
    /// What follows the identifier: NULL as a rule; `None` when there is nothing.
    pub(crate) parameters: Option<Element<'a>>,
}

impl<'a> AlgorithmIdentifier<'a> {
    /// Reads `SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }`.
    pub(crate) fn read(element: Element<'a>, structure: Structure) -> Option<Self> {
        let budget = &mut Budget::default();
        let mut parts = element.expect(tag::SEQUENCE, structure).ok()?.members(structure);
        let kind = parts.expect(tag::OID, budget).ok()?;
        let parameters = parts.next(budget).ok().flatten();
        Some(Self { kind: Oid::from_content(kind.content.as_bytes()), parameters })
    }
}
