//! Source that is broken, or made to be slow.

use std::time::{Duration, Instant};

use certsift::IndicatorTable;
use proptest::prelude::*;

use crate::told::import;

const GOOD: &str = "rule good { condition: for any s in pe.signatures : (s.subject contains \"A\") }";
const LAST: &str = "rule last { condition: for any s in pe.signatures : (s.subject contains \"B\") }";

#[test]
fn a_broken_rule_leaves_its_neighbours() {
    let cases = [
        (
            "rule bad { condition: for any s in pe.signatures ( s.subject contains \"C\" ) }",
            "f.yar:2:77: `}` where `:` belongs",
        ),
        ("rule bad { condition: }", "f.yar:2:23: `}` where an expression belongs"),
        ("rule bad { condition: true", "f.yar:3:1: `rule` where an operator or the rule's last brace belongs"),
        ("rule bad { condition: s.subject contains \"C }", "f.yar:2:42: a text that does not end"),
        (
            "rule bad { strings: $a = { 01 0 } condition: $a }",
            "f.yar:2:31: something else than octets, wildcards, jumps and alternatives in a hex string",
        ),
        (
            "rule bad { strings: $a = { 01 ",
            "f.yar:3:1: something else than octets, wildcards, jumps and alternatives in a hex string",
        ),
        (
            "rule bad { strings: $a = \"\\q\" condition: $a }",
            "f.yar:2:27: an escape that YARA does not know; it knows \\\" \\\\ \\n \\r \\t and \\xHH",
        ),
        (
            "rule bad { meta: a = condition: true }",
            "f.yar:2:22: `condition` where a text, a number, `true` or `false` belongs",
        ),
        (
            "rule bad : { strings: $a = \"x\" }",
            "f.yar:2:32: `}` where a string's name, such as `$a`, or `condition` belongs",
        ),
        ("rule { condition: true }", "f.yar:2:6: `{` where the name of a rule belongs"),
        ("rule rule { condition: true }", "f.yar:2:6: `rule` where the name of a rule belongs"),
        ("bad { condition: true }", "f.yar:2:1: `bad` where a rule belongs"),
        ("é", "f.yar:2:1: 'é' has no meaning here"),
        ("/* ééé */ é", "f.yar:2:11: 'é' has no meaning here"),
        ("/* comment", "f.yar:2:1: a comment that does not end"),
        ("import pe", "f.yar:2:8: `pe` where a text belongs"),
        (
            "rule bad { condition: 99999999999999999999 }",
            "f.yar:2:23: \"99999999999999999999\" is no number of 64 bits",
        ),
        ("rule bad { condition: a. }", "f.yar:2:26: the name of a field belongs behind a dot"),
    ];
    for (bad, error) in cases {
        let import = import(&format!("{GOOD}\n{bad}\n{LAST}"));
        let ids: Vec<_> = import.indicators.iter().map(|one| one.metadata.id.as_ref()).collect();
        assert_eq!(ids, ["good", "last"], "{bad}");
        assert_eq!(import.errors[0].to_string(), error, "{bad}");
        assert_eq!(import.lines, [1, 3], "{bad}");
    }
}

#[test]
fn octets_that_are_no_utf_8_spoil_nothing() {
    let text = [
        b"// \xe9\xff\n".as_slice(),
        GOOD.as_bytes(),
        b"\nrule x { condition: for any s in pe.signatures : (s.subject contains \"Caf\xe9\") }",
    ];
    let import = certsift::import_indicators("f.yar", &text.concat());
    assert!(import.errors.is_empty(), "{:?}", import.errors);
    assert_eq!(crate::told::alternatives(&import.indicators[1]), "subject any contains \"Café\"");
}

#[test]
fn nothing_is_slow_or_deep() {
    /// Many times what each of these takes without optimization.
    const SECONDS: Duration = Duration::from_secs(10);
    let n = 50_000;
    let rule = |condition: String| format!("rule r {{ strings: $a = \"x\" condition: {condition} }}");
    let repeat = |text: &str| text.repeat(n);
    let cases = [
        rule(repeat("(") + "true" + &repeat(")")),
        rule(repeat("a(") + "1" + &repeat(")")),
        rule(repeat("a[") + "1" + &repeat("]")),
        rule(repeat("not ") + "true"),
        rule(repeat("-") + "1 == 1"),
        rule(repeat("a.b + ") + "1 == 1"),
        rule(repeat("for any i in (1..2) : (")),
        rule(repeat("any of (")),
        rule(repeat("s.subject contains \"A\" or ") + "true"),
        rule(repeat("pe.signatures[0].subject contains \"A\" or ") + "true"),
        rule(repeat("pe.signatures[0].subject contains \"A\" and ") + "true"),
        rule(
            repeat("(pe.signatures[0].subject contains \"A\" or pe.signatures[0].subject contains \"B\") and ")
                + "true",
        ),
        rule((0..n).map(|i| format!("pe.signatures[0].serial == \"{i:x}\" or ")).collect::<String>() + "true"),
        rule(repeat("$a and ") + "$a"),
        format!(
            "rule serial {{ strings: {} condition: {} of them }}",
            (0..n).map(|i| format!("$a{i} = {{ 02 08 01 02 03 04 05 06 07 08 }} ")).collect::<String>(),
            n / 2
        ),
        format!(
            "rule serial {{ strings: {} condition: any of ({} $a) }}",
            (0..n).map(|i| format!("$a{i} = {{ 02 08 01 02 03 04 05 06 07 08 }} ")).collect::<String>(),
            repeat("$a*, ")
        ),
        format!("rule serial {{ strings: $a = {{ {} }} condition: $a }}", repeat("(01|")),
        format!("rule serial {{ strings: $a = {{ {} }} condition: $a }}", repeat("06 03 55 04 03 ")),
        repeat("rule a { /* "),
        repeat("rule a { \" "),
        repeat("rule a {"),
        repeat("/*"),
        "rule a { condition: \n".to_owned() + &repeat("/\n"),
        GOOD.to_owned() + &repeat("private "),
        rule(format!("with {} c = 1 : (true)", repeat("a = pe.signatures[0], "))),
    ];
    for case in cases {
        let start = Instant::now();
        let import = import(&case);
        let head: String = case.chars().take(100).collect();
        assert!(start.elapsed() < SECONDS, "{:?}: {head}", start.elapsed());
        assert!(
            import.format.is_none() || import.errors.len() + import.refused.len() + import.indicators.len() > 0,
            "{head}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_told_by_its_place(text in source()) {
        let import = import(&text);
        for error in import.errors.iter().chain(&import.refused) {
            let lines = u64::try_from(text.lines().count()).unwrap().saturating_add(1);
            prop_assert!((1..=lines).contains(&error.line()) && error.column() != Some(0), "{error}");
        }
        prop_assert_eq!(import.lines.len(), import.indicators.len());
        let count = import.indicators.len();
        prop_assert_eq!(IndicatorTable::new(import.indicators).unwrap().len(), count);
    }

    #[test]
    fn good_rules_survive_whatever_stands_between_them(bad in source()) {
        // A comment or hex string that is left open could take the neighbour in; a comment's end could let something else out.
        prop_assume!(!bad.contains("/*"));
        let import = import(&format!("{GOOD}\n{bad}\n{LAST}"));
        let ids: Vec<_> = import.indicators.iter().map(|one| one.metadata.id.as_ref()).collect();
        prop_assert!(ids.first() == Some(&"good") && ids.last() == Some(&"last"), "{:?} {:?}", ids, import.errors);
    }
}

/// Words and signs of YARA in any order, and any text between them.
fn source() -> impl Strategy<Value = String> {
    const WORDS: [&str; 62] = [
        "rule",
        "r",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "=",
        ",",
        ".",
        "..",
        "meta",
        "strings",
        "condition",
        "private",
        "global",
        "import",
        "include",
        "\"pe\"",
        "\"a",
        "\"\\x41\"",
        "$a",
        "$",
        "$a*",
        "#a",
        "@a",
        "!a",
        "{ 41 42 }",
        "{ 41 [2-",
        "/x/i",
        "/x",
        "//",
        "\n",
        "and",
        "or",
        "not",
        "any",
        "all",
        "of",
        "them",
        "for",
        "in",
        "s",
        "i",
        "pe.signatures",
        "pe.number_of_signatures",
        "pe.signatures[i]",
        "s.serial",
        "s.subject",
        "contains",
        "==",
        "<=",
        "\"00:b5:01\"",
        "1",
        "0x5A4D",
        "2MB",
        "%",
        "-",
        "s.not_after",
        "rule r { condition: for any s in pe.signatures : (s.serial ==",
    ];
    let piece = prop_oneof![8 => prop::sample::select(WORDS.as_slice()).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}
