//! Compound files: streams in every place, and every way to lie about where they are.

use std::cell::Cell;
use std::io;

use certsift::{Container, Limits, ReadAt, SignatureData, Structure};

use crate::writer::{END, FREE, INSTALLER, Node, Written, compound, storage, stream, write};
use crate::{Row, SEED, SIGNER, check, fixture, good, long, read};

const NAME: &str = "\u{5}DigitalSignature";

/// Members of a root: a short stream, one that is not, and a signature.
fn members(message: &[u8]) -> Vec<Node> {
    vec![stream("A", b"short"), stream(NAME, message), stream("Large", vec![b'x'; 5_000])]
}

/// A row of a file whose faults lie in its structure.
fn row(name: &'static str, bytes: impl Into<Vec<u8>>) -> Row {
    Row::new(name, Container::Msi, bytes)
}

impl Row {
    fn broken(self) -> Self {
        self.fault("broken-chain", Structure::CompoundFile, 0)
    }

    fn unlisted(self, at: usize) -> Self {
        self.fault("unlisted-signature", Structure::CompoundFile, at)
    }
}

/// File offset of a part of a file.
fn place(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).unwrap()
}

#[test]
fn streams() {
    let (short, long) = (good(), long(6_000));
    let of = |message: &[u8]| compound(&members(message)).bytes;
    let other_case = compound(&[stream("\u{5}DIGITALSIGNATURE", &short)]).bytes;
    let inner = [stream("A", b"a"), storage("Package", [stream(NAME, &short)])];
    let no_class = |members: &[Node]| write(members, [0; 16], 512, false).bytes;
    let mut high_bits = compound(&members(&short));
    let at = high_bits.entry(NAME) + 124;
    high_bits = high_bits.with(at, 0xdead_beef);
    check(&[
        row("in the mini stream", of(&short)).finds(SIGNER),
        row("in sectors", of(&long)).finds(SIGNER),
        row("in sectors of 4,096", write(&members(&long), INSTALLER, 4096, false).bytes).finds(SIGNER),
        row("in the mini stream of those", write(&members(&short), INSTALLER, 4096, false).bytes).finds(SIGNER),
        row("in sectors stored backwards", write(&members(&long), INSTALLER, 512, true).bytes).finds(SIGNER),
        row("in a mini stream stored backwards", write(&members(&short), INSTALLER, 512, true).bytes).finds(SIGNER),
        row("a name in other letters", other_case).finds(SIGNER),
        row("anything in the half of the length that does not count", high_bits.bytes).finds(SIGNER),
        row("the signature of a package inside", compound(&inner).bytes),
        row("an installer file without one", compound(&[stream("A", b"a")]).bytes),
        row("no class, and a signature", no_class(&members(&short))).finds(SIGNER),
        Row::new("another document", Container::Ole, no_class(&[stream("WordDocument", b"a")])),
        Row::new("another document whose storage has the name", Container::Ole, no_class(&[storage(NAME, [])])),
        row("a signature of no octets", compound(&members(b"")).bytes),
    ]);
}

#[test]
fn damaged_directories() {
    let message = good();
    let whole = compound(&members(&message));
    let at = place(&whole.bytes, &message);
    let bytes = |written: Written| written.bytes;
    let (root, own, last) = (whole.entry("Root Entry"), whole.entry(NAME), whole.entry("Large"));
    let with = |at, number| bytes(whole.clone().with(at, number));
    let sector = whole.directory_sector;
    let program = long(0);
    let with_program = compound(&[stream("A", &program)]);
    let (directory, cut) = (with_program.directory, place(&with_program.bytes, &program));
    assert_eq!(cut % 64, 0, "it lies where a signature may");
    check(&[
        row("the root leads nowhere", with(root + 76, FREE)).finds(SIGNER).unlisted(at),
        row("the root leads to itself", with(root + 76, 0)).finds(SIGNER).unlisted(at).broken(),
        row("the root leads behind the directory", with(root + 76, 4_000)).finds(SIGNER).unlisted(at).broken(),
        row("a tree is a loop", with(last + 72, 1)).finds(SIGNER).broken(),
        row("an entry leads to itself on both sides", with(own + 68, 2)).finds(SIGNER).broken(),
        row("an entry of no kind", with(last + 66, 0x0100)).finds(SIGNER).broken(),
        row("the directory's chain is a loop", bytes(whole.clone().chained(sector, sector))).finds(SIGNER).broken(),
        row("the directory's chain goes on in no sector", bytes(whole.clone().chained(sector, 0xffff_fffc)))
            .finds(SIGNER)
            .broken(),
        row("the directory's chain goes on past the file", bytes(whole.clone().chained(sector, 70_000)))
            .finds(SIGNER)
            .broken(),
        row("the directory is behind the file", with(48, 70_000)).finds(SIGNER).broken().unlisted(at),
        // The signature of a program that is part of the package is not its own.
        Row::new("a program's signature in a file without a directory", Container::Ole, {
            let mut bytes = with_program.bytes.clone();
            bytes.truncate(directory);
            bytes
        })
        .broken(),
    ]);
}

#[test]
fn damaged_chains() {
    let (short, large) = (good(), long(6_000));
    let structure = Structure::CompoundFile;
    let in_mini = compound(&members(&short));
    let in_sectors = compound(&members(&large));
    let start = in_sectors.start(NAME);
    let large_at = in_sectors.position(start);
    assert_eq!(large_at, place(&in_sectors.bytes, &large[..64]));
    let with = |written: &Written, at, number| written.clone().with(at, number).bytes;
    let size = in_sectors.entry(NAME) + 120;
    let root = in_mini.entry("Root Entry");
    let short_at = place(&in_mini.bytes, &short);
    let header = |patch: fn(&mut Vec<u8>)| {
        let mut bytes = in_mini.bytes.clone();
        patch(&mut bytes);
        bytes
    };
    let scattered = write(&members(&large), INSTALLER, 512, true);
    let first = scattered.start(NAME);
    let backwards = scattered.clone().chained(first - 5, END).bytes;
    check(&[
        row("a stream's chain is a loop", in_sectors.clone().chained(start + 5, start).bytes).among_others(),
        row("a stream's chain ends too early", in_sectors.clone().chained(start + 5, END).bytes)
            .finds(SIGNER)
            .fault("table-truncated", structure, large_at)
            .unlisted(large_at)
            .broken(),
        row("a stream's chain goes on in no sector", in_sectors.clone().chained(start + 5, FREE).bytes)
            .finds(SIGNER)
            .fault("table-truncated", structure, large_at)
            .unlisted(large_at)
            .broken(),
        row("a stream's chain ends too early, and it is not stored in one piece", backwards)
            .fault("table-truncated", structure, place(&scattered.bytes, &large[..64]))
            .broken()
            .among_others(),
        row("a stream of 4 GiB", with(&in_sectors, size, 0xffff_ff00))
            .finds(SIGNER)
            .fault("table-truncated", structure, large_at)
            .fault("trailing-data", Structure::WinCertificate, large_at + large.len())
            .among_others(),
        row("a stream that starts behind the file", with(&in_sectors, size - 4, 70_000))
            .fault("table-truncated", structure, in_sectors.position(70_000))
            .broken(),
        row("the mini stream is not there", with(&in_mini, root + 116, END))
            .finds(SIGNER)
            .fault("table-truncated", structure, 0)
            .broken()
            .unlisted(short_at),
        row("the mini stream's table is not there", with(&in_mini, 60, END))
            .finds(SIGNER)
            .fault("table-truncated", structure, short_at)
            .unlisted(short_at)
            .broken(),
        row("no table of sectors", with(&in_mini, 76, FREE)).among_others().finds(SIGNER),
        row("sectors of 65,536", header(|bytes| bytes[30] = 16))
            .finds(SIGNER)
            .fault("bad-header", structure, 0)
            .unlisted(short_at),
        row("sectors of another size than they are", header(|bytes| bytes[30] = 12))
            .finds(SIGNER)
            .unlisted(short_at)
            .broken()
            .among_others(),
        Row::new("the header alone", Container::Ole, &in_mini.bytes[..100]).fault("bad-header", structure, 0),
        row("a fixture without its directory", fixture("seed_damaged.msi")).finds(SEED).broken().among_others(),
    ]);
}

/// Wherever an installer file breaks off, nothing but faults happens, and the signer is found as soon as his certificate is there.
#[test]
fn cut_files() {
    let whole = compound(&members(&good()));
    let end = place(&whole.bytes, &good()) + good().len();
    for length in 8..whole.bytes.len() {
        let (container, signers, faults) = read(&whole.bytes[..length], Limits::default()).unwrap();
        assert!(!faults.is_empty(), "{length}");
        if length >= end {
            assert_eq!((container, signers.as_slice()), (Container::Msi, [SIGNER.to_owned()].as_slice()), "{length}");
        }
    }
}

/// Whatever octet is another one, the file is read to an end.
#[test]
fn flipped_octets() {
    let whole = compound(&members(&good()));
    let mut bytes = whole.bytes.clone();
    let numbers = (0..512).chain(whole.directory..whole.directory + 512).chain(whole.fat..whole.fat + 128);
    for at in numbers {
        for octet in [0, 1, 0x7f, 0xff] {
            let before = std::mem::replace(&mut bytes[at], octet);
            if let Ok((_, signers, _)) = read(&bytes, Limits::default()) {
                // By its directory or by its content: as long as the first octets of the file are there.
                assert!(at < 8 || signers.len() <= 1, "{at}: {signers:?}");
            }
            bytes[at] = before;
        }
    }
}

#[test]
fn a_signature_beyond_the_limit() {
    let mut limits = Limits::default();
    limits.max_table_bytes = 5_000;
    let (_, signers, faults) = read(&compound(&members(&long(6_000))).bytes, limits).unwrap();
    assert!(signers.is_empty(), "the end of the message is cut: {signers:?}");
    assert!(faults.iter().any(|(code, ..)| *code == "limit-reached"), "{faults:?}");
}

/// Entries of the same name that Windows does not find use up nothing that the signature takes, and no memory.
#[test]
fn decoys() {
    let (decoy, message) = ([0x30; 400_000], good());
    // In a tree with right siblings only, the one that is found comes first.
    let mut members: Vec<Node> = vec![stream("Before", b"")];
    members.push(stream(NAME, &message));
    let mut written = compound(&[members, vec![stream(NAME, decoy); 3], vec![stream(NAME, b""); 3_000]].concat());
    let own = written.entry(NAME);
    let start = u32::from_le_bytes(written.bytes[own + 128 + 116..][..4].try_into().unwrap());
    for number in 4..3_004 {
        written = written.with(own + number * 128 + 116, start).with(own + number * 128 + 120, 400_000);
    }
    let mut limits = Limits::default();
    limits.max_table_bytes = 1_000_000;
    let (_, signers, faults) = read(&written.bytes, limits).unwrap();
    assert_eq!(signers, [SIGNER]);
    assert!(faults.iter().any(|(code, ..)| *code == "limit-reached"), "{faults:?}");
    // A decoy that a walk meets first, on the wrong side of a longer name.
    let members =
        [stream("A name that is a longer one", b""), stream(NAME, &message), stream(NAME, vec![0x30; 2_000_000])];
    let written = compound(&members);
    let first = written.entry("A name that is a longer one");
    let written = written.with(first + 68, 2).with(first + 72, 3).with(first + 128 + 72, FREE);
    let (_, signers, _) = read(&written.bytes, limits).unwrap();
    assert_eq!(signers, [SIGNER]);
}

/// Counts what is read of a file, which is longer than its bytes and has zeros there.
struct Counting<'f> {
    bytes: &'f [u8],
    size: u64,
    read: Cell<u64>,
}

impl ReadAt for Counting<'_> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap().min(buffer.len());
        let buffer = &mut buffer[..left];
        buffer.fill(0);
        self.read.set(self.read.get() + u64::try_from(left).unwrap());
        let start = usize::try_from(offset).unwrap().min(self.bytes.len());
        let there = &self.bytes[start..];
        let count = there.len().min(left);
        buffer[..count].copy_from_slice(&there[..count]);
        Ok(left)
    }
}

/// Of a large file only what leads to its signature is read, and the end, where a package may be; of a damaged one no more than the limit on
/// tables twice.
#[test]
fn what_is_read() {
    let message = long(6_000);
    let whole = compound(&[stream("Large", vec![b'x'; 3_000_000]), stream(NAME, &message)]);
    let damaged = whole.clone().with(48, 70_000);
    let cyclic = whole.clone().chained(whole.directory_sector, whole.directory_sector);
    let mut limits = Limits::default();
    limits.max_table_bytes = 1 << 20;
    let end = if cfg!(feature = "msix") { 67_000 } else { 0 };
    for (name, file, size, most) in [
        ("a right one", &whole, whole.bytes.len(), 30_000),
        ("a right one in a file of 1 TiB", &whole, 1 << 40, 30_000),
        ("one without a directory", &damaged, 1 << 40, (1 << 20) + 5_000),
        ("one with a loop in its directory", &cyclic, 1 << 40, (1 << 21) + 60_000),
    ] {
        let counting = Counting { bytes: &file.bytes, size: u64::try_from(size).unwrap(), read: Cell::new(0) };
        let mut data = SignatureData::new();
        data.read(&counting, limits).unwrap();
        assert!(counting.read.get() <= most + end, "{name}: {}", counting.read.get());
    }
}
