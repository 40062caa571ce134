//! Events: rules over them in the Event Query Language, and the context in which a finding counts for less.
//!
//! A rule says which process events are an alert, and which of them are left out and why. A [`Query`] tells the clause and the value that left an
//! event out, not only that it was. Filters are queries too: what was going on where a certificate was found.

pub(crate) mod eql;
pub(crate) mod fields;
pub(crate) mod filter;
pub(crate) mod rule;

mod wildcard;
