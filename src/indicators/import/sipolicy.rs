//! App Control (WDAC) policies, SiPolicy XML.

#[cfg(feature = "xml")]
mod policy;

#[cfg(feature = "xml")]
pub(super) use policy::read;

pub(super) fn recognises(text: &str) -> bool {
    text.trim_start().starts_with('<') && text.contains("<SiPolicy")
}

#[cfg(not(feature = "xml"))]
pub(super) fn read(file: &str, _text: &str) -> super::Import {
    let mut reading = super::reading::Reading::new(file, super::Format::SiPolicy);
    reading.fail(super::reading::Place::line(1), "XML, which this build does not read: it lacks the feature `xml`");
    reading.done()
}
