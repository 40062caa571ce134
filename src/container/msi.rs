//! Windows Installer files (.msi, .msp, .mst), which are compound files: the message is a stream of the root, and perhaps another one has a
//! digest of the names, lengths and times of all others.
//!
//! Nothing about it is written down. The streams, and what the digests are over, are as osslsigncode (msi.c) and jsign (MSIFile) have them.

use std::io;

use memchr::memmem;

use super::Container;
#[cfg(feature = "digest")]
use super::LocateError;
use super::certificates::push;
use super::compound::Compound;
#[cfg(feature = "digest")]
use super::directory::Step;
use super::directory::{Entry, Walk, look_up};
use super::part::{PartKind, Parts};
use super::pkcs7::is_message;
use super::source::{ReadAt, read_full};
use crate::asn1::der::Cursor;
use crate::asn1::{oid, tag};
use crate::bytes::{Span, to_u64, to_usize};
#[cfg(feature = "digest")]
use crate::digest::{HashAlgorithm, Hashes};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// The stream that is the message.
const SIGNATURE: &str = "\u{5}DigitalSignature";
/// The stream that is the digest of what the others are like.
#[cfg(feature = "digest")]
const EXTENDED: &str = "\u{5}MsiDigitalSignatureEx";

/// The classes of installer files, by the first of their sixteen octets, and what all have behind it: packages, patches and transforms.
const CLASSES: [u8; 3] = [0x84, 0x86, 0x82];
const CLASS_REST: [u8; 15] = [0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];

/// Takes the message out of a compound file. One that has none, and no class of an installer file, is some other document.
///
/// Where the file is so damaged that its directory does not lead to the message, it is looked for among all entries, and in the end by
/// its first octets.
pub(super) fn unpack(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    parts: &mut Parts,
    budget: &mut Budget,
) -> io::Result<Container> {
    let mut is_installer = false;
    let mut is_damaged = true;
    if let Some(mut file) = Compound::open(source, size, budget)? {
        let has_signature = take_streams(&mut file, parts, budget)?;
        is_installer = has_signature || file.entry(Entry::ROOT).is_some_and(has_installer_class);
        is_damaged = file.is_damaged();
        if is_damaged {
            budget.fault(Error::new(ErrorKind::BrokenChain, Structure::CompoundFile, 0));
        }
    }
    if is_damaged && parts.len() == 0 {
        is_installer |= carve(source, size, parts, budget)?;
    }
    Ok(if is_installer || parts.len() > 0 { Container::Msi } else { Container::Ole })
}

fn has_installer_class(root: Entry<'_>) -> bool {
    root.class().split_first().is_some_and(|(first, rest)| CLASSES.contains(first) && rest == CLASS_REST)
}

/// Takes the streams that are messages; answers whether there are any, readable or not.
fn take_streams<S: ReadAt + ?Sized>(
    file: &mut Compound<'_, S>,
    parts: &mut Parts,
    budget: &mut Budget,
) -> io::Result<bool> {
    let is_signature = |file: &Compound<'_, S>, number: u32| {
        file.entry(number).is_some_and(|entry| entry.is_stream() && entry.is_named(SIGNATURE))
    };
    let mut walk = Walk::new(file);
    let mut found = walk.members(file, Entry::ROOT);
    found.retain(|number| is_signature(file, *number));
    let is_unlisted = found.is_empty();
    if is_unlisted {
        // Entries that no tree leads to. What lies in storages below the root is signed for itself.
        walk = Walk::new(file);
        walk.all(file);
        let is_lost = |number: &u32| !walk.has_met(*number) && is_signature(file, *number);
        found = (1..file.entry_count()).filter(is_lost).collect();
    }
    if walk.is_damaged {
        file.note_damage();
    }
    let has_signature = !found.is_empty();
    // Others of the same name must not use up what the one takes that Windows finds.
    let looked_up = look_up(file, Entry::ROOT, SIGNATURE);
    found.sort_by_key(|number| Some(*number) != looked_up);
    let mut left = budget.limits().max_table_bytes;
    for (index, number) in found.into_iter().enumerate() {
        let Some(entry) = file.entry(number) else { continue };
        let (start, length) = (entry.start(), file.stream_length(entry));
        let most = left;
        if most == 0 || index >= budget.limits().max_entries {
            budget.fault_limit(Limit::Entries, Structure::CompoundFile, 0);
            break;
        }
        let mut place = None;
        let mut message = Vec::new();
        let count = file.read_stream(start, length.min(most), &mut |at, octets| {
            place.get_or_insert(at);
            message.extend_from_slice(octets);
        })?;
        left = left.saturating_sub(count);
        let place = place.unwrap_or_default();
        if length > most {
            budget.fault_limit(Limit::TableBytes, Structure::CompoundFile, place.saturating_add(most));
        }
        let missing = length.min(most).saturating_sub(count);
        let mut is_guessed = is_unlisted;
        if missing > 0 {
            budget.fault(Error::new(ErrorKind::TableTruncated { missing }, Structure::CompoundFile, place));
            // Most programs store a stream in one piece.
            let piece = file.piece(place, length.min(most))?;
            left = left.saturating_sub(to_u64(piece.len()));
            if seems_whole(Span::new(&piece, place)) {
                message = piece;
                is_guessed = true;
            } else {
                parts.miss(missing);
            }
        }
        if is_guessed && !message.is_empty() {
            budget.fault(Error::new(ErrorKind::UnlistedSignature, Structure::CompoundFile, place));
        }
        if !message.is_empty() && !push(PartKind::Message, Span::new(&message, place), parts, budget) {
            break;
        }
    }
    Ok(has_signature)
}

/// Looks for messages by their first octets, where a sector may begin. Of a file beyond the limit on tables half as much is looked through at
/// its start and at its end. Answers whether an entry for one was met.
fn carve(source: &(impl ReadAt + ?Sized), size: u64, parts: &mut Parts, budget: &mut Budget) -> io::Result<bool> {
    /// Sectors of the mini stream begin on multiples of this, and so do all others.
    const ALIGNMENT: u64 = 64;
    let most = budget.limits().max_table_bytes;
    let half = (most / 2) & !ALIGNMENT.saturating_sub(1);
    let rest = size.saturating_sub(half) & !ALIGNMENT.saturating_sub(1);
    let name: Vec<u8> = SIGNATURE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut has_entry = false;
    let pieces = if size > most { [(0, half), (rest, half)] } else { [(0, size), (size, 0)] };
    for (start, length) in pieces.into_iter().filter(|(_, length)| *length > 0) {
        let mut buffer = vec![0; to_usize(length)];
        let piece = Span::new(read_full(source, start, &mut buffer)?, start);
        has_entry |= memmem::find(piece.as_bytes(), &name).is_some();
        let mut from = 0;
        let finder = memmem::Finder::new(oid::SIGNED_DATA.as_bytes());
        while let Some(at) = finder.find(piece.skip(from).as_bytes()) {
            let at = from.saturating_add(at);
            from = at.saturating_add(1);
            // The longest tag and length that a message here can have, and those of the identifier.
            let before = (4..=12).filter_map(|header| at.checked_sub(header));
            let start = before.filter(|start| to_u64(*start).checked_rem(ALIGNMENT) == Some(0)).find(|start| {
                let message = piece.skip(*start);
                is_message(message.as_bytes()) && is_about_installer(message)
            });
            let Some(start) = start else { continue };
            let message = piece.skip(start);
            // One that is cut is read as far as it is there.
            let whole = Cursor::new(message, Structure::ContentInfo).peek(&mut budget.for_search());
            let message = message.truncate(whole.map_or(message.len(), |whole| whole.raw.len()));
            from = start.saturating_add(message.len());
            budget.fault(Error::new(ErrorKind::UnlistedSignature, Structure::CompoundFile, message.offset()));
            if !push(PartKind::Message, message, parts, budget) {
                return Ok(has_entry);
            }
        }
    }
    if has_entry && parts.len() == 0 {
        // How many is not known.
        parts.miss(1);
    }
    if size > most {
        budget.fault_limit(Limit::TableBytes, Structure::CompoundFile, half);
    }
    Ok(has_entry)
}

/// Whether the octets are a whole SignedData, down to its parts.
fn seems_whole(octets: Span<'_>) -> bool {
    let structure = Structure::SignedData;
    let budget = &mut Budget::default();
    let mut outer = Cursor::new(octets, structure);
    let Ok(message) = outer.expect(tag::SEQUENCE, budget) else { return false };
    let mut members = message.members(structure);
    if members.expect(tag::OID, budget).is_err() {
        return false;
    }
    let Ok(content) = members.expect(tag::CONSTRUCTED_0, budget) else { return false };
    let Ok(signed_data) = content.members(structure).expect(tag::SEQUENCE, budget) else { return false };
    let mut parts = signed_data.members(structure);
    let mut last = None;
    loop {
        match parts.next(budget) {
            Ok(Some(part)) => last = Some(part.tag),
            Ok(None) => return last == Some(tag::SET),
            Err(_) => return false,
        }
    }
}

/// Whether a message is about an installer file, as its indirect data says near its start: those of programs in the file are not.
fn is_about_installer(message: Span<'_>) -> bool {
    /// Octets before it in a message with one digest algorithm: about 60.
    const NEAR: usize = 256;
    memmem::find(message.truncate(NEAR).as_bytes(), oid::SPC_SIP_INFO.as_bytes()).is_some()
}

/// Feeds what the digest of an installer file is over: the streams in the order of their names, each storage's class behind what is in it.
/// Where the file has an extended signature, the digest of what all streams and storages are like comes first, as it is computed from
/// them: if it is another one than the file says, the whole is.
///
/// # Errors
/// When the source cannot be read; `BadHeader` when it is no compound file, or its streams lie over each other so much that more than
/// twice the file would be hashed.
#[cfg(feature = "digest")]
pub(crate) fn hashed(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    take: &mut dyn FnMut(&[u8]),
) -> Result<(), LocateError> {
    let bad_header = Error::new(ErrorKind::BadHeader, Structure::CompoundFile, 0);
    let mut file = Compound::open(source, size, &mut Budget::default())?.ok_or(bad_header)?;
    let mut members = Walk::new(&file).members(&file, Entry::ROOT);
    let is =
        |number: u32, name: &str| file.entry(number).is_some_and(|entry| entry.is_stream() && entry.is_named(name));
    members.retain(|number| is(*number, SIGNATURE) || is(*number, EXTENDED));
    let extended = members.iter().copied().find(|number| is(*number, EXTENDED));
    let mut steps = Walk::new(&file).all(&file);
    steps.retain(|step| !matches!(step, Step::Stream(number) if members.contains(number)));
    if let Some(stored) = extended {
        take(&extended_digest(&mut file, stored, &steps)?);
    }
    let mut left = size.saturating_mul(2);
    for step in steps {
        match step {
            Step::Storage(_) => {}
            Step::End(storage) => take(file.entry(storage).map(Entry::class).unwrap_or_default()),
            Step::Stream(number) => {
                let Some(entry) = file.entry(number) else { continue };
                let (start, length) = (entry.start(), file.stream_length(entry));
                let count = file.read_stream(start, length, &mut |_, octets| take(octets))?;
                left = left.checked_sub(count).ok_or(bad_header)?;
            }
        }
    }
    Ok(())
}

/// The digest of what the streams and storages are like, in the algorithm of the stored one. That one itself, where no algorithm has
/// digests of its length.
#[cfg(feature = "digest")]
fn extended_digest<S: ReadAt + ?Sized>(file: &mut Compound<'_, S>, stored: u32, steps: &[Step]) -> io::Result<Vec<u8>> {
    /// Octets of the longest digest, and one more.
    const MOST: u64 = 65;
    let Some(entry) = file.entry(stored) else { return Ok(Vec::new()) };
    let (start, length) = (entry.start(), file.stream_length(entry).min(MOST));
    let mut digest = Vec::new();
    file.read_stream(start, length, &mut |_, octets| digest.extend_from_slice(octets))?;
    let of_length = |algorithm: &&HashAlgorithm| algorithm.digest(&[]).len() == digest.len();
    let Some(&algorithm) = HashAlgorithm::ALL.iter().find(of_length) else { return Ok(digest) };
    let mut hashes = Hashes::new(&[algorithm]);
    for step in steps {
        let (Step::Stream(number) | Step::Storage(number)) = *step else { continue };
        let Some(entry) = file.entry(number) else { continue };
        let (state, times) = entry.state_and_times();
        // The root has no name that counts, and no times.
        let (name, times) = if number == Entry::ROOT { (&[][..], &[][..]) } else { (entry.name(), times) };
        let own = if entry.is_stream() { entry.size_octets() } else { entry.class() };
        for part in [name, own, state, times] {
            hashes.update(part);
        }
    }
    Ok(hashes.finish().next().map(|(_, digest)| digest).unwrap_or_default())
}
