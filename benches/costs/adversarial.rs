//! Files made to cost as much as they can.

use std::fs;

use crate::measure::{fastest, folder, header, line, mebibytes, peak, row, seconds};
use crate::support::der::{self, context, sequence, tlv};
use crate::support::{cms, pe};

/// MiB of the certificate table; the last is beyond what is read.
const SIZES: [usize; 5] = [1, 4, 16, 60, 128];

fn signer() -> cms::Certificate {
    cms::certificate("5a0102030405060708", "Signer")
}

/// So many parts that they fill a size.
fn filling(size: usize, part: &[u8]) -> Vec<Vec<u8>> {
    vec![part.to_vec(); size / part.len().max(1)]
}

fn entries_without_content(size: usize) -> Vec<u8> {
    filling(size, &pe::raw_entry(8, 0x0200, 2, [])).concat()
}

fn one_signature_again_and_again(size: usize) -> Vec<u8> {
    filling(size, &pe::entry(cms::signed_by(&signer()).der())).concat()
}

fn certificates_of_nobody(size: usize) -> Vec<u8> {
    let certificates = std::iter::once(signer().der()).chain(filling(size, &cms::certificate("01", "Nobody").der()));
    pe::entry(cms::message(certificates, [cms::signer_info(&signer()).der()]).der())
}

fn attributes(size: usize) -> Vec<u8> {
    let mut info = cms::signer_info(&signer());
    info.unsigned = filling(size, &cms::attribute("1.2.3.4", [tlv(der::NULL, [])]));
    pe::entry(cms::message([signer().der()], [info.der()]).der())
}

fn countersignatures(size: usize) -> Vec<u8> {
    let infos = filling(size, &cms::signer_info(&signer()).der());
    let info = cms::signer_info(&signer()).unsigned(cms::countersignatures(&infos));
    pe::entry(cms::message([signer().der()], [info.der()]).der())
}

/// Values of indefinite length inside one another.
fn indefinite(size: usize) -> Vec<u8> {
    let levels = size / 4;
    let values = [[0x30, 0x80].repeat(levels), vec![0; levels * 2]].concat();
    let content = sequence([der::oid(cms::DATA), context(0, [values])]);
    pe::entry(cms::content_info(sequence([tlv(der::INTEGER, [1]), der::set([[]; 0]), content])))
}

fn names_of_many_parts(size: usize) -> Vec<u8> {
    let name = cms::common_name("a");
    let (_, part, _) = der::split(&name);
    let name = sequence(filling(size, part));
    let signer = cms::certificate("5a0102030405060708", "Signer").subject(name);
    pe::entry(cms::message([signer.der()], [cms::signer_info(&signer).der()]).der())
}

type Shape = (&'static str, fn(usize) -> Vec<u8>);

const SHAPES: [Shape; 7] = [
    ("entries without content", entries_without_content),
    ("one signature again and again", one_signature_again_and_again),
    ("certificates of nobody", certificates_of_nobody),
    ("attributes", attributes),
    ("countersignatures", countersignatures),
    ("values inside one another", indefinite),
    ("a name of many parts", names_of_many_parts),
];

pub(crate) fn sizes() {
    println!(
        "One file with a certificate table of so many MiB, of which 64 are read; a whole run, and peak memory of the largest:\n"
    );
    header(
        ["the table holds"]
            .into_iter()
            .map(str::to_owned)
            .chain(SIZES.map(|size| format!("{size} MiB")))
            .chain(["peak".to_owned()]),
    );
    for (at, (name, table)) in SHAPES.iter().enumerate() {
        let lines = SIZES.map(|size| {
            let path = folder("adversarial").join(format!("{at}-{size}.exe"));
            fs::write(&path, pe::image(table(size << 20)).bytes()).unwrap();
            line(&format!("--jobs 1 {}", path.display()))
        });
        let times = fastest(&lines);
        let most = lines.iter().filter_map(|line| peak(line)).max();
        row([(*name).to_owned()].into_iter().chain(times.iter().map(|took| seconds(*took))).chain([mebibytes(most)]));
    }
}
