//! Reading of X.509 certificates, their names and their serial numbers.

pub(crate) mod certificate;
pub(crate) mod name;
pub(crate) mod serial;
