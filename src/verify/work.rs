//! [`Work`]: what verifying one file may cost.

use crate::bytes::to_u64;

/// Public-key operations that are left, counted in verifications under an RSA key of 2,048 bits, each about a third of a millisecond.
/// Other things that a file can make many of are paid for in the same coin.
#[derive(Debug)]
pub(super) struct Work {
    left: u64,
    /// Whether something was not done because it would have cost more than was left.
    is_cut: bool,
}

/// Octets that are hashed in the time of one unit, roughly.
const OCTETS_A_UNIT: u64 = 256 << 10;
/// Octets that are read part by part in the time of one unit, roughly.
const READ_OCTETS_A_UNIT: u64 = 4 << 10;
/// Certificates that are looked at in the time of one unit, roughly.
const CERTIFICATES_A_UNIT: u64 = 256;
/// Facts about certificates that are kept for one unit: what is told of a file is paid for, too.
const FACTS_A_UNIT: u64 = 32;

impl Work {
    pub(super) const fn new(left: u64) -> Self {
        Self { left, is_cut: false }
    }

    /// Pays for an operation; false when not so much is left.
    pub(super) const fn spend(&mut self, cost: u64) -> bool {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.is_cut = true;
                false
            }
        }
    }

    /// Pays for hashing so many octets.
    pub(super) fn spend_hashing(&mut self, octets: usize) -> bool {
        self.spend(to_u64(octets).div_euclid(OCTETS_A_UNIT))
    }

    /// Pays for reading so many octets of certificates and attributes, part by part.
    pub(super) fn spend_reading(&mut self, octets: usize) -> bool {
        self.spend(to_u64(octets).div_euclid(READ_OCTETS_A_UNIT))
    }

    /// Pays for looking at so many certificates.
    pub(super) fn spend_looking(&mut self, certificates: usize) -> bool {
        self.spend(to_u64(certificates).div_euclid(CERTIFICATES_A_UNIT))
    }

    /// Pays for keeping so many facts.
    pub(super) fn spend_keeping(&mut self, facts: usize) -> bool {
        self.spend(to_u64(facts).div_euclid(FACTS_A_UNIT))
    }

    /// Does something that may use so many of so many equal parts of what is left.
    pub(super) fn part<T>(&mut self, (parts, of): (u64, u64), run: impl FnOnce(&mut Self) -> T) -> T {
        let granted = self.left.saturating_mul(parts).div_ceil(of.max(1)).min(self.left);
        let mut part = Self::new(granted);
        let answer = run(&mut part);
        self.left = self.left.saturating_sub(granted.saturating_sub(part.left));
        self.is_cut |= part.is_cut;
        answer
    }

    /// Does something with each of the items, so that none uses what another one needs: each may use an equal part of what is left for it
    /// and those behind it. Then those for which that was not enough share what the others left over.
    pub(super) fn each<T, U>(&mut self, items: &[T], mut run: impl FnMut(usize, &T, &mut Self) -> U) -> Vec<U> {
        let was_cut = self.take_cut();
        let mut answers = Vec::with_capacity(items.len());
        let mut cut: Vec<usize> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let behind = to_u64(items.len().saturating_sub(index));
            answers.push(self.part((1, behind), |work| run(index, item, work)));
            if self.take_cut() {
                cut.push(index);
            }
        }
        let count = cut.len();
        let mut is_cut = false;
        for (number, index) in cut.into_iter().enumerate() {
            let behind = to_u64(count.saturating_sub(number));
            let item = items.get(index);
            let more = item.filter(|_| self.left > 0).map(|item| self.part((1, behind), |work| run(index, item, work)));
            match (answers.get_mut(index), more) {
                (Some(answer), Some(more)) => {
                    *answer = more;
                    is_cut |= self.take_cut();
                }
                _ => is_cut = true,
            }
        }
        self.is_cut = was_cut || is_cut;
        answers
    }

    /// Whether something was not done for want of work; forgotten by the asking.
    pub(super) const fn take_cut(&mut self) -> bool {
        std::mem::replace(&mut self.is_cut, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_takes_no_more_than_its_own() {
        let mut work = Work::new(1_000);
        assert!(!work.part((1, 2), |part| part.spend(501)));
        assert!(work.take_cut() && !work.take_cut());
        assert!(work.part((1, 2), |part| part.spend(400)));
        assert_eq!(work.left, 600, "what a part did not use is still there");
        assert!(work.spend(600) && !work.spend(1));
        assert!(!work.part((1, 0), |part| part.spend(1)));
    }

    #[test]
    fn the_greedy_leave_the_others_their_parts() {
        let mut work = Work::new(100);
        let taken = work.each(&[1_000, 5, 1_000, 1_000], |_, wanted, part| {
            let taken = part.left.min(*wanted);
            assert!(part.spend(taken));
            taken
        });
        assert_eq!(taken, [25, 5, 35, 35]);
    }

    #[test]
    fn who_needs_more_shares_what_the_others_leave() {
        let mut work = Work::new(100);
        let done = work.each(&[1, 80, 1, 1], |_, needed, part| part.spend(*needed));
        assert_eq!(done, [true; 4]);
        assert!(!work.take_cut(), "all is done in the end");
        let mut work = Work::new(100);
        let done = work.each(&[1, 80, 80, 1], |_, needed, part| part.spend(*needed));
        assert_eq!(done, [true, false, true, true], "the last of them gets all that is left");
        assert!(work.take_cut());
    }
}
