//! Reading of X.509 certificates, their names and their serial numbers.

pub(crate) mod certificate;
mod certificate_faults;
pub(crate) mod extension;
pub(crate) mod name;
pub(crate) mod serial;
