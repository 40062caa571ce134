//! What is no query, or not one that is read here: each names the construct and the byte at which it stands.

use super::*;
use certsift::{Construct, EqlErrorKind};

/// Texts in which `«` stands before the byte that the error must name, and the construct.
const UNSUPPORTED: &[(&str, Construct)] = &[
    ("«sequence by host.id [process where true] [file where true]", Construct::Sequence),
    (" /* c */ «sequence with maxspan=1m [process where true]", Construct::Sequence),
    ("«sample by host.id [process where true] [file where true]", Construct::Sample),
    ("«join by host.id [process where true] [file where true]", Construct::Join),
    (r#"process where «length(process.name) > 3"#, Construct::Function),
    (r#"process where a == "x" and «wildcard(b, "x*")"#, Construct::Function),
    (r#"process where not «stringContains~(a, "x")"#, Construct::Function),
    (r#"process where a == «concat("x", "y")"#, Construct::Function),
    ("process where true «| head 5", Construct::Pipe),
    (r#"process where a == "x" «| tail 5"#, Construct::Pipe),
    (r#"process where `π` == "é" «| count"#, Construct::Pipe),
    (r#"process where a «regex "x.*""#, Construct::Regex),
    (r#"process where a «regex~ ("x.*", "y")"#, Construct::Regex),
    (r#"process where a not «regex "x""#, Construct::Regex),
    (r#"process where a «= "x""#, Construct::SingleEquals),
    (r#"process where "x" «= a"#, Construct::SingleEquals),
    ("process where a == «'x'", Construct::SingleQuotes),
    (r#"process where a in ("x", «'y')"#, Construct::SingleQuotes),
    (r#"process where a == «?"x""#, Construct::QuestionQuotes),
    ("process where a == «?'x'", Construct::QuestionQuotes),
    ("process where a «+ 1 == 2", Construct::Arithmetic),
    ("process where a == 1 «* 2", Construct::Arithmetic),
    ("process where a«[0] == 2", Construct::ArrayIndex),
    ("process where a == «b", Construct::TwoFields),
    (r#"process where a in ("x", «b.c)"#, Construct::TwoFields),
    ("process where a < «`b`", Construct::TwoFields),
];

/// The same for what is part of no form of EQL.
const WRONG: &[(&str, &str)] = &[
    ("«", "expected"),
    ("«process", "expected a category of events and where"),
    ("process where«", "expected"),
    ("«where true", "expected a category"),
    (r#"process where a == "x" «b"#, "expected an operator, or the end"),
    (r#"process where a == "x" and«"#, "expected"),
    (r#"process where (a == "x"«"#, "expected a closing bracket"),
    (r#"process where a == "x"«)"#, "expected"),
    (r#"process where a «"x""#, "expected an operator"),
    ("process where a == «", "expected"),
    ("process where a in («)", "expected"),
    (r#"process where a in ("x"«"#, "expected a comma"),
    (r#"process where a in ("x",«)"#, "expected"),
    (r#"process where a == «"x"#, "no end"),
    ("process where a == «\"x\ny\"", "no end"),
    (r#"process where a == «"""x"#, "no end"),
    ("process where «`a", "no end"),
    ("process where «/* x", "no end"),
    (r#"process where a == "x«\q""#, "unknown escape"),
    (r#"process where a == "x«\u{110000}""#, "unknown escape"),
    (r#"process where a == "x«\u{D800}""#, "unknown escape"),
    (r#"process where a == "x«\u0041""#, "unknown escape"),
    (r#"process where a like «null"#, "expected"),
    (r#"process where a < «"x""#, "expected a number"),
    (r#"process where a < «(1, 2)"#, "expected a number"),
    (r#"process where a ! b"#, "expected"),
    (r#"process where a == «;"#, "expected"),
];

#[test]
fn what_is_not_read_here_is_named_with_its_place() {
    for (marked, construct) in UNSUPPORTED {
        let error = refused(marked);
        assert_eq!(error.kind, EqlErrorKind::Unsupported(*construct), "{marked}");
        assert!(error.to_string().contains(&construct.to_string()), "{error}");
    }
}

#[test]
fn what_is_no_query_is_named_with_its_place() {
    for (marked, said) in WRONG {
        let error = refused(marked);
        assert!(error.to_string().contains(said), "{marked}: {error}");
        assert!(!matches!(error.kind, EqlErrorKind::Unsupported(_)), "{marked}: {error}");
    }
}

/// The error of a text, which must name the place of the mark if there is one.
fn refused(marked: &str) -> certsift::EqlError {
    let text = marked.replacen('«', "", 1);
    let error = Query::parse(&text).map(drop).expect_err(marked);
    if let Some(place) = marked.find('«') {
        assert_eq!(error.offset, place, "{marked}: {error}");
    }
    assert!(error.to_string().contains(&error.offset.to_string()), "{error}");
    error
}

#[test]
fn long_and_deep_queries_end_at_their_limits() {
    let deep = |depth: usize| format!("any where {}true{}", "(".repeat(depth), ")".repeat(depth));
    query(&deep(Query::MAX_DEPTH));
    let error = Query::parse(&deep(Query::MAX_DEPTH + 1)).map(drop).unwrap_err();
    assert_eq!((error.kind, error.offset), (EqlErrorKind::TooDeep, "any where ".len() + Query::MAX_DEPTH));

    let negated = |depth: usize| format!("any where {} true", "not ".repeat(depth));
    query(&negated(Query::MAX_DEPTH));
    assert_eq!(Query::parse(&negated(Query::MAX_DEPTH + 1)).map(drop).unwrap_err().kind, EqlErrorKind::TooDeep);

    let long = |length: usize| format!("any where true{}", " ".repeat(length - "any where true".len()));
    query(&long(Query::MAX_BYTES));
    let error = Query::parse(&long(Query::MAX_BYTES + 1)).map(drop).unwrap_err();
    assert_eq!(error.kind, EqlErrorKind::TooLong);

    // Wide is not deep.
    let wide = format!("any where a == \"x\"{}", " or a == \"y\"".repeat(4_000));
    assert!(query(&wide).matches(&event(r#"{"a":"y"}"#)));
    let wide = format!("any where not (a == \"x\"{})", " or a == \"y\"".repeat(4_000));
    assert_eq!(clauses(query(&wide).verdict(&event(r#"{"a":"y"}"#))).len(), 4_000);
}
