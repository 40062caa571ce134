//! The floor that scanning is measured against: opens every file, reads its headers and its certificate table, and does nothing
//! with them. It knows only well-formed PE files.
//!
//!     cargo run --release --example floor -- PATH…

#![expect(clippy::arithmetic_side_effects, reason = "counts of files do not overflow")]

mod certificate_table;

use certificate_table::read_certificate_table;

fn main() {
    let (mut files, mut tables, mut bytes) = (0_u64, 0_u64, 0_u64);
    let mut buffer = Vec::new();
    for target in std::env::args_os().skip(1) {
        for entry in walkdir::WalkDir::new(target).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
            files += 1;
            if let Ok(length) = read_certificate_table(entry.path(), &mut buffer) {
                tables += u64::from(length > 0);
                bytes += length;
            }
        }
    }
    println!("{files} files, {tables} certificate tables, {bytes} bytes");
}
