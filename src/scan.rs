//! Many files: walks folders, reads headers and signature data only, in parallel, with bounded memory.

#[cfg(feature = "archives")]
mod archives;
mod carved;
#[cfg(feature = "digest")]
mod catalogs;
mod parallel;
mod screen;
mod told;
#[cfg(feature = "digest")]
pub(crate) mod trust_store;
mod walk;
mod whole_file;

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
#[cfg(feature = "digest")]
use std::sync::Arc;

use crate::bytes::to_u64;
#[cfg(feature = "carve")]
use crate::carve::CarveLimits;
#[cfg(feature = "archives")]
use crate::container::archive::ArchiveLimits;
use crate::container::source::ReadAt;
use crate::file::{Known, ReadError, SignatureData, SignedFile};
use crate::indicators::table::IndicatorTable;
use crate::limits::Limits;
use crate::report::certificate_cache::CertificateCache;
use crate::report::judged::Judged;
use crate::report::{Failure, Input, Making, Report, Status, status_of};
#[cfg(feature = "verify")]
use crate::verify::Verifier;
use carved::add_carved;
#[cfg(feature = "digest")]
pub use catalogs::Catalogs;
use parallel::map_in_parallel;
pub use screen::Screen;
pub use told::scan_stream;
use told::{Told, told, told_of_stream};
pub use walk::Skip;
use walk::{Found, is_asked_for, walk};
use whole_file::WholeFile;

/// The files of which a full report is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Wanted {
    /// Every file.
    #[default]
    All,
    /// Files of status `signed`.
    Signed,
    /// Files with a match.
    Matched,
}

/// How files are scanned.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScanOptions {
    /// Limits on each file.
    pub limits: Limits,
    /// Worker threads. With one, everything runs on the calling thread.
    pub jobs: NonZeroUsize,
    /// Whether symbolic links inside folders are followed.
    pub follow_links: bool,
    /// Whether results come in the order in which the files are found, folders sorted by name.
    pub ordered: bool,
    /// Files larger than this many bytes are reported as errors, unread.
    pub max_size: Option<u64>,
    /// Whether the whole file is read, for its SHA-256 and to compute the digests that its signatures claim. Needs the feature
    /// `digest`.
    pub hash: bool,
    /// Where signatures of files are looked for that have none of their own; these are read whole.
    #[cfg(feature = "digest")]
    pub catalogs: Option<Arc<Catalogs>>,
    /// Who verifies the signatures of every file of which a full report is wanted; the whole file is read where it is signed.
    #[cfg(feature = "verify")]
    pub verify: Option<Arc<Verifier>>,
    /// How all bytes of every file are searched for certificates ([`Report::add_carved`]); all reports are full then.
    #[cfg(feature = "carve")]
    pub carve: Option<CarveLimits>,
    /// How far archives (zip, gzip, programs that unpack themselves) are looked into: each member has a report of its own behind that of its
    /// archive, with the path [in its archive](Input#structfield.member). What the password `infected` encrypts is read too.
    #[cfg(feature = "archives")]
    pub archives: Option<ArchiveLimits>,
    /// Whether full reports have their [`detail`](Report::detail).
    pub detail: bool,
    /// The files of which a full report is wanted. Of the others the report may hold the input and the status alone, which is
    /// faster; a match is never left out.
    pub wanted: Wanted,
    /// Which part of the files is scanned: number `.0` of `.1` parts, counted from 0. A file's part depends on its path alone.
    pub shard: Option<(u32, NonZeroUsize)>,
    /// Which files are left out, such as those that an earlier scan has told of.
    pub skip: Option<Skip>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            jobs: NonZeroUsize::MIN,
            follow_links: false,
            ordered: false,
            max_size: None,
            hash: false,
            #[cfg(feature = "digest")]
            catalogs: None,
            #[cfg(feature = "verify")]
            verify: None,
            #[cfg(feature = "carve")]
            carve: None,
            #[cfg(feature = "archives")]
            archives: None,
            detail: false,
            wanted: Wanted::All,
            shard: None,
            skip: None,
        }
    }
}

impl ScanOptions {
    const fn reads_whole_files(&self) -> bool {
        self.hash || self.verifies() || self.carves()
    }

    const fn carves(&self) -> bool {
        #[cfg(feature = "carve")]
        let carves = self.carve.is_some();
        #[cfg(not(feature = "carve"))]
        let carves = false;
        carves
    }

    const fn verifies(&self) -> bool {
        #[cfg(feature = "verify")]
        let verifies = self.verify.is_some();
        #[cfg(not(feature = "verify"))]
        let verifies = false;
        verifies
    }
}

/// Scans files and folders, one [`Report`] a file.
///
/// `targets` are files or folders, which are walked recursively; of a folder only regular files are read. `render` makes of each report
/// what `sink` takes; it runs on the workers, `sink` on the calling thread. `sink` ends the scan early by answering
/// [`ControlFlow::Break`].
///
/// A file that cannot be read is a report of status `error`, a panic on a file too; neither ends the scan.
///
/// ```
/// use certsift::{IndicatorTable, ScanOptions, scan};
/// use std::ops::ControlFlow;
///
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
/// let mut matched = 0;
/// let table = IndicatorTable::builtin();
/// scan([folder.into()], &ScanOptions::default(), &table, |report| report, |report| {
///     matched += usize::from(report.has_strong_match());
///     ControlFlow::Continue(())
/// });
/// assert!(matched > 0);
/// ```
pub fn scan<T: Send>(
    targets: impl IntoIterator<Item = PathBuf, IntoIter: Send>,
    options: &ScanOptions,
    table: &IndicatorTable,
    render: impl Fn(Report) -> T + Sync,
    mut sink: impl FnMut(T) -> ControlFlow<()>,
) {
    let found =
        targets.into_iter().flat_map(|target| walk(target, options)).filter(|found| is_asked_for(found, options));
    if options.jobs == NonZeroUsize::MIN {
        let mut worker = Worker::new(options, table);
        for found in found {
            if worker.told(found, &render).give(&mut sink).is_break() {
                return;
            }
        }
    } else {
        let worker = || {
            let mut worker = Worker::new(options, table);
            let render = &render;
            move |found| worker.told(found, render)
        };
        map_in_parallel(found, options.jobs.get(), options.ordered, worker, &mut |told| told.give(&mut sink));
    }
}

/// Reads one file after the other with the same buffer.
struct Worker<'s> {
    options: &'s ScanOptions,
    table: &'s IndicatorTable,
    data: SignatureData,
    screen: Screen<'s>,
    /// Whether files in which nobody is known are told apart at once.
    may_glance: bool,
}

impl<'s> Worker<'s> {
    fn new(options: &'s ScanOptions, table: &'s IndicatorTable) -> Self {
        let screen = Screen::with_limits(table, options.limits);
        let may_glance =
            options.wanted == Wanted::Matched && !options.hash && !options.carves() && screen.asks_signers_only;
        Self { options, table, data: SignatureData::new(), screen, may_glance }
    }

    fn told<T>(&mut self, found: Found, render: &impl Fn(Report) -> T) -> Told<T> {
        let (path, is_stream) = match found {
            Found::File(path) => (path, false),
            Found::Stream(path) => (path, true),
            Found::Unreadable(path, error) => {
                return Told::alone(render(Report::from_error(Input::from_path(&path), &error.into())));
            }
        };
        let caught = catch_unwind(AssertUnwindSafe(|| match File::open(&path) {
            Ok(file) if is_stream => told_of_stream(&path, file, self.options, self.table, render),
            Ok(file) => {
                let own = self.report(&path, &file);
                told(own, &file, self.options, self.table, render)
            }
            Err(error) => Told::alone(render(Report::from_error(Input::from_path(&path), &error.into()))),
        }));
        caught.unwrap_or_else(|panic| {
            Told::alone(render(Report::from_panic(Input::from_path(&path), panic_message(&*panic))))
        })
    }

    fn report(&mut self, path: &Path, file: &File) -> Report {
        let mut input = Input::from_path(path);
        if let Some(max) = self.options.max_size {
            let size = file.metadata().as_ref().map(Metadata::len).unwrap_or_default();
            if size > max {
                return too_large(input, Some(size), max);
            }
        }
        if !self.options.reads_whole_files() {
            expect_random_reads(file);
        }
        let parsed = if self.may_glance {
            self.screen.cache.trim();
            let is_known = |der: &[u8]| self.screen.may_be_known(der);
            match self.data.read_known(file, self.options.limits, is_known) {
                Ok(Known::Nobody { container, size }) => {
                    return Report::outline_of(input, Status::Signed, container, size);
                }
                Ok(Known::Perhaps(file)) => Ok(file),
                Err(error) => Err(error),
            }
        } else {
            self.data.read(file, self.options.limits)
        };
        if parsed.is_err() {
            input.size = file.metadata().ok().map(|metadata| metadata.len());
        }
        report_parsed(input, file, parsed, self.options, self.table, &mut self.screen)
    }
}

/// Tells the kernel that little of the file will be read, here and there: otherwise it reads ahead what nobody looks at.
#[cfg(target_os = "linux")]
fn expect_random_reads(file: &File) {
    // Where it cannot be told, nothing is lost but time.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::Random);
}

/// Only Linux is told.
#[cfg(not(target_os = "linux"))]
const fn expect_random_reads(_: &File) {}

/// Bytes of a stream, which must be held in memory: 1 GiB, unless [`ScanOptions::max_size`] says otherwise.
pub(crate) const MAX_STREAM_BYTES: u64 = 1 << 30;

/// Reads a stream to its end, or until it is larger than the options allow: enough for [`report_bytes`] to say so.
///
/// # Errors
/// What the stream answers.
pub fn read_stream(stream: impl Read, options: &ScanOptions) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = options.max_size.unwrap_or(MAX_STREAM_BYTES).saturating_add(1);
    stream.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The report of a file that is wholly in memory, as [`scan`] makes it of one on disk.
#[must_use]
pub fn report_bytes(mut input: Input, bytes: &[u8], options: &ScanOptions, table: &IndicatorTable) -> Report {
    let size = to_u64(bytes.len());
    input.size = Some(size);
    let max = options.max_size.unwrap_or(MAX_STREAM_BYTES);
    if size > max {
        // Of a stream only so much was read; how long it is nobody knows.
        return too_large(input, None, max);
    }
    let spare = input.clone();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut data = SignatureData::new();
        let parsed = data.parse(bytes, options.limits).map_err(ReadError::File);
        report_parsed(input, bytes, parsed, options, table, &mut Screen::with_limits(table, options.limits))
    }));
    caught.unwrap_or_else(|panic| Report::from_panic(spare, panic_message(&*panic)))
}

/// The report of a file whose signatures were read from `source`, with its hashes where they are asked for.
fn report_parsed(
    input: Input,
    source: &(impl ReadAt + ?Sized),
    parsed: Result<SignedFile<'_>, ReadError>,
    options: &ScanOptions,
    table: &IndicatorTable,
    screen: &mut Screen<'_>,
) -> Report {
    #[cfg(feature = "digest")]
    if let Some(report) = catalogs::report(&input, source, &parsed, options, table, screen) {
        return report;
    }
    let wanted = parsed.as_ref().ok().filter(|file| is_wanted(file, options, screen));
    let whole = match WholeFile::read(source, wanted, options) {
        Ok(whole) => whole,
        Err(error) => {
            // Its size is known where its signatures were read.
            let input = match &parsed {
                Ok(file) => Report::outline(input, file).input,
                Err(_) => input,
            };
            return Report::from_error(input, &error);
        }
    };
    let mut report = match (wanted, &parsed) {
        (Some(file), _) => {
            let making = Making { table, detailed: options.detail, judged: Judged::default() };
            verified_report(input, file, making, options, &whole, &mut screen.cache)
        }
        (None, Ok(file)) => Report::outline(input, file),
        (None, Err(error)) => Report::from_error(input, error),
    };
    whole.tell(&mut report, wanted);
    add_carved(report, parsed.as_ref().ok(), source, options, table)
}

/// The report of a file, with what the verifier says of it where there is one.
#[cfg(feature = "verify")]
fn verified_report(
    input: Input,
    file: &SignedFile<'_>,
    making: Making<'_, '_>,
    options: &ScanOptions,
    whole: &WholeFile,
    cache: &mut CertificateCache,
) -> Report {
    let Some(verifier) = &options.verify else { return Report::with_cache(input, file, &making, cache) };
    let verifications = verifier.verify(file, Some(&whole.image));
    let making = Making { judged: Judged::by(&verifications), ..making };
    Report::with_cache(input, file, &making, cache)
}

/// The report of a file; this build has no verifier.
#[cfg(not(feature = "verify"))]
fn verified_report(
    input: Input,
    file: &SignedFile<'_>,
    making: Making<'_, '_>,
    _: &ScanOptions,
    _: &WholeFile,
    cache: &mut CertificateCache,
) -> Report {
    Report::with_cache(input, file, &making, cache)
}

fn is_wanted(file: &SignedFile<'_>, options: &ScanOptions, screen: &mut Screen<'_>) -> bool {
    match options.wanted {
        Wanted::All => true,
        // Whether it has a match is known when all of it was searched.
        _ if options.carves() => true,
        Wanted::Signed => status_of(file) == Status::Signed || screen.has_match_in(file),
        Wanted::Matched if options.reads_whole_files() => screen.has_match_in(file),
        // The record tells.
        Wanted::Matched => screen.cache.may_match(file, screen.table),
    }
}

fn too_large(mut input: Input, size: Option<u64>, max: u64) -> Report {
    input.size = size;
    let detail = format!("larger than the {max} bytes that are wanted");
    let mut report = Report::from_error(input, &ReadError::Io(io::Error::other("")));
    report.error = Some(Failure { code: "too-large".to_owned(), detail });
    report
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
