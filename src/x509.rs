//! Reading of X.509 certificates, their names and their serial numbers.

#[cfg(feature = "verify")]
pub(crate) mod algorithm;
pub(crate) mod certificate;
mod certificate_faults;
mod decoder;
pub(crate) mod extension;
pub(crate) mod name;
mod name_match;
pub(crate) mod public_key;
#[cfg(feature = "verify")]
pub(crate) mod revocation_list;
#[cfg(feature = "verify")]
pub(crate) mod revocation_scope;
pub(crate) mod serial;
#[cfg(feature = "verify")]
pub(crate) mod signed_object;
