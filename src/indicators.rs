//! What is known to be abused: [`Indicator`]s, the [`IndicatorTable`] made of them, and the matching of one
//! [`Candidate`] against all of them. Knows nothing of files.

pub(crate) mod builtin;
pub(crate) mod candidate;
pub(crate) mod evidence;
mod filing;
pub(crate) mod fold;
#[cfg(feature = "import")]
pub(crate) mod import;
pub(crate) mod indicator;
pub(crate) mod key_map;
pub(crate) mod matches;
mod name_index;
pub(crate) mod role;
pub(crate) mod table;
