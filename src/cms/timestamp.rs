//! PKCS#9 countersignatures (RFC 2985, 5.3.6) and RFC 3161 time-stamp tokens.

use super::attribute::Attribute;
use super::content::Content;
use super::signed_data::SignedData;
use super::signed_facts::SignedFacts;
use super::signer_info::SignerInfo;
use super::spc::ImageDigest;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// The two kinds of timestamp that Authenticode knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimestampKind {
    /// A PKCS#9 countersignature; its certificates are in the message it stamps.
    Pkcs9,
    /// An RFC 3161 token; it carries its own certificates.
    Rfc3161,
}

impl TimestampKind {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs9 => "pkcs9",
            Self::Rfc3161 => "rfc3161",
        }
    }
}

/// What a countersignature or token says, before its signer is resolved.
#[derive(Debug, Clone)]
pub(crate) struct RawTimestamp<'a> {
    /// The countersignature or the token's message as stored, tag and length included.
    pub(crate) der: Span<'a>,
    /// Whether the token lies in a TimeStampResp.
    pub(crate) is_response: bool,
    pub(crate) time: Option<Time>,
    /// What the first SignerInfo signs.
    pub(crate) facts: SignedFacts<'a>,
    pub(crate) body: TimestampBody<'a>,
}

/// What each kind of timestamp is made of.
#[derive(Debug, Clone)]
pub(crate) enum TimestampBody<'a> {
    Pkcs9(SignerInfo<'a>),
    Rfc3161(SignedData<'a>),
}

impl<'a> TimestampBody<'a> {
    pub(crate) const fn kind(&self) -> TimestampKind {
        match self {
            Self::Pkcs9(_) => TimestampKind::Pkcs9,
            Self::Rfc3161(_) => TimestampKind::Rfc3161,
        }
    }

    pub(crate) fn signer_infos(&self) -> &[SignerInfo<'a>] {
        match self {
            Self::Pkcs9(signer_info) => std::slice::from_ref(signer_info),
            Self::Rfc3161(token) => &token.signer_infos,
        }
    }

    /// The token; none for a countersignature.
    pub(crate) const fn token(&self) -> Option<&SignedData<'a>> {
        match self {
            Self::Pkcs9(_) => None,
            Self::Rfc3161(token) => Some(token),
        }
    }
}

/// Every timestamp among the unauthenticated attributes. A damaged one spoils itself only.
pub(crate) fn timestamps<'a>(attributes: &[Attribute<'a>], budget: &mut Budget) -> Vec<RawTimestamp<'a>> {
    let mut timestamps = Vec::new();
    for attribute in attributes {
        let read = match attribute.kind() {
            oid::COUNTERSIGNATURE => pkcs9,
            oid::MS_COUNTERSIGN | oid::TIME_STAMP_TOKEN => rfc3161,
            _ => continue,
        };
        for value in attribute.elements(budget) {
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
    let facts = SignedFacts::read(&signer_info.signed_attributes(budget), budget);
    Ok(RawTimestamp {
        der: value.raw,
        is_response: false,
        time: facts.signing_time,
        facts,
        body: TimestampBody::Pkcs9(signer_info),
    })
}

/// The value is a SignedData over a TSTInfo, or a TimeStampResp around one; the time is genTime, whatever signingTime says.
fn rfc3161<'a>(value: Element<'a>, budget: &mut Budget) -> Result<RawTimestamp<'a>, Error> {
    let message = token_message(value, budget);
    let token = SignedData::parse(message, budget)?;
    let time = match &token.content {
        Some(content) => TstInfo::parse(content, budget).and_then(|info| info.gen_time()),
        None => Err(Error::new(ErrorKind::Missing, Structure::TstInfo, token.der.offset())),
    };
    let time = budget.survive(time);
    let signed = token.signer_infos.first().map(|info| info.signed_attributes(budget)).unwrap_or_default();
    let facts = SignedFacts::read(&signed, budget);
    let is_response = message != value.raw;
    Ok(RawTimestamp { der: message, is_response, time, facts, body: TimestampBody::Rfc3161(token) })
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

/// TSTInfo (RFC 3161, 2.4.2), as far as it is used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TstInfo<'a> {
    pub(crate) policy: Oid<'a>,
    pub(crate) imprint: Option<ImageDigest<'a>>,
    /// The content octets of the token's serial number.
    pub(crate) serial: &'a [u8],
    gen_time: Element<'a>,
}

impl<'a> TstInfo<'a> {
    /// Reads `SEQUENCE { version, policy, messageImprint, serialNumber, genTime, … }`.
    fn parse(content: &'a Content<'_>, budget: &mut Budget) -> Result<Self, Error> {
        content.read_with(Structure::TstInfo, budget, Self::read)
    }

    fn read(mut content: Cursor<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::TstInfo;
        let mut parts = content.expect(tag::SEQUENCE, budget)?.members(structure);
        parts.expect(tag::INTEGER, budget)?;
        let policy = parts.expect(tag::OID, budget)?;
        let imprint = parts.expect(tag::SEQUENCE, budget)?;
        let imprint = read_imprint(imprint.members(structure), budget);
        let serial = parts.expect(tag::INTEGER, budget)?;
        let gen_time = parts.expect(tag::GENERALIZED_TIME, budget)?;
        Ok(Self {
            policy: Oid::from_content(policy.content.as_bytes()),
            imprint: budget.survive(imprint),
            serial: serial.content.as_bytes(),
            gen_time,
        })
    }

    /// [`parse`](Self::parse) of what was read before.
    pub(crate) fn reread(content: &'a Content<'_>) -> Option<Self> {
        Self::parse(content, &mut Budget::default()).ok()
    }

    fn gen_time(&self) -> Result<Time, Error> {
        let bad_time = Error::new(ErrorKind::BadTime, Structure::TstInfo, self.gen_time.raw.offset());
        Time::lenient_from_element(self.gen_time).ok_or(bad_time)
    }
}

/// `SEQUENCE { hashAlgorithm, hashedMessage }`.
fn read_imprint<'a>(mut parts: Cursor<'a>, budget: &mut Budget) -> Result<ImageDigest<'a>, Error> {
    let algorithm = parts.expect(tag::SEQUENCE, budget)?.members(Structure::TstInfo).expect(tag::OID, budget)?;
    let digest = parts.expect(tag::OCTET_STRING, budget)?.content.as_bytes();
    Ok(ImageDigest { algorithm: Oid::from_content(algorithm.content.as_bytes()), digest })
}
