//! Events as JSON lines: what is no event is counted, told with its place, and passed over.

#![expect(clippy::arithmetic_side_effects, reason = "counts of lines do not overflow")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use crate::cli::complain;

/// Bytes of a line that is read.
const MOST_BYTES: u64 = 1 << 20;
/// What Windows programs write at the start of UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
/// Lines that are told with their place.
const MOST_COMPLAINTS: usize = 20;

/// What was read, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct EventLines {
    pub(crate) lines: u64,
    pub(crate) malformed: u64,
    /// The first lines that could not be read.
    complaints: Vec<String>,
}

impl EventLines {
    /// Reads a file, or standard input where it is called `-`; `take` is told the number of each line, and its event.
    pub(crate) fn read_file(&mut self, path: &Path, take: impl FnMut(u64, Value)) -> Result<(), String> {
        let name = path.display().to_string();
        let read = if path.as_os_str() == "-" {
            self.read(&name, &mut io::stdin().lock(), take)
        } else {
            File::open(path).and_then(|file| self.read(&name, &mut BufReader::with_capacity(1 << 16, file), take))
        };
        read.map_err(|error| format!("{name}: {error}"))
    }

    pub(crate) fn read(
        &mut self,
        name: &str,
        from: &mut impl BufRead,
        mut take: impl FnMut(u64, Value),
    ) -> io::Result<()> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            from.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                break;
            }
            self.lines += 1;
            let event = line.trim_ascii_end();
            let event = if number == 1 { event.strip_prefix(BYTE_ORDER_MARK).unwrap_or(event) } else { event };
            if line.last() != Some(&b'\n') && u64::try_from(line.len()) == Ok(MOST_BYTES) {
                from.skip_until(b'\n')?;
                self.complain_of(format!("{name}:{number}: longer than {MOST_BYTES} bytes"));
            } else if !event.is_empty() {
                match serde_json::from_slice::<Value>(event) {
                    Ok(event) if event.is_object() => take(number, event),
                    Ok(_) => self.complain_of(format!("{name}:{number}: no JSON object")),
                    Err(error) => self.complain_of(format!("{name}:{number}: {error}")),
                }
            }
        }
        Ok(())
    }

    fn complain_of(&mut self, problem: String) {
        self.malformed += 1;
        if self.complaints.len() < MOST_COMPLAINTS {
            self.complaints.push(problem);
        }
    }

    /// Tells the lines that could not be read.
    pub(crate) fn complain(&self) {
        self.complaints.iter().for_each(|problem| complain(problem));
        if u64::try_from(self.complaints.len()) != Ok(self.malformed) {
            complain(&format!("{} lines in all that are no events", self.malformed));
        }
    }
}
