//! Matches certificates that an earlier scan kept, without the files that they are from: a new table needs no new scan.
//!
//!     cargo run --release --example rematch -- --no-builtin --indicators NEW.csv < USES.ndjson
//!
//! A line in is one certificate in one part it plays, a line out what matches it, in the same order. `examples/spark` keeps such lines.
//! Exit status: 0 every line was answered, 2 wrong usage, or a line that says nothing that can be asked about.

use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

use certsift::{
    Candidate, Certificate, Evidence, HashAlgorithm, HashOf, HashValue, IndicatorTable, Match, Name, Role, Serial, Time,
};
use clap::Parser;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

mod cli;

use cli::{IndicatorOptions, complain};

/// Matches certificates that an earlier scan kept, without the files that they are from.
///
/// Reads lines of JSON on standard input: role; certificate (DER, in hex), or for one that is only named issuer (DER) and serial
/// (content octets); program_name; signed_at (seconds since 1970 UTC); chain (DER, from the issuer upwards); key. Writes a line for
/// each: key, and matches as in the records of scan.
#[derive(Debug, Parser)]
#[command(name = "rematch", version, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    indicators: IndicatorOptions,
    /// Leave out warnings
    #[arg(short, long)]
    quiet: bool,
}

fn main() -> ExitCode {
    const WRONG: u8 = 2;
    let arguments = Arguments::parse();
    let Some(table) = arguments.indicators.load(arguments.quiet) else { return ExitCode::from(WRONG) };
    match answer_all(&table) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(WRONG)
        }
    }
}

fn answer_all(table: &IndicatorTable) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (line, number) in io::stdin().lock().lines().zip(1_u64..) {
        let answer = answer(&line?, table).map_err(|wrong| io::Error::other(format!("line {number}: {wrong}")))?;
        writeln!(out, "{answer}")?;
    }
    out.flush()
}

fn answer(line: &str, table: &IndicatorTable) -> Result<Value, String> {
    let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let kept = Kept::read(&line)?;
    let matches: Vec<Value> = table.all_matches(&kept.candidate(table)?).iter().map(match_value).collect();
    Ok(json!({"key": line.get("key"), "matches": matches}))
}

/// What a line says.
struct Kept {
    role: Role,
    certificate: Option<Vec<u8>>,
    issuer: Option<Vec<u8>>,
    serial: Option<Vec<u8>>,
    program_name: Option<String>,
    signed_at: Option<Time>,
    chain: Vec<Vec<u8>>,
}

impl Kept {
    fn read(line: &Value) -> Result<Self, String> {
        let text = |key: &str| line.get(key).and_then(Value::as_str);
        let octets = |key: &str| text(key).map(|text| from_hex(key, text)).transpose();
        let name = text("role").unwrap_or_default();
        let chain = line.get("chain").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(Self {
            role: Role::ALL.into_iter().find(|role| role.as_str() == name).ok_or(format!("no role: {name:?}"))?,
            certificate: octets("certificate")?,
            issuer: octets("issuer")?,
            serial: octets("serial")?,
            program_name: text("program_name").map(str::to_owned),
            signed_at: line.get("signed_at").and_then(Value::as_i64).map(Time::from_unix),
            chain: chain
                .iter()
                .map(|one| from_hex("chain", one.as_str().unwrap_or_default()))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The question that a scan of the file asks.
    fn candidate(&self, table: &IndicatorTable) -> Result<Candidate<'_>, String> {
        let mut candidate = Candidate::new(self.role);
        if let Some(time) = self.signed_at {
            candidate = candidate.signed_at(time);
        }
        if let Some(name) = &self.program_name {
            candidate = candidate.program_name(name.as_str());
        }
        let Some(der) = &self.certificate else {
            if let Some(serial) = &self.serial {
                candidate = candidate.serial(Serial::from_bytes(serial));
            }
            if let Some(issuer) = &self.issuer {
                candidate = candidate.issuer(Name::from_der(issuer));
            }
            return Ok(candidate);
        };
        let certificate = Certificate::from_der(der).map_err(|error| error.to_string())?;
        let validity = certificate.validity();
        candidate = candidate
            .serial(certificate.serial())
            .issuer(certificate.issuer())
            .subject(certificate.subject())
            .signature_algorithm(certificate.signature_algorithm())
            .validity(validity.not_before, validity.not_after);
        for usage in certificate.extended_key_usage() {
            candidate = candidate.extended_key_usage(usage);
        }
        if let Some(modulus) = certificate.rsa_modulus() {
            candidate = candidate.rsa_modulus(modulus);
        }
        self.with_hashes(candidate, certificate, table)
    }

    fn with_hashes<'k>(
        &'k self,
        mut candidate: Candidate<'k>,
        certificate: Certificate<'k>,
        table: &IndicatorTable,
    ) -> Result<Candidate<'k>, String> {
        let needs = table.needs();
        let all =
            HashOf::ALL.into_iter().flat_map(|of| HashAlgorithm::ALL.iter().map(move |algorithm| (of, algorithm)));
        for (of, algorithm) in all.filter(|(of, algorithm)| needs.hash(*of, algorithm.name())) {
            let digest = match of {
                HashOf::Certificate => certificate.fingerprint(*algorithm),
                HashOf::Subject => digest(*algorithm, certificate.subject().content_bytes()),
                HashOf::Serial => digest(*algorithm, certificate.serial().as_bytes()),
                _ => certificate.tbs_fingerprint(*algorithm),
            };
            candidate = with_hash(candidate, of, &digest);
            if of == HashOf::ChainTbs {
                for above in &self.chain {
                    let above = Certificate::from_der(above).map_err(|error| error.to_string())?;
                    candidate = with_hash(candidate, of, &above.tbs_fingerprint(*algorithm));
                }
            }
        }
        Ok(candidate)
    }
}

fn with_hash<'k>(candidate: Candidate<'k>, of: HashOf, digest: &[u8]) -> Candidate<'k> {
    match HashValue::new(digest) {
        Some(value) => candidate.hash(of, value),
        None => candidate,
    }
}

fn digest(algorithm: HashAlgorithm, octets: &[u8]) -> Vec<u8> {
    match algorithm {
        HashAlgorithm::Md5 => Md5::digest(octets).to_vec(),
        HashAlgorithm::Sha1 => Sha1::digest(octets).to_vec(),
        HashAlgorithm::Sha256 => Sha256::digest(octets).to_vec(),
        HashAlgorithm::Sha384 => Sha384::digest(octets).to_vec(),
        HashAlgorithm::Sha512 => Sha512::digest(octets).to_vec(),
        // An algorithm that this program does not know yet; a hash of no octets is none.
        _ => Vec::new(),
    }
}

fn from_hex(key: &str, text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text).map_err(|error| format!("{key}: {error}"))
}

/// A match as the records of scan have it, but for what depends on the file: where in it the certificate lies, and whether a signature
/// holds.
fn match_value(found: &Match) -> Value {
    let fields = |list: &[Evidence]| list.iter().map(field_value).collect::<Vec<_>>();
    let metadata = &found.indicator.metadata;
    json!({
        "indicator": {
            "id": metadata.id,
            "name": metadata.name,
            "source": metadata.source,
            "severity": metadata.severity.map(|severity| severity.as_str()),
            "category": metadata.category,
            "family": metadata.family,
            "reference": metadata.reference,
            "date": metadata.date,
            "attack": metadata.attack,
        },
        "fields": fields(&found.fields),
        "unmatched": fields(&found.unmatched),
        "strength": found.strength.as_str(),
        "serial_match": found.serial_match.map(|how| how.as_str()),
        "shared": {"serial": found.shared_serial, "issuer": found.shared_issuer},
        "timing": found.timing.map(|timing| timing.as_str()),
        "severity": found.severity().map(|severity| severity.as_str()),
    })
}

fn field_value(evidence: &Evidence) -> Value {
    json!({
        "field": evidence.field,
        "expected": evidence.expected,
        "actual": evidence.actual,
        "compare": evidence.compare.as_str(),
    })
}
