//! How each peer reads the certificates of a signed PE file, as its documentation shows it.

use authenticode::{AttributeCertificateIterator, AuthenticodeSignature, PeTrait};
use certsift::SignedFile;
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use object::pe::{ImageNtHeaders32, ImageNtHeaders64};
use object::read::pe::{ImageNtHeaders, PeFile};
use object::{FileKind, LittleEndian};
use sha1::{Digest, Sha1};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode, Reader, SliceReader};
use x509_parser::asn1_rs::{Any, FromBer, Tag};
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate that a reader found, in the reader's own form.
pub(crate) enum Found<'a> {
    Der(&'a [u8]),
    Decoded(&'a Certificate),
    /// SHA-1 as hex.
    Fingerprint(&'a str),
}

impl Found<'_> {
    /// As hex; `None` for a certificate that cannot be encoded again.
    pub(crate) fn sha1(&self) -> Option<String> {
        match self {
            Self::Der(der) => Some(sha1(der)),
            Self::Decoded(certificate) => certificate.to_der().ok().map(|der| sha1(&der)),
            Self::Fingerprint(hex) => Some((*hex).to_lowercase()),
        }
    }
}

fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Gives every certificate of an image to the second argument. What could be read is given even where there is an error.
pub(crate) type Read = fn(&[u8], &mut dyn FnMut(Found<'_>)) -> Result<(), String>;

pub(crate) fn certsift(image: &[u8], sink: &mut dyn FnMut(Found<'_>)) -> Result<(), String> {
    let file = SignedFile::parse(image).map_err(|error| error.to_string())?;
    let mut give = |one: &certsift::Certificate<'_>| sink(Found::Der(one.der()));
    for signature in file.signatures() {
        signature.certificates().iter().for_each(&mut give);
        let timestamps = signature.signers().iter().flat_map(|signer| signer.timestamps());
        timestamps.flat_map(|timestamp| timestamp.certificates()).for_each(&mut give);
    }
    Ok(())
}

/// Without the certificates of nested signatures and time stamps: it has no way to them.
pub(crate) fn authenticode(image: &[u8], sink: &mut dyn FnMut(Found<'_>)) -> Result<(), String> {
    fn read<H: ImageNtHeaders>(image: &[u8], sink: &mut dyn FnMut(Found<'_>)) -> Result<(), String>
    where
        for<'data> PeFile<'data, H>: PeTrait,
    {
        let pe = PeFile::<H>::parse(image).map_err(|error| error.to_string())?;
        let entries = AttributeCertificateIterator::new(&pe).map_err(|error| error.to_string())?;
        let mut outcome = Ok(());
        for entry in entries.into_iter().flatten() {
            let signature = entry.map_err(|error| error.to_string());
            let signature =
                signature.and_then(|entry| entry.get_authenticode_signature().map_err(|error| error.to_string()));
            match signature {
                Ok(signature) => {
                    AuthenticodeSignature::certificates(&signature).for_each(|one| sink(Found::Decoded(one)))
                }
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }
    match FileKind::parse(image) {
        Ok(FileKind::Pe32) => read::<ImageNtHeaders32>(image, sink),
        Ok(FileKind::Pe64) => read::<ImageNtHeaders64>(image, sink),
        other => Err(format!("not a PE file: {other:?}")),
    }
}

/// goblin for the file, one level of tags for the message, x509-parser for every certificate.
pub(crate) fn goblin_and_x509_parser(image: &[u8], sink: &mut dyn FnMut(Found<'_>)) -> Result<(), String> {
    let pe = goblin::pe::PE::parse(image).map_err(|error| error.to_string())?;
    let mut outcome = Ok(());
    for entry in &pe.certificates {
        let Some(certificates) = certificates_of_message(entry.certificate) else {
            outcome = Err("a message without certificates".to_owned());
            continue;
        };
        let mut rest = certificates;
        while let [_, ..] = rest {
            match X509Certificate::from_der(rest) {
                Ok((after, _)) => {
                    sink(Found::Der(&rest[..rest.len() - after.len()]));
                    rest = after;
                }
                Err(error) => {
                    outcome = Err(error.to_string());
                    let Ok((after, _)) = Any::from_ber(rest) else { break };
                    rest = after;
                }
            }
        }
    }
    outcome
}

/// RFC 2315, 9.1: the members of `certificates`.
fn certificates_of_message(message: &[u8]) -> Option<&[u8]> {
    let content_info = Any::from_ber(message).ok()?.1.data;
    let (content, _content_type) = Any::from_ber(content_info).ok()?;
    let signed_data = Any::from_ber(Any::from_ber(content).ok()?.1.data).ok()?.1.data;
    let mut rest = signed_data;
    while let Ok((after, member)) = Any::from_ber(rest) {
        if member.header.tag() == Tag(0) && member.header.is_contextspecific() {
            return Some(member.data);
        }
        rest = after;
    }
    None
}

/// SpcNestedSignature, and the RFC 3161 token of Microsoft.
const MESSAGES_IN_ATTRIBUTES: [&str; 2] = ["1.3.6.1.4.1.311.2.4.1", "1.3.6.1.4.1.311.3.3.1"];

/// object for the file, cms for the messages, x509-cert for the certificates; with what lies in unsigned attributes.
pub(crate) fn cms_and_x509_cert(image: &[u8], sink: &mut dyn FnMut(Found<'_>)) -> Result<(), String> {
    let table = match FileKind::parse(image) {
        Ok(FileKind::Pe32) => certificate_table::<ImageNtHeaders32>(image),
        Ok(FileKind::Pe64) => certificate_table::<ImageNtHeaders64>(image),
        other => Err(format!("not a PE file: {other:?}")),
    };
    let mut rest = table?;
    let mut outcome = Ok(());
    while let Some(length) = rest.first_chunk().map(|octets| u32::from_le_bytes(*octets) as usize) {
        let Some(message) = rest.get(8..length) else { return Err("an entry behind the table's end".to_owned()) };
        let content_info = SliceReader::new(message).and_then(|mut reader| {
            let content_info = ContentInfo::decode(&mut reader)?;
            let _padding = reader.remaining_len();
            Ok(content_info)
        });
        let read = content_info.map_err(|error| error.to_string()).and_then(|one| all_of_message(one, sink));
        if read.is_err() {
            outcome = read;
        }
        rest = rest.get(length.next_multiple_of(8)..).unwrap_or_default();
    }
    outcome
}

fn certificate_table<H: ImageNtHeaders>(image: &[u8]) -> Result<&[u8], String> {
    let pe = PeFile::<H>::parse(image).map_err(|error| error.to_string())?;
    let Some(directory) = pe.data_directory(object::pe::IMAGE_DIRECTORY_ENTRY_SECURITY) else { return Ok(&[]) };
    // Of this directory alone the address is an offset into the file.
    let start = directory.virtual_address.get(LittleEndian) as usize;
    let length = directory.size.get(LittleEndian) as usize;
    image.get(start..).and_then(|rest| rest.get(..length)).ok_or_else(|| "a table behind the file's end".to_owned())
}

/// Of the message and of those in it; one that cannot be read does not hide the others.
fn all_of_message(message: ContentInfo, sink: &mut dyn FnMut(Found<'_>)) -> Result<(), String> {
    let mut work = vec![message];
    let mut outcome = Ok(());
    while let Some(message) = work.pop() {
        let signed_data: SignedData = match message.content.decode_as() {
            Ok(signed_data) => signed_data,
            Err(error) => {
                outcome = Err(error.to_string());
                continue;
            }
        };
        for choice in signed_data.certificates.iter().flat_map(|set| set.0.iter()) {
            if let CertificateChoices::Certificate(certificate) = choice {
                sink(Found::Decoded(certificate));
            }
        }
        let infos = signed_data.signer_infos.0.iter();
        let attributes = infos.filter_map(|info| info.unsigned_attrs.as_ref()).flat_map(|set| set.iter());
        let messages = attributes.filter(|one| MESSAGES_IN_ATTRIBUTES.contains(&one.oid.to_string().as_str()));
        for value in messages.flat_map(|attribute| attribute.values.iter()) {
            match value.decode_as() {
                Ok(message) => work.push(message),
                Err(error) => outcome = Err(error.to_string()),
            }
        }
    }
    outcome
}

/// Its pe module alone, without rules.
pub(crate) fn yara_x(image: &[u8], sink: &mut dyn FnMut(Found<'_>)) -> Result<(), String> {
    let pe = yara_x::mods::invoke::<yara_x::mods::PE>(image).ok_or("the module gives nothing")?;
    for signature in &pe.signatures {
        let stamps = signature.countersignatures.iter().flat_map(|stamp| &stamp.chain);
        signature.certificates.iter().chain(stamps).for_each(|one| sink(Found::Fingerprint(one.thumbprint())));
    }
    if pe.signatures.is_empty() { Err("no signature".to_owned()) } else { Ok(()) }
}
