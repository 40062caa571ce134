//! What is known to be abused: [`Indicator`]s, the [`IndicatorTable`] made of them, and the matching of one
//! [`Candidate`] against all of them. Knows nothing of files.

#[cfg(feature = "fold")]
mod attested;
pub(crate) mod builtin;
pub(crate) mod candidate;
pub(crate) mod cause;
mod codec;
#[cfg(any(feature = "export", feature = "import"))]
pub(crate) mod column;
#[cfg(any(feature = "export", feature = "import"))]
pub(crate) mod doubtful_name;
pub(crate) mod evidence;
mod explain;
#[cfg(feature = "export")]
pub(crate) mod export;
mod filing;
pub(crate) mod fold;
#[cfg(any(feature = "export", feature = "import", feature = "report"))]
pub(crate) mod formula;
pub(crate) mod hash_value;
pub(crate) mod image;
#[cfg(feature = "import")]
pub(crate) mod import;
pub(crate) mod indicator;
mod key;
#[cfg(feature = "import")]
pub(crate) mod lint;
pub(crate) mod matches;
#[cfg(feature = "import")]
pub(crate) mod observation;
mod probe;
pub(crate) mod role;
pub(crate) mod table;
pub(crate) mod texts;
#[cfg(any(feature = "export", feature = "import"))]
pub(crate) mod yara_text;
