//! Identifier octets: the one octet of a low tag as it is (X.690, 8.1.2); a high tag has its number in the upper 24 bits.

use std::fmt;

/// The tag of a value, and whether the value is constructed (X.690, 8.1.2).
///
/// `Display` is the name of a universal type (`SEQUENCE`, `UTF8String`), else the class and number as ASN.1 notation writes them
/// (`[0]`, `[APPLICATION 1]`, `[UNIVERSAL 31]`).
///
/// ```
/// use certsift::{OutlineItem, asn1_outline};
///
/// let line = asn1_outline(&[0xa3, 2, 5, 0], 0).next().unwrap();
/// let OutlineItem::Element(element) = line.item else { panic!("{line:?}") };
/// assert_eq!(element.tag.to_string(), "[3]");
/// assert!(element.tag.is_constructed());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(u32);

/// The class of a [`Tag`] (X.690, 8.1.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagClass {
    /// A type of ASN.1 itself.
    Universal,
    /// A type of one application.
    Application,
    /// A part of the structure around it.
    Context,
    /// A type of one enterprise.
    Private,
}

impl Tag {
    /// A tag from its identifier octets, as this module has them.
    pub(crate) const fn from_identifier(identifier: u32) -> Self {
        Self(identifier)
    }

    /// The class.
    #[must_use]
    pub const fn class(self) -> TagClass {
        match self.0 & 0xc0 {
            0x00 => TagClass::Universal,
            0x40 => TagClass::Application,
            0x80 => TagClass::Context,
            _ => TagClass::Private,
        }
    }

    /// The number within the class.
    #[must_use]
    pub const fn number(self) -> u32 {
        if self.is_high() { self.0 >> 8 } else { self.0 & HIGH }
    }

    /// Whether the value is made of further values.
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        self.0 & CONSTRUCTED != 0
    }

    /// The name of a universal type (X.680, 8.4); `None` for other classes, unknown numbers, and numbers in a longer form than they
    /// need.
    #[must_use]
    pub const fn universal_name(self) -> Option<&'static str> {
        if self.is_high() || !matches!(self.class(), TagClass::Universal) {
            return None;
        }
        Some(match self.number() {
            0 => "END-OF-CONTENTS",
            1 => "BOOLEAN",
            2 => "INTEGER",
            3 => "BIT STRING",
            4 => "OCTET STRING",
            5 => "NULL",
            6 => "OBJECT IDENTIFIER",
            7 => "ObjectDescriptor",
            8 => "EXTERNAL",
            9 => "REAL",
            10 => "ENUMERATED",
            11 => "EMBEDDED PDV",
            12 => "UTF8String",
            13 => "RELATIVE-OID",
            14 => "TIME",
            16 => "SEQUENCE",
            17 => "SET",
            18 => "NumericString",
            19 => "PrintableString",
            20 => "TeletexString",
            21 => "VideotexString",
            22 => "IA5String",
            23 => "UTCTime",
            24 => "GeneralizedTime",
            25 => "GraphicString",
            26 => "VisibleString",
            27 => "GeneralString",
            28 => "UniversalString",
            29 => "CHARACTER STRING",
            30 => "BMPString",
            _ => return None,
        })
    }

    /// Whether the number follows the identifier octet.
    const fn is_high(self) -> bool {
        self.0 & HIGH == HIGH
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.universal_name() {
            return f.write_str(name);
        }
        let number = self.number();
        match self.class() {
            TagClass::Universal => write!(f, "[UNIVERSAL {number}]"),
            TagClass::Application => write!(f, "[APPLICATION {number}]"),
            TagClass::Context => write!(f, "[{number}]"),
            TagClass::Private => write!(f, "[PRIVATE {number}]"),
        }
    }
}

/// The low five bits of the identifier octet of a high tag.
const HIGH: u32 = 0x1f;

pub(crate) const BOOLEAN: u32 = 0x01;
pub(crate) const INTEGER: u32 = 0x02;
pub(crate) const BIT_STRING: u32 = 0x03;
pub(crate) const OCTET_STRING: u32 = 0x04;
pub(crate) const OID: u32 = 0x06;
pub(crate) const ENUMERATED: u32 = 0x0a;
pub(crate) const UTF8_STRING: u32 = 0x0c;
pub(crate) const NUMERIC_STRING: u32 = 0x12;
pub(crate) const PRINTABLE_STRING: u32 = 0x13;
pub(crate) const TELETEX_STRING: u32 = 0x14;
pub(crate) const IA5_STRING: u32 = 0x16;
pub(crate) const UTC_TIME: u32 = 0x17;
pub(crate) const GENERALIZED_TIME: u32 = 0x18;
pub(crate) const VISIBLE_STRING: u32 = 0x1a;
pub(crate) const UNIVERSAL_STRING: u32 = 0x1c;
pub(crate) const BMP_STRING: u32 = 0x1e;
pub(crate) const SEQUENCE: u32 = 0x30;
pub(crate) const SET: u32 = 0x31;
pub(crate) const CONTEXT_0: u32 = 0x80;
pub(crate) const CONTEXT_1: u32 = 0x81;
pub(crate) const CONTEXT_2: u32 = 0x82;
#[cfg(feature = "verify")]
pub(crate) const CONTEXT_3: u32 = 0x83;
#[cfg(feature = "verify")]
pub(crate) const CONTEXT_4: u32 = 0x84;
#[cfg(feature = "verify")]
pub(crate) const CONTEXT_5: u32 = 0x85;
pub(crate) const CONSTRUCTED_0: u32 = 0xa0;
pub(crate) const CONSTRUCTED_1: u32 = 0xa1;
pub(crate) const CONSTRUCTED_2: u32 = 0xa2;
pub(crate) const CONSTRUCTED_3: u32 = 0xa3;
pub(crate) const CONSTRUCTED_4: u32 = 0xa4;
/// The bit of the identifier octet that says "constructed".
pub(crate) const CONSTRUCTED: u32 = 0x20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_by_name() {
        let cases: &[(u32, &str, u32, bool)] = &[
            (SEQUENCE, "SEQUENCE", 16, true),
            (0x10, "SEQUENCE", 16, false),
            (BMP_STRING, "BMPString", 30, false),
            (CONTEXT_0, "[0]", 0, false),
            (CONSTRUCTED_3, "[3]", 3, true),
            (0x61, "[APPLICATION 1]", 1, true),
            (0xc2, "[PRIVATE 2]", 2, false),
            (0x0f, "[UNIVERSAL 15]", 15, false),
            (0x817f, "[APPLICATION 129]", 129, true),
            (0x021f, "[UNIVERSAL 2]", 2, false),
        ];
        for (identifier, name, number, constructed) in cases {
            let tag = Tag::from_identifier(*identifier);
            assert_eq!((tag.to_string().as_str(), tag.number(), tag.is_constructed()), (*name, *number, *constructed));
        }
    }
}
