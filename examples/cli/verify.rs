//! The options of verification.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use certsift::{Time, TrustError, Verifier};

use super::complain;

/// Whether and how signatures are verified.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyOptions {
    /// Check whether each signature holds: digests, keys, the path to an anchor, timestamps. Reads each signed file whole
    #[arg(long)]
    verify: bool,
    /// End paths at the certificates of a file, PEM or DER. Repeatable; implies --verify, as the following do
    #[arg(long, value_name = "PEM")]
    anchors: Vec<PathBuf>,
    /// Look for issuers also among the certificates of a file, which are no anchors. Repeatable
    #[arg(long, value_name = "FILE")]
    extra_certificates: Vec<PathBuf>,
    /// Ask the revocation lists of a file, PEM or DER. Repeatable
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// Check at this time where no verified timestamp says when, such as 2014-11-03T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Time>,
}

/// Something that was told on stderr.
#[derive(Debug)]
pub(crate) struct Told;

impl VerifyOptions {
    fn is_asked(&self) -> bool {
        let lists = [&self.anchors, &self.extra_certificates, &self.crl];
        self.verify || self.at.is_some() || lists.iter().any(|list| !list.is_empty())
    }

    /// The verifier that is asked for; says on stderr what is wrong with its files, all of them.
    pub(crate) fn load(&self) -> Result<Option<Verifier>, Told> {
        if !self.is_asked() {
            return Ok(None);
        }
        let mut verifier = Verifier::new(self.at.unwrap_or_else(now));
        let mut whole = true;
        for path in &self.anchors {
            whole &= add(path, |bytes| verifier.add_anchors(bytes));
        }
        for path in &self.extra_certificates {
            whole &= add(path, |bytes| verifier.add_certificates(bytes));
        }
        for path in &self.crl {
            whole &= add(path, |bytes| verifier.add_crls(bytes));
        }
        if whole { Ok(Some(verifier)) } else { Err(Told) }
    }
}

/// Reads a file for the verifier; whether that went well.
fn add(path: &Path, to: impl FnOnce(&[u8]) -> Result<usize, TrustError>) -> bool {
    let error = match std::fs::read(path).map(|bytes| to(&bytes)) {
        Ok(Ok(_)) => return true,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    complain(&format!("{}: {error}", path.display()));
    false
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default();
    Time::from_unix(i64::try_from(since).unwrap_or(i64::MAX))
}

fn parse_time(text: &str) -> Result<Time, String> {
    Time::from_rfc3339(text).ok_or_else(|| "expected a time such as 2014-11-03T00:00:00Z".to_owned())
}
