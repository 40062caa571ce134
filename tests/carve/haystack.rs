//! In what holds no certificate none is found.

use certsift::{CarveLimits, carve, carve_reader};

use super::{Random, real_certificates};

/// Megabytes that are searched: few where nothing else is said, because a test is not optimised.
const MEGABYTES: &str = "CERTSIFT_HAYSTACK_MB";

/// Some of one kind of bytes.
type Straw<'a> = Box<dyn FnMut(&mut Random) -> Vec<u8> + 'a>;

#[test]
fn nothing_is_found_where_nothing_is() {
    let megabytes = std::env::var(MEGABYTES).map_or(4, |text| text.parse().expect("a number"));
    let certificates = real_certificates();
    let kinds: Vec<(&str, Straw<'_>)> = vec![
        ("random", Box::new(|random| random.octets(1 << 12))),
        ("code", Box::new(code)),
        ("crumbs", Box::new(|random| crumb(&certificates, random))),
    ];
    let share = (megabytes << 20) / kinds.len();
    for (name, mut straw) in kinds {
        let mut random = Random(7);
        let mut bytes = Vec::with_capacity(share);
        while bytes.len() < share {
            bytes.extend(straw(&mut random));
        }
        let found: Vec<_> = carve(&bytes, CarveLimits::default()).map(|one| one.offset()).collect();
        assert_eq!(found, [0_u64; 0], "{name}, {} bytes", bytes.len());
        assert_eq!(carve_reader(bytes.as_slice(), CarveLimits::default()).count(), 0, "{name}");
    }
}

/// An instruction as compilers write them, its operands any: x86-64 has `83`, `81` and `80` for arithmetic, and `0` is 0x30.
fn code(random: &mut Random) -> Vec<u8> {
    const STARTS: &[&[u8]] = &[
        &[0x48, 0x83, 0xec],
        &[0x48, 0x81, 0xec],
        &[0x30, 0x83],
        &[0x30, 0x82],
        &[0x30, 0x80],
        &[0x30, 0x84, 0, 0],
        &[0x0f, 0x82],
        &[0x48, 0x8b, 0x05],
        &[0x80, 0x30],
        &[0xe8],
        &[0xc3, 0xcc, 0xcc],
        &[0x00, 0x00, 0x30, 0x81],
        &[0x30, 0x82, 0x01, 0x30, 0x82, 0x01],
        &[0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01],
        b"-----BEGIN ",
        b"GI",
    ];
    let operands = random.below(9);
    [STARTS[random.below(STARTS.len())], &random.octets(operands)].concat()
}

/// A part of a certificate, but for its signature, without which it is none.
fn crumb(certificates: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let whole = &certificates[random.below(certificates.len())];
    let unsigned = whole.len() - 300;
    let start = random.below(unsigned);
    let length = random.below(unsigned - start);
    let gap = random.below(12);
    [&whole[start..start + length], &random.octets(gap)].concat()
}
