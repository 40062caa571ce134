//! What others say about a signed file: the result documents of tools that read signatures, matched without the file.

mod certificate;
mod device_certificate;
mod ecs;
mod ocsf;
mod osquery;
mod velociraptor;
mod virus_total;

use std::fmt;

use crate::indicators::import::ImportError;
use crate::indicators::import::decoding::decode;
use crate::indicators::import::document::{Node, Value};
use crate::indicators::import::json::Values;
use crate::indicators::import::reading::{Fault, Place};

pub use certificate::ObservedCertificate;

/// What a document said about signed files.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Observations {
    /// One for each file that is described, in the document's order.
    pub list: Vec<Observation>,
    /// What could not be read.
    pub errors: Vec<ImportError>,
}

/// What somebody says about one signed file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// The file: its path, else a hash of it, as the document has it.
    pub subject: Option<String>,
    /// The line of the document on which it begins, counted from 1.
    pub line: u64,
    /// Whose document it is.
    pub format: ObservationFormat,
    /// The certificates that are told of, the signer first. None for a file without a signature.
    pub certificates: Vec<ObservedCertificate>,
}

/// Whose document an [`Observation`] is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObservationFormat {
    /// VirusTotal's `signature_info`, alone or in a report of its API.
    VirusTotal,
    /// osquery: rows of `authenticode` and `certificates`, alone or in a result log.
    Osquery,
    /// Velociraptor: rows of `authenticode()`.
    Velociraptor,
    /// Microsoft Defender: rows of DeviceFileCertificateInfo.
    DeviceFileCertificateInfo,
    /// Elastic Common Schema: `code_signature` and `x509`.
    Ecs,
    /// Open Cybersecurity Schema Framework: `signature`.
    Ocsf,
}

impl ObservationFormat {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VirusTotal => "virustotal",
            Self::Osquery => "osquery",
            Self::Velociraptor => "velociraptor",
            Self::DeviceFileCertificateInfo => "device_file_certificate_info",
            Self::Ecs => "ecs",
            Self::Ocsf => "ocsf",
        }
    }
}

impl fmt::Display for ObservationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A format: its name, and what reads a value of it; `None` for a value of another.
struct Reader {
    format: ObservationFormat,
    read: fn(&Node) -> Option<Vec<Described>>,
}

/// A file that a value describes.
struct Described {
    subject: Option<String>,
    certificates: Vec<ObservedCertificate>,
}

const READERS: [Reader; 6] = [
    Reader { format: ObservationFormat::VirusTotal, read: virus_total::read },
    Reader { format: ObservationFormat::Osquery, read: osquery::read },
    Reader { format: ObservationFormat::Velociraptor, read: velociraptor::read },
    Reader { format: ObservationFormat::DeviceFileCertificateInfo, read: device_certificate::read },
    Reader { format: ObservationFormat::Ocsf, read: ocsf::read },
    Reader { format: ObservationFormat::Ecs, read: ecs::read },
];

/// Reads what other tools say about signed files: JSON, one document, an array of them, or one a line.
///
/// Each document is recognised by its content, so one stream may mix them. Nothing in them is verified: who can write the document can
/// write any certificate into it. `file` is only used to name the file in errors.
///
/// ```
/// use certsift::{IndicatorTable, read_observations};
///
/// let row = r#"{"path": "C:\\drop\\a.exe", "serial_number": "452156c3b3fb0176365bdb5b7715bc4c",
///     "issuer_name": "Example CA", "subject_name": "CallTogether, Inc.", "result": "trusted"}"#;
/// let observations = read_observations("osquery.json", row.as_bytes());
/// let signer = observations.list[0].certificates[0].candidate();
/// let table = IndicatorTable::builtin();
/// assert_eq!(table.matches(&signer)[0].indicator.metadata.id, "callTogether_certificate");
/// ```
#[must_use]
pub fn read_observations(file: &str, bytes: &[u8]) -> Observations {
    let mut observations = Observations::default();
    let text = match decode(bytes) {
        Ok((text, faults)) => {
            observations.errors.extend(faults.into_iter().map(|fault| fault.in_file(file)));
            text
        }
        Err(fault) => {
            observations.errors.push(fault.in_file(file));
            return observations;
        }
    };
    if text.trim().is_empty() {
        observations.errors.push(Fault::new(Place::line(1), "the file is empty").in_file(file));
    }
    for item in Values::new(&text) {
        observations.errors.extend(item.faults.into_iter().map(|fault| fault.in_file(file)));
        let Some(node) = item.node else { continue };
        for node in unwrapped(&node).into_iter().filter(|node| !node.is_cut) {
            if !observations.take(node) {
                let fault = Fault::new(node.place, "no document that describes a signed file");
                observations.errors.push(fault.in_file(file));
            }
        }
    }
    observations.errors.sort_by_key(|error| (error.line(), error.column()));
    observations
}

impl Observations {
    fn take(&mut self, node: &Node) -> bool {
        let Some((format, described)) = READERS.iter().find_map(|reader| Some((reader.format, (reader.read)(node)?)))
        else {
            return false;
        };
        let line = node.place.line;
        self.list.extend(described.into_iter().map(|Described { subject, certificates }| Observation {
            subject,
            line,
            format,
            certificates,
        }));
        true
    }
}

/// The values that stand in what APIs and logs wrap around results: arrays, `data` of VirusTotal, `Results` of Defender, `snapshot`,
/// `columns` and `diffResults` of osquery, `hits` and `_source` of Elasticsearch.
fn unwrapped(node: &Node) -> Vec<&Node> {
    const WRAPPERS: [&str; 9] =
        ["data", "Results", "results", "snapshot", "columns", "diffResults", "added", "hits", "_source"];
    /// Wrappers within one another: an array of pages, each with hits, each with its source.
    const MAX_DEPTH: usize = 8;
    let mut level = vec![node];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        let mut has_changed = false;
        for node in level {
            let wrapped = WRAPPERS.iter().find_map(|key| node.get(key).filter(|inner| holds_maps(inner)));
            match (&node.value, wrapped) {
                (Value::List(items), _) => {
                    has_changed = true;
                    next.extend(items);
                }
                (_, Some(inner)) if !node.has("attributes") => {
                    has_changed = true;
                    next.push(inner);
                }
                _ => next.push(node),
            }
        }
        level = next;
        if !has_changed {
            break;
        }
    }
    level
}

fn holds_maps(node: &Node) -> bool {
    node.items().iter().all(|item| matches!(item.value, Value::Map(_)))
}
