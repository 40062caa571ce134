//! Packages that are zip archives: app packages of Windows, Open Packaging (Office, Visual Studio, NuGet), Java, Silverlight.

use super::certificates::push;
use super::inflate::Ending;
use super::part::{PartKind, Parts};
use super::pkcs7::is_message;
use super::source::ReadAt;
use super::xml_signature::{self, Place};
use super::zip::{Directory, Entries, Entry, Member, local_entries};
use super::{Container, LocateError, UNRECOGNIZED, xap};
use crate::bytes::{Span, to_u64};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// What a member holds that tells who signed its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// The signature of an app package: a message behind four octets.
    AppSignature,
    Message,
    Certificate,
    XmlSignature,
}

/// The signature of an app package.
#[cfg(feature = "digest")]
pub(crate) const APP_SIGNATURE: &[u8] = b"AppxSignature.p7x";
/// What stands before its message.
const APP_SIGNATURE_MAGIC: &[u8] = b"PKCX";

fn holds(name: &[u8]) -> Option<Holds> {
    // Names of parts are compared without case (ECMA-376-2, 6.3.5), and so are those of META-INF.
    let name = name.to_ascii_lowercase();
    let in_folder = |folder: &[u8]| name.strip_prefix(folder).filter(|rest| !rest.contains(&b'/'));
    let ends_in = |list: &[&[u8]]| list.iter().any(|extension| name.ends_with(extension));
    match name.as_slice() {
        b"appxsignature.p7x" => Some(Holds::AppSignature),
        // NuGet.
        b".signature.p7s" => Some(Holds::Message),
        _ if in_folder(b"meta-inf/").is_some() && ends_in(&[b".rsa", b".dsa", b".ec"]) => Some(Holds::Message),
        _ if name.starts_with(b"package/services/digital-signature/") => {
            let extensions = [(b".cer".as_slice(), Holds::Certificate), (b".psdsxs", Holds::XmlSignature)];
            extensions.into_iter().find(|(extension, _)| name.ends_with(extension)).map(|(_, holds)| holds)
        }
        // Office.
        _ if in_folder(b"_xmlsignatures/").is_some() && ends_in(&[b".xml"]) => Some(Holds::XmlSignature),
        _ => None,
    }
}

/// The format that a member of this name is a sign of; of several signs the first in the order of the formats counts.
fn sign(name: &[u8]) -> Option<Sign> {
    let name = name.to_ascii_lowercase();
    Some(match name.as_slice() {
        b"appxsignature.p7x" | b"appxmanifest.xml" | b"appxblockmap.xml" => Sign::App,
        b"appxmetadata/appxbundlemanifest.xml" => Sign::App,
        b"appmanifest.xaml" => Sign::Silverlight,
        b"[content_types].xml" | b".signature.p7s" => Sign::Open,
        b"meta-inf/manifest.mf" => Sign::Java,
        _ => match holds(&name)? {
            Holds::Message => Sign::Java,
            _ => Sign::Open,
        },
    })
}

/// What a package is, the surest first: app packages are Open Packaging too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    App,
    Silverlight,
    Open,
    Java,
}

/// The members that are read of an archive, and what tells its format.
#[derive(Debug, Default)]
struct Found {
    sign: Option<Sign>,
    members: Vec<(Entry, Holds)>,
    /// File offset of the first that is more than the limit allows.
    beyond: Option<u64>,
}

impl Found {
    fn take(&mut self, entry: Entry, most: usize) {
        let sign = sign(&entry.name);
        self.sign = [self.sign, sign].into_iter().flatten().min();
        let Some(holds) = holds(&entry.name) else { return };
        if self.members.len() < most {
            self.members.push((entry, holds));
        } else {
            self.beyond.get_or_insert(entry.offset);
        }
    }
}

/// Takes the signatures and certificates of a package.
pub(super) fn unpack(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    parts: &mut Parts,
    budget: &mut Budget,
) -> Result<Container, LocateError> {
    let signatures = xap::find(source, size)?;
    let archive_size = signatures.map_or(size, |signatures| signatures.start);
    let found = list(source, archive_size, budget)?;
    let sign = found.sign;
    read_members(found, source, archive_size, parts, budget)?;
    if let Some(signatures) = signatures {
        xap::unpack(source, signatures, parts, budget)?;
        return Ok(Container::Xap);
    }
    Ok(match sign {
        Some(Sign::App) => Container::Msix,
        Some(Sign::Silverlight) => Container::Xap,
        Some(Sign::Open) => Container::Opc,
        Some(Sign::Java) => Container::Jar,
        None => Container::Zip,
    })
}

/// Takes the signatures of a package that a file ends in which is something else to those who read it from its start. `false` where there is none.
pub(super) fn unpack_behind(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    parts: &mut Parts,
    budget: &mut Budget,
) -> Result<bool, LocateError> {
    let Some(directory) = Directory::find(source, size)? else { return Ok(false) };
    let most = budget.limits().max_entries;
    let mut found = Found::default();
    let mut entries = Entries::new(source, directory);
    while let Some(entry) = entries.next()? {
        found.take(entry, most);
    }
    if found.members.is_empty() {
        return Ok(false);
    }
    budget.fault(Error::new(ErrorKind::Polyglot, Structure::ZipDirectory, directory.start));
    read_members(found, source, size, parts, budget)?;
    Ok(true)
}

/// Takes what the members hold.
fn read_members(
    mut found: Found,
    source: &(impl ReadAt + ?Sized),
    size: u64,
    parts: &mut Parts,
    budget: &mut Budget,
) -> Result<(), LocateError> {
    // What is inflated may use up the limit: the signature that Windows reads comes first, then what is least likely to.
    found.members.sort_by_key(|(entry, holds)| (*holds != Holds::AppSignature, entry.compressed));
    if let Some(offset) = found.beyond {
        budget.fault_limit(Limit::Entries, Structure::ZipDirectory, offset);
    }
    let mut reader = Reader { source, size, left: budget.limits().max_table_bytes };
    let mut read = Vec::new();
    for (entry, holds) in &found.members {
        match reader.read(entry, budget)? {
            Some(contents) => read.push((contents, *holds)),
            None => parts.miss(1),
        }
    }
    read.sort_by_key(|(contents, _)| contents.data);
    let mut end = 0;
    for (contents, holds) in read {
        if contents.data < end {
            budget.fault(Error::new(ErrorKind::BadMember, Structure::ZipMember, contents.data));
        }
        end = contents.end;
        take(holds, Span::new(&contents.octets, contents.data), parts, budget);
    }
    Ok(())
}

/// The members to read, by the directory or, where there is none, by what can be found without.
fn list(source: &(impl ReadAt + ?Sized), size: u64, budget: &mut Budget) -> Result<Found, LocateError> {
    let most = budget.limits().max_entries;
    let mut found = Found::default();
    if let Some(directory) = Directory::find(source, size)? {
        let mut entries = Entries::new(source, directory);
        let mut count = 0_u64;
        while let Some(entry) = entries.next()? {
            count = count.saturating_add(1);
            found.take(entry, most);
        }
        // Old writers count modulo 2^16.
        let is_count =
            count == directory.count || (directory.zip64_record.is_none() && count & 0xffff == directory.count);
        if !is_count || entries.position() != directory.start.saturating_add(directory.length) {
            budget.fault(Error::new(ErrorKind::BadDirectory, Structure::ZipDirectory, entries.position()));
        }
        return Ok(found);
    }
    let half = budget.limits().max_text_bytes / 2;
    local_entries(source, size, half, |entry| found.take(entry, most))?;
    let missing = Error::new(ErrorKind::DirectoryMissing, Structure::ZipDirectory, size);
    match found.sign {
        None => Err(UNRECOGNIZED.into()),
        Some(_) if found.members.is_empty() => Err(missing.into()),
        Some(_) => {
            budget.fault(missing);
            if size > budget.limits().max_text_bytes {
                budget.fault_limit(Limit::TextBytes, Structure::File, half);
            }
            Ok(found)
        }
    }
}

/// Reads members, all of them within one limit.
struct Reader<'s, S: ?Sized> {
    source: &'s S,
    size: u64,
    /// Bytes that may still be read or inflated.
    left: u64,
}

/// What a member holds, and where it is stored.
struct Read {
    octets: Vec<u8>,
    data: u64,
    end: u64,
}

impl<S: ReadAt + ?Sized> Reader<'_, S> {
    /// What a member holds, as far as it can be told; `None` where nothing can.
    fn read(&mut self, entry: &Entry, budget: &mut Budget) -> Result<Option<Read>, LocateError> {
        let bad = Error::new(ErrorKind::BadMember, Structure::ZipMember, entry.offset);
        let Some(member) = Member::find(self.source, self.size, entry)? else {
            budget.fault(bad);
            return Ok(None);
        };
        let contents = member.read(self.source, self.left)?;
        let stored = member.end.saturating_sub(member.data);
        self.left = self.left.saturating_sub(stored.max(to_u64(contents.octets.len())));
        if !member.is_sound || contents.ending == Ending::Damage {
            budget.fault(bad);
        }
        if contents.ending == Ending::Limit {
            budget.fault_limit(Limit::TableBytes, Structure::ZipMember, entry.offset);
        }
        if contents.octets.is_empty() {
            return Ok(None);
        }
        Ok(Some(Read { octets: contents.octets, data: member.data, end: member.end }))
    }
}

fn take(holds: Holds, contents: Span<'_>, parts: &mut Parts, budget: &mut Budget) {
    match holds {
        Holds::AppSignature => {
            let magic = APP_SIGNATURE_MAGIC.len();
            let has_magic = contents.as_bytes().starts_with(APP_SIGNATURE_MAGIC);
            if !has_magic {
                budget.fault(Error::new(ErrorKind::BadHeader, Structure::ZipMember, contents.offset()));
            }
            let message = if has_magic { contents.skip(magic) } else { contents };
            if has_magic || is_message(message.as_bytes()) {
                push(PartKind::Message, message, parts, budget);
            }
        }
        Holds::Message => {
            push(PartKind::Message, contents, parts, budget);
        }
        Holds::Certificate => {
            push(PartKind::KeyInfo { is_first: false }, contents, parts, budget);
        }
        Holds::XmlSignature => {
            let place = Place { offset: contents.offset(), width: 0 };
            xml_signature::unpack(contents.as_bytes(), place, parts, budget);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_read() {
        let cases: &[(&str, Option<Holds>, Option<Sign>)] = &[
            ("AppxSignature.p7x", Some(Holds::AppSignature), Some(Sign::App)),
            ("a/AppxSignature.p7x", None, None),
            ("AppxMetadata/AppxBundleManifest.xml", None, Some(Sign::App)),
            ("META-INF/A.RSA", Some(Holds::Message), Some(Sign::Java)),
            ("meta-inf/a.ec", Some(Holds::Message), Some(Sign::Java)),
            ("META-INF/a/b.RSA", None, None),
            ("META-INF/MANIFEST.MF", None, Some(Sign::Java)),
            (".signature.p7s", Some(Holds::Message), Some(Sign::Open)),
            ("[Content_Types].xml", None, Some(Sign::Open)),
            ("package/services/digital-signature/certificate/a.cer", Some(Holds::Certificate), Some(Sign::Open)),
            ("package/services/digital-signature/xml-signature/a.psdsxs", Some(Holds::XmlSignature), Some(Sign::Open)),
            ("_xmlsignatures/sig1.xml", Some(Holds::XmlSignature), Some(Sign::Open)),
            ("_xmlsignatures/_rels/origin.sigs.rels", None, None),
            ("AppManifest.xaml", None, Some(Sign::Silverlight)),
            ("a.txt", None, None),
        ];
        for (name, expected_holds, expected_sign) in cases {
            assert_eq!((holds(name.as_bytes()), sign(name.as_bytes())), (*expected_holds, *expected_sign), "{name}");
        }
    }
}
