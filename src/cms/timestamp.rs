//! PKCS#9 countersignatures (RFC 2985, 5.3.6) and RFC 3161 time-stamp tokens.

use crate::asn1::der::{Cursor, Element, octet_string};
use crate::asn1::oid;
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::bytes::Span;
use crate::cms::signed_data::{Attribute, SignedData, SignerInfo};
use crate::cms::spc::signing_time;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;

/// The two kinds of timestamp that Authenticode knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimestampKind {
    /// A PKCS#9 countersignature; its certificates are in the message it stamps.
    Pkcs9,
    /// An RFC 3161 token; it carries its own certificates.
    Rfc3161,
}

/// What a countersignature or token says, before its signer is resolved.
#[derive(Debug, Clone)]
pub(crate) struct RawTimestamp<'a> {
    pub(crate) kind: TimestampKind,
    pub(crate) time: Option<Time>,
    pub(crate) signer_infos: Vec<SignerInfo<'a>>,
    /// The token's certificates; none for PKCS#9.
    pub(crate) certificates: Vec<Certificate<'a>>,
}

/// Every timestamp among the unauthenticated attributes. A damaged one spoils itself only.
pub(crate) fn timestamps<'a>(attributes: &[Attribute<'a>], budget: &mut Budget) -> Vec<RawTimestamp<'a>> {
    let mut timestamps = Vec::new();
    for attribute in attributes {
        let read = if attribute.kind == oid::COUNTERSIGNATURE {
            pkcs9
        } else if attribute.kind == oid::MS_COUNTERSIGN || attribute.kind == oid::TIME_STAMP_TOKEN {
            rfc3161
        } else {
            continue;
        };
        for value in attribute.values(budget) {
            if timestamps.len() >= budget.limits().max_attribute_values {
                budget.fault_limit(Limit::AttributeValues, Structure::Timestamp, value.raw.offset());
                return timestamps;
            }
            let timestamp = read(value, budget);
            timestamps.extend(budget.survive(timestamp));
        }
    }
    timestamps
}

/// The value is a SignerInfo over the stamped signature; the time is its signingTime.
fn pkcs9<'a>(value: Element<'a>, budget: &mut Budget) -> Result<RawTimestamp<'a>, Error> {
    let signer_info = SignerInfo::parse(value, budget)?;
    let attributes = signer_info.signed_attributes(budget);
    let stated = attributes.iter().find(|attribute| attribute.kind == oid::SIGNING_TIME);
    Ok(RawTimestamp {
        kind: TimestampKind::Pkcs9,
        time: stated.and_then(|attribute| signing_time(*attribute, budget)),
        signer_infos: vec![signer_info],
        certificates: Vec::new(),
    })
}

/// The value is a SignedData over a TSTInfo, or a TimeStampResp around one; the time is genTime, whatever signingTime says.
fn rfc3161<'a>(value: Element<'a>, budget: &mut Budget) -> Result<RawTimestamp<'a>, Error> {
    let token = SignedData::parse(token_message(value, budget), budget)?;
    let time = gen_time(&token, budget);
    Ok(RawTimestamp {
        kind: TimestampKind::Rfc3161,
        time: budget.survive(time).flatten(),
        signer_infos: token.signer_infos,
        certificates: token.certificates,
    })
}

/// The CMS message of a token, inside a TimeStampResp (RFC 3161, 2.4.2) where the value is one.
fn token_message<'a>(value: Element<'a>, budget: &mut Budget) -> Span<'a> {
    let mut parts = value.members(Structure::Timestamp);
    let is_response = parts.peek_octet().map(u32::from) == Some(tag::SEQUENCE);
    if is_response && let (Ok(Some(_)), Ok(Some(token))) = (parts.next(budget), parts.next(budget)) {
        return token.raw;
    }
    value.raw
}

/// TSTInfo ::= SEQUENCE { version, policy, messageImprint, serialNumber, genTime, … }
fn gen_time(token: &SignedData<'_>, budget: &mut Budget) -> Result<Option<Time>, Error> {
    let Some(content) = token.content else {
        return Err(Error::new(ErrorKind::Missing, Structure::TstInfo, token.der.offset()));
    };
    let octets = octet_string(content, Structure::TstInfo, budget)?;
    let mut outer = Cursor::new(Span::new(&octets, content.content.offset()), Structure::TstInfo);
    let mut parts = outer.expect(tag::SEQUENCE, budget)?.members(Structure::TstInfo);
    parts.expect(tag::INTEGER, budget)?;
    parts.expect(tag::OID, budget)?;
    parts.expect(tag::SEQUENCE, budget)?;
    parts.expect(tag::INTEGER, budget)?;
    let element = parts.expect(tag::GENERALIZED_TIME, budget)?;
    match Time::lenient_from_element(element) {
        Some(time) => Ok(Some(time)),
        None => Err(Error::new(ErrorKind::BadTime, Structure::TstInfo, element.raw.offset())),
    }
}
