//! Hex strings: `{ 45 21 ?? [2-4] ( 0C | 13 ) }`.

use super::lexer::{Lexer, SyntaxError};

/// A part of a hex string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    Octet(u8),
    /// Octets that may be any, as far as anybody here cares: a wildcard, a jump, alternatives.
    Gap {
        min: usize,
        /// `None` when there is no limit.
        max: Option<usize>,
    },
}

/// Reads a hex string behind its `{`, and takes its `}`.
pub(super) fn read(lexer: &mut Lexer<'_>) -> Result<Vec<Cell>, SyntaxError> {
    let mut cells = Vec::new();
    let mut group = Group::default();
    loop {
        lexer.skip_blanks()?;
        let start = lexer.position();
        let fail = |problem: &str| Err(SyntaxError::new(start, format!("{problem} in a hex string")));
        let cell = match *lexer.rest() {
            [b'}', ..] if group.depth == 0 => {
                lexer.advance(1);
                return if cells.is_empty() { fail("nothing") } else { Ok(cells) };
            }
            [b'(', ..] => {
                lexer.advance(1);
                group.open();
                continue;
            }
            [b'|', ..] if group.depth > 0 => {
                lexer.advance(1);
                group.end_alternative();
                continue;
            }
            [b')', ..] if group.depth > 0 => {
                lexer.advance(1);
                match group.close() {
                    Some(cell) => cell,
                    None => continue,
                }
            }
            [b'[', ..] => jump(lexer)?,
            [b'~', high, low, ..] if is_nibble(high) && is_nibble(low) => {
                lexer.advance(3);
                ONE
            }
            [high, low, ..] if is_nibble(high) && is_nibble(low) => {
                lexer.advance(2);
                match (nibble(high), nibble(low)) {
                    (Some(high), Some(low)) => Cell::Octet(high << 4 | low),
                    _ => ONE,
                }
            }
            [] => return fail("the end of the file"),
            _ => return fail("something else than octets, wildcards, jumps and alternatives"),
        };
        if group.depth == 0 { cells.push(cell) } else { group.add(cell) }
    }
}

/// `[2]`, `[2-4]`, `[2-]`, `[-]`.
fn jump(lexer: &mut Lexer<'_>) -> Result<Cell, SyntaxError> {
    let start = lexer.position();
    let fail =
        || SyntaxError::new(start, "no jump: one number, or two with a dash between them, belong between the brackets");
    let inside = lexer.rest().get(1..).unwrap_or_default();
    let length = inside.iter().position(|&byte| byte == b']' || byte == b'\n').ok_or_else(fail)?;
    let text = std::str::from_utf8(inside.get(..length).unwrap_or_default()).map_err(|_| fail())?;
    lexer.advance(length.saturating_add(2));
    let number = |text: &str| text.trim().parse::<u32>().ok().and_then(|number| usize::try_from(number).ok());
    let (min, max) = match text.split_once('-') {
        None => {
            let exact = number(text).ok_or_else(fail)?;
            (exact, Some(exact))
        }
        Some((min, max)) => {
            let bound = |text: &str| match text.trim() {
                "" => Ok(None),
                text => number(text).map(Some).ok_or_else(fail),
            };
            (bound(min)?.unwrap_or(0), bound(max)?)
        }
    };
    if max.is_some_and(|max| max < min) {
        return Err(fail());
    }
    Ok(Cell::Gap { min, max })
}

/// Alternatives in parentheses: only how long they are matters.
#[derive(Debug, Default)]
struct Group {
    depth: usize,
    length: (usize, Option<usize>),
    lengths: Option<(usize, Option<usize>)>,
}

impl Group {
    fn open(&mut self) {
        self.depth = self.depth.saturating_add(1);
        if self.depth == 1 {
            (self.length, self.lengths) = ((0, Some(0)), None);
        } else {
            // What is nested is not measured.
            self.length.1 = None;
        }
    }

    const fn add(&mut self, cell: Cell) {
        if self.depth != 1 {
            return;
        }
        let (least, most) = match cell {
            Cell::Octet(_) => (1, Some(1)),
            Cell::Gap { min, max } => (min, max),
        };
        self.length.0 = self.length.0.saturating_add(least);
        self.length.1 = match (self.length.1, most) {
            (Some(sum), Some(most)) => Some(sum.saturating_add(most)),
            _ => None,
        };
    }

    fn end_alternative(&mut self) {
        if self.depth != 1 {
            return;
        }
        let (least, most) = std::mem::replace(&mut self.length, (0, Some(0)));
        self.lengths = Some(match self.lengths {
            None => (least, most),
            Some((min, max)) => (min.min(least), max.zip(most).map(|(max, most)| max.max(most))),
        });
    }

    fn close(&mut self) -> Option<Cell> {
        self.end_alternative();
        self.depth = self.depth.saturating_sub(1);
        let (min, max) = self.lengths?;
        (self.depth == 0).then_some(Cell::Gap { min, max })
    }
}

const fn is_nibble(byte: u8) -> bool {
    byte == b'?' || byte.is_ascii_hexdigit()
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

const ONE: Cell = Cell::Gap { min: 1, max: Some(1) };

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(min: usize, max: Option<usize>) -> Cell {
        Cell::Gap { min, max }
    }

    #[test]
    fn every_part_of_a_hex_string() {
        let cases: &[(&str, &[Cell])] = &[
            ("4521}", &[Cell::Octet(0x45), Cell::Octet(0x21)]),
            (" 45 /* x */ 21 // y\n }", &[Cell::Octet(0x45), Cell::Octet(0x21)]),
            ("?? 4? ?4 ~45}", &[ONE, ONE, ONE, ONE]),
            ("[2][1-3][4-][-]}", &[gap(2, Some(2)), gap(1, Some(3)), gap(4, None), gap(0, None)]),
            ("01 (0C|13) 02}", &[Cell::Octet(1), gap(1, Some(1)), Cell::Octet(2)]),
            ("(0C 01|13)}", &[gap(1, Some(2))]),
            ("(0C (01|02) |13)}", &[gap(1, None)]),
        ];
        for (text, expected) in cases {
            let mut lexer = Lexer::new(text.as_bytes(), 0);
            assert_eq!(read(&mut lexer).as_deref(), Ok(*expected), "{text}");
            assert_eq!(lexer.position(), text.len(), "{text}");
        }
    }

    #[test]
    fn a_broken_hex_string_is_told_by_its_place() {
        let cases = [
            ("}", 0),
            ("4}", 0),
            ("45 4", 3),
            ("45 xx}", 3),
            ("[a]}", 0),
            ("[3-2]}", 0),
            ("[2", 0),
            ("(45}", 3),
            (")}", 0),
            ("45", 2),
        ];
        for (text, place) in cases {
            let mut lexer = Lexer::new(text.as_bytes(), 0);
            assert_eq!(read(&mut lexer).map_err(|error| error.at), Err(place), "{text}");
        }
    }
}
