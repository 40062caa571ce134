//! Reading of CMS messages and of what Authenticode puts into them.

pub(crate) mod signed_data;
pub(crate) mod spc;
pub(crate) mod timestamp;
