//! Shows everything about the signatures of one file, as a tree.
//!
//!     cargo run --release --example inspect -- FILE
//!
//! Exit status: 0 no indicator matches, 1 one does, 2 wrong usage or the file cannot be read.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certsift::{
    Certificate, CertificateRecord, FieldRecord, IndicatorTable, Input, MatchRecord, Report, SignatureRecord,
    SignedFile, TimestampRecord, WinCertificate, escape,
};
use clap::Parser;

mod cli;
use cli::{IndicatorOptions, When, complain};

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
    /// Write the record that scan writes, as JSON
    #[arg(long)]
    json: bool,
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
    let Some(table) = arguments.indicators.load(false) else { return ExitCode::from(2) };
    match run(&arguments, &table) {
        Ok(matched) => ExitCode::from(u8::from(matched)),
        Err(error) => {
            complain(&error);
            ExitCode::from(2)
        }
    }
}

/// Whether an indicator matched.
fn run(arguments: &Arguments, table: &IndicatorTable) -> Result<bool, String> {
    let bytes = read(&arguments.file).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    let input = Input::from_path(&arguments.file);
    let parsed = SignedFile::parse(&bytes);
    let report = match &parsed {
        Ok(file) => Report::new(input, file, table),
        Err(error) => {
            let mut report = Report::from_error(input, &(*error).into());
            report.input.size = u64::try_from(bytes.len()).ok();
            report
        }
    };
    if let Ok(file) = &parsed {
        if let Some(folder) = &arguments.pem {
            write_certificates(folder, &bytes, &report)?;
        }
        if let Some(folder) = &arguments.der {
            write_messages(folder, file)?;
        }
    }
    let entries = parsed.as_ref().map(SignedFile::entries).unwrap_or_default();
    let text = if arguments.json {
        report.to_json_line() + "\n"
    } else {
        let color = arguments.color.decide_color(&io::stdout())
            && (io::stdout().is_terminal() || arguments.color == When::Always);
        tree(&report, entries).to_text(color)
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("output: {error}")),
        _ => Ok(report.has_strong_match()),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(path)
}

/// A line of the tree and what hangs below it.
struct Node {
    text: String,
    kind: Kind,
    children: Vec<Self>,
}

/// What a line is about, which decides its colour.
#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Match,
    Fault,
}

impl Node {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Plain, children: Vec::new() }
    }

    fn with(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    const fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    fn to_text(&self, color: bool) -> String {
        let mut out = String::new();
        self.write(&mut out, "", "", color);
        out
    }

    fn write(&self, out: &mut String, first: &str, rest: &str, color: bool) {
        let (on, off) = match self.kind {
            Kind::Match if color => ("\x1b[1;31m", "\x1b[0m"),
            Kind::Fault if color => ("\x1b[33m", "\x1b[0m"),
            _ => ("", ""),
        };
        out.push_str(&format!("{first}{on}{}{off}\n", self.text));
        if let Some((last, others)) = self.children.split_last() {
            for child in others {
                child.write(out, &format!("{rest}├ "), &format!("{rest}│ "), color);
            }
            last.write(out, &format!("{rest}└ "), &format!("{rest}  "), color);
        }
    }
}

fn tree(report: &Report, entries: &[WinCertificate<'_>]) -> Node {
    let size = report.input.size.map(|size| format!(", {size} bytes")).unwrap_or_default();
    let container = report.input.container.as_deref().unwrap_or("format not recognised");
    let root = Node::new(format!("{}: {}, {container}{size}", escape(&report.input.path), report.status.as_str()));
    let error = report.error.as_ref().map(|error| Node::new(format!("error: {}", escape(&error.detail))));
    let with_entries = entries.iter().enumerate().map(|(number, entry)| {
        let text = format!(
            "entry {number} at {:#x}: {} bytes, revision {:#06x}, type {:#06x}{}",
            entry.offset(),
            entry.length(),
            entry.revision(),
            entry.kind(),
            entry_kind(entry.kind())
        );
        Node::new(text).with(outer_signatures(report, number))
    });
    let bare = entries.is_empty().then(|| outer_signatures(report, 0)).into_iter().flatten();
    let unsigned = report.unsigned_bytes.iter().map(|unsigned| {
        let entropy = unsigned.entropy.map(|bits| format!(", entropy {bits} bits a byte")).unwrap_or_default();
        let (length, offset) = (unsigned.length, unsigned.offset);
        Node::new(format!("unsigned {} at {offset:#x}: {length} bytes{entropy}", spaced(&unsigned.kind)))
    });
    let faults = report
        .faults
        .iter()
        .map(|fault| Node::new(format!("fault {}: {}", fault.code, escape(&fault.detail))).of_kind(Kind::Fault));
    root.with(error.map(|node| node.of_kind(Kind::Fault)))
        .with(report.matches.iter().map(match_node))
        .with(with_entries)
        .with(bare)
        .with(unsigned)
        .with(faults)
}

/// wCertificateType by name (Microsoft PE Format; UEFI specification, 32.2.4).
fn entry_kind(kind: u16) -> &'static str {
    match kind {
        1 => " (X.509)",
        2 => " (PKCS_SIGNED_DATA)",
        3 => " (reserved)",
        4 => " (TS_STACK_SIGNED)",
        0x0ef0 => " (EFI_PKCS115)",
        0x0ef1 => " (EFI_GUID)",
        _ => "",
    }
}

fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

fn match_node(found: &MatchRecord) -> Node {
    let indicator = &found.indicator;
    let about = [&indicator.severity, &indicator.family, &indicator.source, &indicator.date];
    let about: Vec<String> = about.into_iter().flatten().map(|text| escape(text)).collect();
    Node::new(format!("MATCH {}", escape(&indicator.id)))
        .of_kind(Kind::Match)
        .with((!about.is_empty()).then(|| Node::new(about.join(", "))))
        .with(indicator.reference.as_ref().map(|reference| Node::new(escape(reference))))
        .with([Node::new(format!("{} ({}), by {}", found.position, spaced(&found.role), spaced(&found.strength)))])
        .with(found.fields.iter().map(|field| field_node(field, "")))
        .with(found.unmatched.iter().map(|field| field_node(field, "differs: ")))
}

fn field_node(field: &FieldRecord, relation: &str) -> Node {
    let actual = escape(field.actual.as_deref().unwrap_or("absent"));
    let expected = escape(&field.expected);
    let wanted = if actual == expected { String::new() } else { format!(", the indicator says {expected}") };
    Node::new(format!("{relation}{} {actual} ({}){wanted}", spaced(&field.field), spaced(&field.compare)))
}

fn outer_signatures(report: &Report, entry: usize) -> Vec<Node> {
    let outer = report.signatures.iter().filter(|signature| signature.level == 0 && signature.entry == entry);
    outer.map(|signature| signature_node(report, signature)).collect()
}

fn signature_node(report: &Report, signature: &SignatureRecord) -> Node {
    let nested = if signature.parent.is_some() { "nested signature" } else { "signature" };
    let digest = signature.claimed_digest.as_ref().map(|digest| {
        let algorithm = signature.digest_algorithm.as_deref().unwrap_or("unknown algorithm");
        Node::new(format!("claims {algorithm} of the file, not compared")).with([Node::new(digest.clone())])
    });
    let named =
        |label: &str, text: &Option<String>| text.as_ref().map(|text| Node::new(format!("{label} {}", escape(text))));
    let inner = report.signatures.iter().filter(|inner| inner.parent == Some(signature.index));
    let text = format!("{nested} {} at {:#x}: {} bytes", signature.index, signature.offset, signature.length);
    Node::new(text)
        .with(digest)
        .with(named("program", &signature.program_name))
        .with(named("more at", &signature.more_info_url))
        .with(named("signing time by its own word", &signature.signing_time))
        .with([signer_node(report, signature)])
        .with(signature.additional_signers.iter().map(|signer| match signer.signer {
            Some(index) => certificate_node(report, "further signer", index),
            None => Node::new("further signer: not in the message"),
        }))
        .with(others(report, &signature.certificates, signature.signer))
        .with(signature.timestamps.iter().map(|timestamp| timestamp_node(report, timestamp)))
        .with(inner.map(|inner| signature_node(report, inner)))
}

fn signer_node(report: &Report, signature: &SignatureRecord) -> Node {
    match (signature.signer, &signature.signer_id) {
        (Some(index), _) => certificate_node(report, "signer", index),
        (None, Some(id)) => {
            let named = |label: &str, text: &Option<String>| {
                text.as_ref().map(|text| Node::new(format!("{label} {}", escape(text))))
            };
            Node::new("signer: its certificate is not in the message")
                .with(named("serial", &id.serial))
                .with(named("issuer", &id.issuer))
                .with(named("key id", &id.key_id))
        }
        (None, None) => Node::new("signer: there is no readable SignerInfo"),
    }
}

fn timestamp_node(report: &Report, timestamp: &TimestampRecord) -> Node {
    let time = timestamp.time.as_deref().unwrap_or("at an unreadable time");
    let signer = match timestamp.signer {
        Some(index) => certificate_node(report, "signer", index),
        None => Node::new("signer: its certificate is not in the message"),
    };
    Node::new(format!("timestamp {time} ({}), not verified", timestamp.kind)).with([signer]).with(others(
        report,
        &timestamp.certificates,
        timestamp.signer,
    ))
}

/// The certificates of a set but for its signer, each by the parts it plays.
fn others(report: &Report, set: &[usize], signer: Option<usize>) -> Vec<Node> {
    let rest = set.iter().filter(|index| Some(**index) != signer);
    rest.map(|index| {
        let roles = report.certificates.get(*index).map(|certificate| certificate.roles.join(", "));
        certificate_node(report, &spaced(&roles.unwrap_or_default()), *index)
    })
    .collect()
}

fn certificate_node(report: &Report, label: &str, index: usize) -> Node {
    let Some(certificate) = report.certificates.get(index) else { return Node::new(label) };
    let node = Node::new(format!("{label}: {}", escape(&certificate.subject.dn)));
    node.with(certificate_facts(certificate))
}

fn certificate_facts(certificate: &CertificateRecord) -> Vec<Node> {
    let unknown = "an unreadable time";
    let key = certificate.public_key.as_ref().map(|key| {
        let bits = key.bits.map(|bits| format!(", {bits} bits")).unwrap_or_default();
        format!("key {}{bits}", key.algorithm)
    });
    let authority = match certificate.is_ca {
        Some(true) => "authority: yes",
        Some(false) => "authority: no",
        None => "authority: not said",
    };
    let lines = [
        Some(format!("issuer {}", escape(&certificate.issuer.dn))),
        Some(format!("serial {}", certificate.serial)),
        Some(format!(
            "valid {} to {}",
            certificate.not_before.as_deref().unwrap_or(unknown),
            certificate.not_after.as_deref().unwrap_or(unknown)
        )),
        key,
        certificate.signature_algorithm.as_ref().map(|algorithm| format!("signed with {algorithm}")),
        Some(authority.to_owned()),
        (!certificate.eku.is_empty()).then(|| format!("extended key usage {}", certificate.eku.join(", "))),
        certificate.sha1.as_ref().map(|hash| format!("sha1 {hash}")),
        certificate.sha256.as_ref().map(|hash| format!("sha256 {hash}")),
        certificate.tbs_sha256.as_ref().map(|hash| format!("tbs {hash}")),
        Some(format!("at {:#x}", certificate.offset)),
    ];
    lines.into_iter().flatten().map(Node::new).collect()
}

/// One file a certificate, named by its place in the record and its serial.
fn write_certificates(folder: &Path, bytes: &[u8], report: &Report) -> Result<(), String> {
    for record in &report.certificates {
        let start = usize::try_from(record.offset).unwrap_or(usize::MAX);
        let der = bytes.get(start..).unwrap_or_default();
        let certificate = Certificate::from_der(der).map_err(|error| error.to_string())?;
        // Serials can be as long as a file name must not be.
        let serial: String = record.serial.chars().take(40).collect();
        write_file(folder, &format!("{:03}-{serial}.pem", record.index), pem(certificate.der()).as_bytes())?;
    }
    Ok(())
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
