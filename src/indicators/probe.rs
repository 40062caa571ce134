//! Where a candidate looks in a table: the keys that its own values lead to.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::indicators::candidate::Candidate;
use crate::indicators::evidence::Level;
use crate::indicators::filing::{PART, hash_octets, length_bit};
use crate::indicators::image::Image;
use crate::indicators::key::{Key, Space};
use crate::indicators::texts::{CandidateTexts, Spelling};

/// Asks a table under every key of a candidate.
pub(super) struct Probe<'t, F> {
    image: &'t Image,
    found: F,
    /// The keys under which something was found: a text may hold the same octets thousands of times.
    told: HashSet<Key, RandomState>,
}

impl<'t, F: FnMut(u32)> Probe<'t, F> {
    /// `found` is told every indicator that may match, perhaps more than once, and some that do not.
    pub(super) fn new(image: &'t Image, found: F) -> Self {
        Self { image, found, told: HashSet::default() }
    }

    /// Everything that may match with so much set aside.
    pub(super) fn run(&mut self, texts: &CandidateTexts<'_>, level: Level) {
        self.probe_values(texts.candidate());
        const TEXTS: u32 = Space::Text.bit()
            | Space::LowerText.bit()
            | Space::FoldedText.bit()
            | Space::Skeleton.bit()
            | Space::Part.bit()
            | Space::LowerPart.bit()
            | Space::FoldedPart.bit()
            | Space::SkeletonPart.bit();
        if self.image.header.spaces & TEXTS != 0 {
            for text in texts.all() {
                self.probe_text(text, level);
            }
        }
    }

    /// What is filed under values other than texts of names.
    fn probe_values(&mut self, candidate: &Candidate<'_>) {
        if let Some(serial) = candidate.serial {
            self.ask(Space::Serial, serial.canonical());
        }
        if self.has(Space::Hash) {
            for (of, value) in &candidate.hashes {
                self.ask(Space::Hash, &hash_octets(*of, value));
            }
        }
        if let Some(modulus) = &candidate.rsa_modulus {
            self.ask(Space::Modulus, modulus);
        }
        for usage in &candidate.usages {
            self.ask(Space::Usage, usage.as_bytes());
            if self.has(Space::UsageAbove) {
                Key::of_prefixes(Space::UsageAbove, usage.as_bytes()).for_each(|key| self.ask_key(key));
            }
        }
        self.ask(Space::Everything, &[]);
    }

    fn probe_text(&mut self, text: &Spelling<'_>, level: Level) {
        self.ask(Space::Text, text.as_str().as_bytes());
        self.ask_parts(Space::Part, text.as_str());
        if self.has(Space::LowerText) || self.has(Space::LowerPart) {
            self.ask(Space::LowerText, text.lower().as_bytes());
            self.ask_parts(Space::LowerPart, text.lower());
        }
        self.probe_similar(text, level);
    }

    #[cfg(feature = "fold")]
    fn probe_similar(&mut self, text: &Spelling<'_>, level: Level) {
        if level >= Level::Folded {
            self.ask(Space::FoldedText, text.organization().as_bytes());
            self.ask_parts(Space::FoldedPart, text.folded());
        }
        if level >= Level::Skeleton {
            self.ask(Space::Skeleton, text.skeleton().as_bytes());
            self.ask_parts(Space::SkeletonPart, text.skeleton());
        }
    }

    #[cfg(not(feature = "fold"))]
    fn probe_similar(&mut self, _: &Spelling<'_>, _: Level) {}

    /// Every run of octets of every length by which a part is filed.
    fn ask_parts(&mut self, space: Space, text: &str) {
        if !self.has(space) {
            return;
        }
        let lengths = self.image.header.part_lengths;
        for length in 1..=PART {
            if lengths & length_bit(length) != 0 {
                for octets in text.as_bytes().windows(length) {
                    self.ask(space, octets);
                }
            }
        }
    }

    const fn has(&self, space: Space) -> bool {
        self.image.header.spaces & space.bit() != 0
    }

    fn ask(&mut self, space: Space, octets: &[u8]) {
        if self.has(space) {
            self.ask_key(Key::new(space, octets));
        }
    }

    fn ask_key(&mut self, key: Key) {
        let mut rows = self.image.rows(key).peekable();
        if rows.peek().is_some() && self.told.insert(key) {
            rows.for_each(&mut self.found);
        }
    }
}
