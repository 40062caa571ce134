//! The members of archives, where they are asked for: a report each, behind that of the archive.

use super::{ScanOptions, Told, report_bytes};
use crate::bytes::to_u64;
use crate::container::archive::{Archive, ArchiveLimits, Ending, Member, Opened};
use crate::container::source::ReadAt;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::indicators::table::IndicatorTable;
use crate::report::{Input, Report, Status, fault_record};

/// What is told of a file whose own report is `own`: that, and where it is an archive and they are asked for, the reports of its members.
pub(super) fn told<T>(
    own: Report,
    source: &(impl ReadAt + ?Sized),
    options: &ScanOptions,
    table: &IndicatorTable,
    render: &impl Fn(Report) -> T,
) -> Told<T> {
    let Some(limits) = options.archives.filter(|_| own.status != Status::Error) else {
        return Told::alone(render(own));
    };
    let opened = source.size().and_then(|size| Ok((Archive::open(source, size, limits.max_members)?, size)));
    match opened {
        Ok((None, _)) => Told::alone(render(own)),
        Ok((Some(opened), size)) => {
            let purse = Purse::new(limits, size);
            let (outer, inner) = (Level::new(own, opened), Vec::new());
            Walk { options, table, render, limits, purse, outer, inner, told: Vec::new() }.go(source)
        }
        Err(error) => Told::alone(render(Report::from_error(own.input, &error.into()))),
    }
}

/// What may still be unpacked.
struct Purse {
    members: usize,
    octets: u64,
    /// The same by the ratio.
    by_ratio: u64,
    member_octets: u64,
}

impl Purse {
    const fn new(limits: ArchiveLimits, size: u64) -> Self {
        Self {
            members: limits.max_members,
            octets: limits.max_total_bytes,
            by_ratio: size.saturating_mul(limits.max_ratio),
            member_octets: limits.max_member_bytes,
        }
    }

    /// Octets that the next member may have, and the limit that says so.
    fn allows(&self) -> (u64, Limit) {
        let all = [
            (self.member_octets, Limit::MemberBytes),
            (self.octets, Limit::UnpackedBytes),
            (self.by_ratio, Limit::Ratio),
        ];
        all.into_iter().min_by_key(|(octets, _)| *octets).unwrap_or((0, Limit::MemberBytes))
    }

    /// The limit that allows no further member.
    fn empty(&self) -> Option<Limit> {
        match self.allows() {
            _ if self.members == 0 => Some(Limit::Members),
            (0, limit) => Some(limit),
            _ => None,
        }
    }

    fn pay(&mut self, member: &Member) {
        self.members = self.members.saturating_sub(1);
        self.octets = self.octets.saturating_sub(member.cost);
        self.by_ratio = self.by_ratio.saturating_sub(to_u64(member.octets.len()));
    }
}

/// An archive of which members are still to be read, and its own report, to which faults may be added.
struct Level {
    archive: Archive,
    report: Report,
}

impl Level {
    fn new(mut report: Report, opened: Opened) -> Self {
        if opened.has_more {
            add_fault(&mut report, limit_reached(Limit::Members, Structure::File, 0));
        }
        Self { archive: opened.archive, report }
    }
}

/// An archive inside another one.
struct Inner {
    level: Level,
    octets: Vec<u8>,
    /// The place of its own report.
    place: usize,
}

/// Goes through an archive and those inside it, depth first, by a list of what is left to do.
struct Walk<'w, T, R> {
    options: &'w ScanOptions,
    table: &'w IndicatorTable,
    render: &'w R,
    limits: ArchiveLimits,
    purse: Purse,
    outer: Level,
    inner: Vec<Inner>,
    /// The members' reports; none yet where archives are that are still being read.
    told: Vec<Option<T>>,
}

impl<T, R: Fn(Report) -> T> Walk<'_, T, R> {
    fn go(mut self, source: &(impl ReadAt + ?Sized)) -> Told<T> {
        loop {
            let (most, limit) = self.purse.allows();
            let (level, next) = match self.inner.last_mut() {
                Some(inner) => {
                    let next = inner.level.archive.next(inner.octets.as_slice(), most);
                    (&mut inner.level, next)
                }
                None => {
                    let next = self.outer.archive.next(source, most);
                    (&mut self.outer, next)
                }
            };
            let is_done = match next {
                Ok(None) => true,
                Ok(Some(member)) => match self.purse.empty() {
                    Some(limit) => {
                        add_fault(&mut level.report, limit_reached(limit, Structure::File, member.offset));
                        true
                    }
                    None => {
                        self.take(member, limit);
                        false
                    }
                },
                Err(error) => {
                    level.report = Report::from_error(level.report.input.clone(), &error.into());
                    true
                }
            };
            if !is_done {
                continue;
            }
            let Some(Inner { level, place, .. }) = self.inner.pop() else {
                let own = (self.render)(self.outer.report);
                return Told { own, members: self.told.into_iter().flatten().collect() };
            };
            if let Some(told) = self.told.get_mut(place) {
                *told = Some((self.render)(level.report));
            }
        }
    }

    /// Reads a member's signatures, and goes into it where it is an archive.
    fn take(&mut self, member: Member, limit: Limit) {
        self.purse.pay(&member);
        let within = self.inner.last().map_or(&self.outer, |inner| &inner.level);
        let input = within.report.input.member(&member.name);
        let mut report = self.report(input, &member, limit);
        let size = to_u64(member.octets.len());
        if let Ok(Some(opened)) = Archive::open(member.octets.as_slice(), size, self.purse.members) {
            // The outer one is the first.
            if self.inner.len().saturating_add(1) < self.limits.max_depth {
                let place = self.told.len();
                self.told.push(None);
                self.inner.push(Inner { level: Level::new(report, opened), octets: member.octets, place });
                return;
            }
            add_fault(&mut report, limit_reached(Limit::ArchiveDepth, Structure::File, 0));
        }
        self.told.push(Some((self.render)(report)));
    }

    /// The report of a member, of which more could not be read than `limit` allows.
    fn report(&self, input: Input, member: &Member, limit: Limit) -> Report {
        let at = |kind| Error::new(kind, member.structure, member.offset);
        let fault = match member.ending {
            Ending::Whole => None,
            Ending::Limit => Some(limit_reached(limit, member.structure, member.offset)),
            Ending::Damage if member.is_sealed => Some(at(ErrorKind::Encrypted)),
            Ending::Damage => Some(at(ErrorKind::BadMember)),
        };
        if let Some(error) = fault.filter(|_| member.octets.is_empty()) {
            let mut report = Report::from_error(input, &error.into());
            report.status = Status::Error;
            return report;
        }
        let mut report = report_bytes(input, &member.octets, self.options, self.table);
        fault.into_iter().for_each(|fault| add_fault(&mut report, fault));
        report
    }
}

const fn limit_reached(limit: Limit, structure: Structure, offset: u64) -> Error {
    Error::new(ErrorKind::LimitReached { limit }, structure, offset)
}

fn add_fault(report: &mut Report, fault: Error) {
    report.faults.push(fault_record(&fault));
}
