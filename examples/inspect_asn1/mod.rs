//! The ASN.1 structure of every message of a file, one element a line: file offset, octets of header and content, `c` for constructed
//! or `p` for primitive, tag, value. A line with `!` tells a fault.

use std::io::{self, Write};

use certsift::{Container, Outline, OutlineElement, OutlineItem, OutlineLine, SignedFile, asn1_outline, escape};

/// Columns that a line takes at most, where its value has [`MIN_VALUE`].
const MAX_COLUMNS: usize = 120;
/// Columns that every value may take: a serial number of 20 octets is shown whole, however deep it lies.
const MIN_VALUE: usize = 40;
/// Levels that move a line to the right: deeper ones than real files have need not.
const MAX_INDENT: usize = 48;
/// Lines of one file. A table of 16 MB full of real certificates has 400,000 values.
const MAX_LINES: usize = 500_000;
/// Octets shown of bytes that are no element.
const MAX_SHOWN_OCTETS: usize = 32;

/// Writes the structure of every message of a file.
pub(crate) fn write(
    out: &mut impl Write,
    bytes: &[u8],
    file: &Result<SignedFile<'_>, certsift::Error>,
) -> io::Result<()> {
    let mut columns = Columns::new(bytes.len());
    let file = match file {
        Ok(file) => file,
        Err(error) => return writeln!(out, "no message: {error}"),
    };
    if file.container() == Container::Pkcs7 {
        writeln!(out, "message at 0x0: {} bytes", bytes.len())?;
        return columns.write_outline(out, asn1_outline(bytes, 0));
    }
    if file.container() != Container::Pe {
        // Offsets in the message, which the file stores in another form.
        for (number, signature) in file.signatures().iter().filter(|signature| signature.level() == 0).enumerate() {
            writeln!(out, "message {number} from {:#x}: {} bytes", signature.offset(), signature.der().len())?;
            columns.write_outline(out, asn1_outline(signature.der(), 0))?;
        }
        if file.signatures().is_empty() {
            writeln!(out, "no message: the file carries no signature")?;
        }
        return Ok(());
    }
    for (number, entry) in file.entries().iter().enumerate() {
        let (offset, length, kind) = (entry.offset(), entry.length(), entry.kind());
        let name = entry.kind_name().map(|name| format!(" ({name})")).unwrap_or_default();
        writeln!(out, "entry {number} at {offset:#x}: {length} bytes, type {kind:#06x}{name}")?;
        match entry.asn1_outline() {
            Some(outline) => columns.write_outline(out, outline)?,
            None => writeln!(out, "no message: {}", hex(entry.body()))?,
        }
    }
    if file.entries().is_empty() {
        let why = if file.has_signature_data() {
            "there is no entry in the certificate table, or no table where the headers say"
        } else {
            "the file carries no signature"
        };
        writeln!(out, "no message: {why}")?;
    }
    Ok(())
}

/// Widths of the columns that numbers stand in, and how many lines follow.
struct Columns {
    /// Hex digits of an offset, with the `0x` before them.
    offset: usize,
    /// Decimal digits of a length.
    length: usize,
    /// Lines that may still be written.
    lines_left: usize,
}

impl Columns {
    /// Wide enough for a file of so many bytes.
    fn new(size: usize) -> Self {
        Self {
            offset: format!("{size:#x}").len().max("offset".len()),
            length: size.to_string().len().max("length".len()),
            lines_left: MAX_LINES,
        }
    }

    fn write_outline(&mut self, out: &mut impl Write, mut outline: Outline<'_>) -> io::Result<()> {
        let Self { offset, length, .. } = *self;
        writeln!(out, "{:>offset$} head {:>length$}   element", "offset", "length")?;
        for line in outline.by_ref() {
            if self.lines_left == 0 {
                return writeln!(out, "{} ! the first {MAX_LINES} lines are told", self.numbers(line.offset, "", ""));
            }
            self.lines_left = self.lines_left.saturating_sub(1);
            writeln!(out, "{}", self.line(&line))?;
        }
        let behind = outline.behind();
        if !behind.is_empty() {
            let numbers = self.numbers(outline.behind_offset(), "", &behind.len().to_string());
            writeln!(out, "{numbers} - behind the message: {}", hex(behind))?;
        }
        Ok(())
    }

    fn line(&self, line: &OutlineLine<'_>) -> String {
        let indent = " ".repeat(line.depth.min(MAX_INDENT));
        match &line.item {
            OutlineItem::Element(element) => {
                let (head, length) = (element.header_length.to_string(), element.content_length.to_string());
                let form = if element.tag.is_constructed() { 'c' } else { 'p' };
                let start = format!("{} {form} {indent}{} ", self.numbers(line.offset, &head, &length), element.tag);
                let room = MAX_COLUMNS.saturating_sub(start.chars().count()).max(MIN_VALUE);
                let value = cut(&escape(&value(element)), room);
                format!("{start}{value}").trim_end().to_owned()
            }
            OutlineItem::Fault(kind) => {
                format!("{} ! {indent}{}: {kind}", self.numbers(line.offset, "", ""), kind.code())
            }
        }
    }

    fn numbers(&self, offset: u64, head: &str, length: &str) -> String {
        let (digits, width) = (self.offset, self.length);
        format!("{offset:#0digits$x} {head:>4} {length:>width$}")
    }
}

/// The value, with what its length has of its own.
fn value(element: &OutlineElement<'_>) -> String {
    // More than a line takes, so that a long text is not escaped in full.
    let value: String = element.value.to_string().chars().take(MAX_COLUMNS).collect();
    if element.is_indefinite { format!("indefinite length {value}") } else { value }
}

fn cut(text: &str, room: usize) -> String {
    match text.char_indices().nth(room) {
        Some(_) => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let shown = bytes.iter().take(MAX_SHOWN_OCTETS).map(|byte| format!("{byte:02x}")).collect::<String>();
    if bytes.len() > MAX_SHOWN_OCTETS { shown + "…" } else { shown }
}
