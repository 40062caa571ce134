//! What the record says of certificates that were carved out of the file's bytes.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read};

use foldhash::fast::RandomState;

use super::build::fault_record;
use super::build_detail::Details;
use super::build_matches::{MOST_MATCHES, match_record};
use super::certificate_cache::CertificateCache;
use super::certificate_record::{CertificateRecord, SharedFacts, work_out};
use super::certificates::CertificateList;
use super::room::{self, Room};
use super::{CarvedRecord, MatchRecord, Report};
use crate::bytes::{to_u64, to_usize};
use crate::carve::{CarveLimits, CarvedCertificate, CarvedForm, carve, carve_reader};
use crate::container::source::{ReadAt, read_full};
use crate::file::{MOST_CERTIFICATE_FAULTS, SignedFile};
use crate::indicators::matches::Match;
use crate::indicators::role::Role;
use crate::indicators::table::IndicatorTable;

/// Carved certificates that one record tells of; those that match come beside. As many as signatures may hold.
const MOST_CARVED: usize = 2_048;

impl Report {
    /// Searches all bytes of the file for certificates, tells of those that its signatures do not hold at that place
    /// ([`carved`](Self::carved)), and matches them in the role [`Role::Carved`]. `file` are its signatures, where they could be read. The
    /// status stays what it is.
    ///
    /// An indicator that matches the same certificate in a signature is not told again.
    ///
    /// ```
    /// use certsift::{CarveLimits, IndicatorTable, Input, ReadError, Report, SignedFile};
    ///
    /// let dump = [b"any bytes".as_slice(), include_bytes!("../../tests/fixtures/seed_pe32.exe")].concat();
    /// let error = SignedFile::parse(&dump).unwrap_err();
    /// let mut report = Report::from_error(Input::default(), &ReadError::File(error));
    /// report.add_carved(None, dump.as_slice(), CarveLimits::default(), &IndicatorTable::builtin())?;
    /// assert_eq!(report.matches[0].position, "carved[0]");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// What `source` answers; what was found before is in the record.
    pub fn add_carved<S: ReadAt + ?Sized>(
        &mut self,
        file: Option<&SignedFile<'_>>,
        source: &S,
        limits: CarveLimits,
        table: &IndicatorTable,
    ) -> io::Result<()> {
        let known = Known::of(file, source)?;
        let mut adding = Adding::new(self, &known, file, table);
        match source.in_memory() {
            Some(bytes) => carve(bytes, limits).for_each(|one| adding.add(&one)),
            None => {
                for one in carve_reader(FromStart { source, at: 0 }, limits) {
                    adding.add(&one?);
                }
            }
        }
        adding.finish();
        Ok(())
    }
}

/// Reads a source from its start to its end.
struct FromStart<'s, S: ?Sized> {
    source: &'s S,
    at: u64,
}

impl<S: ReadAt + ?Sized> Read for FromStart<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(to_u64(count));
        Ok(count)
    }
}

/// The certificates and signatures that were read, by where they lie.
struct Known<'a> {
    places: HashSet<(u64, &'a [u8]), RandomState>,
    /// Those whose octets do not lie in the file as they are: they were put together from parts, or unpacked. Wherever they are
    /// carved, they are these.
    apart: HashSet<&'a [u8], RandomState>,
    /// Offset and end of each signature that lies in the file as it is, and its position in the list.
    signatures: Vec<(u64, u64, usize)>,
}

impl<'a> Known<'a> {
    fn of<S: ReadAt + ?Sized>(file: Option<&SignedFile<'a>>, source: &S) -> io::Result<Self> {
        let mut known = Self { places: HashSet::default(), apart: HashSet::default(), signatures: Vec::new() };
        let Some(file) = file else { return Ok(known) };
        for certificate in file.certificates() {
            let (offset, der) = (certificate.offset(), certificate.der());
            if known.places.contains(&(offset, der)) || known.apart.contains(der) {
                continue;
            }
            if lies_at(source, offset, der)? {
                known.places.insert((offset, der));
            } else {
                known.apart.insert(der);
            }
        }
        for (index, signature) in file.signatures().iter().enumerate() {
            /// Octets that tell a message from another one.
            const HEAD: usize = 64;
            let (offset, der) = (signature.offset(), signature.der());
            if lies_at(source, offset, der.get(..HEAD).unwrap_or(der))? {
                known.signatures.push((offset, offset.saturating_add(to_u64(der.len())), index));
            }
        }
        Ok(known)
    }

    fn is_read(&self, one: &CarvedCertificate<'_>) -> bool {
        self.places.contains(&(one.offset(), one.der())) || self.apart.contains(one.der())
    }

    /// The innermost signature around something.
    fn around(&self, one: &CarvedCertificate<'_>) -> Option<usize> {
        let end = one.offset().saturating_add(one.length());
        let around = self.signatures.iter().filter(|(start, behind, _)| *start <= one.offset() && end <= *behind);
        around.min_by_key(|(start, behind, _)| behind.saturating_sub(*start)).map(|(.., index)| *index)
    }
}

/// Whether octets lie at an offset.
fn lies_at<S: ReadAt + ?Sized>(source: &S, offset: u64, octets: &[u8]) -> io::Result<bool> {
    if let Some(bytes) = source.in_memory() {
        return Ok(bytes.get(to_usize(offset)..).is_some_and(|rest| rest.starts_with(octets)));
    }
    let mut buffer = vec![0; octets.len()];
    Ok(read_full(source, offset, &mut buffer)? == octets)
}

/// Adds what is carved to a report.
struct Adding<'r> {
    report: &'r mut Report,
    known: &'r Known<'r>,
    table: &'r IndicatorTable,
    /// The places of certificates among the report's, by their octets.
    indices: HashMap<Box<[u8]>, usize, RandomState>,
    /// The matches of the signatures.
    read_matches: usize,
    carved: Vec<CarvedRecord>,
    room: Room,
    is_left_out: bool,
}

impl<'r> Adding<'r> {
    fn new(
        report: &'r mut Report,
        known: &'r Known<'r>,
        file: Option<&SignedFile<'_>>,
        table: &'r IndicatorTable,
    ) -> Self {
        let by_offset: HashMap<u64, usize> = report.certificates.iter().map(|one| (one.offset, one.index)).collect();
        let read = file.into_iter().flat_map(SignedFile::certificates);
        let indices = read.filter_map(|one| Some((one.der().into(), *by_offset.get(&one.offset())?))).collect();
        let read_matches = report.matches.len();
        let (carved, room) = (Vec::new(), Room::new());
        Self { report, known, table, indices, read_matches, carved, room, is_left_out: false }
    }

    fn add(&mut self, one: &CarvedCertificate<'_>) {
        if self.known.is_read(one) {
            return;
        }
        let index = self.indices.get(one.der()).copied();
        let is_told = index.and_then(|index| self.report.certificates.get(index));
        let is_new = is_told.is_none_or(|record| record.roles.iter().all(|role| role != Role::Carved.as_str()));
        // The same certificate is asked about once.
        let matches = if is_new { self.matches(one, index) } else { Vec::new() };
        if self.carved.len() >= MOST_CARVED && matches.is_empty() {
            self.is_left_out = true;
            return;
        }
        let index = index.unwrap_or_else(|| self.list(one));
        if let Some(record) = self.report.certificates.get_mut(index).filter(|_| is_new) {
            record.roles.push(Role::Carved.as_str().to_owned());
        }
        let position = format!("carved[{}]", self.carved.len());
        self.carved.push(CarvedRecord {
            certificate: index,
            offset: one.offset(),
            length: one.length(),
            form: one.form().as_str().to_owned(),
            signature: self.known.around(one),
        });
        let texts = &self.room.texts;
        self.report.matches.extend(matches.iter().map(|found| MatchRecord {
            certificate: Some(index),
            role: Role::Carved.as_str().to_owned(),
            position: position.clone(),
            ..match_record(found, texts)
        }));
    }

    /// What matches and is not told of the same certificate in a signature.
    fn matches(&self, one: &CarvedCertificate<'_>, index: Option<usize>) -> Vec<Match> {
        let needs = self.table.needs();
        if !needs.roles().contains(Role::Carved) {
            return Vec::new();
        }
        let mut found = self.table.all_matches(&one.candidate(needs));
        let told = self.report.matches.get(..self.read_matches).unwrap_or_default();
        let told = told.iter().filter(|told| told.certificate.is_some() && told.certificate == index);
        let told: Vec<&str> = told.map(|told| told.indicator.id.as_str()).collect();
        found.retain(|found| !told.contains(&&*found.indicator.metadata.id));
        found.truncate(MOST_MATCHES.saturating_sub(self.report.matches.len()));
        found
    }

    /// Puts a certificate into the report's list; its place there.
    fn list(&mut self, one: &CarvedCertificate<'_>) -> usize {
        let certificate = one.certificate();
        let index = self.report.certificates.len();
        let (facts, _) = work_out(certificate, &self.room.texts);
        let (roles, facts) = (Vec::new(), SharedFacts::new(facts));
        self.report.certificates.push(CertificateRecord { index, roles, offset: one.offset(), facts });
        self.indices.insert(one.der().into(), index);
        if let Some(detail) = &mut self.report.detail {
            let mut cache = CertificateCache::default();
            let list = CertificateList::new(&mut cache, &[], &self.room);
            let details = Details { certificates: &list, room: &self.room, budget: RefCell::default() };
            detail.certificates.push(details.certificate(certificate));
        }
        // Inside a PEM block nothing has an offset in the file.
        if one.form() == CarvedForm::Der {
            let room = MOST_CERTIFICATE_FAULTS.saturating_sub(self.report.faults.len());
            self.report.faults.extend(certificate.faults().iter().take(room).map(fault_record));
        }
        index
    }

    fn finish(self) {
        let more = self.is_left_out.then(|| room::left_out("carved certificates", self.carved.len()));
        let matches = (self.report.matches.len() >= MOST_MATCHES).then(|| room::left_out("matches", MOST_MATCHES));
        for fault in more.into_iter().chain(matches).chain(self.room.left_out()) {
            if !self.report.faults.contains(&fault) {
                self.report.faults.push(fault);
            }
        }
        self.report.carved = Some(self.carved);
    }
}
