//! Rows of CSV: that every row has every column, whatever a file's name or a certificate says, and that no cell is a formula.

use certsift::{
    Condition, Indicator, IndicatorTable, Input, Metadata, NameField, NameTest, ReadError, Report, Severity, TextMode,
};

use super::{MATCHED, report_of};

fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn every_row_has_every_column() {
    let table = IndicatorTable::builtin();
    let mut text = Report::csv_header();
    let mut expected = 1;
    for name in MATCHED.iter().chain(&["clean_signed.exe"]) {
        let report = report_of(name, &table);
        expected += report.matches.len().max(1);
        text += &report.to_csv();
    }
    // Unequal lengths are errors.
    let rows = rows(&text);
    assert_eq!(rows.len(), expected);
    let cell = |row: &[String], column: &str| row[rows[0].iter().position(|name| name == column).unwrap()].clone();
    let row = rows.iter().find(|row| cell(row, "path").ends_with("seed_pe32.exe")).unwrap();
    let expected = [
        ("indicator", "callTogether_certificate"),
        ("severity", "high"),
        ("serial", "452156c3b3fb0176365bdb5b7715bc4c"),
        ("matched", "serial organization"),
        ("status", "signed"),
    ];
    for (column, value) in expected {
        assert_eq!(cell(row, column), value, "{column}");
    }
    let clean = rows.iter().find(|row| cell(row, "path").ends_with("clean_signed.exe")).unwrap();
    assert_eq!(cell(clean, "indicator"), "");
}

#[test]
fn no_cell_is_a_formula() {
    let nasty = ["=1+1", "'=x", "a,\"b\"\r\nc", "-1", "\t@x"];
    for text in nasty {
        let test = NameTest::new(NameField::Organization, TextMode::Exact, "CallTogether, Inc.");
        let metadata = Metadata {
            id: text.to_owned().into(),
            source: Some(text.to_owned().into()),
            severity: Some(Severity::Low),
            ..Metadata::default()
        };
        let alternatives = vec![vec![Condition::Subject(test)]];
        let table = IndicatorTable::new([Indicator { metadata, alternatives, ..Indicator::default() }]).unwrap();
        let mut report = report_of("seed_pe32.exe", &table);
        report.input.path = text.to_owned();
        let read = rows(&report.to_csv());
        assert_eq!(read.len(), 1, "{text:?}");
        let told = &read[0];
        assert!(told.iter().all(|cell| !cell.starts_with(['=', '-', '@', '\t'])), "{told:?}");
        assert!(told[0].ends_with(text), "{told:?}");
        assert!(told[6].ends_with(text), "{told:?}");
    }
    let unread = Report::from_error(
        Input::from_path("+gone".as_ref()),
        &ReadError::Io(std::io::Error::from(std::io::ErrorKind::NotFound)),
    );
    assert!(unread.to_csv().starts_with("\"'+gone\",,,,error,io,"), "{}", unread.to_csv());
}
