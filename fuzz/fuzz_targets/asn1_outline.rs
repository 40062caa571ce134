//! Any bytes as a BER value: the outline ends, and every element lies in the one that encloses it, behind the one before it.
#![no_main]

use certsift::{OutlineItem, asn1_outline};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut outline = asn1_outline(bytes, 0);
    // File offsets of the elements that enclose the next one, and of the last one at its depth.
    let mut path: Vec<u64> = Vec::new();
    for line in outline.by_ref() {
        let element = match &line.item {
            OutlineItem::Element(element) => element,
            OutlineItem::Fault(kind) => {
                assert!(!kind.to_string().is_empty());
                continue;
            }
        };
        assert!(path.get(line.depth).is_none_or(|before| *before < line.offset));
        path.truncate(line.depth);
        assert!(path.len() == line.depth && path.last().is_none_or(|enclosing| *enclosing < line.offset));
        path.push(line.offset);
        let start = usize::try_from(line.offset).unwrap_or(usize::MAX);
        assert!(bytes.len().checked_sub(start).is_some_and(|left| element.header_length + element.content_length <= left));
        let _ = (element.tag.to_string(), element.value.to_string());
    }
    assert!(bytes.ends_with(outline.behind()));
});
