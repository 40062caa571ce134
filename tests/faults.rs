//! `docs/faults.md` lists every fault, as the code defines it. `UPDATE=1 cargo test --test faults` rewrites it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use certsift::{ErrorKind, FaultCode};

const HEAD: &str = "\
The codes are stable: a code keeps its meaning, and new ones are added. What Windows does comes from specifications and from reports to
other projects; where nothing is said, it is not known.

| code | what it means | Windows |
|---|---|---|
";

#[test]
fn the_page_lists_what_the_code_defines() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let rows: String = ErrorKind::codes().iter().map(row).collect();
    let expected = HEAD.to_owned() + &rows;
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(path, expected).unwrap();
        return;
    }
    let kept = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert_eq!(kept, expected, "UPDATE=1 cargo test --test faults rewrites it");
}

fn row(fault: &FaultCode) -> String {
    format!("| `{}` | {} | {} |\n", fault.code, fault.meaning.trim(), fault.windows.unwrap_or_default())
}

#[test]
fn codes_are_distinct_and_stay_as_they_are() {
    let codes: Vec<&str> = ErrorKind::codes().iter().map(|fault| fault.code).collect();
    assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
    let is_kebab =
        |code: &&str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit());
    assert!(codes.iter().all(is_kebab), "{codes:?}");
    // What 0.1 gave out. A name may be added here, never taken away or changed.
    let published = "unrecognized-format bad-header unknown-optional-magic directory-count table-outside-file table-truncated \
         table-unaligned data-after-table entry-too-short entry-past-end stray-bytes entry-not-cms trailing-data \
         length-past-end bad-header-octets unterminated indefinite-length non-minimal-length non-minimal-integer \
         unexpected-tag missing unknown-parts not-signed-data not-x509 bad-time bad-text bad-extension duplicate-extension \
         repeated-attribute decoder-refused no-signer-info signer-absent ambiguous-signer signer-by-value signer-by-key-hash \
         nested-extra-value limit-reached image-digest-sections-only image-digest-flat-only \
         image-digest-sections-undefined directory-incomplete several-signer-infos";
    for code in published.split_whitespace() {
        assert!(codes.contains(&code), "{code} was published");
    }
}
