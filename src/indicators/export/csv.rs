//! Our own CSV: the columns that any of the indicators has a value for.

use std::collections::BTreeSet;

use ::csv::{Writer, WriterBuilder};

use super::losses::Losses;
use super::record::{Cell, cells};
use crate::indicators::column::Column;
use crate::indicators::formula::cell;
use crate::indicators::indicator::{Indicator, Text};

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let rows: Vec<Vec<(Column, Cell<'_>)>> = indicators.iter().map(|indicator| cells(indicator, losses)).collect();
    let mut columns: BTreeSet<Column> = rows.iter().flatten().map(|(column, _)| *column).collect();
    columns.insert(Column::Id);
    let mut table = Table::new();
    table.row(columns.iter().map(|column| column.name()));
    for row in rows {
        let mut row = row.into_iter().peekable();
        table.row(columns.iter().map(|column| match row.next_if(|(of, _)| of == column) {
            Some((_, value)) => text_of(&value),
            None => String::new(),
        }));
    }
    table.into_text()
}

fn text_of(value: &Cell<'_>) -> String {
    match value {
        Cell::Text(text) => cell(text),
        Cell::Ids(ids) if are_words(ids) => cell(&ids.join(" ")),
        Cell::Ids(_) | Cell::Json(_) => value.to_string(),
    }
}

/// Whether ids can be told apart with nothing but blanks between them.
fn are_words(ids: &[Text]) -> bool {
    let is_word = |id: &Text| !id.is_empty() && !id.contains(char::is_whitespace);
    ids.iter().all(is_word) && ids.first().is_some_and(|first| !first.starts_with('['))
}

/// Rows as CSV text.
pub(super) struct Table(Writer<Vec<u8>>);

impl Table {
    pub(super) fn new() -> Self {
        // A first cell that begins like a comment is quoted, or its row would be read as one.
        Self(WriterBuilder::new().comment(Some(b'#')).from_writer(Vec::new()))
    }

    pub(super) fn row<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) {
        // Memory takes everything, and rows of one table are equally long.
        let _ = self.0.write_record(cells);
    }

    pub(super) fn into_text(self) -> String {
        let octets = self.0.into_inner().unwrap_or_default();
        String::from_utf8(octets).unwrap_or_default()
    }
}
