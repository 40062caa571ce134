//! `scan`: which files match, in which form it is told, and how the program ends.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::program::{Row, Scratch, check, fixtures, run};

/// What a record says of the seed certificate.
const SEED: &[&str] = &["callTogether_certificate", "452156c3b3fb0176365bdb5b7715bc4c", "CallTogether, Inc."];
/// No indicator matches.
const NO_MATCH: &[&str] = &["\"matches\":[]"];
const SIGNED: &[&str] = &["\"status\":\"signed\"", "\"matches\":[]"];

#[test]
fn every_fixture_has_its_verdict() {
    let rows: &[Row] = &[
        ("seed_pe32.exe", 1, SEED, &[]),
        ("seed_pe64.exe", 1, SEED, &[]),
        ("seed_root_first.exe", 1, SEED, &[]),
        ("seed_nested.exe", 1, &["sig[0].nested[0].signer", "callTogether_certificate"], &[]),
        ("seed_overlay.exe", 1, SEED, &[]),
        ("seed_bmpstring.exe", 1, SEED, &[]),
        ("seed_signature.p7s", 1, SEED, &[]),
        ("seed.p7b", 1, &["\"role\":\"store\"", "callTogether_certificate"], &[]),
        ("seed_leading_zero.exe", 0, SIGNED, &[]),
        ("serial_only.exe", 0, SIGNED, &[]),
        ("organization_only.exe", 0, SIGNED, &[]),
        ("split_certificates.exe", 0, SIGNED, &[]),
        ("raw_strings_overlay.exe", 0, SIGNED, &[]),
        ("clean_signed.exe", 0, SIGNED, &[]),
        ("raw_strings_unsigned.exe", 0, &["\"status\":\"no_signature\"", "\"matches\":[]"], &[]),
        ("--only signed seed.p7b", 1, &[], &[]),
        ("unsigned.exe", 0, &["\"status\":\"no_signature\""], &[]),
        ("truncated.exe", 0, &["\"status\":\"malformed\""], &[]),
        ("not_a_pe.txt", 0, &["\"status\":\"unrecognized\""], &[]),
        ("mz_only.bin", 0, &["\"status\":\"unrecognized\""], &[]),
        ("empty.bin", 0, &["\"status\":\"unrecognized\"", "\"size\":0"], &[]),
    ];
    check("scan", &fixtures(), rows);
}

#[test]
fn what_is_read() {
    let scratch = Scratch::with(&["seed_pe32.exe", "unsigned.exe"]);
    scratch.write("lf.txt", "unsigned.exe\n\nseed_pe32.exe\n");
    scratch.write("crlf.txt", "unsigned.exe\r\nseed_pe32.exe\r\n");
    scratch.write("open_end.txt", "seed_pe32.exe");
    scratch.write("nul.txt", "unsigned.exe\0seed_pe32.exe\0");
    scratch.write("return.txt", "unsigned.exe\r\0");
    scratch.write("empty.txt", "");
    let both: &[&str] = &["\"path\":\"unsigned.exe\"", "\"path\":\"seed_pe32.exe\"", "callTogether_certificate"];
    let seed: &[&str] = &["\"path\":\"seed_pe32.exe\""];
    let rows: &[Row] = &[
        ("unsigned.exe seed_pe32.exe", 1, both, &[]),
        ("- <seed_pe32.exe", 1, &["\"path\":\"-\"", "callTogether_certificate"], &[]),
        ("- unsigned.exe <seed_pe32.exe", 1, &["\"path\":\"-\"", "\"path\":\"unsigned.exe\""], &[]),
        ("-", 0, &["\"path\":\"-\"", "\"size\":0"], &[]),
        ("--files-from lf.txt", 1, both, &[]),
        ("--files-from crlf.txt", 1, both, &[]),
        ("--files-from open_end.txt", 1, seed, &[]),
        ("--files-from nul.txt -0", 1, both, &[]),
        ("--files-from return.txt -0", 2, &["unsigned.exe\\r", "\"code\":\"io\""], &[]),
        ("--files-from - <lf.txt", 1, both, &[]),
        ("--files-from - -0 <nul.txt", 1, both, &[]),
        ("--files-from open_end.txt unsigned.exe", 1, both, &[]),
        ("--files-from empty.txt", 0, &[], &["no files were found"]),
        ("--files-from no_such_list", 2, &[], &["no_such_list"]),
        ("--files-from .", 2, &[], &[".: "]),
        ("- --files-from - <lf.txt", 2, &[], &["standard input can be one thing only"]),
        ("- --context-events - <lf.txt", 2, &[], &["standard input can be one thing only"]),
        ("-0 unsigned.exe", 2, &[], &["--files-from"]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn indicators() {
    let rows: &[Row] = &[
        ("--indicators my_indicators.csv seed_leading_zero.exe", 1, &["high-bit", "sign_folded"], &[]),
        ("--indicators my_indicators.jsonl seed_leading_zero.exe", 1, &["high-bit", "\"severity\":\"high\""], &[]),
        ("--indicators my_indicators.csv seed_pe32.exe", 1, SEED, &[]),
        ("--no-builtin seed_pe32.exe", 0, SIGNED, &[]),
        ("--no-builtin --indicators my_indicators.csv seed_pe32.exe", 0, NO_MATCH, &[]),
        ("--no-builtin --indicators my_indicators.csv seed_leading_zero.exe", 1, &["high-bit"], &[]),
        (
            "--indicators my_indicators.csv --indicators my_indicators.jsonl seed_leading_zero.exe",
            1,
            &["high-bit"],
            &[],
        ),
        ("--indicators no_such_list unsigned.exe", 2, &[], &["no_such_list: "]),
    ];
    check("scan", &fixtures(), rows);
}

#[test]
fn wrong_indicators() {
    let scratch = Scratch::with(&["unsigned.exe"]);
    scratch.write("column.csv", "id,serail\nx,01\n");
    scratch.write("digit.csv", "id,serial\ngood,c0ffee0102030405\nbad,xyz\nworse,,\n");
    scratch.write("none.csv", "id,serial\nx,\n");
    scratch.write("empty.csv", "");
    scratch.write("comma.jsonl", "{\"serial\":\"c0ffee0102030405\"}\n{\"serial\":\"01\",}\n");
    scratch.write("key.jsonl", "{\"serail\":\"01\"}\n");
    scratch.write("number.jsonl", "{\"serial\":1}\n");
    let rows: &[Row] = &[
        ("--indicators column.csv unsigned.exe", 2, &[], &["column.csv:1:2: ", "serail"]),
        ("--indicators digit.csv unsigned.exe", 2, &[], &["digit.csv:3:2: serial: 'x'", "digit.csv:4: 3 fields"]),
        ("--indicators none.csv unsigned.exe", 2, &[], &["none.csv:2: "]),
        ("--indicators empty.csv unsigned.exe", 2, &[], &["empty.csv:1: "]),
        ("--indicators comma.jsonl unsigned.exe", 2, &[], &["comma.jsonl:2:16: "]),
        ("--indicators key.jsonl unsigned.exe", 2, &[], &["key.jsonl:1:9: ", "serail"]),
        ("--indicators number.jsonl unsigned.exe", 2, &[], &["number.jsonl:1:12: serial: 1 is no text"]),
        ("--indicators digit.csv --indicators key.jsonl unsigned.exe", 2, &[], &["digit.csv:3:2: ", "key.jsonl:1:9: "]),
        ("-q --exit-zero --indicators digit.csv unsigned.exe", 2, &[], &["digit.csv:3:2: "]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn weak_serials_are_warned_of() {
    let scratch = Scratch::with(&["clean_signed.exe"]);
    scratch.write("weak.csv", "id,serial\nshort,01\n");
    let rows: &[Row] = &[
        ("--indicators weak.csv clean_signed.exe", 0, SIGNED, &["warning: short: "]),
        ("-q --indicators weak.csv clean_signed.exe", 0, SIGNED, &[]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn forms() {
    const RED: &[&str] = &["seed_pe32.exe: \u{1b}[1;31mMATCH\u{1b}[0m\n"];
    const TEXT: &[&str] = &["seed_pe32.exe: MATCH\n", "serial       452156c3", "organization CallTogether, Inc.\n"];
    let rows: &[Row] = &[
        ("seed_pe32.exe", 1, &["{\"schema\":\"certsift/1\",\"kind\":\"file\",\"input\":{"], &[]),
        ("--format ndjson seed_pe32.exe", 1, &["{\"schema\":\"certsift/1\",\"kind\":\"file\",\"input\":{"], &[]),
        ("--format text seed_pe32.exe", 1, TEXT, &[]),
        ("--format text unsigned.exe", 0, &["unsigned.exe: no embedded signature\n"], &[]),
        (
            "--format text clean_signed.exe",
            0,
            &["clean_signed.exe: signed by Harmless Software Ltd, not verified\n"],
            &[],
        ),
        ("--format text -v clean_signed.exe", 0, &["issued by certsift Fixture Root CA\n"], &[]),
        ("--format text truncated.exe", 0, &["truncated.exe: malformed, "], &[]),
        ("--format text -v truncated.exe", 0, &["\n  fault      "], &[]),
        ("--format text --color always seed_pe32.exe", 1, RED, &[]),
        ("NO_COLOR=1 --format text --color always seed_pe32.exe", 1, RED, &[]),
        ("--format text --color never seed_pe32.exe", 1, TEXT, &[]),
        ("NO_COLOR=1 --format text seed_pe32.exe", 1, TEXT, &[]),
        ("--color always seed_pe32.exe", 1, &["{\"schema\":\"certsift/1\","], &[]),
        ("--progress always seed_pe32.exe", 1, SEED, &[]),
        ("--format yaml unsigned.exe", 2, &[], &["yaml"]),
    ];
    check("scan", &fixtures(), rows);
}

#[test]
fn summary_and_hash() {
    const EMPTY: &str = "\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"";
    const MZ: &str = "\"sha256\":\"9b8db510ef42b8ed54a3712636fda55a4f8cfcd5493e20b74ab00cd4f3979f2d\"";
    const SAME: &[&str] = &[
        "\"computed_digest\":\"ec0f3fdb7b98ba36351f2e6466a0dbaa715aea2a2938c0828dff84f8d4fb63c8\",\"digest_match\":true",
        "\"sha256\":\"9e98bb53f013d30edcff593325522ff49aeeaa48c0aa80df71aacdb0ff362885\"",
    ];
    const OTHER: &[&str] = &[
        "\"claimed_digest\":\"e56888b405d8832d9b95fc0ae96dcd583d420f8cc9917d98ce28e8c959577517\"",
        "\"computed_digest\":\"734177e285f90d07375fb98a6dfe0f23fdee8e500a8c2621fe956b9a614853df\",\"digest_match\":false",
    ];
    const NO_DIGEST: &[&str] = &["\"computed_digest\":null,\"digest_match\":null"];
    const UNSIGNED: &str = "\"sha256\":\"7bdaf8ffa8988c81393fe8decc684f50282a193dfbd7e900c0eddfcf52063cb2\"";
    const IMAGE: &str = "\"image_digests\":[{\"algorithm\":\"sha256\",\"flat\":\"7f70b19cbf70e0c038bb6eb3940a0eeb7e68c625d7214ae763960c62dc582847\",\
        \"sections\":null,\"padded\":null}]";
    let rows: &[Row] = &[
        ("--hash empty.bin", 0, &[EMPTY, "\"image_digests\":[]"], &[]),
        ("--hash mz_only.bin", 0, &[MZ], &[]),
        ("--hash unsigned.exe", 0, &[UNSIGNED, IMAGE], &[]),
        ("--hash --jobs 1 unsigned.exe mz_only.bin", 0, &[UNSIGNED, MZ], &[]),
        ("--hash - <unsigned.exe", 0, &[UNSIGNED], &[]),
        ("unsigned.exe", 0, &["\"sha256\":null", "\"image_digests\":[]"], &[]),
        ("--hash seed_pe32.exe", 1, SAME, &[]),
        ("--hash - <seed_pe32.exe", 1, SAME, &[]),
        ("--hash --only matched seed_pe32.exe", 1, SAME, &[]),
        ("seed_pe32.exe", 1, NO_DIGEST, &[]),
        ("--hash seed_signature.p7s", 1, NO_DIGEST, &[]),
        ("--hash raw_strings_overlay.exe", 0, OTHER, &[]),
        ("--hash - <raw_strings_overlay.exe", 0, OTHER, &[]),
        ("--hash --format text raw_strings_overlay.exe", 0, &["not the file that was signed\n"], &[]),
        ("--hash --format text -v raw_strings_overlay.exe", 0, &["for another file, by its digest\n"], &[]),
        ("--hash --format text seed_pe32.exe", 1, &["for this file, by its digest\n"], &[]),
        (
            "--summary unsigned.exe seed_pe32.exe",
            1,
            SEED,
            &["2 files in ", ": 1 matched, ", "1 signed, 1 without signature"],
        ),
        ("--summary --only matched unsigned.exe truncated.exe", 0, &[], &["2 files in ", "1 malformed"]),
        ("-q --summary unsigned.exe", 0, NO_MATCH, &["1 files in "]),
    ];
    check("scan", &fixtures(), rows);
}

#[test]
fn choice_of_records() {
    let cases: &[(&str, i32, &[&str])] = &[
        ("", 1, &["clean_signed.exe", "seed.p7b", "seed_nested.exe", "truncated.exe", "unsigned.exe"]),
        ("--only signed", 1, &["clean_signed.exe", "seed_nested.exe"]),
        ("--only matched", 1, &["seed.p7b", "seed_nested.exe"]),
        ("--only signed --no-builtin", 0, &["clean_signed.exe", "seed_nested.exe"]),
        ("--only matched --no-builtin", 0, &[]),
    ];
    let folder = Scratch::with(&["clean_signed.exe", "seed.p7b", "seed_nested.exe", "truncated.exe", "unsigned.exe"]);
    for (options, status, expected) in cases {
        let line = format!("{options} clean_signed.exe seed.p7b seed_nested.exe truncated.exe unsigned.exe");
        let ran = run("scan", folder.path(), &line);
        assert_eq!(ran.status, *status, "{options}");
        assert_eq!(paths(&ran.sorted_lines()), *expected, "{options}");
    }
}

#[test]
fn exit_statuses() {
    let scratch = Scratch::with(&["clean_signed.exe", "unsigned.exe", "seed_pe32.exe", "truncated.exe"]);
    scratch.write("similar.csv", "id,organization\nsimilar,HARMLESS SOFTWARE  LTD\n");
    scratch.write("same.csv", "id,organization\nsame,Harmless Software Ltd\n");
    const ERROR: &[&str] = &["\"status\":\"error\"", "\"code\":\"io\""];
    const NAME: &[&str] = &["\"strength\":\"name\""];
    const TOO_LARGE: &[&str] = &["\"status\":\"error\"", "\"code\":\"too-large\""];
    let rows: &[Row] = &[
        ("", 2, &[], &["Usage: scan"]),
        ("--no-such-flag unsigned.exe", 2, &[], &["--no-such-flag"]),
        ("--help", 0, &["Usage: scan", "--indicators <FILE>"], &[]),
        ("--version", 0, &["scan "], &[]),
        ("no_such_file", 2, ERROR, &[]),
        ("no_such_file another", 2, ERROR, &[]),
        ("no_such_file unsigned.exe", 3, ERROR, &[]),
        ("no_such_file seed_pe32.exe", 1, ERROR, &[]),
        ("--exit-zero no_such_file unsigned.exe", 0, ERROR, &[]),
        ("--exit-zero seed_pe32.exe", 0, SEED, &[]),
        ("truncated.exe", 0, NO_MATCH, &[]),
        ("--fail-on malformed truncated.exe", 3, NO_MATCH, &[]),
        ("--fail-on malformed truncated.exe seed_pe32.exe", 1, SEED, &[]),
        ("--fail-on malformed unsigned.exe", 0, NO_MATCH, &[]),
        (
            "--indicators similar.csv clean_signed.exe",
            0,
            &["\"compare\":\"exact_folded\"", "\"strength\":\"name\""],
            &[],
        ),
        ("--indicators same.csv clean_signed.exe", 0, NAME, &[]),
        ("--fail-on name --indicators similar.csv clean_signed.exe", 1, NAME, &[]),
        ("--fail-on name --indicators same.csv clean_signed.exe", 1, NAME, &[]),
        ("--fail-on name --only matched --indicators similar.csv clean_signed.exe", 1, NAME, &[]),
        ("--fail-on name --fail-on malformed truncated.exe", 3, NO_MATCH, &[]),
        ("--fail-on everything unsigned.exe", 2, &[], &["everything"]),
        ("--max-size 1024 unsigned.exe", 0, NO_MATCH, &[]),
        ("--max-size 1023 unsigned.exe", 2, TOO_LARGE, &[]),
        ("--max-size 1324 unsigned.exe seed_pe32.exe", 3, TOO_LARGE, &[]),
        ("--max-size 1023 - <unsigned.exe", 2, TOO_LARGE, &[]),
        ("--max-size 2712 seed_pe32.exe", 1, SEED, &[]),
        ("--shard 0/2 - <seed_pe32.exe", 1, SEED, &[]),
        ("--shard 1/2 - <seed_pe32.exe", 0, &[], &["no files were found"]),
        ("--shard 3/3 unsigned.exe", 2, &[], &["3/3"]),
        ("--shard 0/0 unsigned.exe", 2, &[], &["0/0"]),
        ("--shard 1 unsigned.exe", 2, &[], &["K/N"]),
        ("--jobs 0 unsigned.exe", 2, &[], &["--jobs"]),
        ("--output no_such_folder/records unsigned.exe", 2, &[], &["no_such_folder"]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn output_goes_to_a_file() {
    let scratch = Scratch::with(&["seed_pe32.exe"]);
    let rows: &[Row] = &[
        ("--output records.ndjson seed_pe32.exe", 1, &[], &[]),
        ("--output records.txt --format text seed_pe32.exe", 1, &[], &[]),
    ];
    check("scan", scratch.path(), rows);
    assert_eq!(scratch.read("records.ndjson"), run("scan", scratch.path(), "seed_pe32.exe").stdout);
    assert_eq!(scratch.read("records.txt"), run("scan", scratch.path(), "--format text seed_pe32.exe").stdout);
}

/// The paths that records name.
pub(crate) fn paths(records: &[&str]) -> Vec<String> {
    let read = |line: &&str| serde_json::from_str::<Value>(line).unwrap();
    let path = |record: Value| record.pointer("/input/path").and_then(Value::as_str).unwrap().to_owned();
    records.iter().map(read).map(path).collect()
}

/// Whatever lies around a certificate, or instead of its container: it is found, and the status stays what it is.
#[test]
fn certificates_among_any_bytes() {
    let scratch = Scratch::with(&["seed_pe32.exe", "seed_nested.exe", "clean_signed.exe", "raw_strings_unsigned.exe"]);
    let seed = fs::read(fixtures().join("seed_pe32.exe")).unwrap();
    let message = fs::read(fixtures().join("seed.p7b")).unwrap();
    let clean = fs::read(fixtures().join("clean_signed.exe")).unwrap();
    scratch.write("dump.bin", [b"dump".as_slice(), &seed, b"dump", &seed].concat());
    scratch.write("dropper.exe", [clean.as_slice(), &seed].concat());
    scratch.write("cut.exe", &clean[..100]);
    scratch.write("cut_dump.exe", [&clean[..64], b"PE\0\0", seed.as_slice()].concat());
    let block =
        |octets: &[u8]| format!("dump\0-----BEGIN PKCS7-----\n{}\n-----END PKCS7-----\n", STANDARD.encode(octets));
    scratch.write("text.bin", block(&message));
    let carved: &[&str] = &["\"role\":\"carved\"", "\"position\":\"carved[0]\"", "callTogether_certificate"];
    let rows: &[Row] = &[
        ("dump.bin", 0, &["\"status\":\"unrecognized\"", "\"carved\":null", "\"matches\":[]"], &[]),
        ("--carve dump.bin", 1, carved, &[]),
        ("--carve dump.bin", 1, &["\"status\":\"unrecognized\"", "\"container\":null", "\"form\":\"der\""], &[]),
        ("--carve --only matched dump.bin unsigned.exe", 1, carved, &[]),
        ("--carve - <dump.bin", 1, carved, &[]),
        ("--carve --hash --verify --detail dump.bin", 1, carved, &[]),
        ("--carve --format text dump.bin", 1, &["carved[0] (carved)", "  carved     CallTogether, Inc., at 0x"], &[]),
        ("--carve --format text dropper.exe", 1, &["MATCH", "carved[0] (carved)", "Harmless Software Ltd"], &[]),
        ("dropper.exe", 0, &["\"status\":\"signed\"", "\"matches\":[]"], &[]),
        ("--carve dropper.exe", 1, &["\"status\":\"signed\"", "\"container\":\"pe\"", "\"role\":\"carved\""], &[]),
        ("--carve text.bin", 1, &["\"form\":\"pem\"", "\"role\":\"carved\"", "\"offset\":5"], &[]),
        ("--carve raw_strings_unsigned.exe", 0, &["\"carved\":[]", "\"matches\":[]"], &[]),
        ("--carve seed_nested.exe", 1, &["\"carved\":[]", "sig[0].nested[0].signer"], &[]),
        ("--carve cut.exe", 0, &["\"carved\":[]"], &[]),
        ("--carve cut_dump.exe", 1, &["\"role\":\"carved\""], &[]),
        ("--carve no_such_file", 2, &["\"status\":\"error\"", "\"carved\":null"], &[]),
    ];
    check("scan", scratch.path(), rows);
    let record = record_of(&run("scan", scratch.path(), "--carve --detail dump.bin").stdout);
    assert_eq!(record["carved"].as_array().unwrap().len(), 2, "both places");
    assert_eq!(record["certificates"].as_array().unwrap().len(), 1, "of one certificate");
    assert_eq!(record["matches"].as_array().unwrap().len(), 1, "which is told once");
    let twice = [seed.as_slice(), &seed].concat();
    scratch.write("twice.exe", twice);
    let record = record_of(&run("scan", scratch.path(), "--carve --detail twice.exe").stdout);
    assert_eq!(record["certificates"][0]["roles"], serde_json::json!(["signer", "carved"]));
    assert_eq!(record["matches"].as_array().unwrap().len(), 1, "by the signature already");
    assert_eq!(record["carved"][0]["signature"], Value::Null);
}

#[test]
fn members_of_archives() {
    let scratch = Scratch::new();
    for name in ["archive.zip", "archive.gz", "archive_sealed.zip", "self_extracting.exe", "unsigned.exe"] {
        scratch.copy(name, name);
    }
    const INNER: &str = "\"member\":[{\"path\":\"more/inner.zip.gz\",\"path_hex\":null},{\"path\":\"inner.zip\",";
    let rows: &[Row] = &[
        ("archive.zip", 0, &["\"container\":\"zip\",\"member\":null"], &[]),
        ("--archives archive.zip", 1, &[INNER, "callTogether_certificate"], &[]),
        ("--archives --only matched archive.zip", 1, &[INNER], &[]),
        ("--archives --format text archive.gz", 1, &["archive.gz: no emb", "archive.gz!seed_pe32.exe: MATCH"], &[]),
        ("--archives - <archive.zip", 1, &["\"path\":\"-\"", INNER], &[]),
        ("--archives --summary archive.zip", 1, &[INNER], &["7 files in ", "1 matched"]),
        ("--archives archive_sealed.zip", 3, &["\"code\":\"encrypted\"", "\"status\":\"error\""], &[]),
        ("--archives --hash --verify --carve --detail self_extracting.exe", 1, &["\"path\":\"seed_pe32.exe\""], &[]),
        ("--archives --max-size 2000 archive.gz", 3, &["\"code\":\"too-large\""], &[]),
        ("--archives unsigned.exe", 0, &["\"status\":\"no_signature\""], &[]),
    ];
    check("scan", scratch.path(), rows);
    let ran = run("scan", scratch.path(), "--archives --only matched archive.zip");
    assert_eq!(ran.stdout.lines().count(), 1, "the member alone");
}

fn record_of(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn other_schemas() {
    let scratch = Scratch::with(&["seed_pe32.exe", "unsigned.exe"]);
    let ecs: &[&str] = &["\"ecs\":{\"version\":\"9.4.0\"}", "\"file\":{\"code_signature\":", "\"risk_score\":73"];
    let rows: &[Row] = &[
        ("seed_pe32.exe unsigned.exe --format ecs", 1, ecs, &[]),
        ("seed_pe32.exe --format ocsf", 1, &["\"class_uid\":2004", "\"severity_id\":4"], &[]),
        ("unsigned.exe --format ecs", 0, &[], &[]),
        ("no_such.exe unsigned.exe --format ocsf", 3, &[], &[]),
        ("unsigned.exe seed_pe32.exe --format csv --only matched", 1, &["path,size,", "\r\nseed_pe32.exe,"], &[]),
        ("unsigned.exe --format csv", 0, &["context\r\nunsigned.exe,"], &[]),
        ("unsigned.exe --format ecs --output x --resume", 2, &[], &["--resume goes on with ndjson only"]),
    ];
    check("scan", scratch.path(), rows);
    let ran = run("scan", scratch.path(), "seed_pe32.exe unsigned.exe --format ecs");
    assert_eq!(ran.stdout.lines().count(), 1, "a document a matched certificate: {}", ran.stdout);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["file"]["path"], "seed_pe32.exe");
}
