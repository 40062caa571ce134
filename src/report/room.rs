//! How much one record holds. A file can be made so that what is read of it, written out, is many times its own size; a record holds far
//! more than any real file needs, and says where it does not hold all there is. Matching is not bounded by any of this: it sees the
//! certificates themselves.

use std::cell::Cell;
use std::fmt::{self, Display, Write};

use super::FaultRecord;
use crate::asn1::oid::Oid;
use crate::bytes::hex_text;

/// Bytes of one text. X.520 (upper bounds, annex C) allows 64 characters for an organization; the longest name in the corpus, all its
/// attributes together, has 158 bytes.
const MOST_TEXT: usize = 1_024;
/// Octets that are written in hex. The longest signatures in use have 4,627 (ML-DSA-87, FIPS 204, table 2).
const MOST_OCTETS: usize = 8_192;
/// Values of one list of names: attributes of a name, purposes, policies, algorithms. Real lists hold up to seven.
const MOST_VALUES_IN_LIST: usize = 32;

/// Lists of which a record holds so many elements, all such lists of the file together.
#[derive(Debug)]
pub(super) struct Room {
    /// Twice what one SignedData may hold ([`max_certificates`](crate::Limits::max_certificates)). Signers, and what matches, come beside.
    pub(super) certificates: Allowance,
    /// SignerInfos beside the first of each signature. Authenticode allows none.
    pub(super) signers: Allowance,
    /// Certificates that fit a SignerInfo, beside the first. Real files have none.
    pub(super) candidates: Allowance,
    /// Real files hold up to five.
    pub(super) timestamps: Allowance,
    /// A file of 512 signatures in the corpus holds 2,818.
    pub(super) attributes: Allowance,
    /// The same file holds 3,075.
    pub(super) attribute_values: Allowance,
    /// Pages of 4 KiB: those of a file of 128 MiB by two algorithms.
    pub(super) pages: Allowance,
    /// The largest catalogs of an operating system list some thirty thousand files.
    pub(super) members: Allowance,
    /// Revocation lists, members of certificate sets that are no certificates, tables of page hashes. Real files hold up to two.
    pub(super) parts: Allowance,
    /// Eight for each certificate that the record holds; the certificates of one real file have up to 70 together.
    pub(super) extensions: Allowance,
    /// Certificates of verified paths, and what is weak about them. A real signature and its stamps have up to twelve.
    pub(super) path_links: Allowance,
    pub(super) texts: Texts,
}

impl Room {
    pub(super) const fn new() -> Self {
        Self {
            certificates: Allowance::new("certificates", 2_048),
            signers: Allowance::new("further SignerInfos", 1_024),
            candidates: Allowance::new("further certificates that fit a signer", 1_024),
            timestamps: Allowance::new("timestamps", 1_024),
            attributes: Allowance::new("attributes", 8_192),
            attribute_values: Allowance::new("values of attributes", 8_192),
            pages: Allowance::new("page hashes", 65_536),
            members: Allowance::new("files of catalogs", 65_536),
            parts: Allowance::new("revocation lists and other parts", 1_024),
            extensions: Allowance::new("extensions", 16_384),
            path_links: Allowance::new("certificates of paths and their weaknesses", 8_192),
            texts: Texts::new(),
        }
    }

    /// What a record says when it does not hold all there is.
    pub(super) fn left_out(&self) -> Vec<FaultRecord> {
        let lists = [
            &self.certificates,
            &self.signers,
            &self.candidates,
            &self.timestamps,
            &self.attributes,
            &self.attribute_values,
            &self.pages,
            &self.members,
            &self.parts,
            &self.extensions,
            &self.path_links,
        ];
        let lists = lists.into_iter().filter(|list| list.is_exceeded.get()).map(|list| left_out(list.what, list.most));
        lists.chain(self.texts.left_out()).collect()
    }
}

/// A record does not hold all of something.
pub(super) fn left_out(what: &str, most: usize) -> FaultRecord {
    FaultRecord {
        code: "limit-reached".to_owned(),
        structure: "file".to_owned(),
        offset: 0,
        detail: format!("the limit on {what} was reached: {most} are told, there may be more"),
    }
}

/// How many elements of one kind there is room for.
#[derive(Debug)]
pub(super) struct Allowance {
    what: &'static str,
    most: usize,
    taken: Cell<usize>,
    is_exceeded: Cell<bool>,
}

impl Allowance {
    const fn new(what: &'static str, most: usize) -> Self {
        Self { what, most, taken: Cell::new(0), is_exceeded: Cell::new(false) }
    }

    /// Takes room for one; false when there is none left.
    pub(super) fn take(&self) -> bool {
        let is_free = self.taken.get() < self.most;
        if is_free {
            self.taken.set(self.taken.get().saturating_add(1));
        } else {
            self.is_exceeded.set(true);
        }
        is_free
    }

    /// As many as there is room for.
    pub(super) fn some_of<I: IntoIterator>(&self, items: I) -> impl Iterator<Item = I::Item> {
        items.into_iter().take_while(|_| self.take())
    }
}

/// Writes texts that came out of a file, and remembers whether one was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts {
    is_text_cut: Cell<bool>,
    is_hex_cut: Cell<bool>,
    is_list_cut: Cell<bool>,
}

impl Texts {
    pub(super) const fn new() -> Self {
        Self { is_text_cut: Cell::new(false), is_hex_cut: Cell::new(false), is_list_cut: Cell::new(false) }
    }

    /// A text, with `…` in place of what is too much.
    pub(super) fn text(&self, text: impl Display) -> String {
        /// Bytes of most texts.
        const USUAL: usize = 64;
        let mut bounded = Bounded { text: String::with_capacity(USUAL), left: MOST_TEXT };
        if write!(bounded, "{text}").is_err() {
            self.is_text_cut.set(true);
            bounded.text.push('…');
        }
        bounded.text
    }

    /// A text that is written already.
    pub(super) fn written(&self, text: &str) -> String {
        if text.len() <= MOST_TEXT { text.to_owned() } else { self.text(text) }
    }

    /// Octets in hex, with `…` in place of what is too much.
    pub(super) fn hex(&self, octets: impl AsRef<[u8]>) -> String {
        let octets = octets.as_ref();
        match octets.get(..MOST_OCTETS) {
            Some(first) if first.len() < octets.len() => {
                self.is_hex_cut.set(true);
                hex_text(first) + "…"
            }
            _ => hex_text(octets),
        }
    }

    /// The name of an identifier, else its dotted text; `None` when there are no octets.
    pub(super) fn name(&self, oid: Oid<'_>) -> Option<String> {
        if oid.as_bytes().is_empty() {
            return None;
        }
        Some(oid.name().map_or_else(|| self.text(oid), str::to_owned))
    }

    /// As many of a list of names as are told.
    pub(super) fn some_of<I: IntoIterator>(&self, items: I) -> impl Iterator<Item = I::Item> {
        let numbered = items.into_iter().enumerate();
        let told = numbered.take_while(|(index, _)| {
            let is_told = *index < MOST_VALUES_IN_LIST;
            self.is_list_cut.set(self.is_list_cut.get() || !is_told);
            is_told
        });
        told.map(|(_, item)| item)
    }

    /// What others cut counts as cut here.
    pub(super) fn join(&self, other: &Self) {
        self.is_text_cut.set(self.is_text_cut.get() || other.is_text_cut.get());
        self.is_hex_cut.set(self.is_hex_cut.get() || other.is_hex_cut.get());
        self.is_list_cut.set(self.is_list_cut.get() || other.is_list_cut.get());
    }

    fn left_out(&self) -> impl Iterator<Item = FaultRecord> {
        let cuts = [
            (self.is_text_cut.get(), "bytes of one text", MOST_TEXT),
            (self.is_hex_cut.get(), "octets in hex", MOST_OCTETS),
            (self.is_list_cut.get(), "names in one list", MOST_VALUES_IN_LIST),
        ];
        cuts.into_iter().filter(|(is_cut, ..)| *is_cut).map(|(_, what, most)| left_out(what, most))
    }
}

/// Takes so many bytes of text, and refuses more.
struct Bounded {
    text: String,
    left: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = text.len() <= self.left;
        // At most three bytes before: a character has four.
        let is_end = |end: &usize| text.is_char_boundary(*end);
        let taken = if fits { text.len() } else { (0..=self.left).rev().find(is_end).unwrap_or_default() };
        self.text.push_str(text.get(..taken).unwrap_or_default());
        self.left = self.left.saturating_sub(taken);
        if fits { Ok(()) } else { Err(fmt::Error) }
    }
}
