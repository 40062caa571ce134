//! Identifier octets: the one octet of a low tag as it is (X.690, 8.1.2); a high tag has its number in the upper 24 bits.

pub(crate) const END_OF_CONTENTS: u32 = 0x00;
pub(crate) const BOOLEAN: u32 = 0x01;
pub(crate) const INTEGER: u32 = 0x02;
pub(crate) const BIT_STRING: u32 = 0x03;
pub(crate) const OCTET_STRING: u32 = 0x04;
pub(crate) const OID: u32 = 0x06;
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
pub(crate) const CONSTRUCTED_0: u32 = 0xa0;
pub(crate) const CONSTRUCTED_1: u32 = 0xa1;
pub(crate) const CONSTRUCTED_2: u32 = 0xa2;
pub(crate) const CONSTRUCTED_3: u32 = 0xa3;
/// The bit of the identifier octet that says "constructed".
pub(crate) const CONSTRUCTED: u32 = 0x20;
