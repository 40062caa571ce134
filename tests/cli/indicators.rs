//! `indicators`: lint, convert, stats, learn, match, compile.

use crate::program::{Row, Scratch, check, fixtures, run};

/// A rule such as publishers write, with a serial that lost its sign octet and a name that OpenSSL printed.
const RULE: &str = r#"import "pe"
rule example_bad_serial {
    meta:
        author = "Example"
    condition:
        uint16(0) == 0x5A4D and for any s in pe.signatures : (
            s.subject contains "Caf\\xC3\\xA9 Trading" and s.serial == "c0:ff:ee:01:02:03:04:05:06"
        )
}
"#;

const LIST: &str = "id,serial,organization,sha1\n\
    one,00:C0:FF:EE:01:02:03:04:05,Example Trading LLC,\n\
    two,0102030405060708,,1111111111111111111111111111111111111111\n";

fn scratch() -> Scratch {
    let scratch = Scratch::with(&["seed_pe32.exe", "clean_signed.exe", "unsigned.exe"]);
    scratch.write("rules.yar", RULE);
    scratch.write("list.csv", LIST);
    scratch.write("bad.csv", "id,serial\ngood,0102030405060708\nbad,xyz\n");
    scratch.write("worse.csv", "id,serial\ndead,c0ffee0102030405\nbad,xyz\n");
    scratch.write("empty.csv", "");
    let osquery = r#"{"path": "C:\\drop\\a.exe", "serial_number": "452156c3b3fb0176365bdb5b7715bc4c",
        "issuer_name": "Example CA", "subject_name": "CallTogether, Inc.", "result": "trusted"}"#;
    scratch.write("osquery.json", osquery);
    scratch.write("other.json", osquery.replace("4521", "4522"));
    scratch.write("nothing.json", "{\"a\": 1}");
    scratch
}

#[test]
fn lint() {
    let rows: &[Row] = &[
        (
            "lint rules.yar --format text",
            1,
            &[
                "rules.yar:2: example_bad_serial: damaged, no-00-pad: c0ffee010203040506\n",
                "    mend: 00c0ffee010203040506\n",
                "openssl-escaped-text",
                "Café Trading",
            ],
            &["2 findings about 1 of 1 indicators\n"],
        ),
        ("lint rules.yar", 1, &["\"cause\":\"no-00-pad\"", "\"line\":2", "\"repair\":\"00c0ffee010203040506\""], &[]),
        ("lint list.csv", 0, &[], &[]),
        ("lint bad.csv", 2, &[], &["bad.csv:3:2: serial: 'x' is no hex digit\n"]),
        ("lint worse.csv", 2, &["\"line\":2", "\"cause\":\"no-00-pad\""], &["worse.csv:3:2: "]),
        ("lint empty.csv", 2, &[], &["empty.csv:1: the file is empty\n"]),
        ("lint no_such_list", 2, &[], &["no_such_list: "]),
        ("lint", 2, &[], &["required"]),
        ("lint - <rules.yar", 1, &["\"file\":\"-\""], &[]),
    ];
    check("indicators", scratch().path(), rows);
}

#[test]
fn a_complaint_does_not_quote_a_whole_file() {
    let scratch = scratch();
    scratch.write("zeros", [0; 1_000_000]);
    let ran = run("indicators", scratch.path(), "lint zeros");
    assert!(ran.status == 2 && ran.stderr.len() < 100_000 && ran.stderr.ends_with("…\n"), "{}", ran.stderr.len());
}

#[test]
fn convert() {
    let rows: &[Row] = &[
        (
            "convert --to csv list.csv",
            0,
            &["id,", "one,", "Example Trading LLC"],
            &["2 indicators: 0 weakened, 0 skipped"],
        ),
        ("convert -q --to json list.csv", 0, &["\"serial\":\"00c0ffee0102030405\""], &[]),
        (
            "convert -q --to yara list.csv",
            0,
            &["import \"pe\"", "\"00:c0:ff:ee:01:02:03:04:05\"", "\"c0:ff:ee:01:02:03:04:05\""],
            &[],
        ),
        ("convert -q --to kql list.csv", 0, &["DeviceFileCertificateInfo"], &[]),
        ("convert --to sigma list.csv", 0, &["Example Trading LLC"], &["two: skipped: ", "one: weakened: "]),
        ("convert -q --to csv list.csv rules.yar", 0, &["one,", "example_bad_serial"], &[]),
        ("convert -q --to stix list.csv", 0, &["\"type\": \"bundle\""], &[]),
        ("convert --to bricks list.csv", 2, &[], &["bricks"]),
        ("convert -q --to csv bad.csv", 2, &["good,0102030405060708"], &["bad.csv:3:2: "]),
        ("convert --to csv empty.csv", 2, &[], &["empty.csv:1: "]),
        ("convert list.csv", 2, &[], &["--to"]),
        ("convert -q --to json --builtin", 0, &["callTogether_certificate"], &[]),
    ];
    check("indicators", scratch().path(), rows);
}

#[test]
fn converted_lists_are_read_again() {
    let scratch = scratch();
    for form in ["csv", "json", "yara", "stix"] {
        let converted = run("indicators", scratch.path(), &format!("convert -q --to {form} rules.yar --output out"));
        assert_eq!((converted.status, converted.stdout.as_str()), (0, ""), "{form}: {converted:?}");
        let again = run("indicators", scratch.path(), "convert -q --to json out");
        assert_eq!(again.status, 0, "{form}: {again:?}");
        assert!(
            again.stdout.contains("c0ffee010203040506") && again.stdout.contains("Café Trading"),
            "{form}: {again:?}"
        );
    }
}

#[test]
fn stats() {
    let rows: &[Row] = &[
        (
            "stats list.csv --format text",
            0,
            &["         2  indicators\n", "by condition\n           2  serial\n           1  sha1\n"],
            &[],
        ),
        ("stats empty.csv", 2, &[], &["empty.csv:1: the file is empty\n"]),
        ("stats --builtin", 0, &["{\"", "\"indicators\":", "\"by_source\":{"], &[]),
    ];
    check("indicators", scratch().path(), rows);
}

#[test]
fn learn() {
    let scratch = scratch();
    let rows: &[Row] = &[
        (
            "learn clean_signed.exe",
            0,
            &[
                "\"attribute\":\"organization\",\"compare\":\"exact\",\"value\":\"Harmless Software Ltd\"",
                "\"field\":\"tbs_sha256\"",
                "\"valid_to\":\"",
            ],
            &[],
        ),
        ("learn -q --to csv clean_signed.exe", 0, &["learned:1a2b3c4d5e6f708192a3b4c5d6e7f801"], &[]),
        ("learn - <clean_signed.exe", 0, &["Harmless Software Ltd"], &[]),
        ("learn unsigned.exe", 2, &[], &["unsigned.exe: no certificate signed it\n"]),
        ("learn list.csv", 2, &[], &["list.csv: "]),
        ("learn no_such_file clean_signed.exe", 2, &["Harmless"], &["no_such_file: "]),
        ("learn", 2, &[], &["required"]),
    ];
    check("indicators", scratch.path(), rows);
    scratch.write("learned.jsonl", run("indicators", scratch.path(), "learn clean_signed.exe").stdout);
    let rows: &[Row] = &[
        ("--no-builtin --indicators learned.jsonl clean_signed.exe", 1, &["\"strength\":\"exact\""], &[]),
        ("--no-builtin --indicators learned.jsonl seed_pe32.exe", 0, &["\"matches\":[]"], &[]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn observations() {
    let rows: &[Row] = &[
        (
            "match osquery.json",
            1,
            &["\"kind\":\"observation\"", "\"id\":\"callTogether_certificate\"", "\"line\":1"],
            &[],
        ),
        ("match osquery.json other.json", 1, &["\"matches\":[]"], &[]),
        ("match other.json", 0, &["\"matches\":[]"], &[]),
        ("match --only matched other.json", 0, &[], &[]),
        ("match --no-builtin osquery.json", 0, &["\"matches\":[]"], &[]),
        (
            "match --format text osquery.json",
            1,
            &["osquery.json:1: C:\\drop\\a.exe: MATCH\n", "callTogether_certificate"],
            &[],
        ),
        ("match nothing.json", 2, &[], &["nothing.json:1"]),
        ("match no_such_file", 2, &[], &["no_such_file: "]),
    ];
    check("indicators", scratch().path(), rows);
}

#[test]
fn a_compiled_table_is_scanned_with() {
    let scratch = scratch();
    scratch.write("seed.csv", "id,serial\nseed,452156C3B3FB0176365BDB5B7715BC4C\n");
    let rows: &[Row] = &[
        ("compile list.csv seed.csv --output all.table", 0, &[], &["3 indicators, "]),
        ("compile -q --builtin seed.csv --output more.table", 0, &[], &[]),
        ("compile bad.csv --output bad.table", 2, &[], &["bad.csv:3:2: "]),
        ("compile list.csv --output no_such_folder/x.table", 2, &[], &["no_such_folder"]),
        ("stats -q more.table", 0, &["callTogether"], &[]),
    ];
    check("indicators", scratch.path(), rows.get(..4).unwrap());
    let mut damaged = std::fs::read(scratch.path().join("all.table")).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    scratch.write("damaged.table", damaged);
    let rows: &[Row] = &[
        ("--no-builtin --indicators all.table seed_pe32.exe", 1, &["\"id\":\"seed\""], &[]),
        ("--indicators all.table seed_pe32.exe", 1, &["\"id\":\"seed\"", "callTogether_certificate"], &[]),
        (
            "--no-builtin --indicators more.table seed_pe32.exe",
            1,
            &["\"id\":\"seed\"", "callTogether_certificate"],
            &[],
        ),
        ("--indicators damaged.table seed_pe32.exe", 2, &[], &["damaged.table: a damaged saved table"]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn usage() {
    let rows: &[Row] = &[
        ("", 2, &[], &["Usage: indicators"]),
        ("--help", 0, &["Usage: indicators", "lint", "convert", "stats", "learn", "match", "compile"], &[]),
        ("--version", 0, &["indicators "], &[]),
        ("--colour", 2, &[], &["--colour"]),
    ];
    check("indicators", &fixtures(), rows);
}
