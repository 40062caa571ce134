//! Delimited text as feeds write it: blanks after commas, quotation marks inside of quoted fields that nobody doubled, and now and then
//! one that is never closed, which costs its own row and no other.

use std::str::Lines;

use super::reading::{Fault, Place, Reading};
use crate::bytes::to_u64;

/// One record, and the line on which it begins, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
}

/// The first lines that are neither blank nor a comment: enough to tell a format by, though some be damaged.
pub(super) fn first_rows(text: &str) -> impl Iterator<Item = &str> {
    const FIRST_ROWS: usize = 8;
    text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).take(FIRST_ROWS)
}

/// The records of a text, comments and blank lines left out.
pub(super) struct Records<'a> {
    /// The lines from here on, and how many there were before.
    lines: Lines<'a>,
    next: usize,
    separator: char,
    /// Lines that a quoted field may go on over.
    max_lines: usize,
    /// The number of fields that a record over several lines must have to be one.
    columns: usize,
}

impl<'a> Records<'a> {
    /// Records of one line each. Without quotation marks that may be enough for any.
    pub(super) fn of_lines(text: &'a str, separator: char) -> Self {
        Self { lines: text.lines(), next: 0, separator, max_lines: 1, columns: 0 }
    }

    /// Records with quoted fields that may hold line ends.
    pub(super) fn of_table(text: &'a str) -> Self {
        /// A description of more lines than this is a quotation mark that was never closed.
        const MAX_LINES: usize = 100;
        Self { max_lines: MAX_LINES, ..Self::of_lines(text, ',') }
    }
}

/// A table whose first record names its columns.
pub(super) struct Table<'a> {
    text: &'a str,
    header_line: u64,
    pub(super) columns: Vec<String>,
}

impl<'a> Table<'a> {
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let header = Records::of_table(text).next()?.ok()?;
        let columns = header.fields.iter().map(|column| column.trim().to_owned()).collect();
        Some(Self { text, header_line: header.line, columns })
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known == column)
    }

    /// Gives each row that has a field for each column to `take`; the others fail.
    pub(super) fn read_rows<'r>(&self, reading: &mut Reading<'r>, mut take: impl FnMut(&mut Reading<'r>, &Record)) {
        let mut records = Records::of_table(self.text);
        records.columns = self.columns.len();
        for record in records {
            match reading.survive(record) {
                Some(record) if record.line == self.header_line => {}
                Some(record) if record.fields.len() != self.columns.len() => {
                    let problem = format!("{} fields where the header has {}", record.fields.len(), self.columns.len());
                    reading.fail(Place::line(record.line), problem);
                }
                Some(record) => take(reading, &record),
                None => {}
            }
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = loop {
            let line = self.lines.next()?;
            self.next = self.next.saturating_add(1);
            let trimmed = line.trim_start();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                break line;
            }
        };
        let (first, after_first) = (self.next, self.lines.clone());
        let number = to_u64(first);
        let mut fields = Fields { fields: Vec::new(), open: None, separator: self.separator };
        fields.read_line(line);
        for _ in 1..self.max_lines {
            if fields.open.is_none() {
                break;
            }
            let Some(line) = self.lines.next() else { break };
            self.next = self.next.saturating_add(1);
            if fields.read_further_line(line).is_none() {
                fields.open = Some(String::new());
                break;
            }
        }
        let spans_lines = self.next > first;
        let is_record = fields.open.is_none() && (!spans_lines || fields.fields.len() == self.columns);
        if is_record {
            return Some(Ok(Record { line: number, fields: fields.fields }));
        }
        (self.next, self.lines) = (first, after_first);
        let column = to_u64(Fields::count_on(line, self.separator));
        Some(Err(Fault::new(Place::at(number, column), "a quotation mark that is not closed")))
    }
}

/// The fields of a record so far.
struct Fields {
    fields: Vec<String>,
    /// A quoted field that is not closed yet.
    open: Option<String>,
    separator: char,
}

impl Fields {
    /// The number of fields that begin on a line, the last of them the one that is left open.
    fn count_on(line: &str, separator: char) -> usize {
        let mut fields = Self { fields: Vec::new(), open: None, separator };
        fields.read_line(line);
        fields.fields.len().saturating_add(1)
    }

    /// Reads a whole line. Lenient: in a quoted field a quotation mark that no separator follows is one of the text, and once there was
    /// such a one, no pair of them is an escape.
    fn read_line(&mut self, line: &str) {
        let mut rest = line;
        loop {
            let start = rest.trim_start_matches(|c| c != self.separator && matches!(c, ' ' | '\t'));
            let Some(quoted) = start.strip_prefix('"') else {
                let (field, after) = match rest.split_once(self.separator) {
                    Some((field, after)) => (field, Some(after)),
                    None => (rest, None),
                };
                self.fields.push(field.to_owned());
                match after {
                    Some(after) => rest = after,
                    None => return,
                }
                continue;
            };
            match self.lenient_quoted(quoted) {
                Ok((field, after)) => {
                    self.fields.push(field);
                    match after {
                        Some(after) => rest = after,
                        None => return,
                    }
                }
                Err(open) => {
                    self.open = Some(open);
                    return;
                }
            }
        }
    }

    /// The field whose opening mark was just read, and what follows the separator after it; what there is of a field that is not closed.
    fn lenient_quoted<'t>(&self, text: &'t str) -> Result<(String, Option<&'t str>), String> {
        let mut field = String::new();
        let mut rest = text;
        let mut has_lone_mark = false;
        while let Some((before, after)) = rest.split_once('"') {
            field.push_str(before);
            match after.strip_prefix('"') {
                Some(doubled) if !has_lone_mark && !self.opens_field_next(doubled) => rest = doubled,
                _ => {
                    if let Some(end) = self.after_field(after) {
                        return Ok((field, end));
                    }
                    has_lone_mark = true;
                    rest = after;
                }
            }
            field.push('"');
        }
        field.push_str(rest);
        Err(field)
    }

    /// Whether a separator and then the beginning of a quoted field follow, which text with doubled marks cannot have here.
    fn opens_field_next(&self, text: &str) -> bool {
        let next = self.after_field(text).flatten().map(|next| next.trim_start_matches([' ', '\t']));
        let inside = next.and_then(|next| next.strip_prefix('"'));
        inside.and_then(|inside| inside.chars().next()).is_some_and(|c| c != '"' && c != self.separator)
    }

    /// What follows the end of a field here: `Some(None)` at the end of the line, `None` when no field ends here.
    #[expect(clippy::option_option, reason = "whether a field ends here, and whether another follows")]
    fn after_field<'t>(&self, text: &'t str) -> Option<Option<&'t str>> {
        let text = text.trim_start_matches(|c| c != self.separator && matches!(c, ' ' | '\t'));
        if text.is_empty() { Some(None) } else { text.strip_prefix(self.separator).map(Some) }
    }

    /// Reads a further line of a record. Strict (RFC 4180): every quotation mark of the open field is doubled or closes it; `None` where
    /// that does not hold, for then the field was never meant to go on.
    fn read_further_line(&mut self, line: &str) -> Option<()> {
        let mut field = self.open.take()?;
        field.push('\n');
        let mut rest = line;
        loop {
            let Some((before, after)) = rest.split_once('"') else {
                field.push_str(rest);
                self.open = Some(field);
                return Some(());
            };
            field.push_str(before);
            if let Some(doubled) = after.strip_prefix('"') {
                field.push('"');
                rest = doubled;
                continue;
            }
            let after = self.after_field(after)?;
            self.fields.push(field);
            if let Some(after) = after {
                self.read_line(after);
            }
            return Some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_feeds_write_them() {
        let cases: &[(&str, &[&str])] = &[
            (r#""a", "b""#, &["a", "b"]),
            (r#""a" ,"b, c""#, &["a", "b, c"]),
            (r#""say ""hi""", """#, &[r#"say "hi""#, ""]),
            (r#""SIA "MWorx"", "x""#, &[r#"SIA "MWorx""#, "x"]),
            (r#""LLC "MILKY PUT"", "x""#, &[r#"LLC "MILKY PUT""#, "x"]),
            (r#"""MILKY" PUT", "x""#, &[r#""MILKY" PUT"#, "x"]),
            (r#""LLC "", "x""#, &[r#"LLC ""#, "x"]),
            (r#""a"", ""b","a"", ","x""#, &[r#"a", "b"#, r#"a", "#, "x"]),
            (r#"a, b,"c",,"#, &["a", " b", "c", "", ""]),
            (r#""", "a""#, &["", "a"]),
            (r#"a "b" c,d"#, &[r#"a "b" c"#, "d"]),
        ];
        for (line, expected) in cases {
            let records: Vec<_> = Records::of_table(line).collect();
            let expected = Record { line: 1, fields: expected.iter().map(|&field| field.to_owned()).collect() };
            assert_eq!(records, [Ok(expected)], "{line}");
        }
    }

    #[test]
    fn an_open_quotation_mark_costs_its_own_row() {
        // Text with three columns; the lines of its records; places of what is wrong.
        type Places = &'static [(u64, u64)];
        let cases: &[(&str, &[u64], Places)] = &[
            ("a,b,c\n1,\"2\nmore \"\"x\"\"\n\",3\n4,5,6", &[1, 2, 5], &[]),
            ("a,b,c\n1,\"2,3\n\"4\",\"5\",\"6\"\n7,8,9", &[1, 3, 4], &[(2, 2)]),
            ("a,b,c\n1,\"2,3\n4,5,6\n7,8,9\n", &[1, 3, 4], &[(2, 2)]),
            ("a,b,c\n\n# no row\n1,2,\"3", &[1], &[(4, 3)]),
            ("a,b,c\n1,\"2,3\n4\",5,6,7\n", &[1, 3], &[(2, 2)]),
        ];
        for (text, lines, places) in cases {
            let mut records = Records::of_table(text);
            records.columns = 3;
            let (mut read, mut wrong) = (Vec::new(), Vec::new());
            for record in records {
                match record {
                    Ok(record) => read.push(record.line),
                    Err(fault) => wrong.push((fault.place.line, fault.place.column.unwrap())),
                }
            }
            assert_eq!(read, *lines, "{text}");
            assert_eq!(wrong, *places, "{text}");
        }
    }
}
