//! Members of zip archives that a password encrypts: by PKWARE's cipher (APPNOTE 6.1), and by AES (WinZip, "AES Encryption Information").

use aes::cipher::{BlockEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use hmac::Hmac;
use sha1::Sha1;

use crate::container::zip::{Entry, Seal};

/// The method of members that AES encrypts; how they are compressed is in the extra field.
const METHOD_AES: u16 = 99;
/// Octets in front of a member that PKWARE's cipher encrypts.
const HEADER: usize = 12;
/// Octets of a block of AES.
const BLOCK: usize = 16;
/// Octets behind the salt that tell a wrong password, and behind the data that tell a changed member.
const VERIFIER: usize = 2;
const CODE: usize = 10;
/// Rounds in which the keys are derived.
const ROUNDS: u32 = 1_000;

/// Decrypts a member's stored form, and answers how it is compressed; `None` where the password is another one, or the cipher is none of these two.
pub(super) fn decrypt(stored: Vec<u8>, entry: &Entry, password: &[u8]) -> Option<(Vec<u8>, u16)> {
    match entry.seal.aes {
        Some(aes) if entry.method == METHOD_AES => {
            let octets = match aes.strength {
                1 => decrypt_aes::<Aes128>(&stored, 16, password),
                2 => decrypt_aes::<Aes192>(&stored, 24, password),
                3 => decrypt_aes::<Aes256>(&stored, 32, password),
                _ => None,
            }?;
            Some((octets, aes.method))
        }
        _ if entry.has(Entry::STRONG_ENCRYPTION) => None,
        _ => {
            let octets = decrypt_pkware(stored, check(entry, entry.seal), password)?;
            Some((octets, entry.method))
        }
    }
}

/// What the last octet of the header is when the password is right.
const fn check(entry: &Entry, seal: Seal) -> u8 {
    let [.., by_time] = seal.time.to_le_bytes();
    let [.., by_crc] = seal.crc.to_le_bytes();
    if entry.has(Entry::DESCRIPTOR) { by_time } else { by_crc }
}

fn decrypt_pkware(mut stored: Vec<u8>, check: u8, password: &[u8]) -> Option<Vec<u8>> {
    let mut keys = Keys::new(password);
    for octet in &mut stored {
        *octet ^= keys.next();
        keys.update(*octet);
    }
    let is_right = stored.get(HEADER.checked_sub(1)?) == Some(&check);
    is_right.then(|| stored.split_off(HEADER))
}

/// The three keys of PKWARE's cipher (APPNOTE 6.1.5).
struct Keys(u32, u32, u32);

impl Keys {
    fn new(password: &[u8]) -> Self {
        let mut keys = Self(0x1234_5678, 0x2345_6789, 0x3456_7890);
        password.iter().for_each(|&octet| keys.update(octet));
        keys
    }

    fn update(&mut self, octet: u8) {
        self.0 = crc_step(self.0, octet);
        let [low, ..] = self.0.to_le_bytes();
        self.1 = self.1.wrapping_add(low.into()).wrapping_mul(134_775_813).wrapping_add(1);
        let [.., high] = self.1.to_le_bytes();
        self.2 = crc_step(self.2, high);
    }

    const fn next(&self) -> u8 {
        let [low, high, ..] = (self.2 | 2).to_le_bytes();
        let word = u16::from_le_bytes([low, high]);
        let [_, next] = word.wrapping_mul(word ^ 1).to_le_bytes();
        next
    }
}

/// One octet more of a CRC-32 (APPNOTE 4.4.7), without the inversions before and behind.
fn crc_step(crc: u32, octet: u8) -> u32 {
    (0..8).fold(crc ^ u32::from(octet), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
}

fn decrypt_aes<C: BlockEncrypt + KeyInit>(stored: &[u8], key_length: usize, password: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = stored.split_at_checked(key_length / 2)?;
    let (verifier, rest) = rest.split_at_checked(VERIFIER)?;
    // The end of it may be missing.
    let data = rest.get(..rest.len().saturating_sub(CODE))?;
    let mut derived = vec![0; key_length.saturating_mul(2).saturating_add(VERIFIER)];
    pbkdf2::pbkdf2::<Hmac<Sha1>>(password, salt, ROUNDS, &mut derived).ok()?;
    if !derived.ends_with(verifier) {
        return None;
    }
    let cipher = C::new_from_slice(derived.get(..key_length)?).ok()?;
    let mut octets = data.to_vec();
    // Counted from 1, the lowest octet first.
    for (counter, block) in (1_u128..).zip(octets.chunks_mut(BLOCK)) {
        let mut stream = aes::cipher::Block::<C>::default();
        for (to, from) in stream.iter_mut().zip(counter.to_le_bytes()) {
            *to = from;
        }
        cipher.encrypt_block(&mut stream);
        for (octet, with) in block.iter_mut().zip(&stream) {
            *octet ^= with;
        }
    }
    Some(octets)
}
