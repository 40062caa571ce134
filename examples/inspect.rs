//! Shows everything about the signatures of one file, as a tree.
//!
//!     cargo run --release --example inspect -- FILE
//!
//! Exit status: 0 no indicator matches, 1 one does, 2 wrong usage or the file cannot be read.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certsift::{
    CarveLimits, CarvedCertificate, CarvedForm, Certificate, CertificateRecord, CertificateUse, Container,
    HashAlgorithm, ImageChecks, ImageDigests, IndicatorTable, Input, Limits, Report, SignatureData, SignedFile,
    Verifier, carve, check_image, image_digests,
};
use clap::Parser;

mod cli;
mod inspect_asn1;
mod inspect_tree;

use cli::verify::VerifyOptions;
use cli::{IndicatorOptions, When, complain};
use inspect_tree::tree;

/// Shows everything about the signatures of one file.
///
/// Exit status: 0 no indicator matches, 1 one does, 2 wrong usage or the file cannot be read.
#[derive(Debug, Parser)]
#[command(name = "inspect", version, max_term_width = 100)]
struct Arguments {
    /// The file, or - for standard input
    file: PathBuf,
    #[command(flatten)]
    indicators: IndicatorOptions,
    /// Search all bytes of the file for certificates, as in memory dumps, droppers and overlays
    #[arg(long)]
    carve: bool,
    #[command(flatten)]
    verification: VerifyOptions,
    /// Write the record that scan writes, as JSON
    #[arg(long)]
    json: bool,
    /// With --json: the record that scan --detail writes, which holds all that the tree shows
    #[arg(long, requires = "json")]
    detail: bool,
    /// Show the ASN.1 structure of every message, with file offsets, in place of the tree
    #[arg(long, conflicts_with = "json")]
    asn1: bool,
    /// Write every certificate as a PEM file into a folder
    #[arg(long, value_name = "DIR")]
    pem: Option<PathBuf>,
    /// Write every signature's PKCS #7 message as a DER file into a folder
    #[arg(long, value_name = "DIR")]
    der: Option<PathBuf>,
    /// Use colours
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    color: When,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Ok(verifier) = arguments.verification.load() else { return ExitCode::from(2) };
    let Some(table) = arguments.indicators.load(false) else { return ExitCode::from(2) };
    match run(&arguments, &table, verifier.as_ref()) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            complain(&error);
            ExitCode::from(2)
        }
    }
}

/// The exit status.
fn run(arguments: &Arguments, table: &IndicatorTable, verifier: Option<&Verifier>) -> Result<u8, String> {
    let bytes = read(&arguments.file).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    // A defect of ours is told as scan tells it; what it is about is on standard error already.
    let caught = catch_unwind(AssertUnwindSafe(|| inspect(arguments, table, verifier, &bytes)));
    caught.unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let message = message.unwrap_or("a panic without a message");
        let report = Report::from_panic(Input::from_path(&arguments.file), message);
        write_report(arguments, &report, None).map(|()| 2)
    })
}

fn inspect(
    arguments: &Arguments,
    table: &IndicatorTable,
    verifier: Option<&Verifier>,
    bytes: &[u8],
) -> Result<u8, String> {
    let input = Input::from_path(&arguments.file);
    let mut data = SignatureData::new();
    let parsed = data.parse(bytes, Limits::default());
    let mut report = match &parsed {
        Ok(file) => report_of(input, file, table, arguments, verifier, bytes),
        Err(error) => {
            let mut report = Report::from_error(input, &(*error).into());
            report.input.size = u64::try_from(bytes.len()).ok();
            report
        }
    };
    if arguments.carve {
        let carved = report.add_carved(parsed.as_ref().ok(), bytes, CarveLimits::default(), table);
        carved.map_err(|error| error.to_string())?;
    }
    if let Some(folder) = &arguments.pem {
        write_certificates(folder, parsed.as_ref().ok(), bytes, &report)?;
    }
    if let (Ok(file), Some(folder)) = (&parsed, &arguments.der) {
        write_messages(folder, file)?;
    }
    // The digests of an unsigned image are what catalogs and lists name it by.
    let unclaimed = parsed
        .as_ref()
        .ok()
        .filter(|_| !arguments.json && !arguments.asn1)
        .and_then(|file| unclaimed_digests(file, bytes));
    if arguments.asn1 {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = inspect_asn1::write(&mut out, bytes, &parsed).and_then(|()| out.flush());
        unless_closed(written)?;
    } else {
        write_report(arguments, &report, unclaimed.as_ref())?;
    }
    Ok(u8::from(report.has_strong_match()))
}

fn write_report(arguments: &Arguments, report: &Report, digests: Option<&ImageDigests>) -> Result<(), String> {
    let text = if arguments.json {
        report.to_json_line() + "\n"
    } else {
        let color = arguments.color.decide_color(&io::stdout())
            && (io::stdout().is_terminal() || arguments.color == When::Always);
        tree(report, digests).to_text(color)
    };
    unless_closed(io::stdout().write_all(text.as_bytes()))
}

/// The record that scan would write of the file, or all that the tree shows.
fn report_of(
    input: Input,
    file: &SignedFile<'_>,
    table: &IndicatorTable,
    arguments: &Arguments,
    verifier: Option<&Verifier>,
    bytes: &[u8],
) -> Report {
    let in_detail = !arguments.asn1 && (arguments.detail || !arguments.json);
    // The file is in memory, so whether it has the digests that its signatures claim costs little. Where none can be computed, the
    // tree says that none was compared.
    let is_hashed = verifier.is_some() || (in_detail && !arguments.json);
    let image = if is_hashed { check_image(bytes, file).unwrap_or_default() } else { ImageChecks::default() };
    let mut report = match verifier.map(|verifier| verifier.verify(file, Some(&image))) {
        Some(facts) if in_detail => Report::verified_in_detail(input, file, table, &facts),
        Some(facts) => Report::verified(input, file, table, &facts),
        None if in_detail => Report::detailed(input, file, table),
        None => Report::new(input, file, table),
    };
    if let Some(digests) = &image.digests {
        report.set_image_digests(file, digests);
    }
    report
}

/// The digests of an image for which no signature claims one.
fn unclaimed_digests(file: &SignedFile<'_>, bytes: &[u8]) -> Option<ImageDigests> {
    let is_unclaimed = file.container() == Container::Pe && file.claimed_hash_algorithms().is_empty();
    is_unclaimed.then(|| image_digests(bytes, &[HashAlgorithm::Sha1, HashAlgorithm::Sha256]).ok()).flatten()
}

/// A reader that went away wants no more, which is no error.
fn unless_closed(written: io::Result<()>) -> Result<(), String> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("output: {error}")),
        _ => Ok(()),
    }
}

/// Bytes of a file, which is held in memory: as many as scan reads of standard input.
const MAX_BYTES: u64 = 1 << 30;

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let is_small = |length| length <= MAX_BYTES;
    let too_large = || {
        io::Error::other(format!(
            "larger than the {MAX_BYTES} bytes that inspect reads; scan reads only what matters of it"
        ))
    };
    let stream: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path)?;
        if !is_small(file.metadata()?.len()) {
            return Err(too_large());
        }
        Box::new(file)
    };
    let mut bytes = Vec::new();
    stream.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(is_small) { Ok(bytes) } else { Err(too_large()) }
}

/// One file a certificate, named by its place in the record and its serial.
fn write_certificates(
    folder: &Path,
    file: Option<&SignedFile<'_>>,
    bytes: &[u8],
    report: &Report,
) -> Result<(), String> {
    let uses = file.map(SignedFile::certificate_uses).unwrap_or_default();
    let certificates = uses.iter().filter_map(CertificateUse::certificate);
    let by_offset: HashMap<u64, Certificate<'_>> = certificates.map(|one| (one.offset(), one)).collect();
    for record in &report.certificates {
        let start = usize::try_from(record.offset).unwrap_or(usize::MAX);
        let bytes = bytes.get(start..).unwrap_or_default();
        let text = match (by_offset.get(&record.offset), of_block(bytes, record)) {
            (Some(certificate), _) => pem(certificate.der()),
            (None, Some(der)) => pem(&der),
            (None, None) => pem(Certificate::from_der(bytes).map_err(|error| error.to_string())?.der()),
        };
        // Serials can be as long as a file name must not be.
        let serial: String = record.serial.chars().take(40).collect();
        write_file(folder, &format!("{:03}-{serial}.pem", record.index), text.as_bytes())?;
    }
    Ok(())
}

/// The octets of a certificate in the PEM block that bytes begin with.
fn of_block(bytes: &[u8], record: &CertificateRecord) -> Option<Vec<u8>> {
    let of_block = carve(bytes, CarveLimits::default()).take_while(|one| one.offset() == 0);
    let mut of_block = of_block.filter(|one| one.form() == CarvedForm::Pem);
    let is_it = |one: &CarvedCertificate<'_>| record.sha256.as_ref() == Some(&hex::encode(one.certificate().sha256()));
    of_block.find(is_it).map(|one| one.der().to_vec())
}

/// RFC 7468.
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap_or_default()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// One file a signature, named by its place in the record.
fn write_messages(folder: &Path, file: &SignedFile<'_>) -> Result<(), String> {
    for (index, signature) in file.signatures().iter().enumerate() {
        write_file(folder, &format!("{index:03}.p7s"), signature.der())?;
    }
    Ok(())
}

fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, bytes));
    written.map_err(|error| format!("{}: {error}", path.display()))
}
