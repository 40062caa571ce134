//! Reading of CMS messages and of what Authenticode puts into them.

pub(crate) mod attribute;
pub(crate) mod certificate_set;
pub(crate) mod content;
pub(crate) mod signed_data;
pub(crate) mod signed_facts;
mod signer_index;
pub(crate) mod signer_info;
pub(crate) mod spc;
pub(crate) mod spc_string;
pub(crate) mod timestamp;
pub(crate) mod trust_list;
