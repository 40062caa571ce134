//! Reading of X.509 certificates, their names and their serial numbers.

pub(crate) mod certificate;
mod certificate_faults;
pub(crate) mod extension;
pub(crate) mod name;
mod name_match;
pub(crate) mod public_key;
pub(crate) mod serial;
