//! Reading of ASN.1 values in BER, of which DER is the strict form: the cursor, the object identifiers we know, times, and the outline
//! of everything in a message.

pub(crate) mod der;
pub(crate) mod element;
pub(crate) mod oid;
pub(crate) mod outline;
mod rfc3339;
pub(crate) mod string;
pub(crate) mod tag;
pub(crate) mod time;
