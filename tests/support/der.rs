//! A writer of ASN.1 values in DER, and two spellings of them that only BER has.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const NUMERIC: u8 = 0x12;
pub(crate) const PRINTABLE: u8 = 0x13;
pub(crate) const TELETEX: u8 = 0x14;
pub(crate) const IA5: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const VISIBLE: u8 = 0x1a;
pub(crate) const UNIVERSAL: u8 = 0x1c;
pub(crate) const BMP: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// The bit of the tag that says "constructed".
const CONSTRUCTED: u8 = 0x20;

/// One value of any tag.
pub(crate) fn tlv(tag: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let octets: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|&octet| octet == 0).collect();
            out.push(0x80 | u8::try_from(octets.len()).unwrap());
            out.extend(octets);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of values that are written already.
pub(crate) fn sequence<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    tlv(SEQUENCE, joined(parts))
}

/// A SET of values that are written already, in the order given.
pub(crate) fn set<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    tlv(SET, joined(parts))
}

/// A constructed context tag around values that are written already.
pub(crate) fn context<T: AsRef<[u8]>>(number: u8, parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    tlv(0xa0 | number, joined(parts))
}

pub(crate) fn joined<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    parts.into_iter().flat_map(|part| part.as_ref().to_vec()).collect()
}

/// An OBJECT IDENTIFIER from its dotted text.
pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let [first, second, rest @ ..] = arcs.as_slice() else { return tlv(OID, []) };
    let head = first.checked_mul(40).and_then(|head| head.checked_add(*second)).unwrap();
    let content: Vec<u8> = std::iter::once(head).chain(rest.iter().copied()).flat_map(base_128).collect();
    tlv(OID, content)
}

fn base_128(mut arc: u64) -> Vec<u8> {
    let mut octets = vec![u8::try_from(arc & 0x7f).unwrap()];
    while arc > 0x7f {
        arc >>= 7;
        octets.insert(0, 0x80 | u8::try_from(arc & 0x7f).unwrap());
    }
    octets
}

/// The octets of hex text.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digit = |octet: &u8| char::from(*octet).to_digit(16).unwrap();
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::try_from(pair.iter().fold(0, |n, c| (n << 4) | digit(c))).unwrap())
        .collect()
}

/// Splits one definite value from the front: its tag, its content, and what follows it.
pub(crate) fn split(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let [tag, first, rest @ ..] = der else { return (0, &[], &[]) };
    let long = if *first < 0x80 { 0 } else { usize::from(first & 0x7f) };
    let (octets, rest) = rest.split_at(long);
    let length = octets.iter().fold(0_usize, |length, &octet| (length << 8) | usize::from(octet));
    let (content, rest) = rest.split_at(if long == 0 { usize::from(*first) } else { length });
    (*tag, content, rest)
}

/// The values one after the other in `der`.
fn values(mut der: &[u8]) -> Vec<(u8, &[u8])> {
    let mut values = Vec::new();
    while !der.is_empty() {
        let (tag, content, rest) = split(der);
        values.push((tag, content));
        der = rest;
    }
    values
}

/// The same values with every constructed one of indefinite length, down to `levels` levels (X.690, 8.1.3.6).
pub(crate) fn indefinite(der: &[u8], levels: usize) -> Vec<u8> {
    rewrite(der, levels, &|tag, content| {
        if tag & CONSTRUCTED == 0 { tlv(tag, content) } else { joined([&[tag, 0x80], content, &[0, 0]]) }
    })
}

/// The same values with every length in four octets, down to `levels` levels: what X.690, 10.1 forbids in DER only.
pub(crate) fn long_lengths(der: &[u8], levels: usize) -> Vec<u8> {
    rewrite(der, levels, &|tag, content| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        joined([&[tag, 0x84], length.as_slice(), content])
    })
}

fn rewrite(der: &[u8], levels: usize, write: &dyn Fn(u8, &[u8]) -> Vec<u8>) -> Vec<u8> {
    if levels == 0 {
        return der.to_vec();
    }
    let below = levels.saturating_sub(1);
    let one = |(tag, content): (u8, &[u8])| match tag & CONSTRUCTED {
        0 => write(tag, content),
        _ => write(tag, &rewrite(content, below, write)),
    };
    values(der).into_iter().flat_map(one).collect()
}
