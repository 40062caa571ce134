//! DSA (FIPS 186-4; RFC 3279, 2.2.2).

use dsa::signature::hazmat::PrehashVerifier;
use dsa::{BigUint, Components, Signature, VerifyingKey};

use super::{Message, Verdict, signature_numbers};
use crate::bytes::to_u64;
use crate::digest::HashAlgorithm;
use crate::verify::work::Work;
use crate::x509::public_key::KeyInfo;

/// Octets of the largest p and q that are used: FIPS 186-4, 4.2 ends at 3,072 and 256 bits.
const MOST_P_OCTETS: usize = 512;
const MOST_Q_OCTETS: usize = 64;
/// Octets of the smallest ones: FIPS 186 began with 512 and 160 bits.
const LEAST_P_OCTETS: usize = 64;
const LEAST_Q_OCTETS: usize = 20;
/// Cost of an exponentiation under the smallest key in use, 1,024 and 160 bits, beside a verification under an RSA key of 2,048 bits:
/// measured.
const UNIT_COST: u64 = 1;
const UNIT_P_OCTETS: usize = 128;
const UNIT_Q_OCTETS: usize = 20;
/// Exponentiations that look at a key, and those of a verification beside them.
const KEY_POWERS: u64 = 2;
const SIGNATURE_POWERS: u64 = 2;

/// Whether the key made a signature over the digest of a message. Keys that inherit their parameters from another certificate are not
/// known.
pub(super) fn judge(
    key: &KeyInfo<'_>,
    signature: &[u8],
    hash: HashAlgorithm,
    message: &mut Message<'_>,
    work: &mut Work,
) -> Verdict {
    let Some(numbers) = Numbers::read(key) else { return Verdict::Unknown };
    if !numbers.may_be_a_group() {
        return Verdict::Unknown;
    }
    let Some([r, s]) = signature_numbers(signature) else { return Verdict::NotMade };
    if r.len() > numbers.q.len() || s.len() > numbers.q.len() {
        return Verdict::NotMade;
    }
    if !work.spend(numbers.cost(KEY_POWERS.saturating_add(SIGNATURE_POWERS))) {
        return Verdict::Unpaid;
    }
    let Some(key) = numbers.key() else { return Verdict::Unknown };
    let number = BigUint::from_bytes_be;
    let Ok(signature) = Signature::from_components(number(r), number(s)) else { return Verdict::NotMade };
    let Some(digest) = message.paid_digest(hash, work) else { return Verdict::Unpaid };
    Verdict::of(key.verify_prehash(digest, &signature).is_ok())
}

/// Whether the key is one for which anybody can sign. False where no work is left to find out.
pub(super) fn has_bad_parameters(key: &KeyInfo<'_>, work: &mut Work) -> bool {
    Numbers::read(key).is_some_and(|numbers| {
        !numbers.may_be_a_group() || (work.spend(numbers.cost(KEY_POWERS)) && numbers.key().is_none())
    })
}

/// The numbers of a key, of lengths that are used.
struct Numbers<'k> {
    p: &'k [u8],
    q: &'k [u8],
    g: BigUint,
    y: BigUint,
}

impl<'k> Numbers<'k> {
    fn read(key: &KeyInfo<'k>) -> Option<Self> {
        let ([p, q, g], y) = (key.dsa_parameters()?, key.dsa_key()?);
        let is_usable = (LEAST_P_OCTETS..=MOST_P_OCTETS).contains(&p.len())
            && (LEAST_Q_OCTETS..=MOST_Q_OCTETS).contains(&q.len())
            && [g, y].iter().all(|number| number.len() <= MOST_P_OCTETS);
        is_usable.then(|| Self { p, q, g: BigUint::from_bytes_be(g), y: BigUint::from_bytes_be(y) })
    }

    /// What can be told of the numbers for nothing (FIPS 186-4, 4.1): q divides p - 1, and g and y are neither 1, whose powers are all the
    /// same, nor p and more. The first is what the squares of q lack, in which the powers of 1 + q are signatures of anything. Whether p
    /// and q are primes is not looked at: whoever issues a certificate for such a key could as well make one for a key everybody has.
    #[expect(clippy::arithmetic_side_effects, reason = "q has octets and no leading zeros: it is not 0")]
    fn may_be_a_group(&self) -> bool {
        let (p, one) = (self.prime(), BigUint::from(1_u8));
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        let is_member = |number: &BigUint| *number > one && *number < p;
        is_odd(self.p)
            && is_odd(self.q)
            && self.prime() % self.order() == one
            && is_member(&self.g)
            && is_member(&self.y)
    }

    /// The key, where g and y are of the order q. To be asked of what may be a group.
    fn key(&self) -> Option<VerifyingKey> {
        let (p, q) = (self.prime(), self.order());
        if self.g.modpow(&q, &p) != BigUint::from(1_u8) {
            return None;
        }
        let components = Components::from_components(p, q, self.g.clone()).ok()?;
        // Looks at y's order.
        VerifyingKey::from_components(components, self.y.clone()).ok()
    }

    fn prime(&self) -> BigUint {
        BigUint::from_bytes_be(self.p)
    }

    fn order(&self) -> BigUint {
        BigUint::from_bytes_be(self.q)
    }

    /// The cost of so many exponentiations grows with the square of p's length, and with that of q.
    fn cost(&self, powers: u64) -> u64 {
        let p_units = to_u64(self.p.len().div_ceil(UNIT_P_OCTETS));
        let q_units = to_u64(self.q.len().div_ceil(UNIT_Q_OCTETS));
        p_units.saturating_mul(p_units).saturating_mul(q_units).saturating_mul(UNIT_COST).saturating_mul(powers)
    }
}
