//! What queries mean: a row for each form, each with an event of which it is true and one of which it is not.

use super::*;

/// An expression, events of which it is true, and events of which it is not.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const ROWS: &[Row] = &[
    // Equality is literal and of the whole value.
    (r#"a == "x""#, &[r#"{"a":"x"}"#, r#"{"a":["y","x"]}"#], &[r#"{"a":"X"}"#, r#"{"a":"xx"}"#, "{}", r#"{"a":null}"#]),
    (r#"a == "*""#, &[r#"{"a":"*"}"#], &[r#"{"a":"x"}"#, r#"{"a":""}"#]),
    (r#"a == "x?""#, &[r#"{"a":"x?"}"#], &[r#"{"a":"xy"}"#]),
    (r#"a == ("x", "y")"#, &[r#"{"a":"y"}"#], &[r#"{"a":"z"}"#]),
    (r#""x" == a"#, &[r#"{"a":"x"}"#], &[r#"{"a":"y"}"#]),
    (r#"a == """#, &[r#"{"a":""}"#, r#"{"a":["x",""]}"#], &["{}", r#"{"a":[]}"#, r#"{"a":null}"#]),
    // Its opposite is true where there is nothing, and false where any value is equal.
    (r#"a != "x""#, &["{}", r#"{"a":[]}"#, r#"{"a":"y"}"#], &[r#"{"a":"x"}"#, r#"{"a":["y","x"]}"#]),
    (r#"a != ("x", "y")"#, &["{}", r#"{"a":"z"}"#], &[r#"{"a":["z","y"]}"#]),
    // Lists.
    (r#"a in ("x", "y")"#, &[r#"{"a":"y"}"#, r#"{"a":["z","x"]}"#], &[r#"{"a":"Y"}"#, r#"{"a":"*"}"#, "{}"]),
    (r#"a in ("x*")"#, &[r#"{"a":"x*"}"#], &[r#"{"a":"xy"}"#]),
    (r#"a in~ ("x", "y")"#, &[r#"{"a":"Y"}"#, r#"{"a":"x"}"#], &[r#"{"a":"z"}"#, r#"{"a":"X "}"#]),
    (r#"a not in ("x")"#, &["{}", r#"{"a":"X"}"#], &[r#"{"a":"x"}"#]),
    (r#"a not in~ ("x")"#, &["{}", r#"{"a":"y"}"#], &[r#"{"a":"X"}"#]),
    // Patterns, anchored at both ends.
    (
        r#"a like "x*""#,
        &[r#"{"a":"x"}"#, r#"{"a":"x\ny"}"#, r#"{"a":"xπ"}"#, r#"{"a":"x*"}"#],
        &[r#"{"a":"yx"}"#, r#"{"a":"X"}"#, r#"{"a":"*"}"#, "{}"],
    ),
    (r#"a like "*x""#, &[r#"{"a":"x"}"#, r#"{"a":"yx"}"#], &[r#"{"a":"xy"}"#, r#"{"a":""}"#]),
    (
        r#"a like "x?z""#,
        &[r#"{"a":"xyz"}"#, r#"{"a":"xπz"}"#, r#"{"a":"x\nz"}"#],
        &[r#"{"a":"xz"}"#, r#"{"a":"xyyz"}"#],
    ),
    (r#"a like "x.z""#, &[r#"{"a":"x.z"}"#], &[r#"{"a":"xyz"}"#]),
    (r#"a like "[a-z]+""#, &[r#"{"a":"[a-z]+"}"#], &[r#"{"a":"b"}"#]),
    (r#"a like """#, &[r#"{"a":""}"#], &[r#"{"a":"x"}"#, "{}"]),
    (r#"a like "*""#, &[r#"{"a":""}"#, r#"{"a":"x"}"#, r#"{"a":0}"#, r#"{"a":false}"#], &["{}", r#"{"a":[null]}"#]),
    (r#"a like ("x", "y*")"#, &[r#"{"a":"yz"}"#, r#"{"a":["q","x"]}"#], &[r#"{"a":"xz"}"#]),
    (r#"a like~ "x*""#, &[r#"{"a":"XY"}"#], &[r#"{"a":"yx"}"#]),
    (r#"a not like "x*""#, &["{}", r#"{"a":"y"}"#], &[r#"{"a":["y","xy"]}"#]),
    (r#"a not like~ ("x*", "y")"#, &["{}", r#"{"a":"z"}"#], &[r#"{"a":"Y"}"#]),
    (r#"a : "x*""#, &[r#"{"a":"XY"}"#, r#"{"a":"x"}"#], &[r#"{"a":"yx"}"#, "{}"]),
    (r#"a:("x", "Y?")"#, &[r#"{"a":"yz"}"#], &[r#"{"a":"y"}"#]),
    // Only letters of ASCII are folded.
    (r#"a : "É""#, &[r#"{"a":"É"}"#], &[r#"{"a":"é"}"#]),
    // What is null, empty or missing is the same; an empty text is a value.
    (
        "a == null",
        &["{}", r#"{"a":null}"#, r#"{"a":[]}"#, r#"{"a":[null,[]]}"#, r#"{"a":{}}"#],
        &[r#"{"a":""}"#, r#"{"a":0}"#, r#"{"a":false}"#, r#"{"a":[null,"x"]}"#],
    ),
    ("a != null", &[r#"{"a":""}"#, r#"{"a":false}"#], &["{}", r#"{"a":[null]}"#]),
    ("null == a", &["{}"], &[r#"{"a":"null"}"#]),
    (r#"a == "null""#, &[r#"{"a":"null"}"#], &["{}", r#"{"a":null}"#]),
    // Numbers and booleans compare by their text.
    ("a == 5", &[r#"{"a":5}"#, r#"{"a":"5"}"#, r#"{"a":[1,5]}"#], &[r#"{"a":5.5}"#, r#"{"a":"05"}"#, "{}"]),
    (r#"a == "5""#, &[r#"{"a":5}"#], &[r#"{"a":55}"#]),
    ("a == -5", &[r#"{"a":-5}"#], &[r#"{"a":5}"#]),
    ("a == 1.5", &[r#"{"a":1.5}"#, r#"{"a":"1.5"}"#], &[r#"{"a":1}"#]),
    ("a == true", &[r#"{"a":true}"#, r#"{"a":"true"}"#], &[r#"{"a":false}"#, r#"{"a":1}"#, "{}"]),
    ("a == false", &[r#"{"a":false}"#], &["{}", r#"{"a":null}"#]),
    ("a != false", &["{}", r#"{"a":true}"#], &[r#"{"a":[true,false]}"#]),
    (r#"a like "t*""#, &[r#"{"a":true}"#], &[r#"{"a":false}"#]),
    // Order is of numbers, and of texts that are numbers.
    (
        "a < 5",
        &[r#"{"a":4}"#, r#"{"a":"4"}"#, r#"{"a":-1.5}"#, r#"{"a":[9,1]}"#],
        &[r#"{"a":5}"#, r#"{"a":"x"}"#, "{}"],
    ),
    ("a <= 5", &[r#"{"a":5}"#, r#"{"a":5.0}"#], &[r#"{"a":5.1}"#, r#"{"a":""}"#]),
    (
        "a > 5",
        &[r#"{"a":6}"#, r#"{"a":10}"#, r#"{"a":1e9}"#],
        &[r#"{"a":5}"#, r#"{"a":"inf"}"#, r#"{"a":"NaN"}"#, "{}"],
    ),
    ("a >= 5", &[r#"{"a":5}"#, r#"{"a":"5"}"#], &[r#"{"a":4.9}"#, r#"{"a":true}"#]),
    ("5 < a", &[r#"{"a":6}"#], &[r#"{"a":5}"#, r#"{"a":4}"#]),
    ("a >= -1.5e2", &[r#"{"a":-150}"#], &[r#"{"a":-151}"#]),
    // Beyond what a double can tell apart.
    ("a > 9007199254740992", &[r#"{"a":9007199254740993}"#], &[r#"{"a":9007199254740992}"#]),
    ("a > 18446744073709551614", &[r#"{"a":18446744073709551615}"#], &[r#"{"a":18446744073709551614}"#]),
    // `not` turns around what is false for want of a value; `and` binds closer than `or`, `not` closer than both.
    (r#"not a == "x""#, &["{}", r#"{"a":"y"}"#], &[r#"{"a":"x"}"#]),
    (r#"not not a == "x""#, &[r#"{"a":"x"}"#], &["{}"]),
    (r#"not (a == "x" or b == "x")"#, &["{}", r#"{"a":"y"}"#], &[r#"{"b":"x"}"#]),
    (
        r#"a == "x" or b == "x" and c == "x""#,
        &[r#"{"a":"x"}"#, r#"{"b":"x","c":"x"}"#],
        &[r#"{"b":"x"}"#, r#"{"c":"x"}"#],
    ),
    (r#"(a == "x" or b == "x") and c == "x""#, &[r#"{"a":"x","c":"x"}"#], &[r#"{"a":"x"}"#]),
    (r#"not a == "x" and b == "x""#, &[r#"{"b":"x"}"#], &["{}", r#"{"a":"x","b":"x"}"#]),
    (r#"not a == "x" or b == "x""#, &["{}", r#"{"a":"x","b":"x"}"#], &[r#"{"a":"x"}"#]),
    ("true", &["{}"], &[]),
    ("false", &[], &["{}"]),
    ("not false and (true)", &["{}"], &[]),
    // Where values lie.
    (
        r#"a.b == "x""#,
        &[
            r#"{"a":{"b":"x"}}"#,
            r#"{"a.b":"x"}"#,
            r#"{"a":[{"b":"y"},{"b":["z","x"]}]}"#,
            r#"{"a":{"b":"y"},"a.b":"x"}"#,
            r#"{"a":[[{"b":[["x"]]}]]}"#,
            r#"[{"a":{"b":"x"}}]"#,
        ],
        &[
            r#"{"a":"x"}"#,
            r#"{"b":"x"}"#,
            r#"{"a":{"c":"x"}}"#,
            r#"{"a":["b","x"]}"#,
            r#"{"ab":"x"}"#,
            r#"{"A":{"b":"x"}}"#,
        ],
    ),
    (
        r#"a.b.c == "x""#,
        &[r#"{"a.b":{"c":"x"}}"#, r#"{"a":{"b.c":"x"}}"#, r#"{"a.b.c":"x"}"#, r#"{"a":[{"b":"y"},{"b.c":"x"}]}"#],
        &[r#"{"a":{"b":"x"}}"#, r#"{"a.b":"x","c":"x"}"#, r#"{"a":{"b":{"cc":"x"}}}"#],
    ),
    // All that lies under a path.
    (
        r#"a == "x""#,
        &[r#"{"a":{"b":"x"}}"#, r#"{"a":{"b":{"c":["y","x"]}}}"#, r#"{"a.b":{"c":"x"}}"#, r#"{"a.b.c":["x"]}"#],
        &[r#"{"a":{"x":"b"}}"#],
    ),
    ("a.b == null", &["{}", r#"{"a":"x"}"#, r#"{"a":{"b":{"c":null}}}"#], &[r#"{"a":{"b":{"c":1}}}"#]),
    // How it is written.
    ("?a == null", &["{}"], &[r#"{"a":"x"}"#]),
    (r#"?a.b like "x""#, &[r#"{"a":{"b":"x"}}"#], &["{}"]),
    (r#"`a` == "x""#, &[r#"{"a":"x"}"#], &["{}"]),
    (r#"`a-b`.`c d` == "x""#, &[r#"{"a-b":{"c d":"x"}}"#, r#"{"a-b.c d":"x"}"#], &[r#"{"a":"x"}"#]),
    (r#"a.`b.c` == "x""#, &[r#"{"a":{"b":{"c":"x"}}}"#], &["{}"]),
    (r#"`and` == "x" and `not` == "x""#, &[r#"{"and":"x","not":"x"}"#], &[r#"{"and":"x"}"#]),
    (r#"@a == "x""#, &[r#"{"@a":"x"}"#], &[r#"{"a":"x"}"#]),
    (r#"a_1 == "x""#, &[r#"{"a_1":"x"}"#], &["{}"]),
    (r#"a == "\n\r\t\\\"""#, &[r#"{"a":"\n\r\t\\\""}"#], &[r#"{"a":"nrt"}"#]),
    (r#"a == "\u{41}\u{03C0}\u{0001F600}""#, &[r#"{"a":"Aπ😀"}"#], &[r#"{"a":"u"}"#]),
    (r#"a == """C:\n\*"x""""#, &[r#"{"a":"C:\\n\\*\"x"}"#], &[r#"{"a":"C:"}"#]),
    (r#"a like """C:\*""""#, &[r#"{"a":"C:\\n"}"#], &[r#"{"a":"C:n"}"#]),
    (r#"a == """""""#, &[r#"{"a":""}"#], &["{}"]),
    (r#"a == "'" and b == "`" "#, &[r#"{"a":"'","b":"`"}"#], &["{}"]),
    ("a == \"x\" // b == \"y\"\n and b == \"z\"", &[r#"{"a":"x","b":"z"}"#], &[r#"{"a":"x","b":"y"}"#]),
    (r#"a /* or **/ == /**/ "x /* y */""#, &[r#"{"a":"x /* y */"}"#], &[r#"{"a":"x "}"#]),
    (r#"a == "// x""#, &[r#"{"a":"// x"}"#], &["{}"]),
    ("\r\n\ta==\"x\"\n\n", &[r#"{"a":"x"}"#], &["{}"]),
    (r#"((((a == "x"))))"#, &[r#"{"a":"x"}"#], &["{}"]),
];

#[test]
fn expressions_mean_what_they_say() {
    for (expression, of_these, not_of_these) in ROWS {
        let query = query(&format!("any where {expression}"));
        let negated = self::query(&format!("any where not ({expression}\n)"));
        for (texts, is_true) in [(of_these, true), (not_of_these, false)] {
            for text in *texts {
                let event = event(text);
                assert_eq!(query.matches(&event), is_true, "{expression} of {text}");
                assert_eq!(negated.matches(&event), !is_true, "not {expression} of {text}");
                let verdict = query.verdict(&event);
                assert_eq!(verdict == Verdict::Alert, is_true, "{expression} of {text}: {verdict:?}");
            }
        }
    }
}

#[test]
fn a_category_is_one_of_the_event() {
    let rows: &[(&str, &str, bool)] = &[
        ("process where true", r#"{"event":{"category":"process"}}"#, true),
        ("process where true", r#"{"event":{"category":["file","process"]}}"#, true),
        ("process where true", r#"{"event.category":"process"}"#, true),
        ("process where true", r#"{"event":{"category":"Process"}}"#, false),
        ("process where true", r#"{"event":{"category":"process*"}}"#, false),
        ("process where true", "{}", false),
        (r#""my-own" where true"#, r#"{"event":{"category":"my-own"}}"#, true),
        ("any where true", "{}", true),
        ("any where true", r#"{"event":{"category":"process"}}"#, true),
    ];
    for (text, of, expected) in rows {
        assert_eq!(query(text).matches(&event(of)), *expected, "{text} of {of}");
    }
}

/// Every exclusion that holds is named, with the field and the value that made it hold.
#[test]
fn what_leaves_an_event_out_is_named() {
    let query = query(
        r#"process where a == "x" and not (b like ("p*", "q") or c == "z" and d in ("1", "2")) and not e : "W?" and not f == null"#,
    );
    let told = |text: &str| {
        let of = event(&text.replacen('{', r#"{"event":{"category":"process"},"#, 1));
        match query.verdict(&of) {
            Verdict::Suppressed { clauses } => {
                clauses.into_iter().map(|one| (one.id, one.field.unwrap_or_default(), one.value)).collect()
            }
            Verdict::Alert => vec![("alert".to_owned(), String::new(), None)],
            _ => vec![],
        }
    };
    let row = |id: &str, field: &str, value: Option<&str>| (id.to_owned(), field.to_owned(), value.map(str::to_owned));
    assert_eq!(told(r#"{"a":"x","f":1}"#), [row("alert", "", None)]);
    assert_eq!(told(r#"{"a":"y","b":"q","f":1}"#), []);
    assert_eq!(told(r#"{"a":"x","b":["o","q","pq"],"f":1}"#), [row("E1", "b", Some("q"))]);
    assert_eq!(told(r#"{"a":"x","c":"z","d":[3,2],"f":1}"#), [row("E2", "c", Some("z"))]);
    assert_eq!(told(r#"{"a":"x","c":"z","f":1}"#), [row("alert", "", None)]);
    assert_eq!(told(r#"{"a":"x","e":"w1"}"#), [row("E3", "e", Some("w1")), row("E4", "f", None)]);
    let all = told(r#"{"a":"x","b":"p","c":"z","d":"1","e":"wx"}"#);
    assert_eq!(all.iter().map(|(id, ..)| id.as_str()).collect::<Vec<_>>(), ["E1", "E2", "E3", "E4"]);
}
