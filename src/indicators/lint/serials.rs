//! What the serials of an indicator show.

use std::collections::HashSet;

use super::{Cause, Found, advice};
use crate::indicators::filing::is_weak;
use crate::indicators::indicator::{Condition, Indicator};
use crate::x509::serial::SerialBuf;

/// Octets of a serial at the most (RFC 5280, 4.1.2.2).
const MAX_OCTETS: usize = 20;

pub(super) fn check(indicator: &Indicator, found: &mut Found<'_>) {
    let serials = || {
        indicator.alternatives.iter().flatten().filter_map(|condition| match condition {
            Condition::Serial(serial) => Some(serial),
            _ => None,
        })
    };
    // Rules write one serial both ways to be safe: then it has its sign octet.
    let with_sign: HashSet<&[u8]> =
        serials().filter(|serial| !lacks_sign(serial)).map(|serial| serial.as_serial().canonical()).collect();
    for serial in serials() {
        if lacks_sign(serial) && !with_sign.contains(serial.as_serial().canonical()) {
            found.add(Cause::MissingSignOctet, serial.to_string(), Some(padded(serial)));
        }
        if serial.is_odd_hex() {
            let written = serial.to_string();
            let written = written.strip_prefix('0').unwrap_or(&written);
            found.add(Cause::OddHex, written, Some(padded(serial)));
        }
        if padded(serial).len() / 2 > MAX_OCTETS || serial.as_serial().as_bytes().len() > MAX_OCTETS {
            found.add(Cause::OverlongSerial, serial.to_string(), advice(Cause::OverlongSerial).map(str::to_owned));
        }
    }
    for conditions in indicator.alternatives.iter().filter(|conditions| is_weak(conditions)) {
        for condition in conditions {
            if let Condition::Serial(serial) = condition {
                found.add(Cause::WeakSerial, serial.to_string(), advice(Cause::WeakSerial).map(str::to_owned));
            }
        }
    }
}

/// Whether the octets as written begin with a high bit, as those of a negative number do.
fn lacks_sign(serial: &SerialBuf) -> bool {
    serial.as_serial().as_bytes().first().is_some_and(|first| first & 0x80 != 0)
}

/// The digits with an even number of them and a sign octet where one is needed.
pub(super) fn padded(serial: &SerialBuf) -> String {
    let needs_sign = serial.as_serial().canonical().first().is_some_and(|first| first & 0x80 != 0);
    format!("{}{serial}", if needs_sign { "00" } else { "" })
}
