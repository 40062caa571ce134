//! What the page about hunting shows is what the program says.

use super::program::{Scratch, run};

/// Every command behind `$ hunt` in a block of text, with the output that is shown below it.
#[test]
fn the_page_shows_what_the_program_says() {
    let page = include_str!("../../docs/hunting.md");
    let scratch = Scratch::new();
    scratch.copy("events/process_events.ndjson", "process_events.ndjson");
    let blocks: Vec<&str> = page.split("```text\n$ hunt ").skip(1).collect();
    assert!(blocks.len() >= 3, "only {} commands are shown", blocks.len());
    for block in blocks {
        let (shown, _) = block.split_once("```").expect("the end of a block");
        let (line, expected) = shown.split_once('\n').expect("a command and its output");
        let ran = run("hunt", scratch.path(), line);
        assert_eq!(ran.stdout, expected, "hunt {line}\n{}", ran.stderr);
    }
}

/// What it says about the size of the exported query.
#[test]
fn the_page_knows_how_large_the_query_is() {
    let ran = run("indicators", Scratch::new().path(), "convert --builtin --to kql");
    let kilobytes = ran.stdout.len() / 1000;
    assert!((260..300).contains(&kilobytes), "{kilobytes} KB: docs/hunting.md says otherwise");
    for part in ["DeviceFileCertificateInfo", "let lookback = 30d;", "NameMatches", "DeviceName", "SHA1"] {
        assert!(ran.stdout.contains(part), "{part}");
    }
}
